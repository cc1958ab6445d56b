"""Lateral films projected from people's CT as they are, with the grades that radiologists gave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from train.adopt.rows import Adopted, said, write_manifest
from train.simulator.cohort_folder import SIMULATOR_VERSION, body_truth
from train.simulator.ct.building import build
from train.simulator.ct.sources import Source
from train.simulator.ct_film import unchanged_film
from train.simulator.detector import LOOKS
from train.simulator.dicom import Patient, Pixels, Series, write_image
from train.simulator.film import Film
from verte_core.errors import DataError, OutputError
from verte_core.files import replacing

MAKERS = tuple(name for name in LOOKS if not name.startswith("HOLOGIC"))


@dataclass(frozen=True)
class Subject:
    """What is known of the person of a volume.

    grades: Genant's by level; None where nothing is known of any. A level that is not there was not seen.
    """

    person_id: str
    grades: Mapping[str, int] | None = None
    age: float | None = None
    sex: str = ""
    osteo: int | None = None


def project(
    sources: Sequence[Source], subjects: Mapping[str, Subject], out: Path, films: int, seed: int
) -> str:
    """Write images/*.dcm, manifest.csv and truth.jsonl; what became of each volume, for a reader.

    films: of each volume, in different poses. subjects: by the name of the volume.

    Raises:
        DataError: when no volume can be used.
        OutputError: when something can't be written.
    """
    adopted: list[Adopted] = []
    truths: list[dict[str, object]] = []
    left_out: dict[str, str] = {}
    for number, source in enumerate(tqdm(sources, "projecting", unit="volume")):
        subject = subjects.get(source.name)
        if source.ct is None:
            left_out[source.name] = "it has no CT file beside its masks."
            continue
        if subject is None:
            left_out[source.name] = "the table does not name it."
            continue
        try:
            volume = build(source)
        except DataError as error:
            left_out[source.name] = str(error)
            continue
        for take, stream in enumerate(np.random.SeedSequence([seed, number]).spawn(films)):
            place, plate = stream.spawn(2)
            film = unchanged_film(volume, subject.grades or {}, place)
            name = f"images/{source.name}_{take + 1:02d}.dcm"
            maker = MAKERS[take % len(MAKERS)]
            _write(out / name, film, film.expose(plate, maker), subject, maker)
            pvf = None if subject.grades is None else film.pvf
            adopted.append(
                Adopted(out / name, subject.person_id, subject.age, subject.sex, None, pvf, subject.osteo)
            )
            truths.append(
                {
                    "simulator": SIMULATOR_VERSION,
                    "path": name,
                    "person_id": subject.person_id,
                    "source": film.source,
                    "t_score": None,
                    **body_truth(film, maker),
                }
            )
    write_manifest(out, adopted)
    try:
        with replacing(out / "truth.jsonl", "utf-8") as file:
            file.writelines(json.dumps(truth) + "\n" for truth in truths)
    except OSError as error:
        raise OutputError(f"{out / 'truth.jsonl'} can't be written: {error.strerror}.") from error
    return said(adopted, left_out)


def _write(path: Path, film: Film, pixels: np.ndarray, subject: Subject, maker: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    patient = Patient(subject.person_id, f"PROJECTED^{subject.person_id}", subject.age, subject.sex)
    picture = Pixels(
        pixels, film.field.spacing, orientation=("A" if film.field.facing == "right" else "P", "F")
    )
    series = Series(modality="CR", body_part="SPINE", manufacturer=maker, description="PROJECTED FROM CT")
    write_image(path, patient, picture, series)
