"""The encoder as a list of steps over the tensors of a weights file, and its translation to ONNX.

A weights file carries the list, so that ONNX Runtime can compute what torch computes where torch is
not installed. A list, and not ONNX itself: a file may come from anywhere, and these seven steps over the
file's own tensors are all that it can say. Decided in docs/adr/0009.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pydantic
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic_core import ErrorDetails

from verte_core import validation
from verte_core.errors import WeightsError, printable
from verte_core.network import protobuf
from verte_core.preprocess import MODEL_HEIGHT, MODEL_WIDTH

Arrays = Mapping[str, npt.NDArray[Any]]
Shape = tuple[int, int, int]

MAX_STEPS = 10_000
"""The EfficientNetV2-L has 1,015, the most of all that a file may name."""
MAX_ELEMENTS = 2**27
"""Of what one step gives; a step of the EfficientNet-B7 gives a fifth of it, the most of all."""
INPUT, OUTPUT = "image", "features"

Value = Annotated[int, Ge(0), Le(MAX_STEPS)]
"""What a step reads: 0 is the image, 1 what the first step gives, and so on."""
Name = Annotated[str, MaxLen(200), pydantic.StringConstraints(pattern=r"^\w+(\.\w+)+$")]
"""Of a tensor; the values between steps have names that can't be one."""
Padding = Annotated[int, Ge(0), Le(64)]
Stride = Annotated[int, Ge(1), Le(64)]


class GraphError(Exception):
    """What is wrong in a graph, as a part of a sentence."""


class _ShapeError(Exception):
    """Which tensors do not fit the step that reads them."""


class _NameOf:
    """The names of the values in ONNX."""

    def __init__(self, last: int) -> None:
        self._last = last

    def __call__(self, value: int) -> str:
        return INPUT if value == 0 else OUTPUT if value == self._last else f"value-{value}"


class _Step:
    """What each kind of step can be asked."""

    __pydantic_config__: ClassVar[pydantic.ConfigDict] = {
        "extra": "forbid",
        "strict": True,
        "allow_inf_nan": False,
    }

    def tensors(self) -> tuple[str, ...]:
        """The names of the tensors that it reads."""
        return ()

    def shape(self, given: list[Shape], arrays: Arrays) -> Shape:
        """(C, H, W) of what it gives, from those of the image and of the steps before.

        Raises:
            _ShapeError: for a tensor or a map that does not fit.
        """
        raise NotImplementedError

    def nodes(self, gives: str, name: _NameOf) -> Iterator[bytes]:
        """The ONNX nodes that compute it; the last one's output is called ``gives``."""
        raise NotImplementedError


@dataclass(frozen=True)
class Convolution(_Step):
    """A convolution without dilation, with zeros around the map: (top, left, bottom, right)."""

    step: Literal["convolution"]
    reads: Value
    weight: Name
    bias: Name | None
    stride: tuple[Stride, Stride]
    padding: tuple[Padding, Padding, Padding, Padding]
    groups: Annotated[int, Ge(1), Le(65_536)]

    def tensors(self) -> tuple[str, ...]:
        """As ``_Step.tensors``."""
        return (self.weight,) if self.bias is None else (self.weight, self.bias)

    def shape(self, given: list[Shape], arrays: Arrays) -> Shape:
        """As ``_Step.shape``."""
        channels, *size = given[self.reads]
        weight = arrays[self.weight].shape
        if len(weight) != 4 or not all(weight):
            raise _ShapeError(self.weight)
        if weight[1] * self.groups != channels or weight[0] % self.groups:
            raise _ShapeError(self.weight)
        if self.bias is not None and arrays[self.bias].shape != weight[:1]:
            raise _ShapeError(self.bias)
        top, left, bottom, right = self.padding
        height, width = (
            (length + around - kernel) // stride + 1
            for length, around, kernel, stride in zip(
                size, (top + bottom, left + right), weight[2:], self.stride, strict=True
            )
        )
        return weight[0], height, width

    def nodes(self, gives: str, name: _NameOf) -> Iterator[bytes]:
        """As ``_Step.nodes``."""
        yield protobuf.node(
            "Conv",
            [name(self.reads), *self.tensors()],
            gives,
            strides=self.stride,
            pads=self.padding,
            group=self.groups,
        )


@dataclass(frozen=True)
class BatchNorm(_Step):
    """The normalisation with the means and variances that training left."""

    step: Literal["batch_norm"]
    reads: Value
    weight: Name
    bias: Name
    mean: Name
    variance: Name
    epsilon: Annotated[float, Ge(1e-12), Le(1)]

    def tensors(self) -> tuple[str, ...]:
        """As ``_Step.tensors``."""
        return self.weight, self.bias, self.mean, self.variance

    def shape(self, given: list[Shape], arrays: Arrays) -> Shape:
        """As ``_Step.shape``."""
        for name in self.tensors():
            if arrays[name].shape != given[self.reads][:1]:
                raise _ShapeError(name)
        return given[self.reads]

    def nodes(self, gives: str, name: _NameOf) -> Iterator[bytes]:
        """As ``_Step.nodes``."""
        read = [name(self.reads), *self.tensors()]
        yield protobuf.node("BatchNormalization", read, gives, epsilon=self.epsilon)


@dataclass(frozen=True)
class Activation(_Step):
    """``silu`` is x * sigmoid(x)."""

    step: Literal["silu", "sigmoid"]
    reads: Value

    def shape(self, given: list[Shape], arrays: Arrays) -> Shape:
        """As ``_Step.shape``."""
        return given[self.reads]

    def nodes(self, gives: str, name: _NameOf) -> Iterator[bytes]:
        """As ``_Step.nodes``."""
        if self.step == "sigmoid":
            yield protobuf.node("Sigmoid", [name(self.reads)], gives)
        else:
            yield protobuf.node("Sigmoid", [name(self.reads)], f"{gives}.sigmoid")
            yield protobuf.node("Mul", [name(self.reads), f"{gives}.sigmoid"], gives)


@dataclass(frozen=True)
class Mean(_Step):
    """The mean over rows and columns: (C, 1, 1)."""

    step: Literal["mean"]
    reads: Value

    def shape(self, given: list[Shape], arrays: Arrays) -> Shape:
        """As ``_Step.shape``."""
        return given[self.reads][0], 1, 1

    def nodes(self, gives: str, name: _NameOf) -> Iterator[bytes]:
        """As ``_Step.nodes``."""
        yield protobuf.node("ReduceMean", [name(self.reads)], gives, axes=(2, 3), keepdims=1)


@dataclass(frozen=True)
class Combination(_Step):
    """Two maps, element by element; one may be the means of channels."""

    step: Literal["add", "multiply"]
    reads: Value
    also_reads: Value

    def shape(self, given: list[Shape], arrays: Arrays) -> Shape:
        """As ``_Step.shape``."""
        one, other = given[self.reads], given[self.also_reads]
        if one[0] != other[0] or (one != other and (1, 1) not in (one[1:], other[1:])):
            raise _ShapeError(f"maps of {one} and {other}")
        return max(one, other)

    def nodes(self, gives: str, name: _NameOf) -> Iterator[bytes]:
        """As ``_Step.nodes``."""
        operator = "Add" if self.step == "add" else "Mul"
        yield protobuf.node(operator, [name(self.reads), name(self.also_reads)], gives)


Step = Annotated[
    Convolution | BatchNorm | Activation | Mean | Combination, pydantic.Field(discriminator="step")
]
_STEPS = pydantic.TypeAdapter(Annotated[tuple[Step, ...], MinLen(1), MaxLen(MAX_STEPS)])


@dataclass(frozen=True)
class Graph:
    """The encoder: from an image (1, 1024, 512) to the last feature map (C, h, w).

    Attributes:
        steps: in the order of the forward; the last gives the feature map.
    """

    steps: tuple[Convolution | BatchNorm | Activation | Mean | Combination, ...]

    @classmethod
    def parse(cls, text: str) -> Graph:
        """The graph of a JSON text.

        Raises:
            GraphError: naming the first thing in it that is not of this language.
        """
        try:
            # From JSON, in which a list is a tuple.
            return cls(_STEPS.validate_json(text))
        except pydantic.ValidationError as error:
            raise GraphError(_said(error.errors()[0])) from None

    def rows(self) -> list[dict[str, Any]]:
        """For the JSON text that ``parse`` reads."""
        return [{each.name: getattr(step, each.name) for each in fields(step)} for step in self.steps]

    def tensors(self) -> set[str]:
        """The names of the tensors that the encoder reads."""
        return {name for step in self.steps for name in step.tensors()}

    def check(self, arrays: Arrays) -> Shape:
        """(C, h, w) of the feature map.

        Raises:
            WeightsError: when a step reads what comes later, a tensor does not fit its step, or a step gives
                nothing or too much.
        """
        given: list[Shape] = [(1, MODEL_HEIGHT, MODEL_WIDTH)]
        for number, step in enumerate(self.steps, 1):
            if max(step.reads, getattr(step, "also_reads", 0)) >= number:
                raise WeightsError(f"Step {number} of the encoder's graph reads a value that comes later.")
            try:
                shape = step.shape(given, arrays)
            except _ShapeError as error:
                raise WeightsError(
                    f"These tensors have an unexpected shape: {error} (step {number} of the encoder's graph)."
                ) from None
            if min(shape) < 1 or int(np.prod(shape, dtype=np.int64)) > MAX_ELEMENTS:
                raise WeightsError(f"Step {number} of the encoder's graph gives a map of the size {shape}.")
            given.append(shape)
        return given[-1]

    def to_onnx(self, arrays: Arrays) -> bytes:
        """The same as an ONNX model without its tensors, which are named for the session to bring."""
        name, features = _NameOf(len(self.steps)), self.check(arrays)
        nodes = [node for i, step in enumerate(self.steps, 1) for node in step.nodes(name(i), name)]
        graph = protobuf.graph(
            nodes,
            protobuf.value(INPUT, (1, 1, MODEL_HEIGHT, MODEL_WIDTH)),
            protobuf.value(OUTPUT, (1, *features)),
            [protobuf.external_tensor(each, arrays[each].shape) for each in sorted(self.tensors())],
        )
        return protobuf.model(graph)


def _said(error: ErrorDetails) -> str:
    if error["type"] == "union_tag_invalid":
        number, step = error["loc"][0], printable(str(error["input"]["step"]))
        known = error["ctx"]["expected_tags"]
        return f"its step {int(number) + 1} is {step!r:.60}, which is not one of {known}."
    return validation.sentence(error, "the list of steps")
