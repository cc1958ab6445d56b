from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from batches import write_images

from verte_core.batch import pipeline
from verte_core.batch.clinical_table import ClinicalValues
from verte_core.batch.pipeline import Outcome, score_images
from verte_core.network import weights
from verte_core.reading import monochrome
from verte_core.scoring.scorer import Encoded, Prepared, Scorer


@pytest.fixture
def images(tmp_path: Path, spine: npt.NDArray[np.uint16]) -> list[Path]:
    return write_images(tmp_path / "images", spine, 7)


@pytest.fixture
def scorer(weights_file: Path, one_thread: None) -> Scorer:
    return Scorer(weights.load(weights_file), "cpu")


def nothing(path: Path, sop_instance_uid: str | None) -> ClinicalValues:
    return ClinicalValues()


def values(outcomes: list[Outcome]) -> list[dict[str, float]]:
    return [
        {task: score.value for task, score in each.scored.result.scores.items()}
        for each in outcomes
        if each.scored
    ]


@pytest.mark.parametrize("size", [1, 3, 8])
def test_scores_and_order_do_not_depend_on_the_batch(
    scorer: Scorer, images: list[Path], monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setitem(pipeline.BATCH, "cpu", size)
    broken = images[2]
    broken.write_bytes(b"broken")
    outcomes = list(score_images(scorer, images, nothing))
    assert [each.row.path for each in outcomes] == [str(path) for path in images]
    assert [each.kind for each in outcomes] == ["", "", "not an image", "", "", "", ""]
    good = [each.scored for each in outcomes if each.scored]
    for found, scored in zip(values(outcomes), good, strict=True):
        alone = scorer.score(scorer.encode(scored.radiograph), scored.result.inputs)
        assert found == pytest.approx({t: s.value for t, s in alone.scores.items()}, abs=1e-5)


def test_only_a_few_images_are_held(
    scorer: Scorer, images: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.os, "cpu_count", lambda: 2)
    asked = 0

    def endless() -> Iterator[Path]:
        nonlocal asked
        while True:
            asked += 1
            yield images[0]

    outcomes = score_images(scorer, endless(), nothing)
    for given in range(1, 20):
        next(outcomes)
        # An image for each reader, and one waiting.
        assert asked - given <= 2 + 1


def test_a_gpu_without_memory_leaves_the_rest_to_the_cpu(
    scorer: Scorer, images: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = values(list(score_images(scorer, images, nothing)))
    encode = Scorer.encode_all

    def full(scorer: Scorer, prepared: Any) -> list[Encoded]:
        if scorer.device.type == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return encode(scorer, prepared)

    monkeypatch.setattr(Scorer, "encode_all", full)
    scorer.device = torch.device("cuda")
    outcomes = list(score_images(scorer, images, nothing))
    assert scorer.device.type == "cpu"
    for found, alone in zip(values(outcomes), expected, strict=True):
        assert found == pytest.approx(alone, abs=1e-5)
    assert "The memory of the GPU does not suffice; the CPU goes on." in capsys.readouterr().err


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_an_image_without_memory_is_refused_and_the_next_are_scored(
    scorer: Scorer, images: list[Path], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    encode, calls = Scorer.encode_all, 0

    def full(scorer: Scorer, prepared: list[Prepared]) -> list[Encoded]:
        nonlocal calls
        calls += 1
        if calls in (3, 4):
            raise error
        return encode(scorer, prepared)

    monkeypatch.setattr(Scorer, "encode_all", full)
    outcomes = list(score_images(scorer, images, nothing))
    assert [each.kind for each in outcomes] == ["", "", "not enough memory", "", "", "", ""]


def test_other_errors_of_the_network_end_the_run(
    scorer: Scorer, images: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(scorer: Scorer, prepared: list[Prepared]) -> list[Encoded]:
        raise RuntimeError("a fault of the program")

    monkeypatch.setattr(Scorer, "encode_all", faulty)
    with pytest.raises(RuntimeError, match="a fault of the program"):
        list(score_images(scorer, images, nothing))


@pytest.mark.parametrize("error", [AttributeError, TypeError, KeyError, IndexError, ZeroDivisionError])
def test_a_fault_of_the_program_costs_its_image_and_is_logged_without_names(
    scorer: Scorer,
    images: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: type[Exception],
) -> None:
    shown, calls = monochrome.shown, 0

    def faulty(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise error("Doe^Jane of /patients/doe.dcm")
        return shown(*args)

    monkeypatch.setattr(monochrome, "shown", faulty)
    monkeypatch.setattr(pipeline.os, "cpu_count", lambda: 1)
    outcomes = list(score_images(scorer, images[:3], nothing))
    assert [each.kind for each in outcomes] == ["fault of the program", "", ""]
    assert outcomes[0].row.reason == f"The program failed on this image ({error.__name__})."
    (record,) = caplog.records
    said = record.getMessage()
    assert record.name == "verte_core.batch.pipeline" and error.__name__ in said
    assert "dicom.py:" in said and " grey_levels" in said and " faulty" in said
    assert not any(word in said for word in ("Doe", "/", images[0].name))
    assert record.exc_info is None


def test_reasons_have_short_names(
    scorer: Scorer, images: list[Path], tmp_path: Path, spine: npt.NDArray[np.uint16]
) -> None:
    vfa_weights = dataclasses.replace(scorer.metadata, protocol="vfa")

    def kinds(paths: list[Path], given: Any) -> list[str]:
        return [each.kind for each in score_images(scorer, paths, lambda *_: given)]

    def fail(path: Path, sop_instance_uid: str | None) -> ClinicalValues:
        raise KeyError("a fault of the program")

    assert kinds(images[:1], ClinicalValues(age=200)) == ["Age is out of range"]
    assert kinds(images[:1], ClinicalValues(sex="X")) == ["sex is neither F nor M"]
    assert kinds([tmp_path, tmp_path / "none"], None) == ["can't be read", "can't be read"]
    images[0].write_bytes(images[0].read_bytes()[:-1000])
    assert kinds(images[:1], ClinicalValues()) == ["damaged"]
    (failed,) = score_images(scorer, images[1:2], fail)
    assert (failed.kind, failed.row.reason) == (
        "fault of the program",
        "The program failed on this image (KeyError).",
    )
    scorer.metadata = vfa_weights
    assert kinds(images[1:2], ClinicalValues()) == ["not a DXA VFA image"]
