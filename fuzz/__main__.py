"""``python -m fuzz``: tries mutated files, prints what became of them, and ends with 1 after any fault."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tqdm import tqdm

from fuzz import targets
from fuzz.campaign import Outcomes, campaign


def main(arguments: list[str] | None = None) -> int:
    """Run a campaign; the exit status is 0 when nothing went wrong that must not."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument(
        "--seed", type=int, default=1, help="of the mutations; another one is another campaign"
    )
    parser.add_argument("--processes", type=int, help="at a time; one for each core by default")
    parser.add_argument(
        "--only", type=int, metavar="NUMBER", help="write this input to --out, and try it here"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("fuzz-output"), help="a folder for inputs with faults"
    )
    options = parser.parse_args(arguments)
    if options.only is not None:
        path = _write(options.out, options.seed, options.only)
        print(f"{path}, tried as {targets.target_of(options.only)}:")
        targets.TRIES[targets.target_of(options.only)](path)
        print("read")
        return 0
    outcomes, begin = Outcomes(), time.monotonic()
    numbers = list(range(options.inputs))
    for each in tqdm(campaign(options.seed, numbers, options.processes), total=len(numbers), unit="input"):
        outcomes.add(*each)
    took = time.monotonic() - begin
    print(outcomes.table())
    seconds, slowest = outcomes.slowest
    print(f"{len(numbers)} inputs of seed {options.seed} in {took:.0f} s; {slowest} took {seconds:.1f} s.")
    for number, fault in sorted(outcomes.faults.items()):
        print(f"{_write(options.out, options.seed, number)}: {fault}")
    return 1 if outcomes.faults else 0


def _write(folder: Path, seed: int, number: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = targets.target_of(number)
    path = folder / f"{target}-{seed}-{number}{targets.suffix(target, seed, number)}"
    path.write_bytes(targets.made(seed, number))
    return path


if __name__ == "__main__":
    sys.exit(main())
