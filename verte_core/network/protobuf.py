"""The few messages of an ONNX model that the encoder needs, in the wire format of Protocol Buffers.

The onnx package would write them as well, for 31 MB beside every installed program. Field numbers are those
of onnx.proto3, version 8 of the intermediate representation.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

_IR_VERSION, _OPSET = 8, 17
_FLOAT32, _EXTERNAL = 1, 1
_ATTRIBUTE_TYPES = {float: 1, int: 2, tuple: 7}
EXTERNAL_FILE = "weights"
"""Stands where a path would; no such file is ever looked for, since the session brings the tensors."""


Attribute = float | int | tuple[int, ...]


def node(operator: str, reads: Sequence[str], gives: str, **attributes: Attribute) -> bytes:
    """A NodeProto."""
    return b"".join(
        (
            *(_text(1, each) for each in reads),
            _text(2, gives),
            _text(3, gives),
            _text(4, operator),
            *(_bytes(5, _attribute(name, value)) for name, value in attributes.items()),
        )
    )


def value(name: str, shape: Sequence[int]) -> bytes:
    """A ValueInfoProto of a float32 array."""
    dimensions = b"".join(_bytes(1, _number(1, each)) for each in shape)
    tensor = _number(1, _FLOAT32) + _bytes(2, dimensions)
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def external_tensor(name: str, shape: Sequence[int]) -> bytes:
    """A TensorProto of float32 whose content the session brings by its name."""
    location = _text(1, "location") + _text(2, EXTERNAL_FILE)
    dimensions = b"".join(_number(1, each) for each in shape)
    return dimensions + _number(2, _FLOAT32) + _text(8, name) + _bytes(13, location) + _number(14, _EXTERNAL)


def graph(nodes: Sequence[bytes], reads: bytes, gives: bytes, tensors: Sequence[bytes]) -> bytes:
    """A GraphProto."""
    return b"".join(
        (
            *(_bytes(1, each) for each in nodes),
            _text(2, "encoder"),
            *(_bytes(5, each) for each in tensors),
            _bytes(11, reads),
            _bytes(12, gives),
        )
    )


def model(graph: bytes) -> bytes:
    """A ModelProto."""
    return _number(1, _IR_VERSION) + _bytes(7, graph) + _bytes(8, _text(1, "") + _number(2, _OPSET))


def _attribute(name: str, value: Attribute) -> bytes:
    kind = _number(20, _ATTRIBUTE_TYPES[type(value)])
    if isinstance(value, float):
        return _text(1, name) + _key(2, 5) + struct.pack("<f", value) + kind
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + kind
    return _text(1, name) + b"".join(_number(8, each) for each in value) + kind


def _number(field: int, number: int) -> bytes:
    return _key(field, 0) + _varint(number)


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())


def _bytes(field: int, content: bytes) -> bytes:
    return _key(field, 2) + _varint(len(content)) + content


def _key(field: int, kind: int) -> bytes:
    return _varint(field << 3 | kind)


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)
