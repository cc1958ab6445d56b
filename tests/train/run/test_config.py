from __future__ import annotations

from pathlib import Path

import pytest

import train
from train.run import config
from verte_core.errors import DataError

CONFIGS = sorted((Path(train.__file__).parent / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_shipped_configurations_are_valid(path: Path) -> None:
    settings = config.read(path, [])
    assert settings.name
    assert settings.trained_on in ("simulated", "clinical")


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
        ("optimization.epoch=3", r"Unknown keys in optimization: \['epoch'\]; known: epochs"),
        ("speed=3", "Unknown keys in the configuration"),
        ("optimization.epochs=many", "optimization.epochs must be of the type int, not 'many'"),
        ("optimization.flip=1", "optimization.flip must be of the type bool"),
        ("protocol=mri", "protocol must be one of radiograph, vfa, not 'mri'"),
        ("optimization=fast", "optimization must be a table"),
        ("name.first=x", "goes through 'name'"),
        ("optimization.epochs", "An override is key=value"),
        ("optimization.epochs=[", r"The value of 'optimization.epochs' can't be read"),
    ],
)
def test_wrong_overrides_are_named(minimal: Path, override: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        config.read(minimal, [override])


def test_unreadable_and_incomplete_files(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    with pytest.raises(DataError, match="can't be read"):
        config.read(path, [])
    path.write_text("a: [1\n")
    with pytest.raises(DataError, match="can't be read"):
        config.read(path, [])
    path.write_text("- 1\n")
    with pytest.raises(DataError, match="must be a table"):
        config.read(path, [])
    path.write_text("description: only\n")
    with pytest.raises(DataError, match=r"lacks a key: .*name"):
        config.read(path, [])
