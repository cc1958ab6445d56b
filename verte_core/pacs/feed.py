"""New images of an archive, in portions, each of which is told when it need not come again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple, Protocol

import requests

from verte_core.dicom_results.simulated import is_own
from verte_core.pacs.archive import IMAGE_MODALITIES, Archive, Instance, Query
from verte_core.pacs.dicomweb import DicomwebArchive, session
from verte_core.pacs.errors import NodeError
from verte_core.pacs.nodes import DicomwebNode
from verte_core.pacs.spool import Spool
from verte_core.reading import vocabulary

_PAGE = 100
_MOST_STUDIES = 1_000_000


class Portion(NamedTuple):
    """Some images, and what to call once nothing of them can be lost."""

    instances: list[Instance]
    settle: Callable[[], None]


class Feed(Protocol):
    """A source of portions."""

    def portions(self) -> Iterator[Portion]:
        """All that is there at the moment.

        Raises:
            NodeError: when the archive does not answer.
        """


class QueryFeed:
    """Studies of the last days with a modality of ``IMAGE_MODALITIES``.

    Args:
        archive: that is asked.
        days: back from today.
    """

    def __init__(self, archive: Archive, days: int) -> None:
        self._archive, self._days = archive, days
        self._settled: dict[str, int] = {}

    def portions(self) -> Iterator[Portion]:
        """One a study; a study of as many objects as it had is not asked for them again."""
        today = date.today()
        # Clocks differ, and a study may be dated where it is tomorrow already.
        first, last = today - timedelta(self._days), today + timedelta(1)
        seen: set[str] = set()
        for modality in IMAGE_MODALITIES:
            query = Query(dates=f"{first:%Y%m%d}-{last:%Y%m%d}", modality=modality)
            for study in self._archive.studies(query, _MOST_STUDIES):
                known = study.images is not None and self._settled.get(study.uid) == study.images
                if study.uid in seen or known:
                    continue
                seen.add(study.uid)
                instances = [each for each in self._archive.instances(study.uid) if may_be_spine(each)]
                yield Portion(instances, partial(self._settle, study.uid, study.images))

    def _settle(self, uid: str, images: int | None) -> None:
        if images is not None:
            self._settled[uid] = images


class ChangesFeed:
    """Orthanc's list of changes, from where it was read last.

    Args:
        name: of the node.
        node: with the URL of Orthanc's own interface.
        spool: remembers how far it was read.

    Raises:
        NodeError: when the node names no such URL.
    """

    def __init__(self, name: str, node: DicomwebNode, spool: Spool) -> None:
        if node.orthanc is None:
            raise NodeError(f"feed = changes needs the key orthanc of the node {name}.", passing=False)
        self._archive = DicomwebArchive(name, node)
        self._url, self._session, self._spool = node.orthanc.rstrip("/"), session(node), spool
        self._name = f"changes of {name}".replace("/", "-")

    def portions(self) -> Iterator[Portion]:
        """One a page of the list."""
        last = int(self._spool.remembered(self._name).get("last", 0))
        while True:
            page = self._ask("changes", since=last, limit=_PAGE)
            try:
                new = [each["ID"] for each in page["Changes"] if each["ChangeType"] == "NewInstance"]
                last, done = int(page["Last"]), bool(page["Done"])
            except (KeyError, TypeError, ValueError) as error:
                raise NodeError(f"{self._url} gave an answer that is no list of changes.") from error
            instances = [each for each in map(self._instance, new) if each is not None and may_be_spine(each)]
            yield Portion(instances, partial(self._settle, last))
            if done:
                return

    def _settle(self, last: int) -> None:
        before = int(self._spool.remembered(self._name).get("last", 0))
        self._spool.remember(self._name, {"last": max(last, before)})

    def _instance(self, orthanc_id: str) -> Instance | None:
        """None for one that is gone, or of a modality that is of no use."""
        try:
            tags = self._ask(f"instances/{orthanc_id}/simplified-tags")
        except NodeError as error:
            cause = error.__cause__
            answer = cause.response if isinstance(cause, requests.HTTPError) else None
            if answer is not None and answer.status_code == 404:
                return None
            raise
        if tags.get("Modality") not in IMAGE_MODALITIES:
            return None
        return Instance(
            study_uid=str(tags.get("StudyInstanceUID", "")),
            series_uid=str(tags.get("SeriesInstanceUID", "")),
            uid=str(tags.get("SOPInstanceUID", "")),
            modality=str(tags.get("Modality", "")),
            body_part=str(tags.get("BodyPartExamined", "")),
            description=str(tags.get("SeriesDescription", "")),
            sop_class_uid=str(tags.get("SOPClassUID", "")),
        )

    def _ask(self, path: str, **more: int) -> dict[str, Any]:
        def ask() -> dict[str, Any]:
            answer = self._session.get(f"{self._url}/{path}", params=more)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found

        return self._archive.asked(ask)


def may_be_spine(instance: Instance) -> bool:
    """Whether it is worth reading: no result of ours, and what names a part of the body names no other than
    spine, chest or abdomen.

    The reader decides, with the whole header.
    """
    if is_own(instance.description):
        return False
    named = vocabulary.regions(instance.body_part) | vocabulary.regions(instance.description)
    return not named or bool(named & {"spine", "thoracolumbar", "trunk"})
