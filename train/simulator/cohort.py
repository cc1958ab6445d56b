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

from train.dicom import write_cr
from train.simulator.people import Person, draw_person
from train.simulator.render import render
from train.simulator.scene import Scene, draw_scene

COLUMNS = ("path", "person_id", "split", "age", "sex", "bmi", "pvf", "osteo")
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
) -> Path:
    """Simulate `people` persons, one image each, into the folder `out`; return the manifest's path.

    Writes images/*.dcm, manifest.csv and truth.jsonl (one image a line, the manifest's order). seed: 0 to
    2**32 - 1; the same (seed, protocol, person index) gives the same bytes whatever the number of workers,
    and persons of different seeds or protocols are different draws with different ids. workers: processes, by
    default one a core; a script that uses more than one needs the `if __name__ == "__main__"` guard.

    Raises ValueError for an unknown protocol or numbers out of range.
    """
    if protocol not in ("radiograph", "vfa"):
        raise ValueError(f"unknown protocol {protocol!r}: use 'radiograph' or 'vfa'")
    if people < 1 or not 0 <= seed < 2**32:
        raise ValueError("people must be at least 1 and seed between 0 and 4294967295")
    out = Path(out)
    (out / "images").mkdir(parents=True, exist_ok=True)
    workers = min(workers or os.cpu_count() or 1, people)
    job = partial(_make_person, out, seed, protocol)
    if workers == 1:
        made = list(tqdm(map(job, range(people)), total=people, disable=not progress, unit="person"))
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
    images = [image for person in made for image in person]
    with (out / "truth.jsonl").open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(json.dumps(truth) + "\n" for _, truth in images)
    manifest = out / "manifest.csv"
    with manifest.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row, _ in images)
    return manifest


def person_seeds(seed: int, index: int, protocol: str) -> tuple[np.random.SeedSequence, ...]:
    """Streams of one person for (who they are, their anatomy and field, the picture, the file's header)."""
    entropy = [seed, index] if protocol == "radiograph" else [seed, index, 1]
    return tuple(np.random.SeedSequence(entropy).spawn(4))


def _make_person(
    out: Path, seed: int, protocol: str, index: int
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Write the images of one person; return a manifest row and a truth record for each."""
    cv2.setNumThreads(1)
    who, anatomy, picture, header = person_seeds(seed, index, protocol)
    letter = "P" if protocol == "radiograph" else "V"
    person = draw_person(np.random.default_rng(who), f"{letter}{seed}-{index:06d}")
    name = f"images/{letter}{index:06d}_01.dcm"
    scene = draw_scene(anatomy, person, protocol)
    _write(out / name, render(scene, person, picture), person, scene, np.random.default_rng(header))
    row = {
        "path": name,
        "person_id": person.person_id,
        "split": person.split,
        "age": f"{person.age:.1f}",
        "sex": person.sex,
        "bmi": f"{person.bmi:.1f}",
        "pvf": scene.pvf,
        "osteo": person.osteo,
    }
    return [(row, _truth(name, person, scene))]


def _write(path: Path, pixels: np.ndarray, person: Person, scene: Scene, rng: np.random.Generator) -> None:
    inverted = rng.random() < 0.12
    date = np.datetime64("2015-01-01") + int(rng.integers(0, 3000))
    vfa = scene.field.protocol == "vfa"
    write_cr(
        path,
        pixels,
        spacing_mm=scene.field.spacing,
        patient_id=person.person_id,
        patient_name=f"SIMULATED^{person.person_id}",
        age_years=person.age,
        sex=person.sex,
        height_m=person.height_m,
        weight_kg=person.weight_kg,
        photometric="MONOCHROME1" if inverted and not vfa else "MONOCHROME2",
        modality="OT" if vfa else "CR",
        body_part="SPINE" if vfa else "LSPINE",
        series_description="VFA lateral" if vfa else "L-SPINE LATERAL",
        patient_orientation=("A" if scene.field.facing == "right" else "P", "F"),
        window=None if rng.random() < 0.2 else (2048.0, 4096.0),
        study_date=str(date).replace("-", ""),
    )


def _truth(name: str, person: Person, scene: Scene) -> dict[str, Any]:
    field = scene.field
    vertebrae = []
    for v in scene.visible():
        points = field.to_stored(v.to_plane(v.local_points()))
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
        "path": name,
        "person_id": person.person_id,
        "t_score": person.t_score,
        "height": field.height,
        "width": field.width,
        "pixel_spacing_mm": round(field.spacing, 5),
        "facing": field.facing,
        "vertebrae": vertebrae,
    }
