"""The command ``verte``: that of the core, with the report's page that the window's package makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from verte_core import cli

if TYPE_CHECKING:
    from verte_core.batch.pipeline import Scored
    from verte_core.batch.record import ImageRecord


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``verte``, as ``verte_core.cli.main``."""
    return cli.main(arguments, _page)


def _page(record: ImageRecord, scored: Scored, deidentify: bool) -> bytes:
    # Qt is imported only where a page is wanted.
    from verte_desktop.export.page import page

    return page(record, scored, deidentify)
