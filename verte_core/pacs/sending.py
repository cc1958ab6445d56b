"""What may be sent to a node."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from verte_core.dicom_results.simulated import is_simulated
from verte_core.errors import VerteError
from verte_core.pacs.nodes import DicomwebNode, DimseNode
from verte_core.results import Provenance


def check_allowed(name: str, node: DicomwebNode | DimseNode, trained_on: Sequence[Provenance]) -> None:
    """Refuse a node that is not to have scores of weights trained on simulated images.

    Raises:
        VerteError: when it is not, and some of the weights are such.
    """
    notices = [each.notice for each in trained_on if each is not Provenance.CLINICAL]
    if notices and not node.allow_simulated:
        raise VerteError(f"{notices[0]} {_not_sent(name)}")


def refused_simulated(name: str, node: DicomwebNode | DimseNode, paths: Sequence[Path]) -> VerteError | None:
    """Why files are not sent to a node, if some of them are results of such weights."""
    if node.allow_simulated:
        return None
    found = [path.name for path in paths if is_simulated(path)]
    if not found:
        return None
    return VerteError(f"{found[0]} has scores of weights trained on simulated images. {_not_sent(name)}")


def _not_sent(name: str) -> str:
    return f"They are not sent to {name}, unless the node says allow_simulated = true."
