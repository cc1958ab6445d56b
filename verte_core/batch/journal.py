"""scores.csv and the journal beside it, from which a run that was killed goes on.

Why so, and what was rejected: docs/adr/0008-a-journal-beside-the-scores.md.
"""

from __future__ import annotations

import codecs
import csv
import errno
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Any, get_args

from verte_core.batch.clinical_table import ClinicalValues
from verte_core.batch.pipeline import Outcome, Row, Source, ValuesOf
from verte_core.clinical import Sex
from verte_core.errors import OutputError, VerteError
from verte_core.files import replacing, state_of, without_formula
from verte_core.image_types import ProtocolChoice
from verte_core.results import Zone

COLUMNS = [field.name for field in fields(Row)]
SYNC_SECONDS = 1.0
"""A power cut costs at most so many seconds of work; a kill costs no row that was written."""
_LOCKED_BYTE = 2**40
"""Beyond the end of a journal: on Windows, nobody else reads a byte that is locked."""


@dataclass(frozen=True)
class Line:
    """What a journal keeps of one image.

    Attributes:
        kind: of the reason that it was refused for; empty when it was scored.
        given: the values given from outside.
        protocol: what the run took each image for; ``auto`` is what its header says.
    """

    row: Row
    kind: str
    given: ClinicalValues
    protocol: ProtocolChoice

    @classmethod
    def of(cls, outcome: Outcome, protocol: ProtocolChoice) -> Line:
        """That of a new outcome."""
        return cls(outcome.row, outcome.kind, outcome.given, protocol)


def read(path: Path) -> list[Line]:
    """The lines of a scores.csv from the journals beside it, the last of each image; also of a run that was
    interrupted.

    Raises:
        VerteError: when there is none, or it can't be read.
    """
    lines: dict[str, bytes] = {}
    try:
        for journal in _journals(path):
            for line, entry in _entries(journal):
                lines[entry["row"]["path"]] = line
    except OSError as error:
        raise VerteError(f"The results {path} can't be read: {error.strerror}.") from error
    if not lines:
        raise VerteError(
            f"There are no rows of {path.name} in the journal {path.name}.rows-0.jsonl beside it; "
            "results are read from there. Score the images again."
        )
    return [_line(line) for line in lines.values()]


class ScoresFile:
    """A scores.csv: every row goes to a journal at once, and all of them to the CSV at the end.

    The journal of rank 0 stays, so that the next run scores only what is new. Used as a context, it is
    locked against a second run that writes to the same CSV.

    Args:
        path: of the CSV; one that exists is replaced at the end, not before.
        settings: JSON values that all rows of this run share and depend on, ``protocol`` among them.
        rank: of this process.

    Raises:
        VerteError: when another run is writing, or ``path`` is another kind of file.
        OutputError: when something can't be written; the rows before are in the journal.
    """

    def __init__(self, path: Path, settings: dict[str, str | None], rank: int = 0) -> None:
        self.path = path
        self.journal = path.with_name(f"{path.name}.rows-{rank}.jsonl")
        self._settings = settings
        self._synced = 0.0
        self._kept: dict[str, bytes] = {}
        self._begin: dict[Path, int] = {}
        self._file: IO[bytes]

    def __enter__(self) -> ScoresFile:
        try:
            self._check_replaceable()
            self._file = self.journal.open("a+b")
            try:
                self._lock()
                self._end_torn_line()
            except BaseException:
                self._file.close()
                raise
        except OSError as error:
            raise self._failure(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def missing(self, paths: Sequence[Path], values_of: ValuesOf) -> list[Path]:
        """Those of ``paths`` that have to be scored, in order; the rows of the others are taken over.

        A row is taken over when it is scored and was made from the same settings, file (size and time of
        modification) and values given from outside. A refused image is always tried again.
        """
        wanted = set(map(str, paths))
        for journal in _journals(self.path):
            for line, entry in _entries(journal):
                row = entry["row"]
                if row["status"] == "scored" and row["path"] in wanted and self._is_current(entry, values_of):
                    self._kept[row["path"]] = line
            self._begin[journal] = journal.stat().st_size
        return [path for path in paths if str(path) not in self._kept]

    def taken_over(self, paths: Sequence[Path]) -> list[Line]:
        """The lines of those of ``paths`` that ``missing`` has found to be scored, in order."""
        return [_line(self._kept[str(path)]) for path in paths if str(path) in self._kept]

    def add(self, outcome: Outcome) -> None:
        """Write an outcome to the journal."""
        source = self._facts(outcome.scored.source) if outcome.scored else None
        entry = {
            "row": asdict(outcome.row),
            "kind": outcome.kind,
            "given": asdict(outcome.given),
            "source": source,
            # A refused image has no source, and is opened from the row all the same.
            "protocol": self._settings["protocol"],
        }
        try:
            self._file.write(json.dumps(entry).encode() + b"\n")
            self._file.flush()
            now = time.monotonic()
            if now - self._synced >= SYNC_SECONDS:
                os.fsync(self._file.fileno())
                self._synced = now
        except OSError as error:
            raise self._failure(error) from error

    def finish(self, paths: Sequence[Path]) -> Counter[str]:
        """Write the CSV from the journals of all ranks, with a row for each of ``paths``, in order.

        Called on rank 0, after ``missing``, once all ranks have added their last outcome.

        Returns:
            How many images were scored (key "") and refused, by kind of reason.

        Raises:
            OutputError: also when rows are missing, because not all ranks wrote to the same folder.
        """
        lines = self._kept
        journals = _journals(self.path)
        for journal in journals:
            for line, entry in _entries(journal, self._begin.get(journal, 0)):
                lines[entry["row"]["path"]] = line
        missing = sum(str(path) not in lines for path in paths)
        if missing:
            raise OutputError(
                f"The rows of {missing} images are not in the folder of {self.path}; when several machines "
                "score, they have to share it. Start again."
            )
        counts: Counter[str] = Counter()
        try:
            with replacing(self.path, "utf-8-sig") as file:  # Excel takes UTF-8 for Latin-1 without the mark
                writer = csv.writer(file)
                writer.writerow(COLUMNS)
                for path in paths:
                    entry = json.loads(lines[str(path)])
                    counts[entry["kind"]] += 1
                    writer.writerow([_cell(entry["row"][column]) for column in COLUMNS])
            for journal in journals:
                if journal != self.journal:
                    journal.unlink()
            if sys.platform == "win32":
                self._file.close()  # there, an open file can't be replaced
            with replacing(self.journal, "ascii") as file:
                file.writelines(lines[str(path)].decode("ascii") for path in paths)
        except OSError as error:
            raise self._failure(error) from error
        return counts

    def _facts(self, source: Source) -> dict[str, Any]:
        return asdict(source) | {"settings": self._settings}

    def _is_current(self, entry: dict[str, Any], values_of: ValuesOf) -> bool:
        path, uid = Path(entry["row"]["path"]), entry["source"]["sop_instance_uid"]
        now = self._facts(Source(state_of(path), uid))
        return bool(entry["source"] == now and entry["given"] == asdict(values_of(path, uid)))

    def _check_replaceable(self) -> None:
        """Refuse a path such as that of the clinical table."""
        if self.path.exists():
            with self.path.open("rb") as file:
                line = file.readline().removeprefix(codecs.BOM_UTF8)
            if line and not line.startswith(",".join(COLUMNS[:3]).encode()):
                raise VerteError(
                    f"{self.path} is there and was not written by this program; "
                    "give the results another name, or move it away."
                )

    def _lock(self) -> None:
        try:
            if sys.platform == "win32":
                import msvcrt

                self._file.seek(_LOCKED_BYTE)
                msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The other run may have ended, and put a new journal in place, since this one was opened.
            held = os.path.samestat(os.fstat(self._file.fileno()), self.journal.stat())
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.ENOENT):
                raise
            held = False
        if not held:
            raise VerteError(
                f"Another run is writing to {self.path}; wait for its end, or give the results another name."
            )

    def _end_torn_line(self) -> None:
        """The first row after a kill begins a line of its own."""
        if self._file.seek(0, os.SEEK_END):
            self._file.seek(-1, os.SEEK_END)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")

    def _failure(self, error: OSError) -> OutputError:
        kept = f" The rows before are in {self.journal.name}." if self.journal.exists() else ""
        return OutputError(f"{self.path} can't be written: {error.strerror}.{kept}")


def _journals(path: Path) -> list[Path]:
    prefix = path.name + ".rows-"
    return sorted(
        each for each in path.parent.iterdir() if each.name.startswith(prefix) and each.suffix == ".jsonl"
    )


def _line(line: bytes) -> Line:
    entry = json.loads(line)
    return Line(Row(**entry["row"]), entry["kind"], ClinicalValues(**entry["given"]), entry["protocol"])


def _entries(journal: Path, begin: int = 0) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """The whole lines of a journal from byte ``begin`` on; torn and damaged ones are passed over.

    Raises:
        VerteError: when it can't be read.
    """
    try:
        with journal.open("rb") as file:
            file.seek(begin)
            for line in file:
                try:
                    entry = json.loads(line)
                    whole = _is_whole(entry)
                # A damaged line may hold anything; deep nesting is the third.
                except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
                    continue
                if whole:
                    yield line.rstrip() + b"\n", entry
    except OSError as error:
        raise VerteError(f"The journal {journal} can't be read: {error.strerror}.") from error


def _is_whole(entry: dict[str, Any]) -> bool:
    """Whether every field is of a type that ``add`` writes."""
    row, source, given = entry["row"], entry["source"], entry["given"]
    texts = ("path", "reason", "model_id", "trained_on")
    numbers = ("pvf_score", "osteo_score", "pvf_spread", "osteo_spread", "age", "bmi")
    scored = row["status"] == "scored"
    return (
        list(row) == COLUMNS
        and row["status"] in ("scored", "refused")
        and all(isinstance(row[name], str) for name in texts)
        and all(row[name] is None or _is_number(row[name]) for name in numbers)
        and all(row[name] in (None, *get_args(Zone)) for name in ("pvf_zone", "osteo_zone"))
        and row["sex"] in (None, *get_args(Sex))
        and isinstance(entry["kind"], str)
        and entry["protocol"] in get_args(ProtocolChoice)
        and given.keys() == {field.name for field in fields(ClinicalValues)}
        and all(value is None or _is_number(value) for name, value in given.items() if name != "sex")
        and isinstance(given["sex"], str | None)
        and (isinstance(source["sop_instance_uid"], str | None) if scored else source is None)
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: str | float | None) -> str | float:
    return "" if value is None else without_formula(value) if isinstance(value, str) else value
