"""How many have a fracture in time, of those in whom the model detects something and of the others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator

from train.evaluation.figures.numbers import p_cell, p_words, plain_number
from train.evaluation.figures.proportions import Mask
from train.evaluation.figures.survival import Curve, kaplan_meier, log_rank
from train.evaluation.sections.followed import MEASURES, Followed, Part
from train.evaluation.sections.section import Cell, Picture, Table
from verte_core.results import TASKS

Array = npt.NDArray[np.float64]

HORIZON = 5.0
"""Years at which the cumulative incidence is given."""
METHOD = (
    "A model-detected fracture is a person's pVF-score at or above the weights' high operating point, "
    "which is the primary choice; the same at the low point is given beside it. Model-detected "
    "osteoporosis is the same of the osteo-score. A person's score is that of all their images combined. "
    "Cumulative incidence is 1 minus the Kaplan-Meier estimate (J Am Stat Assoc 1958;53:457) with "
    "intervals on the log(-log) scale; what ended a follow-up other than a fracture, death as well, is "
    "taken as the end of observation. Groups are compared by the log-rank test (Mantel, Cancer Chemother "
    "Rep 1966;50:163). The median follow-up is that of the reverse Kaplan-Meier estimate (Schemper & "
    "Smith, Control Clin Trials 1996;17:343)."
)


def part(people: Followed, everybody: Curve) -> Part:
    """Incidence by what was detected, at either operating point.

    Args:
        people: at least one.
        everybody: their curve.
    """
    years, event = people.years, people.event
    words, pictures = [METHOD], []
    whole = (len(years), people.events, everybody.at(HORIZON).percent(), "")
    rows: list[tuple[Cell, ...]] = [("everybody", *whole)]
    plain: dict[str, dict[str, object]] = {}
    for point, thresholds in people.thresholds.items():
        plain[point] = {}
        for task, state in people.states(point).items():
            found = state == 1
            both = bool(found.any() and not found.all())
            p = log_rank(years, event, found) if both else math.nan
            figures: dict[str, object] = {"threshold": thresholds[task], "log_rank_p": plain_number(p)}
            name = f"{TASKS[task].title} {MEASURES[point]} ({thresholds[task]:.3f})"
            curves = {}
            for group, members, called, shown in (
                ("detected", found, name, p_cell(p)),
                ("not_detected", ~found, "    below it", ""),
            ):
                figures[group] = None
                if members.any():
                    curves[group] = kaplan_meier(years[members], event[members])
                    incidence = curves[group].at(HORIZON)
                    of_them = {"people": int(members.sum()), "events": int(event[members].sum())}
                    figures[group] = of_them | {"incidence_5_years": incidence.plain()}
                    rows.append((called, *of_them.values(), incidence.percent(), shown))
            plain[point][task] = figures
            if not both:
                who = "everybody" if found.all() else "nobody"
                words.append(f"{name}: {who}, so there is nothing to compare.")
            if point == "high":
                pictures.append(_picture(task, name, p, curves, years, found))
    table = Table(
        "Incident fracture by what the model detected. In brackets 95 % intervals.",
        ("", "People", "With incident fracture", f"Within {HORIZON:g} years", "Log-rank p"),
        tuple(rows),
    )
    return Part(words, [table], pictures, {"groups": plain})


def _picture(
    task: str, name: str, p: float, curves: Mapping[str, Curve], years: Array, found: Mask
) -> Picture:
    return Picture(
        f"incident-fracture-{task}",
        f"Cumulative incidence of fracture with 95 % intervals, of people with {name} and of those below it, "
        f"1 minus Kaplan-Meier; log-rank p {p_words(p)}. Below, how many are still followed without one.",
        partial(_draw, TASKS[task].meaning, curves, years, found),
    )


def _draw(meaning: str, curves: Mapping[str, Curve], years: Array, found: Mask, figure: Figure) -> None:
    upper, lower = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (5, 1)})
    members = {"detected": found, "not_detected": ~found}
    looks = {"detected": ("C1", f"{meaning} detected"), "not_detected": ("C0", "not detected")}
    ticks = [tick for tick in MaxNLocator(8).tick_values(0, years.max()) if tick <= years.max()]
    for row, (group, curve) in enumerate(curves.items()):
        color, label = looks[group]
        upper.step(curve.years, 100 * curve.incidence, where="post", color=color, label=label)
        upper.fill_between(
            curve.years, 100 * curve.low, 100 * curve.high, step="post", color=color, alpha=0.2, linewidth=0
        )
        for tick in ticks:
            at_risk = int((years[members[group]] >= tick).sum())
            lower.text(tick, -row, f"{at_risk}", color=color, ha="center", va="center")
    upper.set(xlim=(-0.06 * years.max(), 1.02 * years.max()), ylabel="with a fracture, %")
    upper.set_ylim(bottom=0)
    upper.legend(loc="upper left")
    lower.set(ylim=(0.6 - len(curves), 0.6), xlabel="years", ylabel="at risk")
    lower.xaxis.set_major_locator(FixedLocator(ticks))
    lower.set_yticks([])
    for spine in lower.spines.values():
        spine.set_visible(False)
