"""What goes wrong with a node."""

from __future__ import annotations

from verte_core.errors import VerteError


class NodeError(VerteError):
    """A node that can't be reached, refuses, or answers otherwise than it should; later it may do.

    Attributes:
        passing: whether trying again can help.
    """

    kind = "node"

    def __init__(self, message: str, *, passing: bool = True) -> None:
        super().__init__(message)
        self.passing = passing


class NotTakenError(NodeError):
    """An object that a node will never take, such as one of a SOP class that it lacks."""

    kind = "not taken"

    def __init__(self, message: str) -> None:
        super().__init__(message, passing=False)
