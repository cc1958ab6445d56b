"""Draw docs/transfer.svg from the reports of docs/transfer.md; print what fine-tuning adds to the AUROC.

    python -m scripts.draw_transfer AS-THEY-ARE FINE-TUNED FROM-SCRATCH

Each is the folder of a report of ``python -m train evaluate``, of the same people.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from train.evaluation.figures.areas import compare
from train.evaluation.figures.bootstrap import person_counts
from train.evaluation.people.cohort import CLINICAL
from train.evaluation.report import svg
from train.evaluation.sections.section import Picture
from verte_core.results import TASKS

OUT = Path(__file__).parent.parent / "docs" / "transfer.svg"
ARMS = ("radiograph weights, as they are", "fine-tuned on 30 %", "from scratch on 30 %")
TUNED = 1
"""The arm that the others are compared with."""
COLOURS = (svg.CLINICAL, svg.OTHERS[1], svg.OWN, svg.OTHERS[0])
"""Of age, sex and BMI alone, then of the arms."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw and print; 1 where the reports are not of the same people."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.draw_transfer", description=(__doc__ or "").splitlines()[0]
    )
    arms = parser.add_argument("folders", type=Path, nargs=len(ARMS), metavar="REPORT")
    arms.help = f"folders of the reports: {'; '.join(ARMS)}".replace("%", "%%")
    parser.add_argument("--out", type=Path, default=OUT, help="the picture")
    options = parser.parse_args(arguments)
    folders: list[Path] = options.folders
    reports = [json.loads((folder / "report.json").read_text(encoding="utf-8")) for folder in folders]
    people = [_people(folder / "people.csv") for folder in folders]
    if any([row["person_id"] for row in rows] != [row["person_id"] for row in people[0]] for rows in people):
        print("The reports are not of the same people.", file=sys.stderr)
        return 1
    caption = "AUROC by person with 95 % intervals, simulated VFA images"
    drawn = svg.svg(Picture("transfer", caption, lambda figure: _draw(figure, reports)))
    options.out.write_text(drawn + "\n", encoding="utf-8", newline="\n")
    counts = person_counts(np.array([row["person_id"] for row in people[0]], np.str_))
    for task, score in TASKS.items():
        labels = _column(people[0], task)
        tuned = _column(people[TUNED], f"{task}_score")
        for arm, rows in zip(ARMS, people, strict=True):
            if rows is not people[TUNED]:
                other = _column(rows, f"{task}_score")
                gain = compare(labels, tuned, other, counts).auroc_difference
                interval = f"{gain.value:+.3f} ({gain.low:.3f}-{gain.high:.3f})"
                print(f"{score.title}, {ARMS[TUNED]} less {arm}: {interval}")
    return 0


def _people(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def _column(rows: list[dict[str, str]], name: str) -> npt.NDArray[np.float64]:
    return np.array([float(row[name]) for row in rows])


def _draw(figure: Figure, reports: list[dict[str, Any]]) -> None:
    figure.set_size_inches(svg.SIZE[0], 2.4)
    count = reports[0]["discrimination"]["pvf"]["people"]
    figure.suptitle(f"VFA images of {count} simulated people", fontsize=9)
    both = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, (task, score) in zip(both, TASKS.items(), strict=True):
        found = [report["discrimination"][task] for report in reports]
        alone = found[0]["comparators"][CLINICAL]["comparator"]
        _arms(axes, [each["auroc"] for each in (alone, *found)])
        axes.set_title(score.title)


def _arms(axes: Axes, areas: list[dict[str, float]]) -> None:
    axes.axvline(0.5, color="0.6", linewidth=0.8, linestyle=":")
    for row, (area, colour) in enumerate(zip(areas, COLOURS, strict=True)):
        value = area["value"]
        axes.plot([area["low"], area["high"]], [row, row], color=colour)
        axes.plot(value, row, "o", color=colour)
        axes.annotate(f"{value:.3f}", (value, row), (0, 5), textcoords="offset points", ha="center")
    axes.set_xlabel("AUROC, 95 % interval")
    axes.set_yticks(range(len(areas)), [f"{CLINICAL} alone", *ARMS])
    axes.set_ylim(len(areas) - 0.5, -0.7)
    axes.set_xlim(0.4, 1.0)


if __name__ == "__main__":
    sys.exit(main())
