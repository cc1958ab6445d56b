"""Scores as a DICOM structured report: TID 1500, with the algorithm as TID 4019 has it.

No item says Finding: a disease code under that name reads as a diagnosis, however low the score beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from highdicom import sr
from pydicom import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from verte_core.batch.persons import RULE
from verte_core.dicom_results.identifiers import uid_of
from verte_core.dicom_results.reported import Reported
from verte_core.dicom_results.simulated import series_description
from verte_core.dicom_results.whose import UTF_8
from verte_core.reading.header import OWN_MANUFACTURER
from verte_core.results import TASKS, Score

Groups = Sequence[
    sr.MeasurementsAndQualitativeEvaluations | sr.PlanarROIMeasurementsAndQualitativeEvaluations
]
Form = Literal["enhanced", "comprehensive 3d"]
FORMS = {"enhanced": sr.EnhancedSR, "comprehensive 3d": sr.Comprehensive3DSR}
SERIES = 9001

SCHEME = "99VERTE"
"""Private: no public code means a score that estimates a probability."""
SCORES = {
    task: Code(f"{task.upper()}_SCORE", SCHEME, f"{each.title}: probability of {each.meaning}")
    for task, each in TASKS.items()
}
LEAST = {task: Code(f"{task.upper()}_LEAST", SCHEME, f"{TASKS[task].title}, least") for task in TASKS}
GREATEST = {task: Code(f"{task.upper()}_MOST", SCHEME, f"{TASKS[task].title}, greatest") for task in TASKS}
SPREAD = {task: Code(f"{task.upper()}_SPREAD", SCHEME, f"{TASKS[task].title}, spread") for task in TASKS}
ZONE_OF = {task: Code(f"{task.upper()}_ZONE", SCHEME, f"Zone of {TASKS[task].title}") for task in TASKS}
ZONES: dict[str | None, Code] = {
    "low": Code("ZONE_LOW", SCHEME, "Low; not to be used to rule out"),
    "indeterminate": Code("ZONE_INDETERMINATE", SCHEME, "Indeterminate"),
    "high": Code("ZONE_HIGH", SCHEME, "High"),
    None: Code("ZONE_UNCERTAIN", SCHEME, "Uncertain, since BMI is unknown"),
}
LIKENESS = Code("LIKENESS", SCHEME, "Likeness to the images that the weights learned from")
UNLIKE_OF = Code("UNLIKE", SCHEME, "Whether the picture is unlike these")
YES_NO = {True: codes.SCT.Yes, False: codes.SCT.No}
NO_UNITS = Code("1", "UCUM", "no units")
_INTELLIGENCE = Code("123110", "DCM", "Artificial Intelligence")
_SPINE = codes.SCT.Spine
DECIMALS = 4
"""As scores.csv has them."""


def structured_report(reported: Reported, form: Form = "enhanced") -> Dataset:
    """The report, PRELIMINARY and UNVERIFIED, in the study of the image.

    Cautions and notes stand as a Comment at the root.
    """
    said = " ".join([*reported.cautions, *reported.notes])
    sources = [reported.whose.dataset]
    return report_of(reported, sources, _groups(reported), said, reported.uid(form), 1, form)


def person_report(
    images: Sequence[Reported], scores: Mapping[str, Score], form: Form = "enhanced"
) -> Dataset:
    """The scores of a person over several images of one study, by the same weights: their mean.

    Args:
        images: what was reported of each, at least two.
        scores: of the person, by task.
        form: of the report.
    """
    first = images[0]
    sources = [each.whose.dataset for each in images]
    groups = []
    for task, score in scores.items():
        measured, said = _of_score(task, score, codes.SCT.Mean)
        groups.append(_group(first, task, measured, said, sources, "person "))
    comment = " ".join([f"{RULE} Of {len(images)} images.", *first.cautions])
    uid = uid_of("person", *sorted(each.uid(form) for each in images))
    return report_of(first, sources, groups, comment, uid, 3, form)


def report_of(
    reported: Reported,
    sources: Sequence[Dataset],
    groups: Groups,
    comment: str,
    uid: str,
    instance: int,
    form: Form,
) -> Dataset:
    """A TID 1500 report of ours, PRELIMINARY and UNVERIFIED, in the study of its images.

    Args:
        reported: by which weights, and in whose series.
        sources: headers of the images that it is of.
        groups: of measurements.
        comment: at the root.
        uid: the SOPInstanceUID.
        instance: the InstanceNumber.
        form: of the report.
    """
    device = sr.DeviceObserverIdentifyingAttributes(
        uid=reported.uid("device"),
        name=OWN_MANUFACTURER,
        manufacturer_name=OWN_MANUFACTURER,
        model_name=reported.metadata.name[:64],
    )
    context = sr.ObservationContext(sr.ObserverContext(codes.DCM.Device, device))
    report = sr.MeasurementReport(context, codes.SCT.ImagingProcedure, groups)
    report[0].ContentSequence.append(
        sr.TextContentItem(codes.DCM.Comment, comment, sr.RelationshipTypeValues.CONTAINS)
    )
    made: Dataset = FORMS[form](
        sources,
        report[0],
        series_instance_uid=reported.uid("series of reports"),
        series_number=SERIES,
        sop_instance_uid=uid,
        instance_number=instance,
        manufacturer=OWN_MANUFACTURER,
        is_complete=True,
        specific_character_set=UTF_8,
        series_description=series_description("scores", reported.metadata.trained_on),
        manufacturer_model_name=OWN_MANUFACTURER,
        software_versions=reported.record.version,
    )
    return made


def _groups(reported: Reported) -> list[sr.MeasurementsAndQualitativeEvaluations]:
    record = reported.record
    groups = [_group(reported, task, *_of_score(task, score)) for task, score in record.scores.items()]
    if record.likeness is not None:
        value = sr.Measurement(LIKENESS, round(record.likeness.value, DECIMALS), NO_UNITS)
        unlike = sr.QualitativeEvaluation(UNLIKE_OF, YES_NO[record.likeness.unlike])
        groups.append(_group(reported, "likeness", [value], unlike))
    return groups


def _of_score(
    task: str, score: Score, derivation: Code | None = None
) -> tuple[list[sr.Measurement], sr.QualitativeEvaluation]:
    values = [(SCORES[task], score.value)]
    if score.low != score.high:
        values += [(LEAST[task], score.low), (GREATEST[task], score.high)]
    if score.spread is not None:
        values.append((SPREAD[task], score.spread))
    measured = [
        sr.Measurement(
            name,
            round(value, DECIMALS),
            NO_UNITS,
            derivation=derivation if name == SCORES[task] else None,
        )
        for name, value in values
    ]
    return measured, sr.QualitativeEvaluation(ZONE_OF[task], ZONES[score.zone])


def _group(
    reported: Reported,
    what: str,
    measured: list[sr.Measurement],
    said: sr.QualitativeEvaluation,
    images: Sequence[Dataset] = (),
    whole: str = "",
) -> sr.MeasurementsAndQualitativeEvaluations:
    """``images`` are those that it is of, without any the one that is reported; ``whole`` names a greater
    whole that it is of."""
    name = f"{whole}{TASKS[what].title if what in TASKS else what}"
    parameters = [f"weights {reported.weights}", reported.inputs]
    if what in TASKS:
        parameters.append(reported.metadata.operating_points[what].sentence(what))
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(reported.uid(f"tracking {whole}{what}"), f"VERTE {name}"),
        algorithm_id=sr.AlgorithmIdentification(
            name=f"VERTE {name}",
            version=f"{reported.record.version}, weights {reported.record.model_id}",
            parameters=[each for each in parameters if each],
            family=_INTELLIGENCE,
            manufacturer=f"{OWN_MANUFACTURER} (open source, for research)",
        ),
        finding_sites=[sr.FindingSite(_SPINE)],
        measurements=measured,
        qualitative_evaluations=[said],
        source_images=[
            sr.SourceImageForMeasurementGroup(image.SOPClassUID, image.SOPInstanceUID)
            for image in images or [reported.whose.dataset]
        ],
    )
