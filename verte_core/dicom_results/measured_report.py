"""What a reader measured as a DICOM structured report: TID 1500, each item with its points on the image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from highdicom import sr
from pydicom import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from verte_core.dicom_results.reported import Reported
from verte_core.dicom_results.structured_report import NO_UNITS, SCHEME, Form, report_of
from verte_core.measuring.items import AS_MEASURED, UNKNOWN_SCALE, Item, Line, Measurements, Scale
from verte_core.measuring.vertebra import Point, Vertebra, distance, grade, ratios
from verte_core.reading.orientation import Grid

HEIGHTS = (
    Code("HEIGHT_ANTERIOR", SCHEME, "Height of the vertebral body, anterior"),
    Code("HEIGHT_MIDDLE", SCHEME, "Height of the vertebral body, middle"),
    Code("HEIGHT_POSTERIOR", SCHEME, "Height of the vertebral body, posterior"),
)
RATIOS = {
    "Ha/Hp": Code("RATIO_HA_HP", SCHEME, "Anterior to posterior height"),
    "Hm/Hp": Code("RATIO_HM_HP", SCHEME, "Middle to posterior height"),
    "Hp/neighbours": Code("RATIO_HP_NEIGHBOURS", SCHEME, "Posterior height to that of the neighbours"),
}
GRADE = Code("GENANT_GRADE", SCHEME, f"Genant grade, {AS_MEASURED}")
GRADES = {number: Code(f"GENANT_{number}", SCHEME, f"Grade {number}") for number in range(4)}
COBB = Code("COBB_ANGLE", SCHEME, "Cobb angle")
_PIXELS = Code("{pixels}", "UCUM", "pixels")
DECIMALS = 3


def measured_report(
    reported: Reported,
    measurements: Measurements,
    scale: Scale,
    to_file: Grid,
    form: Form = "enhanced",
) -> Dataset:
    """The report, PRELIMINARY and UNVERIFIED, in the study of the image.

    Args:
        reported: says whose image it is, and which.
        measurements: with at least one item.
        scale: how long a pixel is; without it lengths are in pixels.
        to_file: from points of the upright image to those of the file, which SCOORD refers to.
        form: of the report.
    """
    groups = [
        _group(reported, place, item, measurements, scale, to_file)
        for place, item in enumerate(measurements.items)
        if not isinstance(item, Line) or item.kind != "calibration"
    ]
    remark = scale.remark if scale.mm is not None else UNKNOWN_SCALE
    said = f"Heights, lengths and angles {AS_MEASURED}. {remark}".strip()
    uid = reported.uid(f"measured {form} {measurements}")
    return report_of(reported, [reported.whose.dataset], groups, said, uid, 2, form)


def _group(
    reported: Reported, place: int, item: Item, all_of: Measurements, scale: Scale, to_file: Grid
) -> sr.PlanarROIMeasurementsAndQualitativeEvaluations:
    image = reported.whose.dataset
    name = item.level or "Vertebra" if isinstance(item, Vertebra) else item.kind
    points = item.points
    if isinstance(item, Vertebra):
        points = (*points, points[0])
    region = sr.ImageRegion(
        sr.GraphicTypeValues.POLYLINE,
        np.array(_in_file(points, to_file)),
        sr.SourceImageForRegion(image.SOPClassUID, image.SOPInstanceUID),
    )
    values, said = (
        _of_vertebra(item, all_of, scale) if isinstance(item, Vertebra) else (_of_line(item, scale), [])
    )
    return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(reported.uid(f"measured {place} {item}"), name),
        referenced_region=region,
        finding_sites=[sr.FindingSite(_site(item))],
        measurements=values,
        qualitative_evaluations=said,
    )


def _of_vertebra(
    item: Vertebra, all_of: Measurements, scale: Scale
) -> tuple[list[sr.Measurement], list[sr.QualitativeEvaluation]]:
    unit, factor = _unit(scale)
    heights = item.heights(factor)
    measured = [
        sr.Measurement(code, round(value, DECIMALS), unit)
        for code, value in zip(HEIGHTS, heights, strict=True)
    ]
    measured += [
        sr.Measurement(RATIOS[name], round(value, DECIMALS), NO_UNITS)
        for name, value in ratios(item, all_of.vertebrae).items()
    ]
    found = grade(item, all_of.vertebrae)
    return measured, [sr.QualitativeEvaluation(GRADE, GRADES[found.grade])]


def _of_line(item: Line, scale: Scale) -> list[sr.Measurement]:
    if item.kind == "length":
        unit, factor = _unit(scale)
        return [sr.Measurement(codes.SCT.Length, round(distance(*item.points) * factor, DECIMALS), unit)]
    name = codes.SCT.Angle if item.kind == "angle" else COBB
    return [sr.Measurement(name, round(item.degrees(), DECIMALS), codes.UCUM.Degree)]


def _unit(scale: Scale) -> tuple[Code, float]:
    return (_PIXELS, 1.0) if scale.mm is None else (codes.UCUM.Millimeter, scale.mm)


def _site(item: Item) -> Code:
    found = getattr(codes.SCT, f"{item.level}Vertebra", None) if isinstance(item, Vertebra) else None
    return found if isinstance(found, Code) else codes.SCT.Spine


def _in_file(points: Sequence[Point], to_file: Grid) -> list[tuple[float, float]]:
    """(column, row) in the file's own pixels, as SCOORD has them."""
    down, across = to_file
    return [
        (across[0] * row + across[1] * column + across[2], down[0] * row + down[1] * column + down[2])
        for row, column in points
    ]
