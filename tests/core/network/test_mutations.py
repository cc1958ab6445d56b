"""Whatever is wrong in a weights file is a WeightsError, or gives finite scores with their notice."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from builders import metadata
from safetensors.torch import load_file, save, save_file

from verte_core.clinical import ClinicalInputs
from verte_core.errors import WeightsError
from verte_core.network import saving, weights
from verte_core.network.metadata import MAX_CHARACTERS, parse, to_json
from verte_core.results import OperatingPoints
from verte_core.scoring.member import Member

Described = dict[str, Any]
Tensors = dict[str, torch.Tensor]

WRONG: tuple[Any, ...] = (
    *(None, True, 7, -1, 0, 1.5, -0.25, 1e308, 10**400, 2**70, math.nan, math.inf, -math.inf),
    *("", "text", "auto", "a\nb", "\x1b[2J", "\ud800", "x" * 250, [], [1], {}, {"a": 1}, [[]]),
)
REFUSED = {
    "name": (None, 7, "", "a\nb", "\x1b[2J", "\ud800", "x" * 250, [], {}),
    "protocol": WRONG,
    "trained_on": WRONG,
    "schema_version": tuple(each for each in WRONG if each is not True),
    "architecture.backbone": (
        *WRONG,
        "resnet50",
        "hf-hub:someone/something",
        "local-dir:/tmp",
        "efficientnet_b99",
    ),
    "architecture.image_features": (None, True, 0, -1, 1.5, 2**70, 10**9, math.nan, "8", [8]),
    "architecture.dropout": (None, True, 1, -0.25, math.nan, math.inf, "0.2"),
    "clinical_statistics.age_std": (None, True, 0, -1, 1e308, math.nan, math.inf, 1e-300, "11", [1]),
    "clinical_statistics.bmi_std": (None, 0, -3.5, math.nan, -math.inf),
    "clinical_statistics.age_mean": (None, -1, 0, 900, math.nan),
    "clinical_statistics.bmi_mean": (None, -1, 0, 300, math.inf),
    "clinical_statistics.bmi_percentile_5": (None, 0, 40, math.nan),
    "operating_points.pvf.low": (None, True, -0.25, 1.5, math.nan, math.inf, "0.4"),
    "operating_points.osteo.high": (-0.25, 1.5, math.nan, "0.4"),
    "operating_points.pvf.low_sensitivity": (-0.25, 1.5, math.nan, None),
    "operating_points.osteo.high_specificity": (-0.25, 90, math.nan, None),
    "calibration.pvf.slope": (None, True, math.nan, math.inf, -math.inf, 10**400, "1", []),
    "calibration.osteo.intercept": (None, math.nan, math.inf, "0"),
    "card.Summary": (None, 7, "\x1b[2J", "\x00", [], {}, "x" * 200_000),
}
"""Values that must be refused, by the field whose name the sentence has to give."""


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def steps(weights_file: Path) -> list[Described]:
    """The graph of the encoder, as its file has it."""
    loaded = weights.load(weights_file)
    assert loaded.graph is not None
    found: list[Described] = json.loads(json.dumps(loaded.graph.rows()))
    return found


@pytest.fixture(scope="module")
def described(weights_file: Path) -> Described:
    content = weights_file.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    found: Described = json.loads(header["__metadata__"]["verte"])
    del found["graph"]
    return found | {"schema_version": 1, "training": {"people": {"train": 3}, "epochs": 2}}


@pytest.fixture(scope="module")
def tensors(weights_file: Path) -> Tensors:
    return load_file(weights_file)


def leaves(values: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of every value, tables and lists included."""
    if path:
        yield path
    for key in range(len(values)) if isinstance(values, list) else values if isinstance(values, dict) else ():
        yield from leaves(values[key], (*path, key))


def changed(values: Described, path: tuple[str | int, ...], change: Callable[[Any, Any], None]) -> Described:
    """A copy in which ``change`` was called with the table or list of a place and the key in it."""
    made = copy.deepcopy(values)
    place: Any = made
    for key in path[:-1]:
        place = place[key]
    change(place, path[-1])
    return made


def replaced(values: Described, path: tuple[str | int, ...], value: Any) -> Described:
    return changed(values, path, lambda place, key: place.__setitem__(key, value))


def outcome(path: Path) -> str | dict[str, float]:
    """The sentence that a file is refused with, or its scores; nothing else may come."""
    try:
        loaded = weights.load(path)
        member = Member(loaded, "cpu")
        size = (64, 32) if loaded.graph is None else (1024, 512)
        features = member.encode(np.random.default_rng(0).random((1, 1, *size), np.float32))
        (scores,) = member.score([features], [ClinicalInputs(70.0, "F", None)])
    except WeightsError as error:
        return str(error)
    assert scores and "simulated images" in loaded.metadata.trained_on.notice
    for score in scores.values():
        assert all(0 <= value <= 1 for value in (score.value, score.low, score.high))
    return {task: score.value for task, score in scores.items()}


def written(path: Path, values: Described | str, tensors: Tensors, graph: Any = None) -> Path:
    """A file of format 2 with a graph, else of format 1, which torch computes, on an image of any size."""
    if graph is not None:
        values = {**values, "schema_version": 2, "graph": graph}  # type: ignore[dict-item]
    text = values if isinstance(values, str) else json.dumps(values)
    save_file(tensors, path, {"verte": text})
    return path


def test_no_mutation_of_the_description_raises_anything_else(
    described: Described, tensors: Tensors, tmp_path: Path
) -> None:
    path, counts = tmp_path / "mutated.safetensors", {str: 0, dict: 0}
    mutations: list[Described] = []
    for place in leaves(described):
        mutations += [changed(described, place, lambda table, key: table.pop(key))]
        mutations += [replaced(described, place, value) for value in WRONG]
        if isinstance(place[-1], str):
            mutations += [changed(described, place, lambda table, _: table.__setitem__("surprise", 1))]
    for values in mutations:
        try:
            content = written(path, values, tensors)
        except ValueError:  # half a character can't be written there at all
            continue
        counts[type(outcome(content))] += 1
    assert counts[str] > 800 and counts[dict] > 50, counts


@pytest.mark.parametrize("field", REFUSED)
def test_a_wrong_value_is_refused_with_its_field(described: Described, field: str) -> None:
    for value in REFUSED[field]:
        values = replaced(described, tuple(field.split(".")), value)
        with pytest.raises(WeightsError) as caught:
            parse(json.dumps(values), "x.safetensors")
        sentence = str(caught.value)
        assert field.rpartition(".")[2].replace("_", " ") in sentence.replace("_", " ") or value in (
            10**400,
            "\ud800",
        ), sentence
        assert "x.safetensors" in sentence and sentence.endswith(".") and len(sentence) < 600, sentence


@pytest.mark.parametrize(
    "field", ["name", "architecture", "protocol", "trained_on", "clinical_statistics", "operating_points"]
)
def test_a_missing_field_is_named(described: Described, field: str) -> None:
    without = {key: value for key, value in described.items() if key != field}
    with pytest.raises(WeightsError, match=f"lacks a key: '{field}'"):
        parse(json.dumps(without), "x")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('"protocol": "radiograph"', "the key 'protocol' is there twice"),
        ('"trained_on": "clinical"', "the key 'trained_on' is there twice"),
        ('"hidden": 1', "Unknown key in the description: 'hidden'"),
        ('"deep": ' + "[" * 100_000 + "]" * 100_000, "damaged"),
        ('"age": 1' + "0" * 5000, "damaged"),
        ('"long": "' + "x" * MAX_CHARACTERS + '"', "characters; the limit is 1,000,000"),
    ],
)
def test_what_else_a_text_can_hold(described: Described, text: str, says: str) -> None:
    whole = f"{json.dumps(described)[:-1]}, {text}}}"
    with pytest.raises(WeightsError, match=says):
        parse(whole, "x")


def test_tasks_are_named_once(described: Described) -> None:
    for tasks in ([], ["pvf", "pvf"], ["pvf", ""], "pvf", ["pvf", 1], ["pvf"], ["pvf", "osteo", "third"]):
        with pytest.raises(WeightsError, match="tasks"):
            parse(json.dumps(replaced(described, ("architecture", "tasks"), tasks)), "x")


def test_absurd_widths_take_no_memory(described: Described) -> None:
    for field, value in (
        ("image_features", 10**7),
        ("fused_features", 10**7),
        ("clinical_hidden", [10**6] * 2),
    ):
        with pytest.raises(WeightsError, match=f"{field} must be at most 4096"):
            parse(json.dumps(replaced(described, ("architecture", field), value)), "x")
    with pytest.raises(WeightsError, match="clinical_hidden"):
        parse(json.dumps(replaced(described, ("architecture", "clinical_hidden"), [8] * 1000)), "x")


@pytest.mark.parametrize("version", [1, 2])
def test_no_mutation_of_a_tensor_raises_anything_else(
    described: Described, tensors: Tensors, steps: list[Described], tmp_path: Path, version: int
) -> None:
    graph = steps if version == 2 else None
    changes: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "huge": lambda tensor: torch.full_like(tensor, 65504),
        "negative": lambda tensor: -tensor.abs() - 1,
        "zero": torch.zeros_like,
        "not a number": lambda tensor: tensor * float("nan"),
        "turned": lambda tensor: tensor[None],
        "empty": lambda tensor: torch.empty(0, dtype=tensor.dtype),
        "double": lambda tensor: tensor.double(),
        "whole": lambda tensor: tensor.to(torch.int64) + 1,
        "bytes": lambda tensor: tensor.to(torch.uint8),
        "eighths": lambda tensor: tensor.to(torch.float8_e4m3fn),
    }
    path, counts = tmp_path / "mutated.safetensors", {str: 0, dict: 0}
    for name in [*list(tensors)[::12], "backbone.bn1.running_var", "backbone.bn1.num_batches_tracked"]:
        for change in changes.values():
            made = outcome(written(path, described, tensors | {name: change(tensors[name])}, graph))
            counts[type(made)] += 1
            if change in (changes["not a number"], changes["double"]) and tensors[name].is_floating_point():
                assert isinstance(made, str) and name in made
    assert counts[str] > 50 and counts[dict] > 20, counts
    everything = {name: changes["huge"](tensor) for name, tensor in tensors.items()}
    assert "no finite number" in outcome(written(path, described, everything, graph))


def test_no_mutation_of_the_graph_raises_anything_else(
    described: Described, tensors: Tensors, steps: list[Described], tmp_path: Path
) -> None:
    path, counts = tmp_path / "mutated.safetensors", {str: 0, dict: 0}
    for index in range(0, len(steps), 5):
        for key in steps[index]:
            place = (index, key)
            mutations: list[Any] = [replaced(steps, place, value) for value in WRONG]  # type: ignore[arg-type]
            mutations.append(changed(steps, place, lambda table, key: table.pop(key)))  # type: ignore[arg-type]
            for graph in mutations:
                counts[type(outcome(written(path, described, tensors, graph)))] += 1
    assert counts[str] > 800, counts


def test_variances_below_zero_are_named(described: Described, tensors: Tensors, tmp_path: Path) -> None:
    name = "backbone.bn1.running_var"
    made = outcome(written(tmp_path / "x.safetensors", described, tensors | {name: -tensors[name]}))
    assert isinstance(made, str) and name in made and "below zero" in made


@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"\xff" * 64])
def test_bytes_that_are_no_safetensors(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    assert "not a whole safetensors file" in str(outcome(path))


def test_no_text_of_ours_is_told(tensors: Tensors, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    for text in (None, {}, {"other": "{}"}):
        path.write_bytes(save(tensors, text))
        assert "VERTE did not write it" in str(outcome(path))
    for values in ("", "[]", "3", "null", "{", "nan", '{"schema_version": 1}'):
        assert "can't be used" in str(outcome(written(path, values, tensors)))


def test_folders_devices_and_sparse_giants_are_no_weights_files(tmp_path: Path) -> None:
    giant = tmp_path / "giant.safetensors"
    with giant.open("wb") as file:
        file.truncate(weights.MAX_BYTES + 1)
    for path, says in (
        (tmp_path, "a folder"),
        (Path("/dev/zero"), "a device"),
        (giant, "larger than 1024 MiB"),
    ):
        with pytest.raises(WeightsError, match=says):
            weights.load(path)


@pytest.mark.parametrize(
    ("value", "says"),
    [(70_000.0, r"up to 70000, and half precision ends at 65,504"), (math.nan, "not finite")],
)
def test_what_half_precision_cannot_hold_is_not_saved(
    tensors: Tensors, tmp_path: Path, value: float, says: str
) -> None:
    name, path = "backbone.bn1.running_var", tmp_path / "x.safetensors"
    diverged = {key: tensor.float() for key, tensor in tensors.items()} | {
        name: torch.full_like(tensors[name], value, dtype=torch.float32)
    }
    with pytest.raises(WeightsError, match=f"{name} holds values .*{says}"):
        saving.save(path, diverged, metadata())
    assert not path.exists()


def test_what_would_not_be_read_is_not_saved(tensors: Tensors, tmp_path: Path) -> None:
    wrong = {task: OperatingPoints(0.4, math.nan, 0.9, 0.9) for task in ("pvf", "osteo")}
    with pytest.raises(WeightsError, match=r"operating_points\.pvf"):
        saving.save(tmp_path / "x.safetensors", tensors, metadata(operating_points=wrong))
    assert parse(to_json(metadata()), "x") == (metadata(), None)
