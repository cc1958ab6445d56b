"""What ``verte serve`` is to do, in the tables ``serve`` and ``receiver`` of the file of nodes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pydantic
from annotated_types import Ge, Le, MaxLen, MinLen

from verte_core.dicom_results.export import What
from verte_core.dicom_results.structured_report import Form
from verte_core.errors import VerteError
from verte_core.pacs import nodes
from verte_core.pacs.nodes import FORBID, AeTitle, NodeName, Port, Seconds, Text, Tls
from verte_core.pacs.spool import RETRY_MINUTES


@dataclass(frozen=True, kw_only=True)
class Serve:
    """The table ``serve``.

    Attributes:
        source: node whose images are scored; None when they are only received.
        target: node that results are stored on; the source by default.
        spool: folder of what the service has to remember. Workers that share it share the work.
        feed: how new images are found: ``query`` for studies of the last ``days``, or ``changes``, Orthanc's
            own list.
        days: back from today.
        every: seconds between two looks.
        objects: that are stored of each image.
        form: of the structured report.
        table: clinical values by SOP Instance UID, as ``score --table`` takes them.
        worklist: node with a modality worklist that may know size and weight.
        least_free_mb: of the spool's disk, that stay free.
        retry_minutes: between two tries, before an image has failed.
        audit: file of the audit; audit.jsonl in the spool by default.
    """

    __pydantic_config__: ClassVar[pydantic.ConfigDict] = FORBID

    source: NodeName | None = None
    target: NodeName | None = None
    spool: Text
    feed: Literal["query", "changes"] = "query"
    days: Annotated[int, Ge(0), Le(36500)] = 2
    every: Seconds = 30.0
    objects: Annotated[tuple[What, ...], MinLen(1), MaxLen(3)] = ("sr", "sc")
    form: Form = "enhanced"
    table: Text | None = None
    worklist: NodeName | None = None
    least_free_mb: Annotated[int, Ge(1), Le(10**9)] = 1024
    retry_minutes: Annotated[tuple[Annotated[float, Ge(0), Le(100_000)], ...], MaxLen(50)] = RETRY_MINUTES
    audit: Text | None = None


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Who may send to the receiver: both have to fit."""

    __pydantic_config__: ClassVar[pydantic.ConfigDict] = FORBID

    ae_title: AeTitle
    host: Text


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """The table ``receiver``, which turns it on.

    Attributes:
        allow: who may send.
        host: address to listen on.
        port: likewise.
        ae_title: by which it is called.
        tls: of the connection; peers have to show a certificate signed by ``tls.ca``.
        associations: at most at a time.
    """

    __pydantic_config__: ClassVar[pydantic.ConfigDict] = FORBID

    allow: Annotated[tuple[Peer, ...], MinLen(1)]
    host: Text = "127.0.0.1"
    port: Port = 11112
    ae_title: AeTitle = nodes.OWN_AE_TITLE
    tls: Tls | None = None
    associations: Annotated[int, Ge(1), Le(200)] = 10

    def __post_init__(self) -> None:
        if self.tls is not None and (self.tls.ca is None or self.tls.certificate is None):
            raise ValueError("tls needs ca, certificate and key")


@dataclass(frozen=True)
class _Tables:
    __pydantic_config__: ClassVar[pydantic.ConfigDict] = {"extra": "ignore"}

    serve: Serve
    receiver: Receiver | None = field(default=None)


_TABLES = pydantic.TypeAdapter(_Tables)


def read(path: Path) -> tuple[Serve, Receiver | None]:
    """The settings of a file.

    Raises:
        VerteError: when it can't be read, or a value can't be used.
    """
    found: dict[str, Any] = nodes.tables(path)
    if "serve" not in found:
        raise VerteError(f"{path} has no table [serve], which says what is to be done.")
    try:
        tables = _TABLES.validate_json(json.dumps(found, default=str))
    except pydantic.ValidationError as error:
        raise VerteError(f"{path}: {nodes.problem(error)}") from None
    serve = tables.serve
    if serve.source is None and tables.receiver is None:
        raise VerteError(f"{path}: serve needs a source, or a table [receiver].")
    if serve.source is None and serve.target is None:
        raise VerteError(f"{path}: serve needs a target for the results of what it receives.")
    return serve, tables.receiver
