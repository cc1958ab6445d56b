"""What the inspection of one image computes, beside the reading of images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from verte_core.errors import DataError, VerteError
from verte_desktop.session.apart import Apart
from verte_desktop.session.side_work import SideWork

if TYPE_CHECKING:
    from verte_core.clinical import ClinicalInputs
    from verte_core.inspection.checks import Faithfulness, Randomised
    from verte_core.inspection.methods import MethodMap
    from verte_core.reading.radiograph import Radiograph
    from verte_core.results import Provenance, Score
    from verte_core.scoring.contributions import Contributions
    from verte_core.scoring.member import Member
    from verte_core.scoring.scorer import Encoded, Scorer
    from verte_desktop.session.shown import Shown

_TALLEST = 1536
"""Pixels of the original that stands beside the model's view."""

Floats = npt.NDArray[np.float32]
Outlined = tuple[str, int, npt.NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Explained:
    """One score looked at closely.

    Attributes:
        maps: by the name of the method; only Grad-CAM where the library is not installed.
        where: a sentence when much of what raised the score lies outside the body; else empty.
        shares: of what raised the score, in the padding and in the air.
        on_bodies: the share on the vertebrae of a truth file; None without one.
    """

    score: Score
    contributions: Contributions
    maps: Mapping[str, MethodMap]
    where: str
    shares: tuple[float, float]
    on_bodies: float | None = None


@dataclass(frozen=True, eq=False)
class Inspected:
    """One image under one network.

    Attributes:
        title: of the weights.
        tasks: by score.
        model: what the network sees, uint8 (1024, 512).
        source: the original in its first window, uint8 (H, W), reduced.
        reduction: pixels of the original for one of ``source``, downwards and across.
        outlines: the vertebrae of a truth file beside the image: level, grade and, in the image's own pixels,
            (N, 2) of (row, column).
        missing: why there is Grad-CAM alone; empty when there are all methods.
        truth: why the truth file can't be used; empty where there is none or it can.
    """

    image_id: str
    weights_id: str
    title: str
    trained_on: Provenance
    member: Member
    encoded: Encoded
    features: Floats
    inputs: ClinicalInputs | None
    tasks: Mapping[str, Explained]
    model: npt.NDArray[np.uint8]
    source: npt.NDArray[np.uint8]
    reduction: tuple[float, float]
    outlines: tuple[Outlined, ...] = ()
    missing: str = ""
    truth: str = ""


@dataclass(frozen=True, eq=False)
class Checked:
    """What the checks of one map of one score found, as far as they were run."""

    occlusion: Floats | None = None
    faithfulness: Faithfulness | None = None
    randomised: Randomised | None = None
    road: float | None = None


Run = Callable[..., Any]
"""Calls a function, here or in another process."""


class InspectionWork(SideWork):
    """Looks closely at what is shown."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._apart = Apart()

    def close(self) -> None:
        """Drop all, and end the library's process; what else runs now ends on its own."""
        super().close()
        self._apart.close()

    def _run(self, stop: Event) -> Run:
        return partial(self._apart.call, stop=stop)

    def inspect(self, shown: Shown, done: Callable[[list[Inspected]], None]) -> None:
        """Look at the image with each network of its scorer; there must be a result."""
        scorer, radiograph, encoded, result = shown.scorer, shown.radiograph, shown.encoded, shown.result
        assert scorer and radiograph and encoded and result

        def work(stop: Event) -> list[Inspected]:
            return inspected(scorer, radiograph, encoded, result.inputs, self._run(stop))

        self.ask("Looking closely", work, done)

    def with_weights(self, shown: Shown, path: Path, done: Callable[[list[Inspected]], None]) -> None:
        """Look at the image with another weights file: one forward."""
        radiograph, inputs, read_as = shown.radiograph, shown.inputs(), shown.read_as
        assert radiograph

        def work(stop: Event) -> list[Inspected]:
            from verte_core.network import weights
            from verte_core.scoring.scorer import Scorer

            scorer = Scorer(weights.load(path))
            if scorer.needs_clinical and inputs is None:
                raise VerteError("The other weights need age, sex and BMI, which are not entered.")
            own = inputs if scorer.needs_clinical else None
            return inspected(scorer, radiograph, scorer.encode(radiograph, read_as), own, self._run(stop))

        self.ask("Scoring with the other weights", work, done)

    def check(
        self, what: str, of: Inspected, task: str, method: str, done: Callable[[Checked], None]
    ) -> None:
        """Run one check of the map of a method; ``what`` is the name of its field in ``Checked``."""

        def work(stop: Event) -> Checked:
            from verte_core.inspection import checks

            step = self.step_of(stop)
            looked = checks.Looked(of.member, of.encoded.image, of.features, of.inputs, task)
            cells = of.tasks[task].maps[method].cells
            found: dict[str, Any] = {}
            if what == "occlusion":
                found[what] = checks.occlusion(looked, step)
            elif what == "faithfulness":
                found[what] = checks.faithfulness(looked, cells, step)
            elif what == "randomised":
                found[what] = checks.randomised(of.member, of.encoded.image, of.features, task, step)
            else:
                found["road"] = checks.road(looked, cells, step, partial(self._run(stop), checks.imputed))
            return Checked(**found)

        self.ask(CHECKS[what], work, done)


CHECKS = {
    "occlusion": "Covering parts of the image",
    "faithfulness": "Deleting and inserting cells",
    "randomised": "Shuffling the weights",
    "road": "Removing and debiasing",
}


def inspected(
    scorer: Scorer,
    radiograph: Radiograph,
    encoded: Encoded,
    inputs: ClinicalInputs | None,
    run: Run,
) -> list[Inspected]:
    """What one image shows under each network of a scorer; milliseconds, but for the library's import.

    ``run`` calls the library.
    """
    import cv2

    from verte_core.inspection.regions import on_bodies, regions

    height, width = radiograph.display.shape
    small = max(height, width) / _TALLEST
    size = (max(round(width / max(small, 1.0)), 1), max(round(height / max(small, 1.0)), 1))
    display: Any = cv2.resize(radiograph.display, size, interpolation=cv2.INTER_AREA)
    source = radiograph.windows[0].shade(display)
    model = np.asarray(np.rint(encoded.image * 255), np.uint8)
    outlines, truth = _outlines(radiograph.path)
    found = []
    for member, features in zip(scorer.members, encoded.features, strict=True):
        place = regions(encoded.image, encoded.placement, features.shape[2:])
        scores = member.score([features], [inputs])[0]
        tasks = {}
        maps, missing = _maps(member, features, run)
        for task in member.tasks:
            tasks[task] = _explained(member, features, inputs, task, scores[task], place, maps.get(task))
            if outlines:
                bodies = [encoded.placement.to_model(points) for _, _, points in outlines]
                share = on_bodies(tasks[task].contributions, bodies, encoded.image.shape)
                tasks[task] = replace(tasks[task], on_bodies=share)
        found.append(
            Inspected(
                encoded.image_id,
                member.weights_id,
                member.metadata.name,
                member.metadata.trained_on,
                member,
                encoded,
                features,
                inputs,
                tasks,
                model,
                source,
                (height / size[1], width / size[0]),
                outlines,
                missing,
                truth,
            )
        )
    return found


def _maps(member: Member, features: Floats, run: Run) -> tuple[Mapping[str, Mapping[str, MethodMap]], str]:
    """By task and method; none, and the reason, where the library is not installed."""
    from verte_core.inspection.methods import library_maps_of

    try:
        by_task = {task: member.by_channel(task) for task in member.tasks}
        return run(library_maps_of, features, by_task), ""
    except VerteError as error:
        return {}, str(error)


def _explained(
    member: Member,
    features: Floats,
    inputs: ClinicalInputs | None,
    task: str,
    score: Score,
    place: Any,
    maps: Mapping[str, MethodMap] | None,
) -> Explained:
    from verte_core.inspection import methods
    from verte_core.inspection.regions import where_it_lies

    contributions = member.contributions(features, inputs, task)
    own = maps or methods.grad_cam_alone(contributions.cells)
    where = where_it_lies(place, contributions)
    return Explained(score, contributions, own, where, place.outside(contributions))


def _outlines(path: Path) -> tuple[tuple[Outlined, ...], str]:
    from verte_core.measuring.truth import beside
    from verte_core.measuring.vertebra import from_truth

    try:
        known = beside(path)
        if known is None:
            return (), ""
        grades = [int(each["genant_grade"]) for each in known["vertebrae"]]
        bodies = from_truth(known["vertebrae"])
    except DataError as error:
        return (), str(error)
    except (LookupError, TypeError, ValueError):
        return (), "The file of the truth beside the image is damaged, or of another form."
    named = zip(grades, bodies, strict=True)
    return tuple((body.level, grade, np.array(body.points)) for grade, body in named), ""
