"""VinDr-SpineXR: spine radiographs as DICOM with boxes round lesions, by radiologists.

Nguyen et al., MICCAI 2021:291; PhysioNet, under its own licence and a data use agreement. Annotations are CSV
with image_id, lesion_type, xmin, ymin, xmax, ymax, rad_id; an image is IMAGE_ID.dicom.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from train.adopt.rows import Adopted, said, write_manifest
from verte_core.errors import DataError, VerteError
from verte_core.reading.image_files import find_images
from verte_core.reading.isolated import Readers
from verte_core.reading.radiograph import Radiograph
from verte_core.scoring.scorers import Scorers

COLUMNS = ("image_id", "lesion_type")
COLLAPSE, NOTHING = "Vertebral collapse", "No finding"


def adopt(source: Path, out: Path) -> str:
    """Write a manifest of the lateral images; what became of all of them, for a reader.

    An image is lateral when neither its header nor the gate of the shipped weights says otherwise. It counts
    as fractured when a radiologist marked a vertebral collapse, and as not so when all wrote of it and none
    did. Every image stands for a person of its own, since the data name none.

    Raises:
        DataError: when there is no annotation or nothing of use.
        OutputError: when the manifest can't be written.
    """
    lesions = _lesions(source)
    paths = [path for path in find_images([source]) if path.suffix.lower() not in (".csv", ".txt")]
    scorer = Scorers().of_kind("radiograph")
    adopted: list[Adopted] = []
    left_out: dict[str, str] = {}
    with Readers() as readers:
        for path in tqdm(paths, "reading", unit="image"):
            name = path.name.removesuffix(path.suffix)
            try:
                image = readers.load(path)
                if name not in lesions:
                    raise DataError("the annotations do not name it.")
                if image.unfit is not None:
                    raise DataError(image.unfit)
                prepared = scorer.prepare(image, "radiograph")
                (likeness,) = scorer.likeness_all(scorer.encode_all([prepared]))
                if likeness is not None and likeness.unlike:
                    raise DataError(f"the gate calls it {likeness.look or 'unlike'}.")
                adopted.append(_adopted(path, image, lesions[name]))
            except VerteError as error:
                left_out[path.name] = str(error)
    write_manifest(out, adopted)
    return said(adopted, left_out)


def _adopted(path: Path, image: Radiograph, lesions: set[str]) -> Adopted:
    header = image.header
    return Adopted(path, f"vindr-{path.stem}", header.age, header.sex or "", pvf=int(COLLAPSE in lesions))


def _lesions(source: Path) -> dict[str, set[str]]:
    """The kinds of lesion of each image."""
    tables = sorted(source.rglob("*.csv"))
    found: dict[str, set[str]] = defaultdict(set)
    read = []
    for path in tables:
        try:
            table = pd.read_csv(path, dtype=str, keep_default_na=False)
        except (OSError, ValueError) as error:
            raise DataError(f"{path} can't be read as CSV: {error}.") from error
        if all(column in table.columns for column in COLUMNS):
            read.append(path)
            for image, lesion in zip(table["image_id"], table["lesion_type"], strict=True):
                found[image.strip()].add(lesion.strip())
    if not read:
        raise DataError(
            f"{source} holds no CSV with the columns {' and '.join(COLUMNS)}, as of VinDr-SpineXR."
        )
    known = {lesion for lesions in found.values() for lesion in lesions}
    if COLLAPSE not in known:
        raise DataError(f"No image has the lesion {COLLAPSE!r}; these have {', '.join(sorted(known))}.")
    return dict(found)
