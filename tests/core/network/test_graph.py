"""A stranger's graph says nothing but the seven steps over the tensors of its own file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from safetensors.numpy import load_file, save_file

from verte_core.errors import WeightsError
from verte_core.network import weights
from verte_core.network.graph import Graph, GraphError

Steps = list[dict[str, Any]]


@pytest.fixture
def steps(weights_file: Path) -> Steps:
    loaded = weights.load(weights_file)
    assert loaded.graph is not None
    found: Steps = json.loads(json.dumps(loaded.graph.rows()))
    return found


def written(source: Path, target: Path, steps: Steps, arrays: dict[str, Any] | None = None) -> Path:
    content = source.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    values = json.loads(header["__metadata__"]["verte"]) | {"graph": steps}
    save_file(load_file(source) if arrays is None else arrays, target, {"verte": json.dumps(values)})
    return target


def test_it_is_a_small_text(weights_file: Path, steps: Steps) -> None:
    loaded = weights.load(weights_file)
    assert loaded.graph is not None
    text = json.dumps(loaded.graph.rows())
    assert Graph.parse(text) == loaded.graph and len(text) < 10_000
    assert {each["step"] for each in steps} == {
        *("convolution", "batch_norm", "silu", "mean", "sigmoid", "multiply"),
    }


def test_its_onnx_holds_no_tensor_and_names_no_file(weights_file: Path, tmp_path: Path) -> None:
    loaded = weights.load(weights_file)
    assert loaded.graph is not None
    model = loaded.graph.to_onnx(loaded.arrays)
    assert len(model) < 20_000
    # Without the tensors that our session brings, ONNX Runtime has nothing to compute with.
    with pytest.raises(Exception, match="weights"):
        onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def change(index: int, **values: Any) -> Callable[[Steps], None]:
    return lambda steps: steps[index].update(values)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (change(3, step="Loop"), r"its step 4 is 'Loop', which is not one of 'convolution', 'batch_norm'"),
        (change(3, step="\x1b[2J"), r"its step 4 is ' \[2J', which is not one of"),
        (change(0, domain="com.microsoft"), "Unknown key in .*: 'domain'"),
        (change(0, weight="../../etc/passwd"), "weight can't be '../../etc/passwd'"),
        (change(0, weight="image"), "weight can't be 'image'"),
        (change(0, weight="backbone.none.weight"), r"1 tensors are missing \(backbone.none.weight\)"),
        (change(0, weight="head.0.weight"), "too many"),
        (
            change(0, groups=2),
            r"unexpected shape: backbone.conv_stem.weight \(step 1 of the encoder's graph\)",
        ),
        (change(1, mean="backbone.bn2.running_mean"), "backbone.bn1.running_mean"),
        (change(0, stride=[0, 1]), "stride.* must be at least 1"),
        (change(0, padding=[0, 0, 0, 10**9]), "padding.* must be at most 64"),
        (change(2, reads=3), "Step 3 of the encoder's graph reads a value that comes later"),
        (change(2, reads=-1), "reads must be at least 0"),
        (change(1, epsilon=0.0), "epsilon must be at least"),
        (lambda steps: steps.clear(), "must not be empty"),
        (lambda steps: steps.insert(40, {"step": "multiply", "reads": 0, "also_reads": 30}), "maps of"),
        (lambda steps: steps.extend([{"step": "mean", "reads": 1}] * 10_001), "at most 10000|10,000|10000"),
    ],
)
def test_what_is_not_of_the_language_is_refused(
    weights_file: Path, tmp_path: Path, steps: Steps, make: Callable[[Steps], None], says: str
) -> None:
    make(steps)
    with pytest.raises(WeightsError, match=says) as caught:
        weights.load(written(weights_file, tmp_path / "x.safetensors", steps))
    assert str(caught.value).isprintable() and len(str(caught.value)) < 600


def test_a_graph_that_gives_another_map_does_not_fit_the_head(
    weights_file: Path, tmp_path: Path, steps: Steps
) -> None:
    steps.append({"step": "convolution", "reads": 0, "weight": "backbone.extra.weight", "bias": None,
                  "stride": [1, 1], "padding": [0, 0, 0, 0], "groups": 1})  # fmt: skip
    arrays = load_file(weights_file) | {"backbone.extra.weight": np.zeros((3, 1, 1, 1), np.float16)}
    with pytest.raises(WeightsError, match=r"unexpected shape: image_head.weight"):
        weights.load(written(weights_file, tmp_path / "x.safetensors", steps, arrays))


def test_a_map_too_large_is_refused_before_it_takes_memory(
    weights_file: Path, tmp_path: Path, steps: Steps
) -> None:
    steps.insert(0, {"step": "convolution", "reads": 0, "weight": "backbone.extra.weight", "bias": None,
                     "stride": [1, 1], "padding": [0, 0, 0, 0], "groups": 1})  # fmt: skip
    arrays = load_file(weights_file) | {"backbone.extra.weight": np.zeros((4096, 1, 1, 1), np.float16)}
    with pytest.raises(WeightsError, match=r"Step 1 of the encoder's graph gives a map of the size \(4096, "):
        weights.load(written(weights_file, tmp_path / "x.safetensors", steps, arrays))


@pytest.mark.parametrize("text", ["", "{}", "null", "[1]", "[" * 100_000, "[[]]", '[{"step": 1}]', "\x00"])
def test_texts_that_are_no_graph(text: str) -> None:
    with pytest.raises(GraphError):
        Graph.parse(text)
