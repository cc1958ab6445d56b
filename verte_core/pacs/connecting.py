"""From the settings of a node to its archive."""

from __future__ import annotations

from verte_core.pacs.archive import Archive
from verte_core.pacs.nodes import DicomwebNode, DimseNode


def connect(name: str, node: DicomwebNode | DimseNode) -> Archive:
    """The archive of a node; nothing is sent yet."""
    if isinstance(node, DicomwebNode):
        from verte_core.pacs.dicomweb import DicomwebArchive

        return DicomwebArchive(name, node)
    from verte_core.pacs.dimse import DimseArchive

    return DimseArchive(name, node)
