"""The processes of one run: started by torchrun, or a single one without it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor

from verte_core.devices import choose_device
from verte_core.errors import VerteError

T = TypeVar("T")

STEP_TIMEOUT = timedelta(minutes=10)
"""For all that happens at every step: a process that does not answer by then is taken for dead."""
PATIENT_TIMEOUT = timedelta(days=1)
"""For what one process prepares while the others wait, such as the cache of a large cohort."""


@dataclass(frozen=True)
class Ranks:
    """This process among those of the run.

    Attributes:
        device: of this process.
        rank: of this process among all, from 0.
        count: of all processes.
        local_rank: of this process among those of its machine, from 0.
        patient: a gloo group of all processes that waits for PATIENT_TIMEOUT; None for a single process.
    """

    device: torch.device
    rank: int = 0
    count: int = 1
    local_rank: int = 0
    patient: dist.ProcessGroup | None = None

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes files and prints."""
        return self.rank == 0

    def sum(self, tensor: Tensor) -> Tensor:
        """``tensor``, in place, added up over all processes.

        Raises:
            VerteError: when another process has ended or does not answer.
        """
        if self.count > 1:
            with _reported():
                # NCCL reaches only the memory of GPUs.
                moved = tensor.to(self.device)
                dist.all_reduce(moved)
                tensor.copy_(moved)
        return tensor

    def from_first(self, value: T) -> T:
        """The ``value`` of the first process, on all."""
        if self.count == 1:
            return value
        values: list[Any] = [value]
        with _reported():
            dist.broadcast_object_list(values, src=0, group=self.patient)
        return values[0]  # type: ignore[no-any-return]

    def in_turn(self, job: Callable[[], T]) -> T:
        """The result of ``job``, run by the first process, then the first of each machine, then the rest.

        What the first ones leave on a disk, shared or not, the others find there.
        """
        own_turn = 0 if self.first else 1 if self.local_rank == 0 else 2
        for turn in range(3):
            if turn == own_turn:
                result = job()
            self.wait()
        return result

    def wait(self) -> None:
        """Return once all processes have come here."""
        if self.count > 1:
            with _reported():
                dist.barrier(group=self.patient)


@contextmanager
def connected(device: str) -> Iterator[Ranks]:
    """The processes that torchrun started, or this one alone.

    Args:
        device: ``auto``, ``cpu``, ``cuda`` (each process then has its own GPU) or ``mps``.

    Raises:
        VerteError: when the device is not available to this process.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    chosen = choose_device(device)
    if count == 1:
        yield Ranks(chosen)
        return
    local_rank = int(os.environ["LOCAL_RANK"])
    if chosen.type == "mps":
        raise VerteError("Several processes run on CUDA or on the CPU, not on MPS; add --device cpu.")
    if chosen.type == "cuda":
        if local_rank >= torch.cuda.device_count():
            raise VerteError(
                f"This machine has {torch.cuda.device_count()} GPUs, one for each process; "
                "give torchrun no larger --nproc-per-node."
            )
        chosen = torch.device("cuda", local_rank)
        torch.cuda.set_device(chosen)
    with _reported():
        dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo", timeout=STEP_TIMEOUT)
        patient = cast(dist.ProcessGroup, dist.new_group(backend="gloo", timeout=PATIENT_TIMEOUT))
    yield Ranks(chosen, dist.get_rank(), count, local_rank, patient)
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
