"""The processes that torchrun started, connected by torch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor

from verte_core.devices import Device
from verte_core.errors import VerteError
from verte_core.ranks import Ranks

T = TypeVar("T")

STEP_TIMEOUT = timedelta(minutes=10)
"""For all that happens at every step: a process that does not answer by then is taken for dead."""
PATIENT_TIMEOUT = timedelta(days=1)
"""For what one process prepares while the others wait, such as the cache of a large cohort."""


@dataclass(frozen=True)
class Connected(Ranks):
    """This process among others.

    Attributes:
        patient: a gloo group of all processes that waits for PATIENT_TIMEOUT.
    """

    patient: dist.ProcessGroup | None = None

    def sum(self, tensor: Tensor) -> Tensor:
        """As ``Ranks.sum``."""
        with _reported():
            # NCCL reaches only the memory of GPUs.
            moved = tensor.to(self.device)
            dist.all_reduce(moved)
            tensor.copy_(moved)
        return tensor

    def from_first(self, value: T) -> T:
        """As ``Ranks.from_first``."""
        values: list[Any] = [value]
        with _reported():
            dist.broadcast_object_list(values, src=0, group=self.patient)
        return values[0]  # type: ignore[no-any-return]

    def wait(self) -> None:
        """As ``Ranks.wait``."""
        with _reported():
            dist.barrier(group=self.patient)


@contextmanager
def joined(device: Device) -> Iterator[Connected]:
    """The processes that torchrun started, each with a GPU of its own where ``device`` is ``cuda``.

    Raises:
        VerteError: when there are fewer GPUs than processes, or ``device`` is not for several.
    """
    local_rank = int(os.environ["LOCAL_RANK"])
    if device not in ("cpu", "cuda"):
        raise VerteError(
            f"Several processes run on CUDA or on the CPU, not on {device.upper()}; add --device cpu."
        )
    if device == "cuda":
        if local_rank >= torch.cuda.device_count():
            raise VerteError(
                f"This machine has {torch.cuda.device_count()} GPUs, one for each process; "
                "give torchrun no larger --nproc-per-node."
            )
        torch.cuda.set_device(local_rank)
    with _reported():
        dist.init_process_group("nccl" if device == "cuda" else "gloo", timeout=STEP_TIMEOUT)
        patient = cast(dist.ProcessGroup, dist.new_group(backend="gloo", timeout=PATIENT_TIMEOUT))
    own = f"cuda:{local_rank}" if device == "cuda" else device
    yield Connected(own, dist.get_rank(), dist.get_world_size(), local_rank, patient)
    # Not after an error: the processes that are gone can't take part.
    dist.destroy_process_group()


@contextmanager
def _reported() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise VerteError(
            "The run ends because another of its processes has ended or does not answer; "
            f"its own message says why, and the run can be resumed. Cause: {error}."
        ) from error
