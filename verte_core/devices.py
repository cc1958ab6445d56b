"""The machine's devices: which one computes, and when its memory does not suffice."""

from __future__ import annotations

import torch

from verte_core.errors import ImageError, VerteError

_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")
"""As CUDA, the CPU's allocators, MPS, and cuBLAS with cuDNN say it."""


def choose_device(name: str) -> torch.device:
    """``auto`` is the first of cuda, mps and cpu that is there.

    Raises:
        VerteError: for a device this machine does not have.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(device for device, there in present.items() if there)
    if not present.get(name, False):
        there = ", ".join(device for device, is_there in present.items() if is_there)
        raise VerteError(f"The device {name!r} is not available here; there is {there}.")
    return torch.device(name)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory, of the GPU or of the machine, does not suffice."""
    # torch has a type of its own for CUDA alone.
    words = str(error).lower()
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(each in words for each in _OUT_OF_MEMORY)
    )


def no_memory(what: str = "this image") -> ImageError:
    """The refusal of an image that the machine has not enough memory for."""
    return ImageError(f"There is not enough memory for {what}.", kind="not enough memory")
