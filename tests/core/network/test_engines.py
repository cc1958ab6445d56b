"""ONNX Runtime and torch give the same, where each is used, and what is said where one is missing."""

from __future__ import annotations

import dataclasses
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
import torch
from builders import TINY, metadata, tiny_model

from verte_core import devices
from verte_core.clinical import ClinicalInputs
from verte_core.devices import choose_device, is_out_of_memory
from verte_core.errors import ImageError, VerteError, WeightsError
from verte_core.network import engines, saving, shipped, weights
from verte_core.network.architecture import Architecture, Backbone
from verte_core.network.engines import UnfaithfulError
from verte_core.network.fusion_net import FusionNet
from verte_core.network.onnx_encoder import OnnxEncoder
from verte_core.network.torch_encoder import TorchEncoder
from verte_core.network.tracing import UntranslatableError, trace
from verte_core.preprocess import prepare
from verte_core.reading import radiograph
from verte_core.resources_folder import RESOURCES
from verte_core.scoring.scorer import Prepared, Scorer

INPUTS = ClinicalInputs(70, "F", 24)
Floats = npt.NDArray[np.float32]


@pytest.fixture
def image(spine: npt.NDArray[np.uint16]) -> Prepared:
    return Prepared("spine", *prepare(spine, "radiograph"))


def without_graph(loaded: weights.Weights) -> weights.Weights:
    return dataclasses.replace(loaded, graph=None)


@pytest.mark.parametrize("kind", ["radiograph", "vfa"])
def test_scores_and_heatmaps_of_every_sample_are_those_of_torch(kind: str) -> None:
    loaded = weights.load(shipped.path(kind))  # type: ignore[arg-type]
    ours, reference = Scorer(loaded, "cpu"), Scorer(without_graph(loaded), "cpu")
    assert "ONNX Runtime" in ours.engine and "PyTorch" in reference.engine
    number = 0
    for path in sorted((RESOURCES / "samples").glob("*.dcm")):
        opened = radiograph.load(path)
        if opened.protocol != kind:
            continue
        number += 1
        encoded, expected = ours.encode(opened), reference.encode(opened)
        scores, others = ours.score(encoded, INPUTS).scores, reference.score(expected, INPUTS).scores
        for task in ours.tasks:
            assert abs(scores[task].value - others[task].value) < 1e-4
            difference = ours.explain(encoded, INPUTS, task) - reference.explain(expected, INPUTS, task)
            assert np.abs(difference).max() < 1e-3
    assert number == {"radiograph": 4, "vfa": 1}[kind]


def test_scores_and_heatmaps_of_a_tiny_network_are_those_of_torch(
    weights_file: Path, image: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = weights.load(weights_file)
    ours, reference = Scorer(loaded, "cpu"), Scorer(without_graph(loaded), "cpu")
    (encoded,), (expected,) = ours.encode_all([image]), reference.encode_all([image])
    scores, others = ours.score(encoded, INPUTS).scores, reference.score(expected, INPUTS).scores
    for task in ours.tasks:
        assert abs(scores[task].value - others[task].value) < 1e-3
        difference = ours.explain(encoded, INPUTS, task) - reference.explain(expected, INPUTS, task)
        assert np.abs(difference).max() < 1e-2

    def no_torch(*_: object) -> None:
        raise AssertionError("the encoder ran in torch")

    monkeypatch.setattr(FusionNet, "encode", no_torch)
    ours.encode_all([image])
    with pytest.raises(AssertionError, match="ran in torch"):
        reference.encode_all([image])


def test_features_that_are_all_zero_are_the_same_everywhere(
    weights_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = weights.load(weights_file)
    silent = {name: np.zeros_like(array) for name, array in loaded.arrays.items()}
    monkeypatch.setattr(engines, "_in_torch", _Gpu)
    monkeypatch.setattr(engines, "torch_sees_cuda", lambda: True)
    made = engines.encoder(dataclasses.replace(loaded, arrays=silent), "cuda")
    assert not made.encode(np.ones((1, 1, 1024, 512), np.float32)).any()


@pytest.mark.parametrize("backbone", get_args(Backbone))
def test_every_backbone_can_be_traced(backbone: Backbone) -> None:
    architecture = Architecture(("pvf", "osteo"), backbone, 8, (4,), 8)
    model = FusionNet(architecture).eval().requires_grad_(False)
    arrays = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    described = metadata(architecture=architecture)
    made = weights.Weights("", described, arrays, trace(model))
    assert made.graph is not None and made.graph.check(arrays) == (model.backbone.num_features, 32, 16)


def test_several_images_at_once_are_each_alone(weights_file: Path) -> None:
    encoder = OnnxEncoder(weights.load(weights_file))
    images = np.random.default_rng(0).random((5, 1, 1024, 512), np.float32)
    with ThreadPoolExecutor(5) as pool:
        together = list(pool.map(lambda each: encoder.encode(each[None], beside_others=True), images))
    alone = encoder.encode(images)
    assert alone.shape == (5, 256, 32, 16) and np.abs(np.concatenate(together) - alone).max() < 1e-5


def test_threads_are_the_cores_or_what_the_environment_says(
    weights_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[onnxruntime.SessionOptions] = []
    session = onnxruntime.InferenceSession

    def spy(graph: bytes, options: onnxruntime.SessionOptions, **others: object) -> object:
        made.append(options)
        return session(graph, options, **others)

    monkeypatch.setattr(onnxruntime, "InferenceSession", spy)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    OnnxEncoder(weights.load(weights_file))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    OnnxEncoder(weights.load(weights_file))
    own = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    assert [each.intra_op_num_threads for each in made] == [own, 1]


def test_where_torch_is_missing_its_extra_is_named(
    weights_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, path = weights.load(weights_file), tmp_path / "old.safetensors"
    weights.write(path, loaded.arrays, loaded.metadata, None)
    monkeypatch.delitem(sys.modules, "verte_core.network.fusion_net")
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "timm", None)
    monkeypatch.delattr("verte_core.network.fusion_net")
    with pytest.raises(WeightsError, match=r"pip install verte-desktop\[torch\]"):
        weights.load(path)


def test_memory_that_onnx_runtime_lacks_is_not_enough_memory(
    weights_file: Path, image: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(onnxruntime.InferenceSession):
        def run(self, *arguments: object) -> object:
            state = onnxruntime.capi.onnxruntime_pybind11_state
            raise state.RuntimeException("Failed to allocate memory for requested buffer of size 8388608")

    monkeypatch.setattr(onnxruntime, "InferenceSession", Full)
    with pytest.raises(ImageError, match="not enough memory for this image") as caught:
        Scorer(weights.load(weights_file), "cpu").encode_all([image])
    assert caught.value.kind == "not enough memory"


def test_what_onnx_runtime_refuses_names_the_weights(
    weights_file: Path, image: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faulty(onnxruntime.InferenceSession):
        def run(self, *arguments: object) -> object:
            raise onnxruntime.capi.onnxruntime_pybind11_state.Fail("[ONNXRuntimeError] : 1 :\n broken")

    monkeypatch.setattr(onnxruntime, "InferenceSession", Faulty)
    with pytest.raises(
        WeightsError, match=r"can't compute the weights tiny: \[ONNXRuntimeError\] : 1 : broken"
    ):
        Scorer(weights.load(weights_file), "cpu").encode_all([image])


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory."), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 9 bytes"), True),
        (
            RuntimeError("CUDA error: out of memory\nSearch for `cudaErrorMemoryAllocation' in the docs."),
            True,
        ),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), True),
        (RuntimeError("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : std::bad_alloc"), True),
        (RuntimeError("[ONNXRuntimeError] : 6 : bad allocation"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("memory of an elephant"), False),
    ],
)
def test_which_errors_say_that_memory_does_not_suffice(error: Exception, is_memory: bool) -> None:
    assert is_out_of_memory(error) == is_memory


@pytest.mark.parametrize("place", ["to", "encode"])
def test_memory_that_torch_lacks_is_a_memory_error(
    weights_file: Path, image: Prepared, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    loaded = weights.load(weights_file)
    if place == "to":
        monkeypatch.setattr(FusionNet, "to", full)
        with pytest.raises(MemoryError):
            TorchEncoder(loaded, "cpu")
    else:
        monkeypatch.setattr(FusionNet, "encode", full)
        with pytest.raises(MemoryError):
            TorchEncoder(loaded, "cpu").encode(image.image[None, None])


class _Gpu:
    """Stands for an engine on a GPU, which this machine may not have: torch on the CPU, off by so much."""

    def __init__(self, loaded: weights.Weights, device: str) -> None:
        self.engine, self.device = "A driver", device
        self._own, self.calls = TorchEncoder(loaded, "cpu"), 0
        self.off = 0.0

    def encode(self, images: Floats, beside_others: bool = False) -> Floats:
        self.calls += 1
        return self._own.encode(images) + np.float32(self.off)


def test_the_first_image_of_a_gpu_is_compared_with_the_cpu(
    weights_file: Path, image: Prepared, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engines, "_in_torch", _Gpu)
    monkeypatch.setattr(engines, "torch_sees_cuda", lambda: True)
    loaded, picture = weights.load(weights_file), image.image[None, None]
    made = engines.encoder(loaded, "cuda")
    expected = OnnxEncoder(loaded).encode(picture)
    compared: list[str] = []
    encoder = engines.encoder
    monkeypatch.setattr(engines, "encoder", lambda *given: compared.append(given[1]) or encoder(*given))
    for _ in range(3):
        assert np.abs(made.encode(picture) - expected).max() < 1e-4
    assert compared == ["cpu"]
    wrong = encoder(loaded, "cuda")
    wrong._own.off = float(np.abs(expected).max())  # type: ignore[attr-defined]
    with pytest.raises(UnfaithfulError, match="A driver on cuda differ from the CPU's by "):
        wrong.encode(picture)


def test_a_scorer_leaves_a_gpu_that_computes_something_else(
    weights_file: Path, image: Prepared, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Wrong(_Gpu):
        def encode(self, images: Floats, beside_others: bool = False) -> Floats:
            return super().encode(images) * np.float32(2)

    monkeypatch.setattr(engines, "_in_torch", Wrong)
    monkeypatch.setattr(engines, "torch_sees_cuda", lambda: True)
    monkeypatch.setattr(devices, "torch_sees_cuda", lambda: True)
    loaded = weights.load(weights_file)
    scorer = Scorer(loaded, "cuda")
    assert scorer.engine == "A driver on cuda"
    (encoded,) = scorer.encode_all([image])
    assert np.array_equal(encoded.features[0], Scorer(loaded, "cpu").encode_all([image])[0].features[0])
    assert scorer.device == "cpu" and "ONNX Runtime" in scorer.engine
    assert "differ from the CPU's by" in scorer.left_gpu and caplog.messages == [scorer.left_gpu]


def test_onnx_runtime_takes_the_gpu_where_torch_has_none(
    weights_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    monkeypatch.setattr(
        engines, "_in_onnx_runtime", lambda loaded, device: taken.append(device) or _Gpu(loaded, device)
    )
    loaded = weights.load(weights_file)
    engines.encoder(loaded, "directml")
    monkeypatch.setattr(engines, "torch_sees_cuda", lambda: False)
    engines.encoder(loaded, "cuda:1")
    assert taken == ["directml", "cuda:1"]
    with pytest.raises(
        WeightsError, match="carry no graph of their encoder, so only PyTorch can compute them"
    ):
        engines.encoder(without_graph(loaded), "cuda")


def test_devices_are_those_of_the_engines_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "torch_sees_cuda", lambda: False)
    monkeypatch.setattr(devices, "_has_cuda_driver", lambda: True)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    assert choose_device("auto") == "cuda" and choose_device("cuda:1") == "cuda:1"
    # torch alone trains.
    assert choose_device("auto", for_training=True) == "cpu"
    for name in ("mps", "directml", "tpu", ""):
        with pytest.raises(
            VerteError, match=f"The device '{name}' is not available here; there is cuda, cpu"
        ):
            choose_device(name)


def test_an_encoder_without_words_is_saved_for_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    encode = FusionNet.encode
    monkeypatch.setattr(FusionNet, "encode", lambda self, image: encode(self, image).cumsum(1))
    saving._traced.cache_clear()
    path = tmp_path / "a.safetensors"
    saving.save(path, tiny_model().state_dict(), metadata())
    saving._traced.cache_clear()
    assert weights.load(path).graph is None
    assert "tiny is written without a graph, for PyTorch alone: the encoder calls aten.cumsum" in caplog.text


def test_engines_that_do_not_agree_are_not_both_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    encode = OnnxEncoder.encode
    monkeypatch.setattr(OnnxEncoder, "encode", lambda self, *given: encode(self, *given) * np.float32(1.01))
    path = tmp_path / "a.safetensors"
    saving.save(path, tiny_model().state_dict(), metadata())
    assert weights.load(path).graph is None
    assert "without a graph" in caplog.text and "ONNX Runtime" in caplog.text


def test_what_a_graph_has_no_words_for_is_named() -> None:
    class Dilated(FusionNet):
        def encode(self, image: torch.Tensor) -> torch.Tensor:
            weight = self.backbone.conv_stem.weight
            return torch.nn.functional.conv2d(image, weight, dilation=2)

    with pytest.raises(UntranslatableError, match="a dilated convolution"):
        trace(Dilated(TINY).eval())
