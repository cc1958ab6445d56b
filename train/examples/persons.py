"""Who is who among the images of a cohort, by table, headers and pixels together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import count

from train.examples.headers import Facts
from verte_core.training.identities import patient_of


@dataclass(frozen=True)
class Persons:
    """Those of N images.

    Attributes:
        ids: (N,); None where nobody is named, neither by the table nor by a header.
        joined: a sentence for each person to whom the table gives several ids.
    """

    ids: list[str | None]
    joined: list[str]


def join(images: Sequence[Facts], table_ids: Sequence[str], names: Sequence[str]) -> Persons:
    """Images are of one person when they share a table's id, a PatientID, a study, a UID, or their pixels.

    A person goes by the first id of the table, and without one by a number: no PatientID is handed on.

    Args:
        images: in order.
        table_ids: the column person_id, empty where it says nothing.
        names: of the images, for sentences.
    """
    patients = [patient_of(each.header) for each in images]
    stated = [(own, each.header.patient_id) for own, each in zip(table_ids, images, strict=True)]
    both = [own == patient for own, patient in stated if own and patient]
    # Where the table plainly names people by PatientID, one id means the same in both.
    same_ids = bool(both) and all(both)
    groups = _Groups(len(images))
    for index, (image, own, patient) in enumerate(zip(images, table_ids, patients, strict=True)):
        identity = image.identity
        groups.add(index, "table", own)
        groups.add(index, "table" if same_ids else "PatientID", patient)
        for kind in ("instance", "study", "pixels"):
            groups.add(index, kind, getattr(identity, kind))
    ids: dict[int, str] = {}
    joined = []
    taken = set(table_ids)
    numbers = (name for name in map("person-{:06d}".format, count(1)) if name not in taken)
    for first, members in groups.found().items():
        # The first image of each id; the first id comes last.
        named = {table_ids[index]: names[index] for index in reversed(members) if table_ids[index]}
        if named:
            ids[first] = next(reversed(named))
        elif any(patients[index] for index in members):
            ids[first] = next(numbers)
        if len(named) > 1:
            images_of = ", ".join(f"{person} ({name})" for person, name in reversed(named.items()))
            joined.append(
                f"One person by headers or pixels, though the table has several: {images_of}; all go by "
                f"{ids[first]}."
            )
    return Persons([ids.get(groups.first(index)) for index in range(len(images))], joined)


class _Groups:
    """Numbers 0 to ``size``, which come together by what they have in common."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))
        self._holder: dict[Hashable, int] = {}

    def first(self, index: int) -> int:
        """The least number of a group."""
        while self._above[index] != index:
            self._above[index] = index = self._above[self._above[index]]
        return index

    def add(self, index: int, kind: str, value: str | None) -> None:
        """Bring ``index`` together with all that have the value; nothing and an empty text are no value."""
        if value:
            one, other = self.first(self._holder.setdefault((kind, value), index)), self.first(index)
            self._above[max(one, other)] = min(one, other)

    def found(self) -> dict[int, list[int]]:
        """The groups by their least number, each in order."""
        groups: dict[int, list[int]] = {}
        for index in range(len(self._above)):
            groups.setdefault(self.first(index), []).append(index)
        return groups
