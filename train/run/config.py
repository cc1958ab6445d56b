"""The configuration of a run: a YAML file named after it, and ``key=value`` overrides."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import types
import typing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pydantic
import yaml
from annotated_types import MinLen
from pydantic_core import ErrorDetails

from train.examples.located import CellTargets
from train.examples.patches import Patches
from train.run.gate import GateSettings
from verte_core import validation
from verte_core.errors import DataError
from verte_core.image_types import Protocol
from verte_core.network.architecture import Architecture
from verte_core.preprocess import DEFAULT, Preprocessing
from verte_core.training.settings import Optimization


@dataclass(frozen=True)
class Config:
    """Everything that decides a run, but the data."""

    __pydantic_config__: ClassVar[pydantic.ConfigDict] = {
        "extra": "forbid",
        "strict": True,
        "allow_inf_nan": False,
    }

    name: Annotated[str, MinLen(1)]
    """Of the weights that the run makes."""
    description: str
    """One line for the model card."""
    protocol: Protocol = "radiograph"
    """Which images the run is for."""
    preprocessing: Preprocessing | None = None
    """From an image to what the network sees; None: as published for the protocol."""
    architecture: Architecture = field(default_factory=lambda: Architecture(tasks=("pvf", "osteo")))
    """The network."""
    optimization: Optimization = field(default_factory=Optimization)
    """The loop."""
    patches: Patches | None = None
    """Crops instead of whole images."""
    cell_targets: CellTargets | None = None
    """Whole images that teach single cells of the feature map, and more often those with fractures."""
    gate: GateSettings | None = field(default_factory=GateSettings)
    """What tells images that are unlike those of the training; of whole images only."""
    init: Annotated[str, MinLen(1)] = "random"
    """``imagenet`` (timm's weights from its hub; published), ``imagenet:FILE`` (the same from a file),
    ``random``, or the path of a weights file of ours, whose tasks are taken over by name."""
    imagenet_tag: Annotated[str, MinLen(1)] = "aa_in1k"
    """Which of timm's ImageNet weights ``init: imagenet`` fetches: ``aa_in1k`` was trained as those that the
    published implementation starts from, and has their name."""
    card: dict[str, str] = field(default_factory=dict)
    """Further paragraphs of the model card, heading -> text."""

    @property
    def prepared(self) -> Preprocessing:
        """The preprocessing of the run."""
        return self.preprocessing or DEFAULT[self.protocol]

    def plain(self) -> dict[str, Any]:
        """The same as a YAML or JSON file has it."""
        values: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return values


_CONFIG = pydantic.TypeAdapter(Config)
_LONGEST = 1_000_000
"""Bytes of a file; the longest shipped has 2,000."""


def read(path: Path, overrides: list[str]) -> Config:
    """Read a YAML configuration and apply overrides such as ``optimization.epochs=3``.

    Raises:
        DataError: for a file that can't be read; or with every problem, one a line: unknown and missing keys,
            values of the wrong type or out of range.
    """
    try:
        if path.exists() and not path.is_file():
            raise DataError(
                f"The configuration {path} can't be read: it is no file, but a folder or a device."
            )
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
        if len(content) > _LONGEST:
            raise DataError(f"The configuration {path} can't be read: it is longer than {_LONGEST:,} bytes.")
        values = _yaml(content.decode("utf-8-sig"))
    except OSError as error:
        raise DataError(f"The configuration {path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"The configuration {path} can't be read: it is not text in UTF-8; save it again as UTF-8."
        ) from error
    except ValueError as error:
        raise DataError(f"The configuration {path} can't be read: {error}.") from error
    if not isinstance(values, dict):
        raise DataError(f"The configuration {path} must be a table of keys and values.")
    for override in overrides:
        _apply(override, values)
    problems = list(_unwritable(values))
    if not problems:
        try:
            config = _CONFIG.validate_json(json.dumps(values))
        except pydantic.ValidationError as error:
            # A list of wrong entries counts as too short besides; that says nothing more.
            wrong = [each for each in error.errors() if each["type"] != "too_short" or not each["input"]]
            problems = [_sentence(each) for each in wrong]
    if problems:
        raise DataError("\n".join(problems))
    tasks = config.architecture.tasks
    if len(set(tasks)) < len(tasks):
        raise DataError(f"architecture.tasks names a task twice: {', '.join(tasks)}.")
    if config.patches is not None and config.cell_targets is not None:
        raise DataError("patches and cell_targets exclude each other: crops or whole images.")
    return config


def _apply(override: str, values: dict[Any, Any]) -> None:
    key, equals, text = override.partition("=")
    if not equals:
        raise DataError(f"An override is key=value, not {override!r}.")
    *parents, last = key.split(".")
    table = values
    for parent in parents:
        if table.get(parent) is None:
            table[parent] = {}
        table = table[parent]
        if not isinstance(table, dict):
            raise DataError(f"The key {key!r} goes through {parent!r}, which is a value and not a table.")
    try:
        table[last] = _yaml(text)
    except ValueError as error:
        raise DataError(f"The value of {key!r} can't be read: {text!r:.60}.") from error


class _Loader(yaml.SafeLoader):
    """YAML 1.1, as PyYAML has it, but for 1e-4: a number, as in YAML 1.2; and no key stands twice."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse what PyYAML would settle without a word, before it does."""
        seen = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":  # and a few lines of them make millions of entries
                raise yaml.constructor.ConstructorError(None, None, "it merges tables (<<)", key.start_mark)
            if isinstance(key, yaml.ScalarNode) and (key.tag, key.value) in seen:
                problem = f"it has the key {key.value!r:.60} twice in one table"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add((key.tag, key.value if isinstance(key, yaml.ScalarNode) else id(key)))


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


def _yaml(text: str) -> Any:
    """The values of a YAML text.

    Raises:
        ValueError: when it is none.
    """
    try:
        return yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ValueError(f"{error.problem}{where}") from error
    except yaml.reader.ReaderError as error:
        raise ValueError(f"it holds the character U+{error.character:04X}, which is no text") from error
    except ValueError as error:  # of a date or a number
        raise ValueError(str(error).partition(";")[0].rstrip(".")) from error
    except RecursionError as error:
        raise ValueError("its tables and lists lie too deep in each other") from error
    except Exception as error:  # PyYAML's constructors raise whatever a tag with another value causes
        raise ValueError("a value is not of the kind that its tag (!!) says") from error


_DEEPEST = 8
"""Far deeper than any key lies; a YAML alias can hold itself."""
_LARGEST = 10_000
"""Values. A few aliases that hold each other make millions of a short text."""


def _unwritable(values: dict[Any, Any]) -> list[str]:
    """A sentence for each thing that YAML knows and a configuration does not."""
    problems: list[str] = []
    rest: list[tuple[Any, str, int]] = [(values, "", 0)]
    for number in itertools.count():
        if not rest:
            return problems
        if number == _LARGEST:
            return [f"The configuration holds more than {_LARGEST:,} values."]
        value, key, depth = rest.pop()
        if depth > _DEEPEST:
            problems.append(f"{key} lies too deep.")
        elif isinstance(value, dict):
            for name, each in reversed(value.items()):
                if _is_text(name):
                    rest.append((each, f"{key}.{name}".strip("."), depth + 1))
                else:
                    where = key or "The configuration"
                    problems.append(f"{where} has the key {_shown(name)}, which is not text; quote it.")
        elif isinstance(value, list):
            rest += [(each, key, depth + 1) for each in reversed(value)]
        elif isinstance(value, int) and abs(value) > _GREATEST:
            problems.append(f"{key} is a number of too many digits.")
        elif not (_is_text(value) or isinstance(value, int | float | None)):
            problems.append(
                f"{key} must be text, a number, true or false, not {_shown(value)}; a date is text in quotes."
            )
    raise AssertionError("the count has no end")


_GREATEST = 2**64
"""Beyond any limit of a key; Python writes no integer of more than 4,300 digits."""


def _is_text(value: Any) -> bool:
    """Whether a string can be written: YAML's escapes make halves of characters, too."""
    return isinstance(value, str) and not re.search("[\ud800-\udfff]", value)


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, date) else f"{value!r:.60}"


def _sentence(error: ErrorDetails) -> str:
    """What is wrong with one value, with its key as it is written."""
    said = validation.sentence(error, "the configuration")
    if error["type"] != "unexpected_keyword_argument":
        return said
    return f"{said[:-1]}; known: {', '.join(_keys(list(error['loc'][:-1])))}."


def _keys(parents: list[str | int]) -> list[str]:
    """Those of the table at ``parents``."""
    table: Any = Config
    for parent in parents:
        hint = typing.get_type_hints(table)[str(parent)]
        kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        table = next(each for each in kinds if dataclasses.is_dataclass(each))
    return [each.name for each in dataclasses.fields(table)]
