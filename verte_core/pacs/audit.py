"""What the service did, for those who have to answer for it: a line of JSON an action, and counters."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from verte_core import files
from verte_core.errors import OutputError, VerteError
from verte_core.pacs.archive import Instance

LOOPBACK = "127.0.0.1"


class Audit:
    """Appends to a file that its owner alone can read; UIDs are in it as hashes.

    Args:
        path: of the file.

    Raises:
        OutputError: when it can't be written.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._alone = path, threading.Lock()
        self.counters = Counters()
        self._append("")

    def say(self, action: str, instance: Instance | None = None, **more: object) -> None:
        """One line: when, what, of which image and study, and what else is known."""
        line: dict[str, object] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "action": action,
        }
        if instance is not None:
            line |= {"image": hashed(instance.uid), "study": hashed(instance.study_uid)}
        self._append(json.dumps(line | more, ensure_ascii=False) + "\n")
        self.counters.actions.labels(action).inc()

    def _append(self, line: str) -> None:
        try:
            with self._alone, open(self._path, "a", encoding="utf-8", opener=files.private) as file:
                file.write(line)
        except OSError as error:
            raise OutputError(f"The audit {self._path} can't be written: {error.strerror}.") from error


def hashed(uid: str) -> str:
    """The first 16 hex digits of the SHA-256 of a UID: who knows the UID finds its lines, nobody else."""
    return hashlib.sha256(uid.encode()).hexdigest()[:16]


class Counters:
    """As Prometheus has them."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.actions = Counter("verte_actions", "Lines of the audit", ["action"], registry=self._registry)
        self.images = Gauge(
            "verte_images", "Images of the spool by state", ["state"], registry=self._registry
        )
        self.steps = Histogram(
            "verte_seconds", "Seconds a step of an image took", ["step"], registry=self._registry
        )

    def serve(self, port: int) -> None:
        """Show them on loopback.

        Raises:
            VerteError: when the port can't be opened.
        """
        try:
            start_http_server(port, LOOPBACK, self._registry)
        except (OSError, OverflowError) as error:
            raise VerteError(f"The port {port} for --metrics can't be opened: {error}.") from error
