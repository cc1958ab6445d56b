"""Weights say what kind of images they learned from, by what the images are and not by what is declared."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from builders import TINY, metadata, tiny_model

from train.__main__ import main
from train.run.config import Config
from train.run.data import Part, RunData, read_data
from train.simulator.dicom import Patient, Pixels, Series, write_image
from verte_core.cli import main as verte
from verte_core.errors import DataError
from verte_core.network import saving, weights
from verte_core.network.architecture import Architecture
from verte_core.network.metadata import Metadata
from verte_core.results import Provenance
from verte_core.training import dataset
from verte_core.training.dataset import Radiographs, Split

pytestmark = pytest.mark.usefixtures("one_thread")

NUMBER = 8
"""Images, the even ones to train; both labels come in both classes in either split."""


def picture(index: int) -> np.ndarray:
    return np.random.default_rng(index).integers(0, 4000, (90, 70), dtype=np.uint16)


def labels_of(index: int) -> tuple[int, int]:
    return index // 2 % 2, index // 4 % 2


def cohort(folder: Path, stated: Iterable[int] = (), suffix: str = ".dcm") -> Path:
    """A manifest of images, of which the ``stated`` say in their header that they are simulated."""
    (folder / "images").mkdir(parents=True)
    stated = set(stated)
    rows: list[list[object]] = [[*dataset.COLUMNS]]
    for index in range(NUMBER):
        path = folder / "images" / f"{index}{suffix}"
        if suffix == ".dcm":
            person = Patient(f"P{index}", "X", 60.0, "F", 1.6, 60.0)
            if index in stated:
                write_image(path, person, Pixels(picture(index), 0.2))
            else:
                pixels = Pixels(picture(index), 0.2, derivation="Follow-up")
                write_image(path, person, pixels, Series(manufacturer="Clinic"))
        else:
            cv2.imwrite(str(path), picture(index))
        split = ("train", "val")[index % 2]
        rows.append([f"images/{path.name}", f"P{index}", split, 60, "F", 23, *labels_of(index)])
    with (folder / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder / "manifest.csv"


def name_in_truth(manifest: Path, images: Iterable[int], suffix: str) -> Path:
    lines = [json.dumps({"simulator": 2, "path": f"images/{index}{suffix}"}) for index in images]
    manifest.with_name("truth.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return manifest


def by_manifest_command(manifest: Path) -> Path:
    """As ``train manifest`` makes it of the images and a table elsewhere."""
    table = manifest.with_name("labels.csv")
    lines = [f"{i}.dcm,{','.join(map(str, labels_of(i)))},{('train', 'val')[i % 2]}" for i in range(NUMBER)]
    table.write_text("\n".join(["path,pvf,osteo,split", *lines]) + "\n")
    made = manifest.with_name("made.csv")
    command = ["manifest", str(manifest.parent / "images"), "--table", str(table), "--out", str(made)]
    assert main(command) == 0
    return made


ALL = range(NUMBER)
VALIDATION = 3
COHORTS = {
    "clinical": (lambda at: cohort(at), Provenance.CLINICAL),
    "clinical pictures": (lambda at: cohort(at, suffix=".png"), Provenance.CLINICAL),
    "all by header": (lambda at: cohort(at, ALL), Provenance.SIMULATED),
    "all by header, of a made manifest": (
        lambda at: by_manifest_command(cohort(at, ALL)),
        Provenance.SIMULATED,
    ),
    "all by truth": (lambda at: name_in_truth(cohort(at), ALL, ".dcm"), Provenance.SIMULATED),
    "pictures by truth": (
        lambda at: name_in_truth(cohort(at, suffix=".png"), ALL, ".png"),
        Provenance.SIMULATED,
    ),
    "copies as pictures by the truth of the originals": (
        lambda at: name_in_truth(cohort(at, suffix=".png"), ALL, ".dcm"),
        Provenance.SIMULATED,
    ),
    "half by header, half by truth": (
        lambda at: name_in_truth(cohort(at, range(4)), range(4, 8), ".dcm"),
        Provenance.SIMULATED,
    ),
    "one to validate by header": (lambda at: cohort(at, [VALIDATION]), Provenance.MIXED),
    "one to validate by truth": (
        lambda at: name_in_truth(cohort(at), [VALIDATION], ".dcm"),
        Provenance.MIXED,
    ),
    "all that train, none that validates": (lambda at: cohort(at, range(0, 8, 2)), Provenance.MIXED),
    "a truth of other images": (lambda at: name_in_truth(cohort(at), [77], ".dcm"), Provenance.CLINICAL),
}


@pytest.mark.parametrize("name", COHORTS)
def test_what_images_are_is_read_from_headers_and_truth(name: str, tmp_path: Path) -> None:
    make, expected = COHORTS[name]
    config = Config("a", "b", architecture=TINY)
    manifest = make(tmp_path / "cohort")
    found = read_data(config, manifest)
    assert found.provenance is expected
    again = read_data(config, manifest)
    assert again.provenance is expected, "by the cache as well"
    simulated = [part.simulated for part in found.parts.values()]
    assert (sum(simulated) == NUMBER) == (expected is Provenance.SIMULATED)
    assert any(simulated) == (expected is not Provenance.CLINICAL)


def fitted(manifest: Path, folder: Path, *overrides: str) -> Path:
    folder.mkdir()
    config = folder / "tiny.yaml"
    config.write_text(
        "name: tiny\ndescription: for tests\n"
        "architecture: {tasks: [pvf, osteo], backbone: test_efficientnet, image_features: 8,"
        " clinical_hidden: [4, 4]}\n"
        "optimization: {epochs: 1, batch_size: 4}\n"
    )
    command = [
        "fit",
        "--config",
        str(config),
        "--data",
        str(manifest),
        "--out",
        str(folder),
        "--device",
        "cpu",
    ]
    assert main([*command, *overrides]) == 0
    return folder / "best.safetensors"


def start_from(path: Path, trained_on: Provenance) -> str:
    saving.save(path, tiny_model().state_dict(), metadata(trained_on=trained_on))
    return f"init={path}"


@pytest.mark.parametrize("images", [Provenance.CLINICAL, Provenance.SIMULATED])
@pytest.mark.parametrize("start", list(Provenance))
def test_what_the_starting_weights_learned_from_counts(
    images: Provenance, start: Provenance, tmp_path: Path
) -> None:
    manifest = cohort(tmp_path / "cohort", ALL if images is Provenance.SIMULATED else ())
    made = fitted(manifest, tmp_path / "run", start_from(tmp_path / "start.safetensors", start))
    found = weights.load(made).metadata
    assert found.trained_on is (images if images is start else Provenance.MIXED)
    assert found.training["start"]["trained_on"] == start
    assert found.card["Starting weights"].endswith(f"trained on {start} images.")


@pytest.mark.parametrize(
    ("stated", "expected", "card"),
    [
        ((), Provenance.CLINICAL, r"^4 images of 4 people; for validation 4 images of 4 people\.$"),
        (ALL, Provenance.SIMULATED, "^4 images of 4 people, all of them simulated; .* trained on simulated"),
        ([VALIDATION], Provenance.MIXED, "people, 1 of them simulated.* trained in part on simulated images"),
    ],
)
def test_it_is_said_wherever_the_weights_go(
    stated: Iterable[int], expected: Provenance, card: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = fitted(cohort(tmp_path / "cohort", stated), tmp_path / "run")
    found: Metadata = weights.load(made).metadata
    assert found.trained_on is expected
    assert re.search(card, found.card["Training data"])
    assert ("simulated" in found.card["Validation AUROC"]) == (expected is not Provenance.CLINICAL)
    assert sum(split["simulated"] for split in found.training["images"].values()) == len(list(stated))
    assert sum(split["other"] for split in found.training["images"].values()) == NUMBER - len(list(stated))

    capsys.readouterr()
    assert verte(["info", "--model", str(made)]) == 0
    info = capsys.readouterr().out
    table = tmp_path / "scores.csv"
    image = tmp_path / "cohort" / "images" / "0.dcm"
    assert verte(["score", str(image), "--model", str(made), "--out", str(table)]) == 0
    words = capsys.readouterr().out
    with table.open(encoding="utf-8-sig", newline="") as file:
        assert [row["trained_on"] for row in csv.DictReader(file)] == [expected]
    if expected.notice:
        assert expected.notice in info and expected.notice in words
    else:
        assert "simulated images" not in info + words


def test_counts_are_written_for_people_to_read() -> None:
    examples = read_examples(1200, 400)
    assert str(Part(examples, NOTHING, NOTHING, 300)) == "1,200 images of 400 people, 300 of them simulated"


def read_examples(images: int, people: int) -> list[dataset.Example]:
    inputs = dataset.ClinicalInputs(60, "F", 23)
    return [dataset.Example(Path(f"{i}"), f"P{i % people}", "train", inputs, {}) for i in range(images)]


NOTHING = Radiographs([], np.empty((0, 1024, 512), np.uint8), metadata().clinical_statistics, ("pvf",))


def test_a_damaged_truth_is_a_sentence(tmp_path: Path) -> None:
    manifest = cohort(tmp_path / "cohort")
    for damage in ('{"path": "ima', "[1]", '{"image": "images/0.dcm"}', '{"path": 3}', "3"):
        manifest.with_name("truth.jsonl").write_text(damage + "\n")
        with pytest.raises(DataError, match=r"truth\.jsonl is damaged or of another form"):
            read_data(Config("a", "b", architecture=TINY), manifest)


def relabel(manifest: Path, split: Split, task: str, value: str) -> None:
    with manifest.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row[task] = value if row["split"] == split else row[task]
    with manifest.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize(("split", "words"), [("train", "training"), ("val", "validation")])
@pytest.mark.parametrize(
    ("task", "meaning"), [("pvf", "prevalent vertebral fracture"), ("osteo", "osteoporosis")]
)
@pytest.mark.parametrize(
    ("value", "has"), [("0", "all of its labels are 0"), ("1", "are 1"), ("", "it has no such label")]
)
def test_a_split_of_one_class_is_named_before_anything_is_done(
    split: Split, words: str, task: str, meaning: str, value: str, has: str,
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    manifest = cohort(tmp_path / "cohort", suffix=".png")
    relabel(manifest, split, task, value)
    config = tmp_path / "tiny.yaml"
    config.write_text(
        "name: a\ndescription: b\narchitecture: {tasks: [pvf, osteo], backbone: test_efficientnet}\n"
    )
    run = tmp_path / "run"
    assert main(["fit", "--config", str(config), "--data", str(manifest), "--out", str(run)]) == 1
    said = capsys.readouterr().err
    assert f"The {words} split needs people with and without {meaning} ({task}); " in said
    assert has in said
    assert not run.exists()
    assert not list((manifest.parent / ".verte-cache").glob("*.uint8"))


def test_a_label_that_is_not_learned_may_be_of_one_class(tmp_path: Path) -> None:
    manifest = cohort(tmp_path / "cohort", suffix=".png")
    relabel(manifest, "val", "osteo", "")
    only = Config("a", "b", architecture=Architecture(tasks=("pvf", "density")))
    assert isinstance(read_data(only, manifest), RunData)
