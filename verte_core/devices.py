"""The machine's devices: which one computes, and when its memory does not suffice. Imports no engine."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from collections.abc import Callable
from importlib.util import find_spec

from verte_core.errors import ImageError, VerteError

_OUT_OF_MEMORY = (
    *("out of memory", "can't allocate memory", "not enough memory", "alloc_failed"),
    *("bad allocation", "bad_alloc", "failed to allocate memory", "available memory of"),
)
"""As CUDA, the CPU's allocators, MPS, and cuBLAS with cuDNN say it in torch; and as ONNX Runtime does."""

MOST_AT_ONCE = 16
"""Images on a CPU: each takes some 200 MB while it is encoded."""

Device = str
"""``cpu``, ``cuda`` (with ``:1`` for the second GPU), ``mps`` or ``directml``."""


def choose_device(name: str, for_training: bool = False) -> Device:
    """``auto`` is the first of cuda, mps, directml and cpu that is there.

    Args:
        name: a ``Device``, or ``auto``.
        for_training: only torch trains, so what ONNX Runtime alone can use does not count.

    Raises:
        VerteError: for a device that this machine, or the engines installed on it, do not have.
    """
    present: dict[str, Callable[[], bool]] = {
        "cuda": lambda: torch_sees_cuda() or (not for_training and _offered("CUDAExecutionProvider")),
        "mps": _torch_sees_mps,
        "directml": lambda: not for_training and _offered("DmlExecutionProvider"),
        "cpu": lambda: True,
    }
    if name == "auto":
        return next(device for device, is_there in present.items() if is_there())
    kind = name.partition(":")[0]
    if kind not in present or not present[kind]():
        there = ", ".join(device for device, is_there in present.items() if is_there())
        raise VerteError(f"The device {name!r} is not available here; there is {there}.")
    return name


def torch_sees_cuda() -> bool:
    """Whether torch is installed and finds an NVIDIA GPU; torch is not imported where there is no driver."""
    if not (_has_cuda_driver() and find_spec("torch")):
        return False
    import torch

    return torch.cuda.is_available()


def _torch_sees_mps() -> bool:
    if sys.platform != "darwin" or platform.machine() != "arm64" or not find_spec("torch"):
        return False
    import torch

    return torch.backends.mps.is_available()


def _offered(provider: str) -> bool:
    """Whether the ONNX Runtime that is installed has a provider, and the machine what it needs."""
    if provider == "CUDAExecutionProvider" and not _has_cuda_driver():
        return False
    if provider == "DmlExecutionProvider" and sys.platform != "win32":
        return False
    import onnxruntime

    return provider in onnxruntime.get_available_providers()


def _has_cuda_driver() -> bool:
    """Whether NVIDIA's driver is there and counts a GPU."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        count = ctypes.c_int(0)
        return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0
    except (OSError, AttributeError):
        return False


def cores() -> int:
    """The processor's cores that this process may use; OMP_NUM_THREADS may make them fewer."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wished = os.environ.get("OMP_NUM_THREADS", "")
    return min(own, int(wished)) if wished.isdecimal() and int(wished) > 0 else own


def at_once() -> int:
    """How many images a CPU does at once, each on its own cores: more in the same time than one on all."""
    return min(cores(), MOST_AT_ONCE)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory, of the GPU or of the machine, does not suffice."""
    # torch has a type of its own for CUDA alone.
    words = str(error).lower()
    return isinstance(error, MemoryError) or any(each in words for each in _OUT_OF_MEMORY)


def no_memory(what: str = "this image") -> ImageError:
    """The refusal of an image that the machine has not enough memory for."""
    return ImageError(f"There is not enough memory for {what}.", kind="not enough memory")
