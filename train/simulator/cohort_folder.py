"""Write a cohort to a folder: DICOM images, the manifest that training reads, the truth behind each image."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from train.simulator.ct.collection import Collection
from train.simulator.ct.sources import find
from train.simulator.dicom import Patient, Pixels, Series, write_image
from train.simulator.film import Film
from train.simulator.people import Person, draw_person
from train.simulator.shooting import person_seeds, shooter
from train.simulator.unlike_folder import make_unlike
from verte_core.errors import DataError
from verte_core.files import replacing

SIMULATOR_VERSION = 4
"""Raised when the same seed no longer gives the same images; in every truth record."""
COLUMNS = (
    "path", "person_id", "split", "age", "sex", "bmi", "pvf", "osteo", "followup_years", "fracture_event",
)  # fmt: skip
PEOPLE_AN_UNLIKE = 4
"""For so many people there is one unlike picture of each look."""
_READY = ".verte-volumes"
_SERIES = {"lumbar": "L-SPINE LATERAL", "thoracolumbar": "T-L SPINE LATERAL", "whole": "WHOLE SPINE LATERAL"}
_POINTS = (
    "anterior_superior",
    "posterior_superior",
    "posterior_inferior",
    "anterior_inferior",
    "mid_superior",
    "mid_inferior",
)


def simulate(
    out: Path,
    people: int,
    seed: int,
    protocol: str = "radiograph",
    workers: int | None = None,
    progress: bool = True,
    volumes: Path | None = None,
) -> Path:
    """Simulate `people` persons into the folder `out`; return the manifest's path.

    A person has 1 to 6 radiographs, 2.8 in the mean, or one VFA image. Writes images/*.dcm, manifest.csv and
    truth.jsonl (one image a line, the manifest's order), and unlike/LOOK/*.png, a few pictures that the
    weights of such a cohort are to call unlike. seed: 0 to 2**32 - 1; the same (seed, protocol, person index)
    gives the same bytes whatever the number of workers, and persons of different seeds or protocols are
    different draws with different ids. workers: processes, by default one a core; a script that uses more
    than one needs the `if __name__ == "__main__"` guard. volumes: a folder of CT volumes with vertebra masks,
    whose anatomy joins that of the two volumes of the program; what is made ready of them is kept in the
    folder .verte-volumes of `out`.

    Raises DataError for an unknown protocol, numbers out of range, a folder that can't be made or volumes
    that can't be used.
    """
    if protocol not in ("radiograph", "vfa"):
        raise DataError(f"The protocol must be radiograph or vfa, not {protocol!r}.")
    if people < 1 or (workers is not None and workers < 1):
        raise DataError("The numbers of people and of workers must be at least 1.")
    if not 0 <= seed < 2**32:
        raise DataError(f"The seed must be between 0 and {2**32 - 1}, not {seed}.")
    out = Path(out)
    try:
        (out / "images").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"The folder {out} can't be made: {error.strerror}.") from error
    workers = min(workers or os.cpu_count() or 1, people)
    collection = Collection(() if volumes is None else tuple(find(volumes)), out / _READY)
    job = partial(_make_person, out, seed, protocol, collection)
    beside = partial(make_unlike, out, seed, protocol, collection)
    unlike = range(max(people // PEOPLE_AN_UNLIKE, 1))
    if workers == 1:
        made = list(tqdm(map(job, range(people)), total=people, disable=not progress, unit="person"))
        for index in unlike:
            beside(index)
    else:
        # Spawned, since the caller may already run threads (OpenCV, torch) that a fork would break.
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            made = list(
                tqdm(
                    pool.imap(job, range(people), chunksize=4),
                    total=people,
                    disable=not progress,
                    unit="person",
                )
            )
            pool.map(beside, unlike)
    images = [image for person in made for image in person]
    with replacing(out / "truth.jsonl", "utf-8") as stream:
        stream.writelines(json.dumps(truth) + "\n" for _, truth in images)
    manifest = out / "manifest.csv"
    with replacing(manifest, "utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row, _ in images)
    return manifest


def _make_person(
    out: Path, seed: int, protocol: str, volumes: Collection, index: int
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Write the images of one person; return a manifest row and a truth record for each."""
    cv2.setNumThreads(1)
    who, anatomy, films, ct = person_seeds(seed, index, protocol)
    letter = "P" if protocol == "radiograph" else "V"
    person = draw_person(np.random.default_rng(who), f"{letter}{seed}-{index:06d}")
    shoot = shooter(person, protocol, anatomy, ct, volumes)
    count = person.films if protocol == "radiograph" else 1
    calendar = np.random.default_rng(films.spawn(1)[0])
    first = np.datetime64("2015-01-01") + int(calendar.integers(0, 3000))
    days = np.sort(calendar.choice(150, count, replace=False))
    days -= days[0]
    made = []
    for number, (stream, day) in enumerate(zip(films.spawn(count), days, strict=True), start=1):
        place, picture, header = stream.spawn(3)
        rng = np.random.default_rng(header)
        manufacturer = str(rng.choice(["GE-LIKE", "DONGKANG-LIKE"])) if letter == "P" else "HOLOGIC-LIKE"
        name = f"images/{letter}{index:06d}_{number:02d}.dcm"
        film = shoot(place)
        pixels = film.expose(picture, manufacturer)
        age = round(person.age + day / 365.25, 1)
        _write(out / name, pixels, person, film, age, first + day, manufacturer, rng)
        row = {
            "path": name,
            "person_id": person.person_id,
            "split": person.split,
            "age": f"{age:.1f}",
            "sex": person.sex,
            "bmi": f"{person.bmi:.1f}",
            "pvf": film.pvf,
            "osteo": person.osteo,
            "followup_years": f"{person.followup_years:.2f}",
            "fracture_event": person.fracture_event,
        }
        made.append((row, _truth(name, person, film, manufacturer)))
    return made


def _write(
    path: Path,
    pixels: np.ndarray,
    person: Person,
    film: Film,
    age: float,
    date: np.datetime64,
    manufacturer: str,
    rng: np.random.Generator,
) -> None:
    inverted = rng.random() < 0.12
    vfa = film.field.protocol == "vfa"
    patient = Patient(
        person.person_id,
        f"SIMULATED^{person.person_id}",
        age,
        person.sex,
        person.height_m,
        person.weight_kg,
    )
    picture = Pixels(
        pixels,
        film.field.spacing,
        photometric="MONOCHROME1" if inverted and not vfa else "MONOCHROME2",
        orientation=("A" if film.field.facing == "right" else "P", "F"),
        window=None if rng.random() < 0.2 else (2048.0, 4096.0),
    )
    series = Series(
        modality="OT" if vfa else "CR",
        body_part="LSPINE" if film.field.coverage == "lumbar" else "SPINE",
        manufacturer=manufacturer,
        description="VFA lateral" if vfa else _SERIES[film.field.coverage],
        date=str(date).replace("-", ""),
    )
    write_image(path, patient, picture, series)


def body_truth(film: Film, manufacturer: str) -> dict[str, Any]:
    """What a truth record says of a film, whoever's it is."""
    field = film.field
    vertebrae = []
    for v in film.bodies:
        points = field.to_stored(v.points)
        vertebrae.append(
            {
                "level": v.level,
                "points": {
                    key: [round(float(c), 2) for c in p] for key, p in zip(_POINTS, points, strict=True)
                },
                "ha_mm": round(v.ha, 3),
                "hm_mm": round(v.hm, 3),
                "hp_mm": round(v.hp, 3),
                "hp_before_mm": round(v.reference, 3),
                "genant_grade": v.grade,
                "genant_type": v.kind,
            }
        )
    return {
        "height": field.height,
        "width": field.width,
        "pixel_spacing_mm": round(field.spacing, 5),
        "facing": field.facing,
        "coverage": field.coverage,
        "manufacturer": manufacturer,
        "hardware": film.hardware,
        "vertebrae": vertebrae,
    }


def _truth(name: str, person: Person, film: Film, manufacturer: str) -> dict[str, Any]:
    known = {
        "simulator": SIMULATOR_VERSION,
        "path": name,
        "person_id": person.person_id,
        "source": film.source,
    }
    return known | {"t_score": person.t_score, **body_truth(film, manufacturer)}
