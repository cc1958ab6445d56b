from __future__ import annotations

import dataclasses
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from builders import metadata, tiny_model
from safetensors.torch import load_file, save_file

from verte_core.errors import OutputError, WeightsError
from verte_core.network import saving, weights
from verte_core.network.fusion_net import FusionNet
from verte_core.scoring import Scorer


def rewritten(
    source: Path, target: Path, tensors: dict[str, torch.Tensor] | None = None, **changes: Any
) -> Path:
    """A weights file like ``source`` with another header or other tensors."""
    content = source.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    values = json.loads(header["__metadata__"]["verte"]) | changes
    save_file(load_file(source) if tensors is None else tensors, target, {"verte": json.dumps(values)})
    return target


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    model, described = tiny_model(), metadata()
    path = tmp_path / "a.safetensors"
    saving.save(path, model.state_dict(), described)
    loaded = weights.load(path)
    assert loaded.metadata == described
    assert len(loaded.id) == 12
    image, clinical = torch.rand(1, 1, 128, 64), torch.randn(1, 3)
    # Half precision on disk.
    assert torch.allclose(loaded.build()(image, clinical), model(image, clinical), atol=2e-2)
    assert path.stat().st_size < sum(t.numel() for t in model.state_dict().values()) * 2 + 60_000
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_cut_short_is_refused(weights_file: Path, tmp_path: Path) -> None:
    content = weights_file.read_bytes()
    for length in (0, 4, 100, len(content) // 2, len(content) - 1):
        path = tmp_path / "cut.safetensors"
        path.write_bytes(content[:length])
        with pytest.raises(WeightsError, match="cut short"):
            weights.load(path)


class _Boom:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("the pickle was opened",))


def test_a_pickle_is_refused_and_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "evil.safetensors"
    path.write_bytes(pickle.dumps(_Boom()))
    with pytest.raises(WeightsError, match="pickled files are never opened"):
        weights.load(path)


def test_a_missing_file_and_a_foreign_one(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="No such file"):
        weights.load(tmp_path / "none.safetensors")
    save_file({"a": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match="VERTE did not write it"):
        weights.load(tmp_path / "other.safetensors")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"schema_version": 99}, "schema version 99"),
        ({"surprise": 1}, "surprise"),
        ({"architecture": {"tasks": ["pvf"], "depth": 3}}, "depth"),
        ({"architecture": 3}, "architecture must be a table of keys and values, not 3"),
        ({"preprocessing": {"version": 0}}, "another preprocessing"),
        ({"preprocessing": {"crop_rows": 0.5, "crop_columns": 0.0, "version": 2}}, "preprocessing.crop_rows"),
        ({"operating_points": {}}, "operating_points must be of the tasks pvf, osteo, not of none"),
    ],
)
def test_another_description_is_refused(weights_file: Path, tmp_path: Path, changes: Any, says: str) -> None:
    with pytest.raises(WeightsError, match=says):
        weights.load(rewritten(weights_file, tmp_path / "x.safetensors", **changes))


def test_missing_extra_misshapen_and_infinite_tensors_are_named(weights_file: Path, tmp_path: Path) -> None:
    tensors = load_file(weights_file)
    name = "image_head.weight"
    without = {key: tensor for key, tensor in tensors.items() if key != name}
    cases = [
        (without, f"1 tensors are missing \\({name}\\)"),
        (tensors | {"extra.bias": torch.zeros(1)}, r"1 are too many \(extra.bias\)"),
        (tensors | {name: torch.zeros(3, 3)}, f"unexpected shape: {name}"),
        (tensors | {name: tensors[name] * float("inf")}, "not finite"),
    ]
    for changed, says in cases:
        with pytest.raises(WeightsError, match=says):
            weights.load(rewritten(weights_file, tmp_path / "x.safetensors", tensors=changed))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="can't be written"):
        saving.save(tmp_path / "no" / "a.safetensors", {}, metadata())


def test_a_file_is_scored_without_its_network(weights_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a GPU, training and files of format 1 need it, and it needs torch."""

    def built(*_: object) -> None:
        raise AssertionError("a network was built")

    monkeypatch.setattr(FusionNet, "__init__", built)
    Scorer(weights.load(weights_file), "cpu")


def test_each_network_is_its_own(weights_file: Path) -> None:
    loaded = weights.load(weights_file)
    first, second = loaded.build(), loaded.build()
    with torch.no_grad():
        first.image_head.bias += 1
    assert torch.equal(second.image_head.bias, torch.from_numpy(loaded.arrays["image_head.bias"]).float())
    with pytest.raises(WeightsError, match="1 tensors are missing"):
        dataclasses.replace(loaded, arrays=dict(list(loaded.arrays.items())[1:]))


def test_a_file_of_format_1_is_read_and_upgraded(weights_file: Path, tmp_path: Path) -> None:
    before = tmp_path / "before.safetensors"
    source = weights.load(weights_file)
    weights.write(before, source.arrays, source.metadata, None)
    old = weights.load(before)
    assert old.graph is None and old.metadata == source.metadata
    saving.rewrite(before, old, old.metadata)
    new = weights.load(before)
    assert new.graph == source.graph and new.id == source.id
