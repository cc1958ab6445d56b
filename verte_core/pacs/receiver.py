"""A receiver of images (C-STORE SCP): an image is answered for once it is on the disk."""

from __future__ import annotations

import errno
import filecmp
import logging
import re
import socket
import ssl
import tempfile
import threading
from pathlib import Path
from typing import Any

from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from verte_core.errors import OutputError, VerteError
from verte_core.pacs.archive import Instance
from verte_core.pacs.audit import Audit
from verte_core.pacs.dimse import IMAGE_CLASSES, keep, server_context, uid_of
from verte_core.pacs.settings import Receiver as Settings
from verte_core.pacs.spool import Spool

_log = logging.getLogger(__name__)

_SUCCESS = 0x0000
_NO_ROOM = 0xA700
_FAULT = 0x0110
_OTHER_CONTENT = 0x0111
_NOT_ALLOWED = 0x0124
_NO_UID = 0xA900
_UID = re.compile(r"[0-9.]{1,64}")
_SECONDS = 60.0
_HANDSHAKE_SECONDS = 15.0


class Receiver:
    """Listens as long as it is a context.

    Args:
        settings: who may send, and where.
        spool: keeps what came.
        audit: of who was let in, and who not.

    Raises:
        NodeError: for certificates that can't be used.
        VerteError: when the port can't be opened.
    """

    def __init__(self, settings: Settings, spool: Spool, audit: Audit) -> None:
        self._settings, self._spool, self._audit = settings, spool, audit
        self._alone = threading.Lock()
        self._tls = _Lazy(server_context(settings.tls)) if settings.tls else None
        self._allowed = {
            (peer.ae_title, address) for peer in settings.allow for address in _addresses(peer.host)
        }
        self._server: Any = None

    def __enter__(self) -> Receiver:
        own = AE(self._settings.ae_title)
        own.maximum_associations = self._settings.associations
        own.acse_timeout = _HANDSHAKE_SECONDS
        own.network_timeout = own.dimse_timeout = _SECONDS
        own.require_called_aet = True
        # An empty list would let everybody in; the settings have at least one.
        own.require_calling_aet = sorted({peer.ae_title for peer in self._settings.allow})
        for each in IMAGE_CLASSES:
            own.add_supported_context(each, list(ALL_TRANSFER_SYNTAXES))
        own.add_supported_context(Verification)
        # Pieces of what is being received lie where a kill leaves them to the next worker, who deletes them.
        tempfile.tempdir = str(self._spool.own_folder())
        where = (self._settings.host, self._settings.port)
        handlers: list[Any] = [(evt.EVT_C_STORE, self._store), (evt.EVT_REJECTED, self._rejected)]
        try:
            self._server = own.start_server(
                where,
                block=False,
                evt_handlers=handlers,
                ssl_context=self._tls,  # type: ignore[arg-type]
            )
        except OSError as error:
            raise VerteError(
                f"The receiver can't listen on {where[0]}, port {where[1]}: {error.strerror}."
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()

    def _rejected(self, event: evt.Event) -> None:
        self._audit.say("not let in", peer=_peer(event))

    def _store(self, event: evt.Event) -> int:
        part = event.dataset_path
        try:
            return self._stored(event)
        except Exception as error:
            _log.error("The receiver failed on an image: %s", type(error).__name__)
            return _FAULT
        finally:
            part.unlink(missing_ok=True)

    def _stored(self, event: evt.Event) -> int:
        remote = event.assoc.requestor
        if (str(remote.ae_title).strip(), str(remote.address)) not in self._allowed:
            self._audit.say("not let in", peer=_peer(event))
            return _NOT_ALLOWED
        uid = uid_of(event)
        if not _UID.fullmatch(uid):
            return _NO_UID
        place = self._spool.received(uid)
        try:
            self._spool.check_room()
            with self._alone:
                if self._spool.is_finished(uid):
                    return _SUCCESS
                if place.exists():
                    return _SUCCESS if _same(event.dataset_path, place) else _OTHER_CONTENT
                keep(event, place)
        except OutputError:
            return _NO_ROOM
        except OSError as error:
            return _NO_ROOM if error.errno in (errno.ENOSPC, errno.EDQUOT) else _FAULT
        self._spool.settle_received()
        self._audit.say("received", Instance("", "", uid), peer=_peer(event))
        return _SUCCESS


def _peer(event: evt.Event) -> str:
    remote = event.assoc.requestor
    return f"{str(remote.ae_title).strip()} at {remote.address}"


def _same(first: Path, second: Path) -> bool:
    return first.stat().st_size == second.stat().st_size and filecmp.cmp(first, second, shallow=False)


def _addresses(host: str) -> set[str]:
    """Those that a connection from a host may come from.

    Raises:
        VerteError: for a host that has none.
    """
    try:
        return {str(each[4][0]) for each in socket.getaddrinfo(host, None)}
    except OSError as error:
        raise VerteError(f"receiver.allow: the host {host} has no address: {error.strerror}.") from error


class _Lazy:
    """A TLS context whose handshake is made by the association's own thread.

    pynetdicom wraps a connection in the thread that accepts all of them, where one that says nothing would
    hold up the others.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context

    def wrap_socket(self, connection: socket.socket, server_side: bool) -> ssl.SSLSocket:
        """Wrap without a handshake; the first read makes it, with a time limit."""
        connection.settimeout(_HANDSHAKE_SECONDS)
        return self._context.wrap_socket(connection, server_side=server_side, do_handshake_on_connect=False)
