from __future__ import annotations

import logging
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
import torch

from verte_core.clinical import ClinicalInputs
from verte_core.network import onnx_encoder, shipped, weights
from verte_core.network.fusion_net import FusionNet
from verte_core.preprocess import prepare
from verte_core.scoring.scorer import Prepared, Scorer

INPUTS = ClinicalInputs(70, "F", 24)


@pytest.fixture
def prepared(spine: npt.NDArray[np.uint16]) -> Prepared:
    return Prepared("spine", *prepare(spine, "radiograph"))


def in_torch(file: Path, monkeypatch: pytest.MonkeyPatch) -> Scorer:
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "onnxruntime", None)
        return Scorer(weights.load(file), "cpu")


def assert_same(ours: Scorer, reference: Scorer, prepared: Prepared) -> None:
    (encoded,), (expected,) = ours.encode_all([prepared]), reference.encode_all([prepared])
    scores, others = ours.score(encoded, INPUTS).scores, reference.score(expected, INPUTS).scores
    for task in ours.tasks:
        assert abs(scores[task].value - others[task].value) < 1e-3
        difference = ours.explain(encoded, INPUTS, task) - reference.explain(expected, INPUTS, task)
        assert np.abs(difference).max() < 1e-2


def no_torch(*_: object) -> None:
    raise AssertionError("the encoder ran in torch")


@pytest.mark.parametrize("is_shipped", [False, True], ids=["tiny", "shipped"])
def test_scores_and_heatmaps_are_those_of_torch(
    is_shipped: bool, weights_file: Path, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = shipped.path() if is_shipped else weights_file
    ours, reference = Scorer(weights.load(file), "cpu"), in_torch(file, monkeypatch)
    assert_same(ours, reference, prepared)
    monkeypatch.setattr(FusionNet, "encode", no_torch)
    ours.encode_all([prepared])
    with pytest.raises(AssertionError, match="ran in torch"):
        reference.encode_all([prepared])


def test_several_images_at_once(weights_file: Path) -> None:
    model = weights.load(weights_file).build()
    images = torch.rand(3, 1, 1024, 512)
    with torch.no_grad():
        assert torch.allclose(onnx_encoder.encoder(model)(images), model.encode(images), atol=1e-4)


def test_the_threads_are_those_of_torch(
    weights_file: Path, one_thread: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[onnxruntime.SessionOptions] = []
    session = onnxruntime.InferenceSession

    def spy(graph: bytes, options: onnxruntime.SessionOptions, **others: object) -> object:
        made.append(options)
        return session(graph, options, **others)

    monkeypatch.setattr(onnxruntime, "InferenceSession", spy)
    Scorer(weights.load(weights_file), "cpu")
    assert [each.intra_op_num_threads for each in made] == [1]


@pytest.mark.parametrize("module", ["onnx", "onnxruntime"])
def test_torch_where_it_is_not_installed(
    module: str,
    weights_file: Path,
    prepared: Prepared,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with caplog.at_level(logging.INFO):
        scorer = Scorer(weights.load(weights_file), "cpu")
    assert [(each.levelname, module in each.getMessage()) for each in caplog.records] == [("INFO", True)]
    assert_same(scorer, in_torch(weights_file, monkeypatch), prepared)


def test_torch_where_the_conversion_fails(
    weights_file: Path, prepared: Prepared, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise RuntimeError("no such operator")

    monkeypatch.setattr(torch.onnx, "export", failing)
    scorer = Scorer(weights.load(weights_file), "cpu")
    assert "torch, not in ONNX Runtime: RuntimeError: no such operator" in caplog.text
    assert_same(scorer, in_torch(weights_file, monkeypatch), prepared)


def test_torch_where_the_features_differ(
    weights_file: Path, prepared: Prepared, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(onnx_encoder, "TOLERANCE", -1.0)
    scorer = Scorer(weights.load(weights_file), "cpu")
    assert "its features differ by" in caplog.text
    assert_same(scorer, in_torch(weights_file, monkeypatch), prepared)


def test_torch_where_a_forward_fails(
    weights_file: Path, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(onnxruntime.InferenceSession):
        calls = 0

        def run(self, *arguments: object) -> object:
            self.calls += 1
            if self.calls > 1:
                raise onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException("bad allocation")
            return super().run(*arguments)

    monkeypatch.setattr(onnxruntime, "InferenceSession", Failing)
    assert_same(Scorer(weights.load(weights_file), "cpu"), in_torch(weights_file, monkeypatch), prepared)
