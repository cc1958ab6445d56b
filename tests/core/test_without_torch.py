"""Where torch can't be imported, every sample is scored as with it, in the terminal and in the window."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from verte_core.resources_folder import RESOURCES

SAMPLES = RESOURCES / "samples"
FORBIDDEN = """
import sys
for name in ("torch", "torchvision", "timm", "sklearn", "matplotlib", "pandas", "scipy", "onnx"):
    sys.modules[name] = None
"""


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", FORBIDDEN + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)


SCORE = "from verte_core.cli import main; sys.exit(main(sys.argv[1:]))"
IN_TORCH = """
import dataclasses, sys
from verte_core import cli
from verte_core.network import weights
load = weights.load
weights.load = lambda path: dataclasses.replace(load(path), graph=None)
sys.exit(cli.main(sys.argv[1:]))
"""


def test_every_sample_is_scored_as_with_torch(tmp_path: Path) -> None:
    table = ("--table", SAMPLES / "clinical.csv", "--json", "--heatmaps")
    ours = run(SCORE, "score", SAMPLES, *table, tmp_path / "ours")
    command = [sys.executable, "-c", IN_TORCH, "score", SAMPLES, *table, tmp_path / "torch"]
    theirs = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=600)
    assert "Traceback" not in ours.stderr + theirs.stderr
    rows, others = (
        {row["path"]: row for row in map(json.loads, done.stdout.splitlines())} for done in (ours, theirs)
    )
    assert rows.keys() == others.keys() and len(rows) == 6
    scored = 0
    for path, row in rows.items():
        assert row["status"] == others[path]["status"] and row["reason"] == others[path]["reason"]
        for name in ("pvf_score", "osteo_score"):
            if row[name] is not None:
                assert abs(row[name] - others[path][name]) <= 1e-4
                scored += 1
    assert scored == 12
    pictures = sorted(path.name for path in (tmp_path / "ours").iterdir())
    assert pictures == sorted(path.name for path in (tmp_path / "torch").iterdir()) and len(pictures) == 12
    for name in pictures:
        with Image.open(tmp_path / "ours" / name) as one, Image.open(tmp_path / "torch" / name) as other:
            difference = np.asarray(one, np.int16) - np.asarray(other, np.int16)
        # A level of 255 is 4e-3 of the map; colours step by a few of them.
        assert np.abs(difference).max() <= 6, name


def test_the_window_shows_score_and_heatmap(tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    done = run(WINDOW, SAMPLES / "simulated-fracture.dcm", "--snapshot", picture)
    assert (done.returncode, done.stderr) == (0, "")
    with Image.open(picture) as shown:
        assert len(set(shown.resize((64, 48)).convert("RGB").get_flattened_data())) > 100


NOTHING_SLOW = """
import atexit, sys
slow = {"torch", "timm", "sklearn", "matplotlib", "scipy", "pandas"}
atexit.register(lambda: print(sorted(slow & sys.modules.keys()), file=sys.stderr))
"""
WINDOW = "from verte_desktop.app import main; sys.exit(main(sys.argv[1:]))"


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (SCORE, ["score", SAMPLES / "simulated-fracture.dcm"]),
        (SCORE, ["info"]),
        (WINDOW, [SAMPLES / "simulated-fracture.dcm", "--snapshot", "window.png"]),
    ],
    ids=["score", "info", "window"],
)
def test_torch_is_not_imported_where_it_is_there(code: str, arguments: list[object], tmp_path: Path) -> None:
    """It would take seconds and half a gigabyte."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", NOTHING_SLOW + code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=300)
    assert done.stderr.splitlines()[-1] == "[]", done.stderr
