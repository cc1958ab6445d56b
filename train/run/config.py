"""The configuration of a run: a YAML file named after it, and ``key=value`` overrides."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from verte_core.errors import DataError
from verte_core.image_types import Protocol
from verte_core.network.fusion_net import Architecture
from verte_core.training.settings import Optimization


@dataclass(frozen=True)
class Patches:
    """Training on vertebra-sized crops instead of whole images; needs the simulator's truth file."""

    size: int = 128
    """Side of a crop, in pixels of the 1024 x 512 image."""
    reduction: int = 1
    """Whole factor by which crops are made smaller; 2 is half size, and four times as fast."""
    jitter: int = 24
    """Largest shift of a training crop from the body's centre, in pixels."""


@dataclass(frozen=True)
class CellTargets:
    """Training on whole images that say what cells of the feature map should add to a logit; needs the
    simulator's truth file."""

    logit: float = 6.0
    """What the cells of a fractured body should add to the logit of pvf."""


@dataclass(frozen=True)
class Config:
    """Everything that decides a run, but the data."""

    name: str
    """Of the weights that the run makes."""
    description: str
    """One line for the model card."""
    trained_on: str = "clinical"
    """``simulated`` or ``clinical``; goes into the weights and onto every screen."""
    protocol: Protocol = "radiograph"
    """Which images the run is for."""
    architecture: Architecture = field(default_factory=lambda: Architecture(tasks=("pvf", "osteo")))
    """The network."""
    optimization: Optimization = field(default_factory=Optimization)
    """The loop."""
    patches: Patches | None = None
    """Crops instead of whole images."""
    cell_targets: CellTargets | None = None
    """Whole images that teach single cells of the feature map, and more often those with fractures."""
    init: str = "random"
    """``imagenet`` (timm's weights from its hub; published), ``imagenet:FILE`` (the same from a file),
    ``random``, or the path of a weights file of ours, whose tasks are taken over by name."""
    card: dict[str, str] = field(default_factory=dict)
    """Further paragraphs of the model card, heading -> text."""


def read(path: Path, overrides: list[str]) -> Config:
    """Read a YAML configuration and apply overrides such as ``optimization.epochs=3``.

    Raises:
        DataError: for a file that can't be read, an unknown key, or a value of the wrong type.
    """
    try:
        values = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise DataError(f"The configuration {path} can't be read: {error}.") from error
    if not isinstance(values, dict):
        raise DataError(f"The configuration {path} must be a table of keys and values.")
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals:
            raise DataError(f"An override is key=value, not {override!r}.")
        *parents, last = key.split(".")
        table = values
        for parent in parents:
            table = table.setdefault(parent, {})
            if not isinstance(table, dict):
                raise DataError(f"The key {key!r} goes through {parent!r}, which is a value and not a table.")
        try:
            table[last] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise DataError(f"The value of {key!r} can't be read: {text!r}.") from error
    return typing.cast(Config, _build(Config, values, ""))


def _build(kind: Any, value: Any, key: str) -> Any:
    """``value`` as ``kind``: a dataclass from a table, a tuple from a list, a float from an int."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        return _build(next(argument for argument in arguments if argument is not type(None)), value, key)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        if not isinstance(value, dict):
            raise DataError(f"{key or 'The configuration'} must be a table of keys and values.")
        hints = typing.get_type_hints(kind)
        unknown = value.keys() - hints.keys()
        if unknown:
            known = ", ".join(hints)
            raise DataError(
                f"Unknown keys in {key or 'the configuration'}: {sorted(unknown)}; known: {known}."
            )
        try:
            return kind(
                **{
                    name: _build(hints[name], each, f"{key}.{name}".strip("."))
                    for name, each in value.items()
                }
            )
        except TypeError as error:
            raise DataError(f"The configuration lacks a key: {error}.") from error
    if origin is typing.Literal:
        if value not in arguments:
            raise DataError(f"{key} must be one of {', '.join(arguments)}, not {value!r}.")
        return value
    if origin is tuple and isinstance(value, list):
        return tuple(_build(arguments[0], each, key) for each in value)
    if origin is dict and isinstance(value, dict):
        return value
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(kind, type) or type(value) is not kind:
        raise DataError(f"{key} must be of the type {getattr(kind, '__name__', kind)}, not {value!r}.")
    return value
