"""From a volume with masks to one that can be shaped and projected: straight, cut out, with points and
parts."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from scipy import ndimage

from train.simulator.anatomy import AI, AS, LEVELS, MI, MS, PI, PS, Points
from train.simulator.ct.attenuation import attenuation
from train.simulator.ct.body import outside
from train.simulator.ct.landmarks import centre, silhouette, six_points
from train.simulator.ct.painting import AIR, COMPACT, SPONGY, cloud, is_bone, is_bone_only, soft_tissue
from train.simulator.ct.sources import VERTEBRA, Source, Structures, read
from train.simulator.ct.volume import Bodies, CtVolume, split
from verte_core.errors import DataError

HALF_WIDTH_MM = 165.0
"""Of the trunk that is kept to each side of the column."""
MARGIN_MM = 30.0
"""Behind and in front of all that the masks show."""
GROUP_MM, FINE_MM = 4.5, 1.0
"""Thickness of sagittal slices, and voxels within them."""
VERTEBRA_SHELL_MM, SHELL_MM = 0.7, 1.4
"""Of compact bone where there are only masks."""
BONE_ONLY_HU = 195.0
"""Where a volume of bone alone holds nothing, there is less."""
CONTRAST_HU, BLOOD_HU = 130.0, 45.0
"""Above it, an organ holds contrast medium."""
LEAST_BODIES = 3
"""Whole ones; with fewer a film shows too little."""
DEPTH_MM, RATIO = (14.0, 60.0), 0.35
"""What a body's depth can be, and its least height relative to its greatest; all else is a fault of the
mask."""


def build(source: Source) -> CtVolume:
    """Read a volume and make it ready; the same files give the same.

    Raises:
        DataError: for a file that can't be read, or a volume that shows fewer than three whole vertebrae.
    """
    person = _straight(read(source), source.name)
    bodies = _bodies(person)
    if sum(bodies.whole) < LEAST_BODIES:
        raise DataError(
            f"The volume {source.name} shows {sum(bodies.whole)} whole vertebrae; {LEAST_BODIES} are needed."
        )
    rng = np.random.default_rng(len(person.names))
    hounsfield, depth, label, frontal = _resampled(person, bodies, rng)
    step = np.array([GROUP_MM, FINE_MM, FINE_MM])
    origin = np.array([-(len(hounsfield) - 1) / 2 * GROUP_MM, FINE_MM / 2, FINE_MM / 2])
    return split(source.name, bodies, hounsfield, depth, label, step, origin, frontal)


def _straight(person: Structures, name: str) -> Structures:
    """The part about the column, with the column's sideways curve taken out and its midline in the middle."""
    rows: list[float] = []
    middles: list[float] = []
    for index, structure in enumerate(person.names):
        if structure.startswith(VERTEBRA):
            where = person.labels == index + 1
            for axis, found in ((1, rows), (0, middles)):
                counts = where.sum(tuple({0, 1, 2} - {axis}))
                found.append(float(np.average(np.arange(len(counts)), weights=counts)))
    if len(rows) < LEAST_BODIES:
        raise DataError(f"The volume {name} shows {len(rows)} vertebrae; {LEAST_BODIES} are needed.")
    curve = np.polynomial.Polynomial.fit(rows, middles, min(4, len(rows) - 1))
    count = person.labels.shape[1]
    middle = np.round(curve(np.clip(np.arange(count), min(rows), max(rows)))).astype(int)
    half = round(HALF_WIDTH_MM / person.step[0])
    shown = np.flatnonzero((person.labels > 0).any((0, 1)))
    bare = all(is_bone(name) for name in person.names)
    behind, before = (
        round(mm / person.step[2]) for mm in ((60.0, 110.0) if bare else (MARGIN_MM, MARGIN_MM))
    )
    columns = slice(max(shown[0] - behind, 0), shown[-1] + before + 1)

    def moved(voxels: np.ndarray, fill: float) -> np.ndarray:
        wide: np.ndarray = np.pad(voxels[..., columns], ((half, half), (0, 0), (0, 0)), constant_values=fill)
        cut: np.ndarray = np.stack([wide[m : m + 2 * half + 1, row] for row, m in enumerate(middle)], axis=1)
        return cut

    hounsfield = person.hounsfield
    if hounsfield is not None:
        only_bone = is_bone_only(hounsfield)
        hounsfield = _attached(person, hounsfield) if only_bone else _cleaned(person, hounsfield)
        hounsfield = moved(hounsfield, float(hounsfield.min()))
    return replace(person, hounsfield=hounsfield, labels=moved(person.labels, 0))


def _attached(person: Structures, hounsfield: np.ndarray) -> np.ndarray:
    """Of a volume of bone alone, what hangs together with the vertebrae: no table, no contrast medium."""
    bone = ndimage.binary_closing(hounsfield > 0, iterations=2)
    parts, count = ndimage.label(bone | (person.labels > 0))
    vertebrae = [index + 1 for index, name in enumerate(person.names) if name.startswith(VERTEBRA)]
    kept = np.zeros(count + 1, np.bool_)
    kept[np.unique(parts[np.isin(person.labels, vertebrae)])] = True
    kept[0] = False
    attached: np.ndarray = np.where(kept[parts], hounsfield, 0).astype(np.float32)
    return attached


def _cleaned(person: Structures, hounsfield: np.ndarray) -> np.ndarray:
    """Without the table, and with plain blood for contrast medium where a mask says that it is no bone."""
    cleaned = hounsfield.copy()
    cleaned[outside(hounsfield, depth_axis=2)] = AIR
    organs = [index + 1 for index, name in enumerate(person.names) if not is_bone(name)]
    cleaned[np.isin(person.labels, organs) & (cleaned > CONTRAST_HU)] = BLOOD_HU
    return cleaned


def _bodies(person: Structures) -> Bodies:
    """Six points of every vertebra that shows its body, from above downwards."""
    middle = (len(person.labels) - 1) / 2
    shapes = {}
    for name in person.names:
        if name.startswith(VERTEBRA):
            found = silhouette(person.mask(name), middle, person.step)
            if found is not None:
                shapes[name.removeprefix(VERTEBRA)] = found
    levels = sorted(shapes, key=lambda level: centre(shapes[level])[1])
    if len(levels) < 2:
        return Bodies((), (), np.zeros((0, 6, 2)))
    along = np.gradient(np.array([centre(shapes[level]) for level in levels]), axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    points = np.array([six_points(shapes[level], d) for level, d in zip(levels, along, strict=True)])
    whole = tuple(
        level in LEVELS and level[0] != "C" and _is_whole(shapes[level], own)
        for level, own in zip(levels, points, strict=True)
    )
    return Bodies(tuple(levels), whole, points)


def _is_whole(shape: np.ndarray, points: Points) -> bool:
    heights = np.linalg.norm(points[[AI, MI, PI]] - points[[AS, MS, PS]], axis=1)
    depth = np.linalg.norm(points[AS] - points[PS])
    cut = shape[:3].any() or shape[-3:].any()
    return bool(not cut and DEPTH_MM[0] < depth < DEPTH_MM[1] and heights.min() > RATIO * heights.max())


def _resampled(
    person: Structures, bodies: Bodies, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hounsfield units, depth in a body (mm) and its label, each (Z, Y, X) in slices of `GROUP_MM`.

    And frontal line integrals (Y, Z), in slices as they were.
    """
    group = max(round(GROUP_MM / person.step[0]), 1)
    size = tuple(
        int(n) for n in np.round(np.array(person.labels.shape[:0:-1]) * person.step[:0:-1] / FINE_MM)
    )
    depth, owner = _depths(person, bodies)
    painted = person.hounsfield is None or is_bone_only(person.hounsfield)
    base = soft_tissue(person, rng) if painted else person.hounsfield
    assert base is not None
    shells = _bones(person) if painted else []
    spongy = SPONGY * (1 + 0.15 * cloud(base.shape, 6.0, person.step, rng)) if painted else base

    def fine(plane: np.ndarray, how: int = cv2.INTER_CUBIC) -> np.ndarray:
        resized: np.ndarray = cv2.resize(plane, size, interpolation=how)
        return resized

    first = (len(base) % group) // 2
    slices, frontal = [], []
    for start in range(first, len(base) - group + 1, group):
        total = np.zeros(size[::-1], np.float32)
        for z in range(start, start + group):
            plane = fine(base[z], cv2.INTER_LINEAR if painted else cv2.INTER_CUBIC)
            for signed, shell in shells:
                within = fine(signed[z])
                share = np.clip(within / FINE_MM + 0.5, 0, 1)
                core = np.clip((within - shell) / FINE_MM + 0.5, 0, 1)
                bone = core * fine(spongy[z]) + (1 - core) * COMPACT
                if person.hounsfield is not None:  # of bone alone: what it lacks is below
                    bone = np.minimum(bone, BONE_ONLY_HU)
                plane = plane * (1 - share) + share * bone
            if painted and person.hounsfield is not None:
                known = fine(person.hounsfield[z], cv2.INTER_LINEAR)
                plane = plane + np.clip(known / BONE_ONLY_HU, 0, 1) * (known - plane)
            total += plane
            frontal.append(attenuation(plane).sum(1) * np.float32(FINE_MM))
        middle = start + group // 2
        inside = fine(depth[middle - group // 2 : middle + group // 2 + 1].mean(0))
        label = cv2.resize(owner[middle], size, interpolation=cv2.INTER_NEAREST)
        slices.append((total / group, inside, label * (inside > 0.5)))
    hounsfield, deep, labels = (np.stack(each) for each in zip(*slices, strict=True))
    return hounsfield, deep, labels.astype(np.uint8), np.stack(frontal, 1)


def _bones(person: Structures) -> list[tuple[np.ndarray, float]]:
    """Signed distance (Z, Y, X) to the surface, near it, of other bone and of vertebrae, with their
    shells."""
    found = []
    for vertebrae, shell in ((False, SHELL_MM), (True, VERTEBRA_SHELL_MM)):
        wanted = [
            index + 1
            for index, name in enumerate(person.names)
            if is_bone(name) and name.startswith(VERTEBRA) == vertebrae
        ]
        smooth = ndimage.gaussian_filter(np.isin(person.labels, wanted).astype(np.float32), 0.9)
        # A blurred edge rises by 1 / (sigma * sqrt(2 pi)) a voxel where it is crossed.
        found.append(((smooth - 0.5) * np.float32(0.9 * np.sqrt(2 * np.pi) * person.step[1]), shell))
    return found


def _depths(person: Structures, bodies: Bodies) -> tuple[np.ndarray, np.ndarray]:
    """How deep each voxel (Z, Y, X) lies in a body, mm, negative outside; and 1 + index of the nearest."""
    shape = person.labels.shape
    deepest, owner = np.full(shape, -10.0, np.float32), np.zeros(shape, np.uint8)
    pad = np.ceil(6.0 / person.step).astype(int)
    for index, (level, points) in enumerate(zip(bodies.levels, bodies.points, strict=True)):
        where = np.argwhere(person.mask(VERTEBRA + level))
        box = tuple(
            slice(max(low - p, 0), high + p + 1)
            for low, high, p in zip(where.min(0), where.max(0), pad, strict=True)
        )
        mask = person.mask(VERTEBRA + level)[box]
        y, x = (
            (np.arange(s.start, min(s.stop, n)) + 0.5) * d
            for s, n, d in zip(box[1:], shape[1:], person.step[1:], strict=True)
        )
        # The arch begins at the line of the back wall.
        wall = points[PI] - points[PS]
        ahead = np.array([wall[1], -wall[0]])
        in_front = (x[None] - points[PS, 0]) * ahead[0] + (y[:, None] - points[PS, 1]) * ahead[1] > 0
        body = mask & in_front
        if not body.any():
            continue
        signed = ndimage.distance_transform_edt(body, sampling=person.step)
        signed -= ndimage.distance_transform_edt(~body, sampling=person.step)
        signed = ndimage.gaussian_filter(signed.astype(np.float32), 0.7)
        nearer = signed > deepest[box]
        owner[box][nearer] = index + 1
        deepest[box][nearer] = signed[nearer]
    return deepest, owner
