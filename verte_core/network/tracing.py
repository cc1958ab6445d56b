"""The graph of a network's encoder, from torch's own export of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, fx, nn
from torch.export.graph_signature import InputKind

from verte_core.network.fusion_net import FusionNet
from verte_core.network.graph import Activation, BatchNorm, Combination, Convolution, Graph, Mean, Step
from verte_core.preprocess import MODEL_HEIGHT, MODEL_WIDTH


class UntranslatableError(Exception):
    """What an encoder does that the graph of a weights file has no words for."""


class _Encoder(nn.Module):
    """``encode`` as the export wants it, with the names that the network's tensors have in a file."""

    def __init__(self, model: FusionNet) -> None:
        super().__init__()
        self.backbone = model.backbone
        self._encode = model.encode

    def forward(self, image: Tensor) -> Tensor:
        return self._encode(image)


def trace(model: FusionNet) -> Graph:
    """The graph of the encoder of a model in evaluation mode, on the CPU.

    Raises:
        UntranslatableError: naming the first operator that there is no step for.
    """
    image = torch.zeros(1, 1, MODEL_HEIGHT, MODEL_WIDTH)
    with torch.no_grad():
        program = torch.export.export(_Encoder(model), (image,))
    reading = _Reading()
    for given in program.graph_signature.input_specs:
        if given.kind is InputKind.USER_INPUT:
            reading.values[given.arg.name] = 0
        else:
            reading.tensors[given.arg.name] = str(given.target)
    for node in program.graph.nodes:
        if node.op == "call_function":
            reading.read(node)
    return Graph(tuple(reading.steps))


class _Padded(NamedTuple):
    """A value with zeros around it (top, left, bottom, right), which the convolution that reads it adds."""

    image: str
    around: tuple[int, int, int, int]


class _Reading:
    """What was read so far: values and tensors by their names in the export, and the steps."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}
        self.tensors: dict[str, str] = {}
        self.steps: list[Step] = []
        self._padded: dict[str, _Padded] = {}

    def read(self, node: fx.Node) -> None:
        """Add the steps of one call."""
        operator = str(node.target).removeprefix("aten.").partition(".")[0]
        make = getattr(self, f"_{operator.removesuffix('_')}", None)
        if make is None or (operator.endswith("_") and _is_kept(node)):
            raise UntranslatableError(f"the encoder calls {node.target}")
        made = make(*(self._name(each) for each in node.args), **node.kwargs)
        if isinstance(made, _Padded):
            self._padded[node.name] = made
        else:
            self.steps.append(made)
            self.values[node.name] = len(self.steps)

    def _name(self, argument: Any) -> Any:
        return argument.name if isinstance(argument, fx.Node) else argument

    def _conv2d(
        self,
        image: str,
        weight: str,
        bias: str | None = None,
        stride: Any = (1, 1),
        padding: Any = (0, 0),
        dilation: Any = (1, 1),
        groups: int = 1,
    ) -> Step:
        if tuple(dilation) != (1, 1):
            raise UntranslatableError("the encoder has a dilated convolution")
        if image in self._padded and any(padding):
            raise UntranslatableError("the encoder pads an image twice")
        image, around = self._padded.get(image, _Padded(image, (*padding, *padding)))
        names = self.tensors[weight], self.tensors[bias] if bias else None
        return Convolution("convolution", self.values[image], *names, tuple(stride), around, groups)

    def _batch_norm(
        self,
        image: str,
        weight: str,
        bias: str,
        mean: str,
        variance: str,
        training: bool,
        momentum: float,
        epsilon: float,
        cudnn: bool,
    ) -> Step:
        of = self.tensors
        return BatchNorm(
            "batch_norm", self.values[image], of[weight], of[bias], of[mean], of[variance], epsilon
        )

    def _silu(self, image: str) -> Step:
        return Activation("silu", self.values[image])

    def _sigmoid(self, image: str) -> Step:
        return Activation("sigmoid", self.values[image])

    def _mean(self, image: str, dimensions: Any, keepdim: bool = False) -> Step:
        if sorted(each % 4 for each in dimensions) != [2, 3] or not keepdim:
            raise UntranslatableError(f"the encoder takes a mean over {dimensions}")
        return Mean("mean", self.values[image])

    def _add(self, one: str, other: str) -> Step:
        return Combination("add", self.values[one], self.values[other])

    def _mul(self, one: str, other: str) -> Step:
        return Combination("multiply", self.values[one], self.values[other])

    def _pad(self, image: str, amounts: Any, mode: str = "constant", value: Any = None) -> _Padded:
        left, right, top, bottom = amounts
        if mode != "constant" or value:
            raise UntranslatableError("the encoder pads with more than zeros")
        return _Padded(image, (top, left, bottom, right))


def _is_kept(node: fx.Node) -> bool:
    """Whether anything else reads what a call changes in place."""
    (changed,) = node.all_input_nodes[:1]
    return len(changed.users) > 1
