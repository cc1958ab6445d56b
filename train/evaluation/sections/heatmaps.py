"""Where the heatmaps of the pVF-score lie, and whether they depend on what the network has learnt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from train.evaluation.figures.bootstrap import (
    Interval,
    PersonIds,
    interval,
    person_counts,
    ratios,
    weighted_means,
)
from train.evaluation.figures.pointing_game import hit_rates, points_at
from train.evaluation.figures.proportions import Mask
from train.evaluation.people.heatmap_facts import CHECKED, DEBIASED, DRAWS, DROPPED, HeatmapFacts
from train.evaluation.people.truth import CohortTruth
from train.evaluation.sections.section import Cell, Section, Table
from verte_core.results import OperatingPoints

Array = npt.NDArray[np.float64]

CHANGED = 0.5
"""A mean rank correlation below this counts as another map. No source sets a limit; the report says so."""
POINTING = (
    "Grad-CAM of the pVF-score. Its peak is the highest pixel of the map on the model's 1024 x 512 "
    "canvas, as the window shows it; the map is enlarged from cells of 32 x 32 pixels, so the peak lies "
    "at a cell's centre. A hit is a peak inside a fractured body or no further from its outline than half "
    "its height, the mean of anterior and posterior. By chance: a vertebra drawn from all of the image's; "
    "and a point drawn on such a vertebra, with the same margin."
)
ENERGY = (
    "The energy of a heatmap is the sum of its pixels (after the energy-based pointing game of Wang et al., "
    "Score-CAM, CVPR Workshops 2020). Its share inside the fractured bodies, and inside all outlined ones, "
    "stands beside the share of the 1024 x 512 canvas that they cover, which a map without structure would "
    "give; the ratio is that of the two means. Among the bodies, it is the share of their energy that lies "
    "in the fractured ones beside the share of their area. Maps that are zero throughout are left out."
)
SHUFFLED = (
    "Weights randomised (Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018): every tensor after "
    f"the encoder is permuted, {DRAWS} times by a fixed seed, and the maps of the first {CHECKED} images are "
    "made again. Given is the mean of Spearman's rank correlation between the absolute values of the two "
    "maps over the cells of the feature map, before Grad-CAM cuts off what lowers the score. A map that "
    "stays the same shows what the encoder finds in the image and not what the score makes of it. Below "
    f"{CHANGED} counts as another map; that limit is this report's own."
)
ASKED_AGAIN = (
    f"Faithfulness. Confidence drop of the first {DROPPED} images: the image times its map is scored again; "
    "given is the fall relative to the score (average drop; Chattopadhay et al., Grad-CAM++, WACV 2018). "
    f"Near 0 the map keeps what the score rests on. ROAD of the first {DEBIASED} images (Rong et al., A "
    "consistent and efficient evaluation strategy for attribution methods, ICML 2022): the score without the "
    "weakest cells less that without the strongest, halved, the mean of 20, 40, 60 and 80 % of the cells, "
    "which are filled by noisy linear imputation. Above 0 the map is better than chance."
)
NO_MAPS = (
    "Heatmaps are left out: there is none, because the scores come from a table, the weights give no "
    "pVF-score, or no image could be scored."
)


def section(
    facts: Sequence[HeatmapFacts | None],
    labels: Array,
    scores: Array,
    people: PersonIds,
    truth: CohortTruth,
    points: OperatingPoints,
) -> Section:
    """Pointing, energy and the check with shuffled weights, with intervals over people.

    Pointing and energy are those of the images that are labelled fractured, have a fracture outlined, and
    score at or above the low or the high operating point.

    Args:
        facts: of N images; None where there is no heatmap.
        labels: (N,) of prevalent fracture, 0, 1 or NaN.
        scores: (N,), the calibrated pVF-score, 0..1; anything where there is no heatmap.
        people: (N,), the person of each image.
        truth: of the N images.
        points: of the pVF-score.
    """
    made = np.array([each is not None for each in facts], np.bool_)
    if not made.any():
        return Section("heatmaps", "Heatmaps", (NO_MAPS,), plain={"reason": NO_MAPS})
    words, tables, plain = _randomisation(facts, people)
    again, asked, asked_plain = _asked_again(facts, people)
    words, tables, plain = (*again, *words), (*asked, *tables), {**asked_plain, **plain}
    reason = truth.reason
    if truth.outlines is not None:
        outlined = np.array([any(body.grade for body in each) for each in truth.outlines], np.bool_)
        found = made & outlined & (labels == 1)
        reason = "" if found.any() else "No scored image is both labelled fractured and has one outlined."
    if reason:
        missing = f"Pointing and energy are left out: {reason[0].lower()}{reason[1:]}"
        plain = {"pointing": missing, "energy": missing, **plain}
        return Section("heatmaps", "Heatmaps", (missing, *words), tables, plain=plain)
    chosen = {
        "low": (points.low, found & (scores >= points.low)),
        "high": (points.high, found & (scores >= points.high)),
    }
    pointed, pointing_plain = _pointing(facts, people, truth, chosen)
    energy, energy_plain = _energy(facts, people, chosen)
    none = tuple(
        f"No fractured image scores at or above the {name} operating point ({threshold:.3f})."
        for name, (threshold, mask) in chosen.items()
        if not mask.any()
    )
    return Section(
        "heatmaps",
        "Heatmaps",
        (POINTING, ENERGY, *none, *words),
        (pointed, energy, *tables),
        plain={
            "fractured_images": int(found.sum()),
            "pointing": pointing_plain,
            "energy": energy_plain,
            **plain,
        },
    )


_Chosen = dict[str, tuple[float, Mask]]
"""By operating point: its threshold, and which images are fractured and at or above it (N,)."""


def _pointing(
    facts: Sequence[HeatmapFacts | None], people: PersonIds, truth: CohortTruth, chosen: _Chosen
) -> tuple[Table, dict[str, object]]:
    assert truth.outlines is not None
    hits = [
        points_at(outlines, each.peak) if each is not None else None
        for outlines, each in zip(truth.outlines, facts, strict=True)
    ]
    rows: list[tuple[Cell, ...]] = []
    plain: dict[str, object] = {"method": POINTING}
    for name, (threshold, mask) in chosen.items():
        rates = hit_rates(truth.outlines, hits, mask, people, [each.levels for each in truth.facts])
        plain[name] = {"threshold": threshold, **{group: each.plain() for group, each in rates.items()}}
        rows += [
            (
                f"{name} ({threshold:.3f})" if group == "all" else "",
                group,
                each.images,
                each.people,
                f"{each.value}",
                f"{each.by_vertebra:.3f}",
                f"{each.by_point:.3f}",
                f"{each.above:+}",
            )
            for group, each in rates.items()
        ]
    return Table(
        "Share of fractured images at or above an operating point whose heatmap peaks in or near a fractured "
        "body, by the image's highest Genant grade and, where a single body is fractured, by its level; in "
        "brackets 95 % intervals over people.",
        (
            "Operating point",
            "Images of",
            "Images",
            "People",
            "Hits",
            "By chance, a vertebra",
            "By chance, a point on one",
            "Above a point's chance",
        ),
        tuple(rows),
    ), plain


@dataclass(frozen=True)
class _Energy:
    """Of some images: the mean share of the energy in some bodies, that of the area, and their ratio."""

    images: int
    people: int
    energy: Interval
    area: Interval
    ratio: Interval

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {
            "images": self.images,
            "people": self.people,
            "energy_share": self.energy.plain(),
            "area_share": self.area.plain(),
            "ratio": self.ratio.plain(),
        }


def _energy(
    facts: Sequence[HeatmapFacts | None], people: PersonIds, chosen: _Chosen
) -> tuple[Table, dict[str, object]]:
    in_fractured, in_bodies, of_fractured, of_bodies = (
        np.array([math.nan if each is None else getattr(each, name) for each in facts], np.float64)
        for name in ("energy_fractured", "energy_bodies", "area_fractured", "area_bodies")
    )
    kinds = {
        "fractured bodies": (in_fractured, of_fractured),
        "all bodies": (in_bodies, of_bodies),
        "fractured among all bodies": (ratios(in_fractured, in_bodies), ratios(of_fractured, of_bodies)),
    }
    names, person = np.unique(people, return_inverse=True)
    counts = person_counts(names)
    rows: list[tuple[Cell, ...]] = []
    plain: dict[str, object] = {}
    for name, (threshold, mask) in chosen.items():
        figures = {}
        for kind, (energy, area) in kinds.items():
            use = np.flatnonzero(mask & ~np.isnan(energy) & ~np.isnan(area))
            drawn = counts[:, person[use]]
            inside, covered = weighted_means(energy[use], drawn), weighted_means(area[use], drawn)
            figures[kind] = each = _Energy(
                len(use),
                len(np.unique(people[use])),
                interval(inside),
                interval(covered),
                interval(ratios(inside, covered)),
            )
            where = f"{name} ({threshold:.3f})" if len(figures) == 1 else ""
            rows.append((where, kind, each.images, f"{each.energy}", f"{each.area}", f"{each.ratio}"))
        plain[name] = {"threshold": threshold, **{kind: each.plain() for kind, each in figures.items()}}
    return Table(
        "Energy of the heatmaps of fractured images at or above an operating point, beside the share of the "
        "area; in brackets 95 % intervals over people.",
        ("Operating point", "Inside", "Images", "Share of the energy", "Share of the area", "Ratio"),
        tuple(rows),
    ), plain


def _randomisation(
    facts: Sequence[HeatmapFacts | None], people: PersonIds
) -> tuple[tuple[str, ...], tuple[Table, ...], dict[str, object]]:
    compared = {index: each.shuffled for index, each in enumerate(facts) if each and each.shuffled}
    if not compared:
        reason = "The check with shuffled weights is left out: of no image there are two maps to compare."
        return (SHUFFLED, reason), (), {"shuffled_weights": reason}
    own = people[list(compared)]
    values = np.array(list(compared.values()), np.float64)
    correlation = interval(weighted_means(values.mean(axis=1), person_counts(own)))
    by_draw = values.mean(axis=0)
    lowest, highest = float(by_draw.min()), float(by_draw.max())
    verdict = _verdict(correlation)
    images, persons = len(values), len(np.unique(own))
    table = Table(
        "Rank correlation between the maps of the true and of shuffled weights, the mean over images and "
        "draws, in brackets its 95 % interval over people; and the least and greatest mean of one draw.",
        ("Images", "People", "Mean correlation", "Lowest draw", "Highest draw"),
        ((images, persons, f"{correlation}", f"{lowest:.3f}", f"{highest:.3f}"),),
    )
    plain = {
        "images": images,
        "people": persons,
        "draws": len(by_draw),
        "correlation": correlation.plain(),
        "lowest_draw": lowest,
        "highest_draw": highest,
        "limit": CHANGED,
        "verdict": verdict,
    }
    return (SHUFFLED, verdict), (table,), {"shuffled_weights": plain}


def _asked_again(
    facts: Sequence[HeatmapFacts | None], people: PersonIds
) -> tuple[tuple[str, ...], tuple[Table, ...], dict[str, object]]:
    rows: list[tuple[Cell, ...]] = []
    plain: dict[str, object] = {}
    for title, name in (("Confidence drop", "confidence_drop"), ("ROAD", "road")):
        known = {
            index: value
            for index, each in enumerate(facts)
            if each is not None and (value := getattr(each, name)) is not None
        }
        if not known:
            plain[name] = "It was asked of no image."
            continue
        own = people[list(known)]
        values = np.array(list(known.values()), np.float64)
        mean = interval(weighted_means(values, person_counts(own)))
        persons = len(np.unique(own))
        rows.append((title, len(values), persons, f"{mean}"))
        plain[name] = {"images": len(values), "people": persons, "mean": mean.plain()}
    if not rows:
        return (), (), plain
    table = Table(
        "Faithfulness of the maps of the pVF-score; in brackets 95 % intervals over people.",
        ("Figure", "Images", "People", "Mean"),
        tuple(rows),
    )
    return (ASKED_AGAIN,), (table,), plain


def _verdict(correlation: Interval) -> str:
    if correlation.high < CHANGED:
        return "The heatmaps depend on the weights after the encoder: shuffling them makes other maps."
    if correlation.low >= CHANGED:
        return (
            "The heatmaps change little when the weights after the encoder are shuffled: they show where the "
            "encoder finds something, more than what the score makes of it."
        )
    return "Whether the heatmaps depend on the weights after the encoder stays open; see the interval."
