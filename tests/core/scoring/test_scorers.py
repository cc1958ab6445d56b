"""Each image gets the weights of its kind by itself, and other ones only on the reader's word."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from batches import write_images
from builders import metadata, tiny_model
from dicom_files import dataset, write

from verte_core.cli import main
from verte_core.errors import ImageError, VerteError
from verte_core.image_types import Protocol, ProtocolChoice
from verte_core.network import saving, shipped, weights
from verte_core.reading.radiograph import Radiograph, load
from verte_core.scoring import scorers as scorers_module
from verte_core.scoring.scorers import Scorers

HEADER = {"PatientAge": "062Y", "PatientSex": "F", "PatientSize": "1.6", "PatientWeight": "60"}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[Protocol, Path]:
    """Small weights in the place of the shipped ones, by kind of image."""
    kinds: tuple[Protocol, ...] = ("radiograph", "vfa")
    paths = {kind: tmp_path / f"{kind}.safetensors" for kind in kinds}
    for seed, (kind, path) in enumerate(paths.items()):
        described = metadata(name=f"for {kind}", protocol=kind)
        saving.save(path, tiny_model(seed).state_dict(), described)
    monkeypatch.setattr(shipped, "path", lambda kind="radiograph": paths[kind])
    scorers_module._shipped_id.cache_clear()
    return paths


@pytest.fixture
def images(tmp_path: Path, spine: npt.NDArray[np.uint16]) -> dict[str, Path]:
    """One that says that it is a radiograph, one of VFA, and one that says nothing."""
    folder = tmp_path / "images"
    (film,) = write_images(folder, spine, 1)
    vfa = write(folder / "v.dcm", dataset(spine[::3, ::3].copy(), SeriesDescription="VFA LATERAL", **HEADER))
    cv2.imwrite(str(folder / "z.png"), spine)
    return {"radiograph": film, "vfa": vfa, "unknown": folder / "z.png"}


def ids(paths: dict[Protocol, Path]) -> dict[str, str]:
    return {kind: weights.load(path).id for kind, path in paths.items()}


def read(path: Path) -> Radiograph:
    return load(path)


def test_shipped_weights_are_loaded_when_they_are_needed(
    own: dict[Protocol, Path], images: dict[str, Path]
) -> None:
    scorers = Scorers(device="cpu")
    assert scorers.loaded == () and scorers.is_shipped and scorers.at_hand(read(images["vfa"])) is None
    film = scorers.of(read(images["radiograph"]))
    assert scorers.loaded == (film,) and film is scorers.of(read(images["unknown"]))
    assert [scorers.weights_id(kind, "auto") for kind in ("radiograph", "vfa", None)] == [
        ids(own)["radiograph"], ids(own)["vfa"], ids(own)["radiograph"],
    ]  # fmt: skip
    assert scorers.loaded == (film,)
    assert scorers.of(read(images["vfa"])).weights_id == ids(own)["vfa"]


@pytest.mark.parametrize(
    ("image", "choice", "taken", "said"),
    [
        ("radiograph", "auto", "radiograph", None),
        ("vfa", "auto", "vfa", None),
        (
            "unknown",
            "auto",
            "radiograph",
            "does not say what kind of image it is; it was taken for a spine rad",
        ),
        ("unknown", "vfa", "vfa", None),
        (
            "vfa",
            "radiograph",
            "radiograph",
            "on the reader's word. The header says that it is a DXA VFA image.",
        ),
        ("radiograph", "vfa", "vfa", "Scored as a DXA VFA image on the reader's word."),
    ],
)
def test_the_right_ones_by_themselves(
    own: dict[Protocol, Path],
    images: dict[str, Path],
    image: str,
    choice: ProtocolChoice,
    taken: Protocol,
    said: str | None,
) -> None:
    scorers, opened = Scorers(device="cpu"), read(images[image])
    scorer = scorers.of(opened, choice)
    assert scorer.weights_id == ids(own)[taken] and scorer.metadata.protocol == taken
    scorer.check_protocol(opened, choice)
    note = scorers.said(opened, choice)
    assert (note is None) == (said is None) and (said or "") in (note or "")


def test_chosen_files_combine_by_kind(
    tmp_path: Path, own: dict[Protocol, Path], images: dict[str, Path]
) -> None:
    third = tmp_path / "third.safetensors"
    saving.save(third, tiny_model(9).state_dict(), metadata())
    chosen = [weights.load(path) for path in (own["vfa"], own["radiograph"], third)]
    scorers = Scorers.of_files(chosen, "cpu")
    assert scorers.of(read(images["radiograph"])).weights_ids == (chosen[1].id, chosen[2].id)
    assert scorers.of(read(images["vfa"])).weights_ids == (chosen[0].id,)
    assert not scorers.is_shipped and scorers.kinds == ("radiograph", "vfa")


def test_weights_of_one_kind_refuse_the_other(own: dict[Protocol, Path], images: dict[str, Path]) -> None:
    scorers = Scorers.of_files([weights.load(own["vfa"])], "cpu")
    film = read(images["radiograph"])
    with pytest.raises(
        ImageError, match=r"This is a spine radiograph, but the weights for vfa are for a DXA"
    ):
        scorers.of(film).check_protocol(film)
    unknown = read(images["unknown"])
    scorers.of(unknown).check_protocol(unknown)
    assert "taken for a DXA VFA image" in (scorers.said(unknown) or "")
    scorers.of(film, "vfa").check_protocol(film, "vfa")


def test_a_folder_of_both_kinds_in_one_run(
    tmp_path: Path, own: dict[Protocol, Path], images: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (images["vfa"].with_name("broken.dcm")).write_bytes(b"DICM")
    table, out = tmp_path / "t.csv", tmp_path / "scores.csv"
    table.write_text("path,age,sex,bmi\nz.png,70,F,24\n")
    command = ["score", str(tmp_path / "images"), "--table", str(table), "--out", str(out), "--json"]
    assert main(command) == 1
    told = capsys.readouterr()
    rows = {Path(row["path"]).name: row for row in map(json.loads, told.out.splitlines())}
    expected = {"00.dcm": "radiograph", "v.dcm": "vfa", "z.png": "radiograph"}
    assert {name: rows[name]["model_id"] for name in expected} == {
        name: ids(own)[kind]
        for name, kind in expected.items()  # type: ignore[index]
    }
    assert rows["broken.dcm"]["model_id"] == "" and rows["broken.dcm"]["trained_on"] is None
    assert any("taken for a spine radiograph" in note for note in rows["z.png"]["notes"])
    assert "These weights were trained on simulated images." in told.err
    # The next run takes over what these weights have scored, and nothing that others would score now.
    assert main(command) == 1
    assert "3 of 4 images were scored before." in capsys.readouterr().err
    assert main([*command, "--model", str(own["vfa"]), "--model", str(own["radiograph"])]) == 1
    assert "3 of 4 images were scored before." in capsys.readouterr().err
    assert main([*command, "--model", str(own["vfa"])]) == 1
    assert "1 of 4 images were scored before." in capsys.readouterr().err
    with out.open(newline="", encoding="utf-8-sig") as file:
        cells = {Path(row["path"]).name: row for row in csv.DictReader(file)}
    assert "are for a DXA VFA image" in cells["00.dcm"]["reason"]
    assert cells["z.png"]["model_id"] == ids(own)["vfa"]
    assert "taken for a DXA VFA image" in cells["z.png"]["notes"]


def test_info_shows_all_that_are_shipped(
    own: dict[Protocol, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info"]) == 0
    said = capsys.readouterr().out
    assert all(f"for {kind}  (id {weights_id})" in said for kind, weights_id in ids(own).items())


def test_shipped_weights_that_are_gone_are_no_fault_of_an_image(
    own: dict[Protocol, Path], images: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    own["vfa"].unlink()
    assert main(["score", str(images["vfa"])]) == 2
    assert "verte: The weights file" in capsys.readouterr().err
    with pytest.raises(VerteError, match="can't be read"):
        Scorers(device="cpu").of(read(images["vfa"]))
