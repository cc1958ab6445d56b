"""The names that others build on lead to the rooms, and need no more than they did."""

import subprocess
import sys
from pathlib import Path

import pytest
from builders import metadata, tiny_model

import verte_core.model
import verte_core.preprocess
import verte_core.radiograph
import verte_core.scoring
import verte_core.weights
from verte_core.network import fusion_net, saving, weights
from verte_core.reading import radiograph
from verte_core.scoring import scorer


def test_fixed_names_are_what_the_rooms_hold(tmp_path: Path) -> None:
    assert verte_core.radiograph.load is radiograph.load
    assert verte_core.model.FusionNet is fusion_net.FusionNet
    assert verte_core.weights.load is weights.load
    verte_core.weights.save(tmp_path / "ours.safetensors", tiny_model().state_dict(), metadata())
    saving.save(tmp_path / "theirs.safetensors", tiny_model().state_dict(), metadata())
    ours, theirs = ((tmp_path / name).read_bytes() for name in ("ours.safetensors", "theirs.safetensors"))
    assert ours == theirs
    assert verte_core.scoring.Scorer is scorer.Scorer
    assert callable(verte_core.preprocess.prepare)


@pytest.mark.parametrize("name", ["verte_core.radiograph", "verte_core.preprocess", "verte_core.clinical"])
def test_reading_and_preparing_need_no_torch(name: str) -> None:
    check = f"import sys, {name}; print([each for each in ('torch', 'timm') if each in sys.modules])"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", check], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
