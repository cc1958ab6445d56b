"""One process among those of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from verte_core.devices import Device

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")


@dataclass(frozen=True)
class Ranks:
    """This process among those of the run; one of this class is alone in it.

    Attributes:
        device: of this process.
        rank: of this process among all, from 0.
        count: of all processes.
        local_rank: of this process among those of its machine, from 0.
    """

    device: Device
    rank: int = 0
    count: int = 1
    local_rank: int = 0

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes files and prints."""
        return self.rank == 0

    def sum(self, tensor: Tensor) -> Tensor:
        """``tensor``, in place, added up over all processes.

        Raises:
            VerteError: when another process has ended or does not answer.
        """
        return tensor

    def from_first(self, value: T) -> T:
        """The ``value`` of the first process, on all."""
        return value

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
