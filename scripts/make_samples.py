"""Make resources/samples: real CT projected to lateral radiographs, and a few persons of the simulator.

    python -m scripts.make_samples resources/samples --totalsegmentator CT.nii.gz --lidc CT.nii.gz
    python -m scripts.make_samples resources/samples --radiographs COHORT FRACTURE NO_FRACTURE --vfa COHORT

The CT volumes are public; resources/samples/README.md names their sources and licences. None carries a label.
A cohort is the folder that ``python -m train simulate`` writes.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import nibabel
import numpy as np
import numpy.typing as npt

from train.simulator import dicom
from train.simulator.ct.attenuation import BONE_HU, attenuation
from train.simulator.ct.body import outside
from train.simulator.dicom import Patient, Series
from verte_core.reading import radiograph

SPACING_MM = 0.3
COLLIMATION_MM = 60.0
"""Kept to each side of the spine: a lateral lumbar field is narrow, and arms and hips stay out of it."""
NOISE = 0.0025
"""Standard deviation, as a part of full scale."""
FULL_SCALE = 4095
MAX_HEIGHT = 1100
"""Pixels of a simulated sample; the model sees 1024, so that more would only fill the repository."""

Pixels = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Source:
    """A public CT volume: its name in file and header, and the sentence that its licence asks for."""

    name: str
    attribution: str


TOTALSEGMENTATOR = Source(
    "ct-lumbar-totalsegmentator",
    "Lateral projection of CT test data of TotalSegmentator (Wasserthal et al.), Apache-2.0.",
)
LIDC = Source(
    "ct-thoracic-lidc-idri-0001",
    "Lateral projection of CT LIDC-IDRI-0001 (Armato et al. 2015), The Cancer Imaging Archive, CC BY 3.0.",
)


def project(path: Path) -> Pixels:
    """A lateral radiograph of a CT volume in Hounsfield units (NIfTI, any orientation).

    Parallel beams from left to right through ``COLLIMATION_MM`` to each side of the spine; what lies outside
    of the body, such as the table, is left out. Returns uint16 (H, W) of 12 bits, ``SPACING_MM`` a pixel,
    bone bright, the front of the body on the left, the head up.
    """
    image = nibabel.as_closest_canonical(nibabel.load(path))
    hounsfield = np.clip(np.asarray(image.dataobj, np.float32), -1000, 2000)
    step = np.array(image.header.get_zooms()[:3])
    hounsfield[outside(hounsfield, depth_axis=1)] = -1000
    spine = np.median(np.nonzero(hounsfield > BONE_HU[1])[0])
    reach = COLLIMATION_MM / step[0]
    beam = hounsfield[max(round(spine - reach), 0) : round(spine + reach) + 1]
    total = attenuation(beam).sum(axis=0) * step[0]
    lateral = total.T[::-1, ::-1]
    height, width = np.round(np.array(lateral.shape) * step[[2, 1]] / SPACING_MM).astype(int)
    smooth = cv2.resize(lateral.copy(), (int(width), int(height)), interpolation=cv2.INTER_CUBIC)
    low, high = np.percentile(smooth, (0.5, 99.8))
    exposed = (smooth - low) / (high - low) * 0.9 + 0.05
    noisy = exposed + np.random.default_rng(1).normal(0, NOISE, exposed.shape)
    pixels: Pixels = np.clip(np.rint(noisy * FULL_SCALE), 0, FULL_SCALE).astype(np.uint16)
    return pixels


def write_projection(source: Source, pixels: Pixels, folder: Path) -> Path:
    """As CR without age, sex, size, weight or date, of which the sources say nothing or a placeholder."""
    name = source.name.upper()
    series = Series(
        body_part="SPINE",
        manufacturer="VERTE Desktop",
        manufacturer_model_name="train.samples",
        description="LATERAL PROJECTION OF CT",
        date="",
    )
    return dicom.write_image(
        folder / f"{source.name}.dcm",
        Patient(name, f"SAMPLE^{name}"),
        dicom.Pixels(pixels, SPACING_MM, orientation=("P", "F"), derivation=source.attribution),
        series,
        compress=True,
    )


def write_picture(source: Source, pixels: Pixels, folder: Path) -> Path:
    """As 8-bit PNG, the kind of file that carries nothing but grey levels."""
    path = folder / f"{source.name}.png"
    cv2.imwrite(str(path), np.rint(pixels * (255 / FULL_SCALE)).astype(np.uint8))
    return path


def add_simulated(cohort: Path, wanted: dict[str, str], name: str, folder: Path) -> Path:
    """The first image of a simulated cohort whose manifest row has the wanted values, and the truth as JSON.

    The image is reduced to ``MAX_HEIGHT`` rows by area averaging; points and spacing of the truth follow.

    Raises:
        LookupError: when the cohort has no such image.
    """
    with (cohort / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if wanted.items() <= row.items()]
    if not rows:
        raise LookupError(f"{cohort} has no image with {wanted}; simulate more people")
    lines = (cohort / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    truth = next(record for record in map(json.loads, lines) if record["path"] == rows[0]["path"])
    image = radiograph.load(cohort / rows[0]["path"])
    scale = min(MAX_HEIGHT / image.pixels.shape[0], 1.0)
    size = (round(image.pixels.shape[1] * scale), round(image.pixels.shape[0] * scale))
    pixels = cv2.resize(image.pixels, size, interpolation=cv2.INTER_AREA)
    facts = image.header
    assert facts.height_cm is not None and facts.sex is not None
    height_m = facts.height_cm / 100
    called = f"SIMULATED^{name.upper()}"
    path = dicom.write_image(
        folder / f"{name}.dcm",
        Patient(name.upper(), called, facts.age, facts.sex, height_m, facts.weight_kg),
        dicom.Pixels(
            pixels,
            truth["pixel_spacing_mm"] / scale,
            orientation=("A" if truth["facing"] == "right" else "P", "F"),
        ),
        Series(
            modality=facts.modality or "CR",
            body_part=facts.body_part or "SPINE",
            manufacturer=truth["manufacturer"],
            description=facts.series_description or "",
            date=(facts.study_date or "").replace("-", ""),
        ),
        compress=True,
    )
    labels = {"pvf": int(rows[0]["pvf"]), "osteo": int(rows[0]["osteo"])}
    record = {**_rescaled(truth, scale, size), "path": path.name, **labels}
    path.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return path


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the samples whose sources are given."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.make_samples", description=__doc__.splitlines()[0]
    )
    parser.add_argument("out", type=Path, help="folder of the samples")
    parser.add_argument("--totalsegmentator", type=Path, metavar="NIFTI", help="TotalSegmentator's test CT")
    parser.add_argument("--lidc", type=Path, metavar="NIFTI", help="LIDC-IDRI-0001")
    parser.add_argument(
        "--radiographs",
        nargs=3,
        metavar=("COHORT", "FRACTURE", "NO_FRACTURE"),
        help="simulated radiographs, and two of its manifest's paths, chosen by eye",
    )
    parser.add_argument("--vfa", type=Path, metavar="COHORT", help="simulated VFA images")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    made = []
    if options.totalsegmentator:
        made.append(write_projection(TOTALSEGMENTATOR, project(options.totalsegmentator), options.out))
    if options.lidc:
        pixels = project(options.lidc)
        made += [write_projection(LIDC, pixels, options.out), write_picture(LIDC, pixels, options.out)]
    if options.radiographs:
        cohort, *paths = options.radiographs
        for path, name in zip(paths, ("simulated-fracture", "simulated-no-fracture"), strict=True):
            made.append(add_simulated(Path(cohort), {"path": path}, name, options.out))
    if options.vfa:
        made.append(add_simulated(options.vfa, {}, "simulated-vfa", options.out))
    for path in made:
        print(f"{path}: {path.stat().st_size / 1024:.0f} KiB")


def _rescaled(truth: dict[str, Any], scale: float, size: tuple[int, int]) -> dict[str, Any]:
    """The truth of a reduced image; points are (row, column) with whole numbers at pixel centres."""
    vertebrae = [
        {
            **vertebra,
            "points": {
                name: [round((coordinate + 0.5) * scale - 0.5, 2) for coordinate in point]
                for name, point in vertebra["points"].items()
            },
        }
        for vertebra in truth["vertebrae"]
    ]
    return {
        **truth,
        "width": size[0],
        "height": size[1],
        "pixel_spacing_mm": round(truth["pixel_spacing_mm"] / scale, 5),
        "vertebrae": vertebrae,
    }


if __name__ == "__main__":
    main()
