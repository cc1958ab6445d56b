"""Many inputs in child processes, which may abort, hang or run out of memory; and what became of each."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from fuzz import targets
from verte_core.errors import ImageError
from verte_core.reading.isolated import Readers

SECONDS = 60.0
"""For a chunk. Its slowest input alone may not take so long."""
MEMORY = 6 * 1024**3
"""Bytes of a child beyond what it has when it begins. One that loads weights imports torch."""
CHUNK = 50
ENDED = "decoder ended"
_MAY_END_A_CHILD = "image"
"""The one target whose children the program itself keeps apart, and outlives."""

Runner = Callable[[Path, int, list[int]], None]


@dataclass
class Outcomes:
    """What became of the inputs.

    Attributes:
        kinds: how many came to what, by target: ``read``, or the kind of a refusal.
        faults: by number, what must not be: a stray exception, a hang, or a child that ended where none may.
        slowest: seconds, and the number of the input that took them.
    """

    kinds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    faults: dict[int, str] = field(default_factory=dict)
    slowest: tuple[float, int] = (0.0, -1)

    def add(self, number: int, seconds: float, outcome: str) -> None:
        """Count one input."""
        target = targets.target_of(number)
        stray = outcome.startswith(targets.STRAY)
        hung_or_ended = outcome in ("takes too long", "not enough memory", ENDED) and seconds < 0
        expected = target == _MAY_END_A_CHILD and outcome == ENDED
        if stray or (hung_or_ended and not expected):
            self.faults[number] = outcome
        self.kinds[target][targets.STRAY if stray else outcome] += 1
        self.slowest = max(self.slowest, (seconds, number))

    def table(self) -> str:
        """A line for each target, and below it what its refusals were."""
        lines = [f"{'target':<14}{'inputs':>8}{'read':>8}{'refused':>9}{'ended':>7}{'faults':>8}"]
        for target in targets.SHARES:
            kinds = self.kinds[target]
            faults = sum(targets.target_of(number) == target for number in self.faults)
            ended, read = kinds[ENDED], kinds[targets.READ]
            refused = kinds.total() - read - ended - kinds[targets.STRAY]
            lines.append(f"{target:<14}{kinds.total():>8}{read:>8}{refused:>9}{ended:>7}{faults:>8}")
        return "\n".join(lines)


def campaign(
    seed: int,
    numbers: list[int],
    processes: int | None = None,
    run: Runner = targets.run,
    seconds: float = SECONDS,
) -> Iterator[tuple[int, float, str]]:
    """Number, seconds and outcome of each input, as they come; -1 seconds for one that ended its child.

    Args:
        seed: of all inputs.
        numbers: of the inputs.
        processes: at a time; by default one for each core.
        run: as ``targets.run``.
        seconds: for a chunk of inputs.
    """
    chunks = [numbers[begin : begin + CHUNK] for begin in range(0, len(numbers), CHUNK)]
    with (
        tempfile.TemporaryDirectory(prefix="verte-fuzz-") as folder,
        Readers(processes, seconds, MEMORY) as readers,
        ThreadPoolExecutor(readers.number) as threads,
    ):

        def done(chunk: list[int]) -> list[tuple[int, float, str]]:
            return list(_chunk(readers, Path(folder) / f"{chunk[0]}.log", seed, chunk, run))

        for outcomes in threads.map(done, chunks):
            yield from outcomes


def _chunk(
    readers: Readers, log: Path, seed: int, numbers: list[int], run: Runner
) -> Iterator[tuple[int, float, str]]:
    left = numbers
    while left:
        log.unlink(missing_ok=True)
        kind = ""
        try:
            readers.call(run, log, seed, left)
        except ImageError as error:
            kind = error.kind
        found, open_one = _read(log)
        yield from found
        if not kind:
            return
        if open_one is None:
            raise RuntimeError(f"A child ended before it began an input: {kind}")
        yield open_one, -1.0, kind
        left = left[left.index(open_one) + 1 :]


def _read(log: Path) -> tuple[list[tuple[int, float, str]], int | None]:
    """What a log says of its inputs, and the number of the one that was begun and has no outcome."""
    # By number, since a child that ends is tried once more.
    found: dict[int, tuple[int, float, str]] = {}
    number: int | None = None
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        if line.startswith("\t") and number is not None:
            _, seconds, outcome = line.split("\t", 2)
            found[number] = (number, float(seconds), outcome)
            number = None
        elif not line.startswith("\t"):
            number = int(line)
    return list(found.values()), number
