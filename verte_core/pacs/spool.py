"""What ``serve`` has to remember, as files that outlive a kill of it.

An image is free, claimed by one worker, waiting in the outbox or for another try, done, or failed. Each step
is on the disk before the one before it is forgotten, so that after a kill the worst is work done twice, which
gives the same objects under the same UIDs. Several workers, on one machine or on several, share the folder: a
worker holds a lock as long as it lives, and what one without has claimed is free again.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from verte_core import files
from verte_core.errors import OutputError, VerteError
from verte_core.pacs.archive import Instance

RETRY_MINUTES = (1, 5, 30, 120, 480, 1440)
"""After the first failure, the second, and so on; after the last, an image has failed."""
_UID = re.compile(r"[0-9.]{1,64}")
_FOLDERS = ("workers", "claims", "images", "outbox", "waiting", "received", "done", "failed")


@dataclass(frozen=True)
class Attempt:
    """An image that is to be tried again.

    Attributes:
        instance: where the archive has it.
        count: how often it was tried.
        due: when it is to be tried again, in seconds since 1970.
        reason: why the last try failed.
    """

    instance: Instance
    count: int
    due: float
    reason: str


class Spool:
    """The folder of one service, of one worker among those that share it. As a context it is at work.

    Args:
        folder: it is made, and only its owner can read it: it holds patients' images.
        least_free: bytes that must stay free on the disk.
        retry_minutes: as ``RETRY_MINUTES``.
        now: seconds since 1970.

    Raises:
        OutputError: when it can't be made or written.
    """

    def __init__(
        self,
        folder: Path,
        least_free: int,
        retry_minutes: tuple[float, ...] = RETRY_MINUTES,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.folder, self._least_free, self._retry_minutes, self._now = folder, least_free, retry_minutes, now
        self.worker = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        try:
            for name in _FOLDERS:
                (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"The spool {folder} can't be made: {error.strerror}.") from error
        self._own_lock = FileLock(self._path("workers", f"{self.worker}.lock"))

    def __enter__(self) -> Spool:
        self._own_lock.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._path("images", self.worker), ignore_errors=True)
        self._own_lock.release()
        self._path("workers", f"{self.worker}.lock").unlink(missing_ok=True)

    # An image's way

    def is_free(self, uid: str) -> bool:
        """Whether nobody has it, and nothing is known of it."""
        return not (
            self.is_finished(uid)
            or self._path("claims", uid).exists()
            or self._path("outbox", uid).exists()
            or self._path("waiting", uid).exists()
        )

    def is_finished(self, uid: str) -> bool:
        """Whether it is done, or has failed for good."""
        return self._done(uid).exists() or self._path("failed", uid).exists()

    def claim(self, instance: Instance) -> bool:
        """Take an image for this worker, unless another has it or it is finished."""
        place = self._path("claims", instance.uid)
        part = self._path("claims", f".{self.worker}-{instance.uid}")
        self._write(part, {"worker": self.worker, "instance": asdict(instance)})
        try:
            # A link is made whole or not at all, by one of those who try, on a network's file systems too.
            os.link(part, place)
        except FileExistsError:
            return False
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            part.unlink(missing_ok=True)
        if self.is_finished(instance.uid):
            self.release(instance.uid)
            return False
        return True

    def release(self, uid: str) -> None:
        """Give an image back."""
        self._path("claims", uid).unlink(missing_ok=True)

    def image(self, uid: str) -> Path:
        """Where this worker keeps a claimed image while it is scored.

        Raises:
            OutputError: when the disk is too full to take one more.
        """
        self.check_room()
        return self.own_folder() / f"{_checked(uid)}.dcm"

    def own_folder(self) -> Path:
        """Of this worker alone; it goes when the worker does."""
        folder = self._path("images", self.worker)
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def check_room(self) -> None:
        """Refuse to begin anything on a disk that is nearly full.

        Raises:
            OutputError: then.
        """
        free = shutil.disk_usage(self.folder).free
        if free < self._least_free:
            raise OutputError(
                f"The disk of the spool {self.folder} is nearly full: {free >> 20} MB are free, and "
                f"{self._least_free >> 20} MB have to stay so."
            )

    def post(self, instance: Instance, make: Callable[[Path], object]) -> None:
        """Put the objects that ``make`` writes into a folder in the outbox, all or none."""
        part = self._path("outbox", f".{self.worker}-{instance.uid}")
        shutil.rmtree(part, ignore_errors=True)
        try:
            part.mkdir(mode=0o700)
            make(part)
            self._write(part / "attempt.json", asdict(Attempt(instance, 0, 0.0, "")))
            part.rename(self._path("outbox", instance.uid))
            _sync(self._path("outbox"))
        except FileExistsError:
            return
        except OSError as error:
            if error.errno == errno.ENOTEMPTY:
                return
            raise self._unwritable(error) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def parcels(self) -> list[tuple[Attempt, list[Path]]]:
        """Those of the outbox that are due, with their objects."""
        found = []
        for folder in self._path("outbox").iterdir():
            if folder.name.startswith("."):
                continue
            attempt = _attempt(folder / "attempt.json")
            if attempt is not None and attempt.due <= self._now():
                found.append((attempt, sorted(folder.glob("*.dcm"))))
        return found

    def parcel(self, uid: str) -> tuple[Attempt, list[Path]]:
        """That of an image that this worker has just posted."""
        folder = self._path("outbox", uid)
        attempt = _attempt(folder / "attempt.json")
        assert attempt is not None
        return attempt, sorted(folder.glob("*.dcm"))

    def due(self) -> list[Instance]:
        """Images whose next try has come."""
        found = [_attempt(path) for path in self._listed("waiting")]
        return [each.instance for each in found if each is not None and each.due <= self._now()]

    def postpone(self, instance: Instance, reason: str, passing: bool = True) -> bool:
        """Try an image, or its parcel, again later; False once that was often enough, and it has failed."""
        uid = instance.uid
        parcel = self._path("outbox", uid)
        place = parcel / "attempt.json" if parcel.is_dir() else self._path("waiting", uid)
        before = _attempt(place)
        count = 1 + (before.count if before else 0)
        if not passing or count > len(self._retry_minutes):
            self.fail(instance, reason, count)
            return False
        due = self._now() + 60 * self._retry_minutes[count - 1]
        self._write(place, asdict(Attempt(instance, count, due, reason)))
        self.release(uid)
        return True

    def fail(self, instance: Instance, reason: str, count: int = 1) -> None:
        """Set an image aside, with its objects if it has any, and why."""
        uid = instance.uid
        place, parcel = self._path("failed", uid), self._path("outbox", uid)
        if parcel.is_dir():
            self._write(parcel / "attempt.json", asdict(Attempt(instance, count, 0.0, reason)))
            with suppress(FileNotFoundError):
                parcel.rename(place)
        else:
            place.mkdir(mode=0o700, exist_ok=True)
            self._write(place / "attempt.json", asdict(Attempt(instance, count, 0.0, reason)))
        _sync(self._path("failed"))
        self._forget(uid)

    def finish(self, uid: str, outcome: str) -> None:
        """All that was to be done for an image is done."""
        place = self._done(uid)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        self._write(place, {"outcome": outcome, "at": time.strftime("%Y-%m-%dT%H:%M:%S%z")})
        shutil.rmtree(self._path("outbox", uid), ignore_errors=True)
        self._forget(uid)

    def _forget(self, uid: str) -> None:
        for place in (
            self._path("waiting", uid),
            self.received(uid),
            self._path("images", self.worker) / f"{uid}.dcm",
            self._path("claims", uid),
        ):
            place.unlink(missing_ok=True)

    # What others left

    def adopt(self) -> int:
        """Free what workers that are gone had claimed; how many images that are."""
        freed = 0
        for path in self._path("workers").glob("*.lock"):
            name = path.name.removesuffix(".lock")
            if name == self.worker:
                continue
            lock = FileLock(path)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            try:
                freed += self._free_of(name)
                path.unlink(missing_ok=True)
            finally:
                lock.release()
        return freed

    def _free_of(self, worker: str) -> int:
        freed = 0
        for path in self._listed("claims"):
            claim = _read(path)
            if claim is None or claim.get("worker") != worker:
                continue
            instance = Instance(**claim["instance"])
            if not self.is_finished(instance.uid) and not self._path("outbox", instance.uid).exists():
                before = _attempt(self._path("waiting", instance.uid))
                count = before.count if before else 0
                self._write(
                    self._path("waiting", instance.uid),
                    asdict(Attempt(instance, count, 0.0, "A worker ended.")),
                )
            path.unlink(missing_ok=True)
            freed += 1
        shutil.rmtree(self._path("images", worker), ignore_errors=True)
        for folder in ("outbox", "claims"):
            for left in self._path(folder).glob(f".{worker}-*"):
                shutil.rmtree(left, ignore_errors=True)
                with suppress(OSError):
                    left.unlink(missing_ok=True)
        return freed

    # The receiver's

    def received(self, uid: str) -> Path:
        """Where an image lies that was sent to this program."""
        return self._path("received", f"{_checked(uid)}.dcm")

    def settle_received(self) -> None:
        """Have the name of what was received on the disk, too."""
        _sync(self._path("received"))

    def all_received(self) -> list[Path]:
        """Those that wait, the oldest first."""
        found = []
        for path in self._path("received").glob("*.dcm"):
            with suppress(FileNotFoundError):
                found.append((path.stat().st_mtime_ns, path))
        return [path for _, path in sorted(found)]

    # Small things

    def counts(self) -> dict[str, int]:
        """How many images are claimed, waiting, in the outbox, received and failed."""
        names = ("claims", "waiting", "outbox", "received", "failed")
        return {name: sum(1 for _ in self._listed(name)) for name in names}

    def remember(self, name: str, values: dict[str, Any]) -> None:
        """Keep a few values under a name."""
        self._write(self.folder / f"{name}.json", values)

    def remembered(self, name: str) -> dict[str, Any]:
        """What was kept under a name; nothing when nothing was."""
        return _read(self.folder / f"{name}.json") or {}

    def _listed(self, name: str) -> Iterator[Path]:
        return (path for path in self._path(name).iterdir() if not path.name.startswith("."))

    def _path(self, *names: str) -> Path:
        return self.folder.joinpath(*names)

    def _done(self, uid: str) -> Path:
        """In one of 256 folders, for there may be millions."""
        return self._path("done", hashlib.sha256(_checked(uid).encode()).hexdigest()[:2], uid)

    def _write(self, path: Path, values: dict[str, Any]) -> None:
        try:
            files.write(path, json.dumps(values).encode())
            _sync(path.parent)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> OutputError:
        return OutputError(f"The spool {self.folder} can't be written: {error.strerror}.")


def _attempt(path: Path) -> Attempt | None:
    values = _read(path)
    if values is None:
        return None
    return Attempt(Instance(**values["instance"]), values["count"], values["due"], values["reason"])


def _read(path: Path) -> dict[str, Any] | None:
    """None for what another worker took away meanwhile."""
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise VerteError(f"The file {path} of the spool can't be read: {error}.") from error
    return found


def _checked(uid: str) -> str:
    """A UID as the name of a file."""
    if not _UID.fullmatch(uid) or set(uid) == {"."}:
        raise VerteError("The archive names an object by what is no UID.", kind="no valid UIDs")
    return uid


def _sync(folder: Path) -> None:
    """A name in a folder is on the disk only once the folder is."""
    if os.name == "nt":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
