"""The processes of one run: a single one, or those that torchrun started."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from verte_core.devices import choose_device
from verte_core.ranks import Ranks


@contextmanager
def connected(device: str, for_training: bool = False) -> Iterator[Ranks]:
    """The processes that torchrun started, or this one alone.

    Args:
        device: as ``devices.choose_device``; with ``cuda`` each process has its own GPU.
        for_training: as ``devices.choose_device``.

    Raises:
        VerteError: when the device is not available to this process.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Ranks(choose_device(device, for_training))
        return
    # Only torchrun starts several, so torch is there.
    from verte_core.distributed import joined

    with joined(choose_device(device, for_training)) as ranks:
        yield ranks
