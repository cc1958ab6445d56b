from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import readers_doubles
from batches import write_images

from verte_core.batch import pipeline
from verte_core.batch.clinical_table import ClinicalValues
from verte_core.batch.pipeline import Outcome, score_images
from verte_core.devices import at_once
from verte_core.network import weights
from verte_core.reading import child, radiograph
from verte_core.reading.isolated import Readers, StartError
from verte_core.scoring.member import Member
from verte_core.scoring.scorer import Encoded, Prepared, Scorer
from verte_core.scoring.scorers import Scorers


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
        {task: score.value for task, score in record.scores.items()} for record, scored in outcomes if scored
    ]


@pytest.mark.parametrize("size", [1, 3, 8])
def test_scores_and_order_do_not_depend_on_the_batch(
    scorer: Scorer, images: list[Path], monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    if size > 1:
        scorer.device = "cuda"  # where images go through the network together
        monkeypatch.setattr(pipeline, "GPU_BATCH", size)
    broken = images[2]
    broken.write_bytes(b"broken")
    outcomes = list(score_images(Scorers([scorer]), images, nothing))
    assert [record.path for record, _ in outcomes] == [str(path) for path in images]
    assert [record.kind for record, _ in outcomes] == ["", "", "not an image", "", "", "", ""]
    good = [(record, scored) for record, scored in outcomes if scored]
    for found, (record, scored) in zip(values(outcomes), good, strict=True):
        alone = scorer.score(scorer.encode(scored.radiograph), record.inputs)
        assert found == pytest.approx({t: s.value for t, s in alone.scores.items()}, abs=1e-5)


def test_only_a_few_images_are_held(scorer: Scorer, images: list[Path]) -> None:
    asked = 0

    def endless() -> Iterator[Path]:
        nonlocal asked
        while True:
            asked += 1
            yield images[0]

    with Readers(2) as readers:
        outcomes = score_images(Scorers([scorer]), endless(), nothing, readers=readers)
        for given in range(1, 20):
            next(outcomes)
            # An image for each reader, those in the network, and one waiting.
            assert asked - given <= 2 + at_once() + 1
        outcomes.close()


def test_a_gpu_without_memory_leaves_the_rest_to_the_cpu(
    scorer: Scorer, images: list[Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expected = values(list(score_images(Scorers([scorer]), images, nothing)))
    encode = Member.encode

    def full(member: Member, *given: Any) -> npt.NDArray[np.float32]:
        if scorer.device == "cuda":
            raise MemoryError("CUDA out of memory.")
        return encode(member, *given)

    monkeypatch.setattr(Member, "encode", full)
    scorer.device = "cuda"
    outcomes = list(score_images(Scorers([scorer]), images, nothing))
    assert scorer.device == "cpu" and scorer.left_gpu
    for found, alone in zip(values(outcomes), expected, strict=True):
        assert found == pytest.approx(alone, abs=1e-5)
    assert caplog.messages == ["The memory of the GPU does not suffice; the CPU goes on."]


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), "not enough memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "not enough memory"),
        (RuntimeError("a fault of Test^Person"), "fault of the program"),
        (IndexError("a fault of Test^Person"), "fault of the program"),
    ],
)
def test_an_error_of_the_network_costs_its_image_alone(
    scorer: Scorer,
    images: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    kind: str,
    size: int,
) -> None:
    if size > 1:
        scorer.device = "cuda"  # where images go through the network together
        monkeypatch.setattr(pipeline, "GPU_BATCH", size)
    encode, third = Scorer.encode_all, radiograph.load(images[2]).id

    def faulty(scorer: Scorer, prepared: list[Prepared], beside_others: bool) -> list[Encoded]:
        if third in [each.image_id for each in prepared]:
            raise error
        return encode(scorer, prepared, beside_others)

    monkeypatch.setattr(Scorer, "encode_all", faulty)
    outcomes = list(score_images(Scorers([scorer]), images, nothing))
    assert [record.kind for record, _ in outcomes] == ["", "", kind, "", "", "", ""]
    refused = outcomes[2][0]
    assert (refused.status, refused.scores, refused.inputs) == ("refused", {}, None)
    # A fault is in the log with its places, and without its message, which may name a patient.
    faults = [each for each in caplog.messages if f"{type(error).__name__} at pipeline.py:" in each]
    assert len(faults) == (kind == "fault of the program")
    assert "Person" not in caplog.text


@pytest.mark.parametrize("error", [AttributeError, TypeError, KeyError, IndexError, ZeroDivisionError])
def test_a_fault_of_the_program_costs_its_image_and_is_logged_without_names(
    scorer: Scorer,
    images: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: type[Exception],
) -> None:
    prepare, first = scorer.prepare, radiograph.load(images[0]).id

    def faulty(image: radiograph.Radiograph, *args: Any) -> Any:
        if image.id == first:
            raise error("Doe^Jane of /patients/doe.dcm")
        return prepare(image, *args)

    monkeypatch.setattr(scorer, "prepare", faulty)
    with Readers(1) as readers:
        outcomes = list(score_images(Scorers([scorer]), images[:3], nothing, readers=readers))
    assert [record.kind for record, _ in outcomes] == ["fault of the program", "", ""]
    assert outcomes[0][0].reason == f"The program failed on this image ({error.__name__})."
    (record,) = caplog.records
    said = record.getMessage()
    assert record.name == "verte_core.batch.pipeline" and error.__name__ in said
    assert "pipeline.py:" in said and " _read" in said and " faulty" in said
    assert not any(word in said for word in ("Doe", "/", images[0].name))
    assert record.exc_info is None


def test_a_decoder_costs_its_own_image_and_a_fault_in_it_is_told_as_one(
    scorer: Scorer, images: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(radiograph, "load", readers_doubles.load_or_do)
    deeds = ["abort.dcm", "hang.dcm", "fail.dcm", "be-killed.dcm"]
    for index, deed in enumerate(deeds, start=1):
        images[index] = images[index].rename(images[index].with_name(deed))
    with Readers(2, seconds=2) as readers:
        outcomes = list(score_images(Scorers([scorer]), images, nothing, readers=readers))
    assert [record.path for record, _ in outcomes] == [str(path) for path in images]
    kinds = ["", "decoder ended", "takes too long", "fault of the program", "not enough memory", "", ""]
    assert [record.kind for record, _ in outcomes] == kinds


def test_after_a_close_a_decoder_that_hangs_is_ended_at_once(
    scorer: Scorer, images: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(radiograph, "load", readers_doubles.load_or_do)
    hanging = [images[0].with_name(f"hang.{index}.dcm") for index in range(20)]
    outcomes = score_images(Scorers([scorer]), [images[0], *hanging], nothing)
    next(outcomes)
    begun = time.monotonic()
    outcomes.close()
    assert time.monotonic() - begun < 10


def test_without_a_process_to_read_with_the_run_ends_and_blames_no_image(
    scorer: Scorer, images: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "command", lambda: [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(StartError, match="ended with status 3"):
        list(score_images(Scorers([scorer]), images, nothing))


def test_reasons_have_short_names(
    scorer: Scorer, images: list[Path], tmp_path: Path, spine: npt.NDArray[np.uint16]
) -> None:
    vfa_weights = dataclasses.replace(scorer.metadata, protocol="vfa")

    def kinds(paths: list[Path], given: Any) -> list[str]:
        return [record.kind for record, _ in score_images(Scorers([scorer]), paths, lambda *_: given)]

    def fail(path: Path, sop_instance_uid: str | None) -> ClinicalValues:
        raise KeyError("a fault of the program")

    assert kinds(images[:1], ClinicalValues(age=200)) == ["Age is out of range"]
    assert kinds(images[:1], ClinicalValues(sex="X")) == ["sex is neither F nor M"]
    assert kinds([tmp_path, tmp_path / "none"], None) == ["can't be read", "can't be read"]
    images[0].write_bytes(images[0].read_bytes()[:-1000])
    assert kinds(images[:1], ClinicalValues()) == ["damaged"]
    ((failed, _),) = score_images(Scorers([scorer]), images[1:2], fail)
    assert (failed.kind, failed.reason) == (
        "fault of the program",
        "The program failed on this image (KeyError).",
    )
    scorer.metadata = vfa_weights
    assert kinds(images[1:2], ClinicalValues()) == ["not a DXA VFA image"]
