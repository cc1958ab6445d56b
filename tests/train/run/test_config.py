from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import train
from train.run import config
from verte_core.errors import DataError

CONFIGS = sorted((Path(train.__file__).parent / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_shipped_configurations_are_valid(path: Path) -> None:
    settings = config.read(path, [])
    assert settings.name == path.stem.replace("_", "-")


@pytest.fixture
def minimal(tmp_path: Path) -> Path:
    path = tmp_path / "a.yaml"
    path.write_text("name: a\ndescription: b\narchitecture: {tasks: [pvf]}\n")
    return path


def test_defaults_are_the_published_values(minimal: Path) -> None:
    settings = config.read(minimal, [])
    optimization = settings.optimization
    assert (optimization.epochs, optimization.batch_size, optimization.learning_rate) == (100, 30, 1e-4)
    assert optimization.seed == 1111
    assert settings.architecture.backbone == "tf_efficientnet_b4"
    assert settings.patches is None


def test_overrides(minimal: Path) -> None:
    settings = config.read(
        minimal, ["optimization.epochs=3", "optimization.noise=0", "patches.size=96", "init=a.safetensors"]
    )
    assert settings.optimization.epochs == 3
    assert settings.optimization.noise == 0.0
    assert settings.patches == config.Patches(size=96)
    assert settings.init == "a.safetensors"


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("optimization.epoch=3", r"Unknown key in optimization: 'epoch'; known: epochs"),
        ("patches.sides=3", r"Unknown key in patches: 'sides'; known: size, reduction, jitter\."),
        ("speed=3", "Unknown key in the configuration: 'speed'; known: name, description"),
        ("optimization.epochs=many", "optimization.epochs must be a whole number, not 'many'"),
        ("optimization.flip=1", "optimization.flip must be true or false"),
        ("protocol=mri", "protocol must be one of radiograph or vfa, not 'mri'"),
        ("optimization=fast", "optimization must be a table"),
        ("name.first=x", "goes through 'name'"),
        ("optimization.epochs", "An override is key=value"),
        ("optimization.epochs=[", r"The value of 'optimization.epochs' can't be read"),
        ("architecture.tasks=[pvf, pvf]", "architecture.tasks names a task twice: pvf, pvf"),
    ],
)
def test_wrong_overrides_are_named(minimal: Path, override: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        config.read(minimal, [override])


NOT_TEXT, NOT_WHOLE, NOT_NUMBERS = (
    ("3", "[a]"),
    ("x", "true", "1.5", "null"),
    ("x", "true", ".nan", ".inf", "null"),
)
WRONG = {
    "name": (*NOT_TEXT, "''", "2024-01-31", '"\\ud800"'),
    "description": NOT_TEXT,
    "protocol": ("mri", "1"),
    "init": (*NOT_TEXT, "''"),
    "card": ("text", "[a]", "{Limits: 3}"),
    "architecture": ("null", "[pvf]", "{}"),
    "architecture.tasks": ("pvf", "[]", "[1]", "['']"),
    "architecture.backbone": (*NOT_TEXT, "''"),
    "architecture.image_features": (*NOT_WHOLE, "0", "-8"),
    "architecture.clinical_hidden": ("32", "[0]", "[a]", "[true]"),
    "architecture.fused_features": (*NOT_WHOLE, "0"),
    "architecture.dropout": (*NOT_NUMBERS, "-0.1", "1"),
    "architecture.image_dropout": (*NOT_NUMBERS, "-0.1", "1"),
    "architecture.drop_path": (*NOT_NUMBERS, "-0.1", "1"),
    "architecture.bn_momentum": (*NOT_NUMBERS, "0", "1.1"),
    "architecture.padding_of": ("512", "[input]"),
    "preprocessing": ("3", "[0.05]"),
    "preprocessing.crop_rows": (*NOT_NUMBERS, "-0.1", "0.5"),
    "preprocessing.crop_columns": (*NOT_NUMBERS, "-0.1", "0.5"),
    "preprocessing.version": ("0", "3", "x"),
    "imagenet_tag": (*NOT_TEXT, "''"),
    "gate": ("3", "[200]"),
    "gate.references": (*NOT_WHOLE, "4", "2001"),
    "gate.neighbours": (*NOT_WHOLE, "0", "101"),
    "gate.examples": (*NOT_WHOLE, "9"),
    "gate.held_out": (*NOT_WHOLE, "9"),
    "gate.false_alarms": (*NOT_NUMBERS, "-0.1", "0.6"),
    "optimization": ("null", "3"),
    "optimization.epochs": (*NOT_WHOLE, "0"),
    "optimization.epoch_examples": ("x", "true", "0"),
    "optimization.batch_size": (*NOT_WHOLE, "0", "-3"),
    "optimization.micro_batch": (*NOT_WHOLE, "0"),
    "optimization.optimizer": ("adagrad", "null", "1"),
    "optimization.momentum": (*NOT_NUMBERS, "-0.1", "1"),
    "optimization.warm_up": ("x", "true", ".nan", "-0.1", "1"),
    "optimization.gradient_clip": ("x", "true", ".nan", "0", "-1"),
    "optimization.label_smoothing": (*NOT_NUMBERS, "-0.1", "1"),
    "optimization.focal_gamma": (*NOT_NUMBERS, "-1", "11"),
    "optimization.learning_rate": (*NOT_NUMBERS, "0", "-1e-4", "30"),
    "optimization.head_learning_rate": ("x", "true", ".nan", "0", "30"),
    "optimization.schedule": ("linear", "null"),
    "optimization.weight_decay": (*NOT_NUMBERS, "-1e-5", "2"),
    "optimization.frozen_stages": (*NOT_WHOLE, "-1", "8"),
    "optimization.patience": (*NOT_WHOLE, "0"),
    "optimization.rotation": (*NOT_NUMBERS, "-15", "181"),
    "optimization.scaling": (*NOT_NUMBERS, "-0.1", "1"),
    "optimization.noise": (*NOT_NUMBERS, "-0.1", "2"),
    "optimization.flip": ("1", "x", "null"),
    "optimization.appearance": (*NOT_NUMBERS, "-0.1", "1.1"),
    "optimization.cell_target_weight": (*NOT_NUMBERS, "-1", "1e9"),
    "optimization.seed": (*NOT_WHOLE, "-1", "9223372036854775808"),
    "optimization.precision": ("float64", "16"),
    "optimization.workers": (*NOT_WHOLE, "-1", "100000"),
    "optimization.checkpoint_steps": ("x", "true", "0"),
    "patches": ("3", "[128]"),
    "patches.size": (*NOT_WHOLE, "0", "-128", "4096"),
    "patches.reduction": (*NOT_WHOLE, "0", "100"),
    "patches.jitter": (*NOT_WHOLE, "-1", "4096"),
    "cell_targets": ("3", "[6.0]"),
    "cell_targets.logit": (*NOT_NUMBERS, "0", "-6", "1e9"),
    "cell_targets.window": ("448", "[448]", "[100, 256]", "[0, 256]", "[a, 256]"),
}


def keys(kind: type, above: str = "") -> Iterator[str]:
    """Every key of a configuration as it is written."""
    for name, hint in get_type_hints(kind).items():
        tables = [each for each in (hint, *get_args(hint)) if dataclasses.is_dataclass(each)]
        if name != "__pydantic_config__":
            yield above + name
        for table in tables:
            yield from keys(table, f"{above}{name}.")  # type: ignore[arg-type]


@pytest.mark.parametrize("key", [*keys(config.Config)])
def test_wrong_values_of_every_key_are_sentences_that_name_it(minimal: Path, key: str) -> None:
    for value in WRONG[key]:
        with pytest.raises(DataError, match=rf"^{re.escape(key)}\b[^\n]*\.$") as caught:
            config.read(minimal, [f"{key}={value}"])
        assert "Input" not in str(caught.value), "a sentence of ours"


def test_limits_are_in_the_range_and_whole_numbers_are_numbers(minimal: Path) -> None:
    found = config.read(
        minimal,
        ["optimization.batch_size=1", "optimization.rotation=180", "optimization.noise=0", "patches.jitter=0",
         "optimization.weight_decay=1e-4", "architecture.clinical_hidden=[]",
         "optimization.epoch_examples=null"],
    )  # fmt: skip
    assert (found.optimization.batch_size, found.optimization.rotation) == (1, 180.0)
    assert isinstance(found.optimization.rotation, float)
    assert found.optimization.weight_decay == 1e-4, "as docs/training.md writes it"
    assert found.architecture.clinical_hidden == ()


@pytest.mark.parametrize(
    "value", ["!!timestamp x", "!!bool x", "!!int ''", "a: b: c", "[", "*a", "\0", "{a: 1, a: 2}"]
)
def test_values_on_the_command_line_that_are_no_yaml(minimal: Path, value: str) -> None:
    with pytest.raises(DataError, match=r"^The value of 'name' can't be read: [^\n]*\.$"):
        config.read(minimal, [f"name={value}"])


@pytest.mark.parametrize("digits", ["9" * 4000, "0x" + "F" * 5000, "-" + "9" * 30])
def test_numbers_that_no_machine_holds(minimal: Path, digits: str) -> None:
    with pytest.raises(DataError, match=r"^optimization.seed is a number of too many digits\.$"):
        config.read(minimal, [f"optimization.seed={digits}"])


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n"
    for before, name in zip("abcdef", "bcdefg", strict=True)
)
"""Ten million values in 300 bytes."""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name: a\nname: b\n", "it has the key 'name' twice in one table, in line 2, column 1"),
        (b"name: a\noptimization: {epochs: 1, seed: 2, epochs: 3}\n", "the key 'epochs' twice"),
        (BOMB.encode(), "holds more than 10,000 values"),
        (b"name: a\ncard: &c {Limits: x}\narchitecture: {<<: *c}\n", "it merges tables"),
        (b"name:\ta\n\tb: c\n", r"cannot start any token, in line 1, column 6\.$"),
        (b"name: a\0\n", r"holds the character U\+0000, which is no text\.$"),
        (b"name: !!timestamp x\n", "not of the kind that its tag"),
        (b"name: " + b"9" * 5000, "4300 digits"),
        (b"name: 0001-01-01 00:00:00 +23:00\n", "name must be text"),
        ("name: a".encode("utf-16"), "is not text in UTF-8; save it again"),
        (b"#" * 1_000_001, "is longer than 1,000,000 bytes"),
    ],
)
def test_files_that_mislead_or_eat_the_machine(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    with pytest.raises(DataError, match=says) as caught:
        config.read(path, [])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [".", "/dev/zero", "a" * 300, "a\0b"])
def test_names_that_are_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"^The configuration .* can't be read: [^\n]*\.$"):
        config.read(tmp_path / name, [])


def test_several_problems_come_at_once(minimal: Path) -> None:
    wrong = ["optimization.batch_size=-3", "optimization.epochs=many", "speed=3", "patches.size=1"]
    with pytest.raises(DataError) as caught:
        config.read(minimal, wrong)
    lines = str(caught.value).splitlines()
    assert "optimization.batch_size must be at least 1, not -3." in lines
    assert "optimization.epochs must be a whole number, not 'many'." in lines
    assert "patches.size must be at least 32, not 1." in lines
    assert len(lines) == 4


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a: [1\n", "can't be read"),
        (b"- 1\n", "must be a table"),
        (b"", "must be a table"),
        (b"description: only\n", "lacks a key: 'name'"),
        (b"name: a\ndescription: b\narchitecture: {}\n", "architecture lacks a key: 'tasks'"),
        ("name: caf\xe9\n".encode("latin-1"), "is not text in UTF-8"),
        (b"name: a\0\n", "can't be read"),
        (b"name: " + b"[" * 3000 + b"]" * 3000, "too deep"),
        (b"name: " + b"[" * 20 + b"]" * 20, "name lies too deep"),
        (b"name: &a [*a]\n", "name lies too deep"),
        (b"name: 2024-01-31\n", "name must be text, .*not 2024-01-31; a date"),
        (b"name: 2024-13-45\n", "can't be read: month"),
        (b"name: a\n1: b\n", "has the key 1, which is not text"),
        (b"name: a\ncard: {2024-01-31: b}\n", "card has the key 2024-01-31, which is not text"),
        (b"? [a]\n: b\n", "can't be read"),
        (b"name: !!set {a}\n", "name must be text"),
        (b"name: !!binary aGk=\n", "name must be text"),
        (b"name: !!python/object:os.system {}\n", "can't be read"),
    ],
)
def test_files_that_are_no_configuration(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.yaml"
    with pytest.raises(DataError, match="can't be read: No such file"):
        config.read(path, [])
    path.write_bytes(content)
    with pytest.raises(DataError, match=says):
        config.read(path, [])
