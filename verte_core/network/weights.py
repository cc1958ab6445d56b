"""The weights file: tensors and all they need to be used, in one safetensors file.

The safetensors header holds one JSON text under the key ``verte``. One only: the header has its keys in any
order, and the same weights must make the same file. Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import safetensors
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from verte_core import files
from verte_core.errors import OutputError, WeightsError, printable
from verte_core.files import FileState
from verte_core.network import gate, head
from verte_core.network.graph import Graph
from verte_core.network.metadata import Metadata, parse, to_json

if TYPE_CHECKING:
    from verte_core.network.fusion_net import FusionNet

Arrays = Mapping[str, npt.NDArray[Any]]

_METADATA_KEY = "verte"
MAX_BYTES = 1024**3
"""Of a weights file; the greatest EfficientNet has a quarter of it."""
_FLOATS = (np.dtype(np.float16), np.dtype(np.float32))
_MEANS, _COUNTS = "running_mean", "num_batches_tracked"
"""What BatchNorm has beside what it computes with: how many batches it saw while it trained."""
NO_TORCH = (
    "They were written by an earlier release and carry no graph of their encoder, so they need PyTorch, "
    "which is not installed here: pip install verte-desktop[torch]. Where that is installed, "
    "python -m train upgrade writes the same weights with a graph."
)


@dataclass(frozen=True)
class Weights:
    """A loaded weights file.

    Its tensors are seen to fit its graph and its architecture when it is made.

    Attributes:
        id: first 12 hex digits of the file's SHA-256; every result carries it.
        metadata: of the file.
        arrays: the state dict of the FusionNet as it is on disk, floats in half or single precision.
        gate_arrays: those of its gate, if it has one.
        graph: the encoder; None in a file of format 1, which only torch can compute.
        path: of the file; None for weights that come from none.
        state: of the file when it was read.

    Raises:
        WeightsError: naming the first missing, extra or misshapen tensors.
    """

    id: str
    metadata: Metadata
    arrays: Arrays
    graph: Graph | None = None
    gate_arrays: Arrays = field(default_factory=dict)
    path: Path | None = None
    state: FileState | None = None

    def __post_init__(self) -> None:
        """Without a graph, only a network that is built can tell what fits it."""
        if self.graph is None:
            self._check_by_network()
        else:
            self._check_by_graph(self.graph)
        self._check_gate()

    def _check_gate(self) -> None:
        rules = self.metadata.gate
        channels = self.arrays[f"{head.IMAGE_HEAD}.weight"].shape[1]
        expected = gate.shapes(rules, channels) if rules else {}
        self._check_names(expected, self.gate_arrays)
        for name, shape in expected.items():
            given = self.gate_arrays[name]
            count = len(given) if given.ndim == len(shape) and not shape[0] else shape[0]
            if given.dtype not in _FLOATS or given.shape != (count, *shape[1:]):
                raise WeightsError(f"These tensors have an unexpected shape or type: {name}.")
            if not 0 < count <= gate.MAX_REFERENCES:
                raise WeightsError(f"The gate of the weights has {count} references.")

    def _check_by_network(self) -> None:
        try:
            from verte_core.network import fusion_net
        except ImportError:
            raise WeightsError(f"The weights {self.metadata.name} can't be used. {NO_TORCH}") from None
        expected = fusion_net.unfilled(self.metadata.architecture).state_dict()
        self._check_names(expected)
        self._check_types(expected)
        shapes = {name: tuple(tensor.shape) for name, tensor in expected.items()}
        self._check_shapes(shapes)

    def _check_by_graph(self, encoder: Graph) -> None:
        by_encoder = encoder.tensors()
        counts = {f"{name.removesuffix(_MEANS)}{_COUNTS}" for name in by_encoder if name.endswith(_MEANS)}
        after = head.shapes(self.metadata.architecture, 1)
        self._check_names(by_encoder | counts | after.keys())
        self._check_types(by_encoder | counts | after.keys())
        channels, *_ = encoder.check(self.arrays)
        self._check_shapes(head.shapes(self.metadata.architecture, channels) | dict.fromkeys(counts, ()))

    def _check_names(self, expected: Iterable[str], given: Arrays | None = None) -> None:
        names, there = set(expected), (self.arrays if given is None else given).keys()
        missing, extra = names - there, there - names
        if missing or extra:
            raise WeightsError(
                f"The weights do not fit their own architecture: {len(missing)} tensors are missing "
                f"({_some(missing)}) and {len(extra)} are too many ({_some(extra)})."
            )

    def _check_types(self, names: Iterable[str]) -> None:
        def allowed(name: str) -> tuple[np.dtype[Any], ...]:
            return (np.dtype(np.int64),) if name.endswith(_COUNTS) else _FLOATS

        retyped = {name for name in names if self.arrays[name].dtype not in allowed(name)}
        if retyped:
            raise WeightsError(f"These tensors have an unexpected type of number: {_some(retyped)}.")

    def _check_shapes(self, expected: Mapping[str, tuple[int, ...]]) -> None:
        misshapen = {name for name, shape in expected.items() if shape != self.arrays[name].shape}
        if misshapen:
            raise WeightsError(f"These tensors have an unexpected shape: {_some(misshapen)}.")

    def build(self) -> FusionNet:
        """A FusionNet of its own in torch with these weights, in evaluation mode, on the CPU.

        Raises:
            WeightsError: when a graph that does not belong to the architecture hid what does not fit it.
        """
        from verte_core.network import fusion_net

        return fusion_net.filled(self.metadata.architecture, self.arrays)


def write(
    path: Path,
    arrays: Arrays,
    metadata: Metadata,
    encoder: Graph | None,
    gate_arrays: Arrays | None = None,
) -> None:
    """Write a weights file, replacing ``path`` in one step.

    Args:
        path: of the file.
        arrays: floats in half precision.
        metadata: to go with them.
        encoder: the graph; without one the file is of format 1.
        gate_arrays: those of the gate, if there is one.

    Raises:
        WeightsError: for metadata that would not be read again. Nothing is written.
        OutputError: when the file can't be written.
    """
    text = to_json(metadata, encoder)
    # safetensors writes memory as it lies, whatever its order.
    whole = {name: np.asarray(each, order="C") for name, each in {**arrays, **(gate_arrays or {})}.items()}
    try:
        files.write(path, save_arrays(whole, {_METADATA_KEY: text}), public=True)
    except OSError as error:
        raise OutputError(f"The weights file {path} can't be written: {error.strerror}.") from error


def load(path: Path) -> Weights:
    """Read a weights file and check all of it.

    Raises:
        WeightsError: for a file that is missing, too large, not safetensors, cut short or not written by
            VERTE; as ``metadata.parse``; for tensors that do not fit, are not finite, or
            are no variances; or for a file without a graph where torch is not installed.
    """
    state = files.state_of(path)
    content = _read(path)
    try:
        arrays = load_arrays(content)
    except KeyError as error:
        raise WeightsError(f"{path.name} holds tensors of an unexpected type of number: {error}.") from error
    except (safetensors.SafetensorError, ValueError, AssertionError) as error:
        raise WeightsError(
            f"{path.name} is not a whole safetensors file: it may be cut short or of another format "
            f"(pickled files are never opened). Cause: {error}."
        ) from error
    # The layout is fixed: eight bytes of length, then a JSON header, which was just checked.
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    texts = header.get("__metadata__") or {}
    if _METADATA_KEY not in texts:
        raise WeightsError(f"{path.name} is a safetensors file, but VERTE did not write it.")
    metadata, graph = parse(texts[_METADATA_KEY], path.name)
    _check_values(arrays, path.name)
    of_gate = {name: array for name, array in arrays.items() if name.startswith(gate.PREFIX)}
    return Weights(
        id=id_of(hashlib.sha256(content).hexdigest()),
        metadata=metadata,
        arrays={name: array for name, array in arrays.items() if name not in of_gate},
        graph=graph,
        gate_arrays=of_gate,
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


def _check_values(arrays: Arrays, source: str) -> None:
    for name, array in arrays.items():
        if array.dtype in _FLOATS and not np.isfinite(array).all():
            raise WeightsError(
                f"{source} can't be used: the tensor {name} holds values that are not finite; its training "
                "may have diverged."
            )
        if name.endswith("running_var") and array.dtype in _FLOATS and (array < 0).any():
            raise WeightsError(
                f"{source} can't be used: the tensor {name} holds variances below zero, such as "
                f"{array.min():g}."
            )


def _some(names: set[str]) -> str:
    return printable(", ".join(sorted(names)[:3])) or "none"
