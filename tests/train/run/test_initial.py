from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import timm
import torch
from builders import TINY, metadata, tiny_model
from safetensors.torch import save_file

from train.run.config import Config
from train.run.initial import start_of
from verte_core.errors import DataError
from verte_core.network import saving, weights

CONFIG = Config("a", "b", architecture=TINY)


def test_a_random_start_is_drawn_by_the_seed() -> None:
    first, second = (start_of(CONFIG).model.state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = dataclasses.replace(CONFIG, optimization=dataclasses.replace(CONFIG.optimization, seed=2))
    assert not torch.equal(start_of(other).model.state_dict()["head.0.weight"], first["head.0.weight"])


def test_a_local_checkpoint_of_timm_starts_the_backbone(tmp_path: Path) -> None:
    source = timm.create_model(TINY.backbone)
    save_file(source.state_dict(), tmp_path / "timm.safetensors")
    model = start_of(dataclasses.replace(CONFIG, init=f"imagenet:{tmp_path / 'timm.safetensors'}")).model
    theirs, ours = source.state_dict(), model.backbone.state_dict()
    # timm turns the colour filters of the first convolution into one grey filter, their sum.
    assert torch.allclose(ours["conv_stem.weight"], theirs["conv_stem.weight"].sum(1, keepdim=True))
    shared = [name for name in ours if name != "conv_stem.weight"]
    assert len(shared) > 10
    assert all(torch.equal(ours[name], theirs[name]) for name in shared)


def test_what_cannot_be_had_is_a_sentence_with_the_choices(tmp_path: Path) -> None:
    config = dataclasses.replace(CONFIG, init=f"imagenet:{tmp_path / 'nowhere.safetensors'}")
    with pytest.raises(DataError, match=r"can't be had from .*nowhere.* init=random, init=imagenet:FILE"):
        start_of(config)


def test_tasks_of_our_weights_are_taken_over_by_name(tmp_path: Path) -> None:
    state = tiny_model().state_dict()
    saving.save(tmp_path / "start.safetensors", state, metadata())
    start = weights.load(tmp_path / "start.safetensors").build().state_dict()
    turned = dataclasses.replace(TINY, tasks=("osteo", "new", "pvf"))
    config = dataclasses.replace(CONFIG, architecture=turned, init=str(tmp_path / "start.safetensors"))
    got = start_of(config).model.state_dict()
    assert torch.equal(got["head.1.weight"][[2, 0]], start["head.1.weight"])
    assert torch.equal(got["head.0.weight"], start["head.0.weight"])
    other = dataclasses.replace(config, architecture=dataclasses.replace(turned, image_features=9))
    with pytest.raises(DataError, match="another architecture"):
        start_of(other)
