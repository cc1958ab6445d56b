"""What the authors of the method reported on their own data, to be printed beside ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from train.evaluation.sections.section import Section, Table
from verte_core.image_types import Protocol

SOURCE = (
    "Hong et al., J Bone Miner Res 2025;40(5):628, doi 10.1093/jbmr/zjaf050 (the method for radiographs: "
    "J Bone Miner Res 2023;38(6):887, doi 10.1002/jbmr.4814)"
)
FIGURES = {
    "auroc_pvf": ("AUROC, prevalent vertebral fracture", 3),
    "auroc_osteo": ("AUROC, osteoporosis", 3),
    "median_followup_years": ("Follow-up, median, years", 1),
    "incident_fracture_percent": ("With incident fracture, %", 1),
    "hr_pvf": ("Hazard ratio of incident fracture, fracture detected", 2),
    "hr_osteo": ("Hazard ratio of incident fracture, osteoporosis detected", 2),
}
"""By key, what is compared and with how many decimals it is printed."""


@dataclass(frozen=True)
class Cohort:
    """A published test set.

    Attributes:
        name: as in the paper.
        people: how many.
        figures: by key of FIGURES, a number, or a value with its 95 % interval in the form of
            ``Interval.plain``.
    """

    name: str
    people: int
    figures: Mapping[str, float | Mapping[str, float]]


def _interval(value: float, low: float, high: float) -> Mapping[str, float]:
    return {"value": value, "low": low, "high": high}


COHORTS: dict[Protocol, Cohort] = {
    "radiograph": Cohort(
        "the VERTE-X test set (lateral spine radiographs)",
        1852,
        {
            "auroc_pvf": _interval(0.926, 0.908, 0.955),
            "auroc_osteo": _interval(0.848, 0.827, 0.869),
            "median_followup_years": 5.4,
            "incident_fracture_percent": 13.3,
            "hr_pvf": _interval(3.23, 2.51, 5.17),
            "hr_osteo": _interval(2.62, 1.90, 3.63),
        },
    ),
    "vfa": Cohort(
        "the KURE test set (DXA VFA)",
        2456,
        {
            "auroc_pvf": _interval(0.924, 0.905, 0.942),
            "auroc_osteo": _interval(0.867, 0.853, 0.881),
            "median_followup_years": 6.4,
            "incident_fracture_percent": 13.6,
            "hr_pvf": _interval(2.11, 1.62, 2.74),
            "hr_osteo": _interval(2.14, 1.72, 2.66),
        },
    ),
}
"""By protocol, from the paper of 2025."""


def section(protocol: Protocol, ours: Mapping[str, object], simulated: str) -> Section:
    """Published figures beside those of this run.

    Args:
        protocol: of the evaluated weights.
        ours: by key of FIGURES, a number or what ``Interval.plain`` gives; absent or None where there is
            none.
        simulated: of weights and images, for the heading of our column: ``simulated``, or empty.
    """
    assert ours.keys() <= FIGURES.keys()
    cohort = COHORTS[protocol]
    table = Table(
        f"This run beside the published figures of {cohort.name}, {cohort.people} people. "
        "In brackets 95 % intervals.",
        ("", f"Ours, {simulated}" if simulated else "Ours", "Published, different data"),
        tuple(
            (name, _text(ours.get(key), digits), _text(cohort.figures[key], digits))
            for key, (name, digits) in FIGURES.items()
        ),
    )
    words = [
        f"Published figures are of other people, other images and other weights, as printed in {SOURCE}. "
        "They tell what the method reached there; a difference from ours does not tell which is better."
    ]
    if protocol == "radiograph":
        words.append(
            "The published interval of the hazard ratio of a detected fracture, 2.51 to 5.17 about 3.23, is "
            "wider above than a ratio's usually is; it is given as printed."
        )
    plain: dict[str, object] = {
        "source": SOURCE,
        "cohort": cohort.name,
        "people": cohort.people,
        "figures": {key: {"ours": ours.get(key), "published": cohort.figures[key]} for key in FIGURES},
    }
    return Section("published", "Beside the published figures", tuple(words), (table,), plain=plain)


def _text(given: object, digits: int) -> str:
    figure = given if isinstance(given, Mapping) else {"value": given}
    # None where there is none; also NaN, which is not equal to itself.
    if figure["value"] is None or figure["value"] != figure["value"]:
        return "-"
    value = f"{figure['value']:.{digits}f}"
    if "low" not in figure:
        return value
    if figure["low"] is None:
        return f"{value} [-]"
    return f"{value} [{figure['low']:.{digits}f}, {figure['high']:.{digits}f}]"
