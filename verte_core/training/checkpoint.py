"""The file that a run goes on from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from verte_core.errors import DataError, OutputError
from verte_core.files import replacing
from verte_core.training.settings import Optimization

_NAME = "checkpoint.pt"
EPOCHS = "optimization.epochs"
"""The one key that a run may go on with a change of: how long it is."""


def read(out: Path, configuration: dict[str, Any]) -> dict[str, Any] | None:
    """The checkpoint that a run left in ``out``, for ``Trainer.load_state_dict``; None where there is none.

    Raises:
        DataError: when it can't be read, or naming the keys in which its configuration is another, but for
            ``EPOCHS``.
    """
    path = out / _NAME
    if not path.is_file():
        return None
    try:
        saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        before = dict(_flat(saved["configuration"]))
    except Exception as error:  # torch raises many kinds; all mean that the file is not a checkpoint of ours
        raise DataError(f"The checkpoint {path} can't be read: {error}.") from error
    now = dict(_flat(configuration))
    # A key that an earlier version did not have yet does by default what that version did.
    defaults = dict(_flat({"optimization": asdict(Optimization())}))
    before = {key: value for key, value in defaults.items() if key in now} | before
    changed = {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
    keys = sorted(changed - {EPOCHS})
    if keys:
        changes = ", ".join(f"{key} (was {before.get(key)}, now {now.get(key)})" for key in keys)
        raise DataError(
            f"The run in {out} has another configuration and can't go on with this one: {changes}."
        )
    return saved


def write(out: Path, state: dict[str, Any]) -> None:
    """Put ``state`` in the place of the checkpoint in ``out``, in one step.

    Raises:
        OutputError: when it can't be written.
    """
    path = out / _NAME
    try:
        with replacing(path) as file:
            torch.save(state, file)
    except (OSError, RuntimeError) as error:
        raise OutputError(f"The checkpoint {path} can't be written: {error}.") from error


def _flat(table: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield above + key, value
