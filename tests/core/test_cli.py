from __future__ import annotations

import csv
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from builders import TINY, metadata

from train.simulator.dicom import Patient, Pixels, Series, write_image
from verte_core.cli import main
from verte_core.image_types import KINDS
from verte_core.network import saving, weights
from verte_core.network.fusion_net import FusionNet
from verte_core.network.metadata import Calibration
from verte_core.results import OperatingPoints
from verte_core.scoring.scorer import Scorer

FIELDS = [
    "path", "status", "reason", "pvf_score", "osteo_score", "age", "sex", "bmi", "model_id", "trained_on",
    "pvf_spread", "osteo_spread", "pvf_zone", "osteo_zone", "sop_instance_uid", "notes", "likeness", "unlike",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, spine: npt.NDArray[np.uint16]) -> Path:
    """Two good DICOM files, a good PNG without clinical values, and bad company."""
    images = tmp_path / "images"
    (images / "sub").mkdir(parents=True)
    series = Series(
        manufacturer="T", manufacturer_model_name="T", description="Spine lateral", date="20260101"
    )
    for name, age, pixels in (("a", 71, spine), ("sub/b", 44, spine[::-1].copy()), ("child", 7, spine + 1)):
        patient = Patient("X", "Test^Person", age, "F", 1.6, 60.0)
        write_image(images / f"{name}.dcm", patient, Pixels(pixels, 0.2), series)
    cv2.imwrite(str(images / "plain.png"), spine)
    (images / "empty.dcm").write_bytes(b"")
    (images / "text.dcm").write_text("this is not an image\n" * 50)
    (images / "notes.txt").write_text("company that is passed over")
    (images / ".hidden.dcm").write_text("x")
    return images


def test_a_folder_gives_a_row_for_every_image(
    folder: Path, weights_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "scores.csv"
    status = main(["score", str(folder), "--model", str(weights_file), "--json", "--out", str(out)])
    said = capsys.readouterr()
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert status == 1
    assert [list(row) for row in rows] == [FIELDS] * 6
    by_name = {Path(row["path"]).name: row for row in rows}
    assert by_name.keys() == {"a.dcm", "b.dcm", "child.dcm", "plain.png", "empty.dcm", "text.dcm"}
    good = by_name["a.dcm"]
    assert (good["status"], good["age"], good["sex"], good["bmi"]) == ("scored", 71, "F", 23.44)
    assert 0 < good["pvf_score"] < 1
    assert good["trained_on"] == "simulated"
    assert "empty" in by_name["empty.dcm"]["reason"]
    assert "not an image" in by_name["text.dcm"]["reason"]
    assert "Age 7 years" in by_name["child.dcm"]["reason"]
    assert "Missing: age" in by_name["plain.png"]["reason"]
    assert by_name["plain.png"]["pvf_score"] is None
    assert "2 scored, 4 refused" in said.err
    for kind in ("Age is out of range", "age, sex and BMI are missing", "empty file", "not an image"):
        assert f"     1  {kind}\n" in said.err
    table = list(csv.DictReader(out.open(encoding="utf-8-sig")))
    assert [row["path"] for row in table] == [row["path"] for row in rows]
    assert list(table[0]) == FIELDS
    assert not list(tmp_path.glob(".*.part"))


def test_a_table_goes_before_the_header(
    folder: Path, weights_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "clinical.csv"
    table.write_text(
        "path,age,sex,height_cm,weight_kg\nplain.png,66,m,170,70\nsub/b.dcm,55,,,\nchild.dcm,,,160,999\n"
    )
    status = main(["score", str(folder), "--model", str(weights_file), "--json", "--table", str(table)])
    rows = {Path(row["path"]).name: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert status == 1
    assert (rows["plain.png"]["age"], rows["plain.png"]["sex"], rows["plain.png"]["bmi"]) == (66, "M", 24.22)
    assert (rows["b.dcm"]["age"], rows["b.dcm"]["sex"]) == (55, "F")
    assert rows["a.dcm"]["age"] == 71
    assert "Weight 999 kg" in rows["child.dcm"]["reason"]


def test_one_image_with_options_and_heatmaps(
    folder: Path, weights_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = str(folder / "plain.png")
    options = ["--age", "60", "--sex", "M", "--bmi", "25", "--heatmaps", str(tmp_path / "maps")]
    assert main(["score", image, "--model", str(weights_file), *options]) == 0
    out = capsys.readouterr().out
    assert "pVF-score" in out
    assert "osteo-score" in out
    assert "not to be used to rule out" in out
    assert "trained on simulated images" in out
    pictures = sorted((tmp_path / "maps").iterdir())
    assert [picture.name.rsplit("_", 1)[1] for picture in pictures] == ["osteo.png", "pvf.png"]
    shown = cv2.imread(str(pictures[0]))
    assert shown is not None
    assert shown.shape[0] > 1000


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--age", "200", "--sex", "F", "--bmi", "22"], "Age 200 years"),
        (["--bmi", "3"], "BMI 3 kg/m2"),
        (["--table", "none.csv"], "none.csv can't be read"),
        (["--model", "none.safetensors"], "none.safetensors can't be read"),
        (["--device", "mps"], "not available"),
    ],
)
def test_a_wrong_call_ends_with_status_2_and_a_sentence(
    folder: Path, weights_file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    model = [] if "--model" in arguments else ["--model", str(weights_file)]
    assert main(["score", str(folder / "a.dcm"), *model, *arguments]) == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert not captured.out


def test_the_values_of_one_person_are_not_given_to_many(
    folder: Path, weights_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", str(folder), "--model", str(weights_file), "--age", "60"]) == 2
    assert "one person" in capsys.readouterr().err


def test_argument_errors_and_empty_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["score", "--sex", "O", "x.dcm"])
    assert caught.value.code == 2
    assert main(["score", str(tmp_path)]) == 2
    assert "no image" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("age,sex\n60,F\n", "needs a column path or sop_instance_uid"),
        ("path,age\na.dcm,sixty\n", "line 2: age is 'sixty'"),
        ("path,age\na.dcm,60\na.dcm,61\n", "stands in the table twice"),
    ],
)
def test_a_bad_table_is_refused_before_anything_starts(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    table = tmp_path / "clinical.csv"
    table.write_text(text)
    assert main(["score", str(folder), "--table", str(table)]) == 2
    assert says in capsys.readouterr().err


def test_a_folder_without_permission_is_a_refused_row(
    folder: Path, weights_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def locked(path: str) -> object:
        # Root may read every folder, so the refusal itself is made here.
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", locked)
    main(["score", str(folder), "--model", str(weights_file), "--json"])
    rows = {Path(row["path"]).name: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert rows["sub"]["status"] == "refused"
    assert rows["a.dcm"]["status"] == "scored"


def test_info_prints_the_card(weights_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--model", str(weights_file)]) == 0
    out = capsys.readouterr().out
    assert "A tiny random network for tests." in out
    assert "trained on simulated images" in out
    assert "pVF-score: low below 0.400" in out


def test_info_as_json_holds_all_that_is_recorded(
    weights_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", "--json", "--model", str(weights_file)]) == 0
    record = json.loads(capsys.readouterr().out)
    loaded = weights.load(weights_file)
    assert record["file"] == str(weights_file)
    assert (record["id"], record["name"]) == (loaded.id, loaded.metadata.name)
    assert record["operating_points"]["pvf"]["low"] == 0.4
    assert record["trained_on"] == "simulated"
    assert "graph" not in record
    assert (record["has_graph"], record["schema_version"]) == (True, 2)
    assert main(["info", "--json"]) == 0
    assert [json.loads(line)["protocol"] for line in capsys.readouterr().out.splitlines()] == [*KINDS]


def test_torch_is_not_imported_to_print_the_help() -> None:
    code = (
        "import sys; from verte_core import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_info_lists_scores_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = ("density", "osteo", "pvf")
    architecture = dataclasses.replace(TINY, tasks=tasks)
    described = metadata(
        architecture=architecture,
        operating_points={task: OperatingPoints(0.4, 0.6, 0.9, 0.9) for task in tasks},
        calibration={task: Calibration() for task in tasks},
    )
    path = tmp_path / "a.safetensors"
    saving.save(path, FusionNet(architecture).state_dict(), described)
    assert main(["info", "--model", str(path)]) == 0
    out = capsys.readouterr().out
    assert "density" not in out
    assert out.index("osteo-score: low below") < out.index("pVF-score: low below")


def test_what_the_library_warns_of_stands_on_standard_error(
    folder: Path, weights_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*_: object) -> None:
        raise KeyError("Test^Person")

    monkeypatch.setattr(Scorer, "prepare", faulty)
    for _ in range(2):
        assert main(["score", str(folder / "a.dcm"), "--model", str(weights_file)]) == 1
        said = capsys.readouterr()
        assert said.err.count("verte: The program failed on an image: KeyError at pipeline.py:") == 1
        assert "Person" not in said.err + said.out
        assert "refused: The program failed on this image (KeyError)." in said.out


NO_TORCH = """
import sys
import {module}
assert not {{"torch", "timm", "onnxruntime"}} & sys.modules.keys()
"""


@pytest.mark.parametrize(
    "module",
    [
        "verte_core.results", "verte_core.clinical", "verte_core.reading.radiograph", "verte_core.radiograph",
        "verte_core.batch.record", "verte_core.batch.columns", "verte_core.batch.scores_file",
        "verte_core.batch.reviews",
    ],
)  # fmt: skip
def test_what_is_read_entered_and_recorded_loads_no_torch(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_TORCH.format(module=module)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
