"""From the start of the command to the first score that it prints, and its peak memory."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time

ROUNDS = 9
COMMAND = [sys.executable, "-m", "verte_core.cli", "score", "resources/samples/simulated-fracture.dcm"]


def main() -> None:
    """Print the figures as JSON; nothing large is imported: a child's peak begins at its parent's size."""
    taken = [_seconds() for _ in range(ROUNDS)]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps({"seconds": statistics.median(taken), "peak_mib": peak}))


def _seconds() -> float:
    before = time.perf_counter()
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        for line in program.stdout:
            if "pVF-score" in line:
                taken = time.perf_counter() - before
                program.communicate()
                return taken
    raise AssertionError("no score was printed")


if __name__ == "__main__":
    main()
