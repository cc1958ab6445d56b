"""The TotalSegmentator CT dataset: volumes with masks of every vertebra, no labels.

Wasserthal et al., Radiol Artif Intell 2023;5(5):e230024; Zenodo, CC BY 4.0. Its meta.csv gives age and sex.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from train.adopt.ct_films import Subject, project
from train.simulator.ct.sources import find
from verte_core.clinical import AGE_RANGE
from verte_core.errors import DataError

META = "meta.csv"


def adopt(source: Path, out: Path, films: int = 2, seed: int = 0) -> str:
    """Project films of all volumes as they are, with both labels unknown; what became of each, for a reader.

    ``simulate --volumes`` makes labelled films of the same folder.

    Raises:
        DataError: for a folder or a meta.csv that can't be used.
        OutputError: when something can't be written.
    """
    sources = find(source)
    known = _people(source / META)
    subjects = {each.name: known.get(each.name, Subject(each.name)) for each in sources}
    return project(sources, subjects, out, films, seed)


def _people(path: Path) -> dict[str, Subject]:
    if not path.is_file():
        return {}
    try:
        table = pd.read_csv(path, sep=None, engine="python", dtype=str, keep_default_na=False)
        rows = [(row["image_id"], row.get("age", ""), row.get("gender", "")) for _, row in table.iterrows()]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} can't be read as a table with image_id, age and gender: {error}.") from error
    return {name: Subject(name, None, _age(age), gender.strip().upper()[:1]) for name, age, gender in rows}


def _age(text: str) -> float | None:
    """Years; None where it is no adult's or not known."""
    try:
        age = float(text)
    except ValueError:
        return None
    return age if AGE_RANGE[0] <= age <= AGE_RANGE[1] else None
