"""The weights file: tensors and all they need to be used, in one safetensors file.

The safetensors header holds one JSON text under the key ``verte``. Nothing is ever unpickled.
"""

from __future__ import annotations

import copy
import hashlib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import safetensors
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from verte_core import files
from verte_core.errors import OutputError, WeightsError, printable
from verte_core.files import FileState
from verte_core.network.fusion_net import FusionNet
from verte_core.network.metadata import Metadata, parse, to_json

_METADATA_KEY = "verte"
MAX_BYTES = 1024**3
"""Of a weights file; the greatest EfficientNet has a quarter of it."""
_FLOATS = (torch.float16, torch.float32)


@dataclass(frozen=True)
class Weights:
    """A loaded weights file.

    Its tensors are seen to fit the architecture when it is made.

    Attributes:
        id: first 12 hex digits of the file's SHA-256; every result carries it.
        metadata: of the file.
        tensors: state dict of the FusionNet, float32 on the CPU.
        path: of the file; None for weights that come from none.
        state: of the file when it was read.

    Raises:
        WeightsError: naming the first missing, extra or misshapen tensors.
    """

    id: str
    metadata: Metadata
    tensors: dict[str, Tensor]
    path: Path | None = None
    state: FileState | None = None
    _unfilled: FusionNet = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Only a network that is built can tell what fits it; without memory for its tensors, it is cheap."""
        with torch.device("meta"):
            object.__setattr__(self, "_unfilled", FusionNet(self.metadata.architecture))
        expected = self._unfilled.state_dict()
        missing, extra = expected.keys() - self.tensors.keys(), self.tensors.keys() - expected.keys()
        if missing or extra:
            raise WeightsError(
                f"The weights do not fit their own architecture: {len(missing)} tensors are missing "
                f"({_some(missing)}) and {len(extra)} are too many ({_some(extra)})."
            )
        misshapen = {name for name, tensor in expected.items() if tensor.shape != self.tensors[name].shape}
        if misshapen:
            raise WeightsError(f"These tensors have an unexpected shape: {_some(misshapen)}.")
        retyped = {name for name, tensor in expected.items() if tensor.dtype != self.tensors[name].dtype}
        if retyped:
            raise WeightsError(f"These tensors have an unexpected type of number: {_some(retyped)}.")

    def build(self) -> FusionNet:
        """A FusionNet of its own with these weights, in evaluation mode, on the CPU."""
        model = copy.deepcopy(self._unfilled)
        model.load_state_dict(self.tensors, assign=True)
        return model.eval()


def save(path: Path, model_state: dict[str, Tensor], metadata: Metadata) -> None:
    """Write a weights file, floating-point tensors in half precision, replacing ``path`` in one step.

    What half precision rounds to zero, below 6e-8, is a variance far below the epsilon that BatchNorm adds,
    or a weight that moves nothing.

    Raises:
        WeightsError: for a tensor with values that are not finite or beyond half precision, or metadata that
            would not be read again. Nothing is written.
        OutputError: when the file can't be written.
    """
    text = to_json(metadata)
    tensors = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous().cpu()
        for name, tensor in model_state.items()
    }
    for name, tensor in tensors.items():
        if not _is_finite(tensor):
            greatest = model_state[name].abs().max().item()
            beyond = f"values up to {greatest:.6g}, and half precision ends at 65,504"
            found = beyond if math.isfinite(greatest) else "values that are not finite"
            raise WeightsError(
                f"The weights {metadata.name} can't be saved: the tensor {name} holds {found}. The training "
                "may have diverged; nothing was written."
            )
    try:
        files.write(path, save_tensors(tensors, {_METADATA_KEY: text}), public=True)
    except OSError as error:
        raise OutputError(f"The weights file {path} can't be written: {error.strerror}.") from error


def load(path: Path) -> Weights:
    """Read a weights file and check all of it.

    Raises:
        WeightsError: for a file that is missing, too large, not safetensors, cut short or not written by
            VERTE; as ``metadata.parse``; or for tensors that do not fit, are not finite, or are no variances.
    """
    state = files.state_of(path)
    content = _read(path)
    try:
        tensors = load_tensors(content)
    except (safetensors.SafetensorError, ValueError, KeyError, AssertionError) as error:
        raise WeightsError(
            f"{path.name} is not a whole safetensors file: it may be cut short or of another format "
            f"(pickled files are never opened). Cause: {error}."
        ) from error
    # The layout is fixed: eight bytes of length, then a JSON header, which was just checked.
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    text = (header.get("__metadata__") or {}).get(_METADATA_KEY)
    if text is None:
        raise WeightsError(f"{path.name} is a safetensors file, but VERTE did not write it.")
    metadata = parse(text, path.name)
    _check_values(tensors, path.name)
    return Weights(
        id=id_of(hashlib.sha256(content).hexdigest()),
        metadata=metadata,
        tensors={
            name: tensor.float() if tensor.dtype in _FLOATS else tensor for name, tensor in tensors.items()
        },
        path=path,
        state=state,
    )


def id_of(sha256: str) -> str:
    """The id of a weights file whose bytes have this SHA-256 in hex."""
    return sha256[:12]


def _read(path: Path) -> bytes:
    try:
        if not path.exists():
            raise WeightsError(f"The weights file {path} can't be read: No such file or directory.")
        if not path.is_file():
            raise WeightsError(f"The weights file {path} can't be read: it is a folder or a device.")
        if path.stat().st_size > MAX_BYTES:
            raise WeightsError(
                f"The weights file {path} is larger than {MAX_BYTES // 1024**2} MiB, the limit."
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name is not valid"
        raise WeightsError(f"The weights file {path} can't be read: {reason}.") from error


def _check_values(tensors: dict[str, Tensor], source: str) -> None:
    for name, tensor in tensors.items():
        if tensor.dtype in _FLOATS and not _is_finite(tensor):
            raise WeightsError(
                f"{source} can't be used: the tensor {name} holds values that are not finite; its training "
                "may have diverged."
            )
        if name.endswith("running_var") and tensor.dtype in _FLOATS and (tensor < 0).any():
            raise WeightsError(
                f"{source} can't be used: the tensor {name} holds variances below zero, such as "
                f"{tensor.min().item():g}."
            )


def _is_finite(tensor: Tensor) -> bool:
    return bool(torch.isfinite(tensor).all())


def _some(names: set[str]) -> str:
    return printable(", ".join(sorted(names)[:3])) or "none"
