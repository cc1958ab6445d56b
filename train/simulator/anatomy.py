"""The shape of one person's spine in the sagittal plane, in millimetres.

Axes: x grows towards the front of the body, y grows towards the feet; the origin is the middle of the
sacral endplate. A posed spine is magnified: there, a length divided by the pixel spacing is pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from train.simulator.people import Fracture, Person

LEVELS = (
    "L5", "L4", "L3", "L2", "L1",
    "T12", "T11", "T10", "T9", "T8", "T7", "T6", "T5", "T4", "T3", "T2", "T1",
    "C7", "C6", "C5", "C4",
)  # fmt: skip
"""From below upwards. The neck is drawn, as in life, but is no part of the truth."""
# Mean adult sizes in mm, from below upwards; rounded from published vertebral morphometry.
_HEIGHT = (
    24.3, 26.6, 27.3, 27.2, 26.5,
    25.0, 23.4, 22.2, 21.2, 20.4, 19.7, 19.1, 18.6, 18.0, 17.6, 17.2, 16.4,
    14.0, 13.0, 13.0, 13.2,
)  # fmt: skip
_DEPTH = (
    34.0, 34.0, 33.2, 32.2, 31.0,
    30.0, 29.5, 29.0, 28.2, 27.2, 25.8, 24.4, 23.0, 21.5, 20.0, 18.6, 17.6,
    17.0, 16.6, 16.0, 15.6,
)  # fmt: skip
_WEDGE = (
    1.10, 1.02, 1.00, 0.98, 0.96,
    0.955, 0.955, 0.965, 0.96, 0.95, 0.95, 0.955, 0.96, 0.97, 0.97, 0.97, 0.98,
    0.98, 0.97, 0.97, 0.97,
)  # fmt: skip
_DISC = (
    7.8, 9.0, 8.6, 7.8, 6.8,
    5.6, 4.7, 4.2, 3.8, 3.6, 3.4, 3.3, 3.3, 3.3, 3.4, 3.6, 3.8,
    4.2, 4.6, 4.6, 4.6,
)  # fmt: skip
# Degrees each body is turned against the one below: lordosis to T12, kyphosis to T1, the neck's lordosis.
_TURN = (
    -14.0, -12.0, -9.0, -6.0, -4.0,
    -1.0, 2.5, 3.0, 3.5, 4.0, 4.5, 4.5, 4.0, 4.0, 3.5, 3.0, 2.5,
    -2.0, -4.0, -5.0, -5.0,
)  # fmt: skip


Points = np.ndarray
"""(..., 2) as (x, y), mm."""
AS, PS, PI, AI, MS, MI = range(6)
"""Of the six points of a body: anterior-superior, posterior-superior, posterior-inferior, anterior-inferior,
mid-superior, mid-inferior."""


@dataclass(frozen=True)
class Body:
    """One vertebral body as an image shows it.

    points (6, 2): (x, y) in plane mm of anterior-superior, posterior-superior, posterior-inferior,
    anterior-inferior, mid-superior and mid-inferior. ha, hm, hp: front, middle and back height, mm;
    reference: the back height before a fracture. kind: none, wedge, biconcave or crush; grade: Genant 0-3.
    """

    level: str
    points: np.ndarray
    ha: float
    hm: float
    hp: float
    reference: float
    kind: str
    grade: int


@dataclass
class Vertebra:
    """One vertebral body. Lengths in mm; tilt in radians, positive when the body leans forwards.

    Local axes: u to the front, w to the feet, origin in the body's middle. ha, hm, hp: front, middle and back
    height; reference: the back height before any fracture. disc: height of the disc below; turn: radians
    against the body below. top_share: how much of a lost height the upper endplate carries, 0-1. roll,
    rotation: radians about the front-back and the long axis, which double the outlines. spongy: spongy bone
    relative to what the T-score says. seed: of what is drawn of this body in every film.

    Degeneration, each at the upper and the lower endplate: lips, osteophytes as fractions of the depth;
    sclerosis, thickening of the endplate in mm. nodes: Schmorl's, each with its place from -1 back to 1
    front, half its breadth in the same unit, its depth as a fraction of the height, and 0 for the upper or 1
    for the lower endplate. waviness: of the endplates, mm.
    """

    level: str
    depth: float
    width: float
    ha: float
    hm: float
    hp: float
    reference: float
    disc: float
    turn: float
    roll: float
    rotation: float
    spongy: float
    seed: int
    top_share: float = 0.5
    tilt: float = 0.0
    centre: np.ndarray = field(default_factory=lambda: np.zeros(2))
    kind: str = "none"
    grade: int = 0
    lips: tuple[float, float] = (0.0, 0.0)
    sclerosis: tuple[float, float] = (0.0, 0.0)
    nodes: tuple[tuple[float, float, float, int], ...] = ()
    waviness: float = 0.0

    def local_points(self) -> np.ndarray:
        """Six points (6, 2) as (u, w): anterior-superior, posterior-superior, posterior-inferior,
        anterior-inferior, mid-superior, mid-inferior."""
        d, h = self.depth / 2, self.hp / 2
        lost = self.hp - self.ha
        front_top, front_bottom = -h + lost * self.top_share, h - lost * (1 - self.top_share)
        dip = (self.ha + self.hp) / 2 - self.hm
        top = (front_top - h) / 2 + dip * self.top_share
        bottom = (front_bottom + h) / 2 - dip * (1 - self.top_share)
        return np.array([(d, front_top), (-d, -h), (-d, h), (d, front_bottom), (0, top), (0, bottom)])

    def points(self) -> np.ndarray:
        """The six points (6, 2) in the sagittal plane, mm."""
        return self.to_plane(self.local_points())

    def body(self) -> Body:
        """What the truth says of it."""
        heights = (self.ha, self.hm, self.hp, self.reference)
        return Body(self.level, self.points(), *heights, self.kind, self.grade)

    def to_plane(self, local: np.ndarray) -> np.ndarray:
        """Turn local (N, 2) points (u, w) into the sagittal plane's (x, y), mm."""
        c, s = np.cos(self.tilt), np.sin(self.tilt)
        moved: np.ndarray = local @ np.array([[c, s], [-s, c]]) + self.centre
        return moved


@dataclass
class Spine:
    """Vertebrae from L5 upwards, the slope of the sacral endplate in radians, and the magnification.

    seed: of everything else that stays the same in all films of the person.
    """

    vertebrae: list[Vertebra]
    sacral_slope: float
    seed: int
    magnification: float = 1.0

    def midline(self, y: np.ndarray) -> np.ndarray:
        """Smoothed x of the spine at heights y, mm; the skin follows this rather than each vertebra."""
        points = np.array([v.centre for v in self.vertebrae])
        smooth = np.polynomial.Polynomial.fit(points[:, 1], points[:, 0], 4)
        low, high = points[:, 1].min(), points[:, 1].max()
        inside = np.clip(y, low, high)
        x: np.ndarray = smooth(inside) + 0.3 * smooth.deriv()(inside) * (y - inside)
        return x


def genant_grade(loss: float) -> int:
    """Grade 0-3 of a fraction of height lost (Genant 1993): 20 %, 25 % and 40 % are the lower edges."""
    return int(np.searchsorted([0.20, 0.25, 0.40], loss, side="right"))


def draw_spine(rng: np.random.Generator, person: Person) -> Spine:
    """Draw the unfractured spine of a person, not yet placed (see `pose`), in mm without magnification."""
    size = (person.height_m / 1.62) ** 0.8 * (1.04 if person.sex == "M" else 0.99) * rng.normal(1.0, 0.02)
    slimness = rng.normal(1.0, 0.05)
    lordosis = float(np.clip(rng.normal(1.0, 0.22), 0.35, 1.5))
    kyphosis = float(np.clip(rng.normal(1.0 + 0.006 * (person.age - 65), 0.25), 0.4, 2.0))
    narrowing = float(np.clip(rng.normal(1.0 - 0.004 * (person.age - 60), 0.10), 0.55, 1.2))
    # Most people's curve to the side is slight; a few have a scoliosis.
    curve_phase = rng.uniform(0, 2 * np.pi)
    curve = abs(rng.normal(0, 3.0)) + (rng.uniform(6, 14) if rng.random() < 0.06 else 0)
    patchy = 1.0 + 0.05 * rng.standard_normal()
    vertebrae = []
    for i, level in enumerate(LEVELS):
        hp = _HEIGHT[i] * size * np.clip(rng.normal(1.0, 0.025), 0.94, 1.06)
        ha = hp * float(np.clip(_WEDGE[i] * rng.normal(1.0, 0.03), 0.88, 1.16))
        hm = (ha + hp) / 2 * float(np.clip(rng.normal(0.935, 0.025), 0.87, 0.985))
        # Whatever the draw, an unfractured body stays clear of the 20 % that makes a fracture.
        hm = max(hm, 0.86 * max(ha, hp))
        depth = _DEPTH[i] * size * slimness * rng.normal(1.0, 0.02)
        turn = _TURN[i] * (lordosis if _TURN[i] < 0 else kyphosis) + rng.normal(0, 1.2)
        vertebrae.append(
            Vertebra(
                level,
                depth,
                width=depth * rng.normal(1.32, 0.04),
                ha=ha,
                hm=hm,
                hp=hp,
                reference=hp,
                disc=_DISC[i] * narrowing * float(np.clip(rng.normal(1.0, 0.14), 0.5, 1.4)),
                turn=float(np.deg2rad(turn)),
                roll=float(np.deg2rad(curve * np.sin(curve_phase + i * 0.45) + rng.normal(0, 0.6))),
                rotation=float(np.deg2rad(curve * np.cos(curve_phase + i * 0.45))),
                spongy=patchy * rng.normal(1.0, 0.05),
                seed=int(rng.integers(2**32)),
                top_share=float(rng.uniform(0.4, 0.6)),
            )
        )
    slope = np.deg2rad(np.clip(rng.normal(36, 7), 18, 55)) * (0.35 + 0.65 * lordosis)
    return Spine(vertebrae, float(slope), int(rng.integers(2**32)))


def fracture(vertebra: Vertebra, event: Fracture) -> None:
    """Deform a body in place so that its heights give the event's Genant type and grade.

    Wedge: Ha against Hp. Biconcave: Hm against Hp. Crush: Hp, Hm and Ha against the height before.
    """
    rng = np.random.default_rng(vertebra.seed)
    keep = 1 - event.loss
    if event.kind == "wedge":
        vertebra.ha = vertebra.hp * keep
        vertebra.hm = vertebra.hp * (1 - event.loss * rng.uniform(0.55, 0.75) - 0.03)
        vertebra.hm = max(vertebra.hm, vertebra.ha * 0.98)
        vertebra.top_share = float(rng.uniform(0.7, 0.95))
    elif event.kind == "biconcave":
        vertebra.ha = vertebra.hp * (1 - event.loss * rng.uniform(0.05, 0.35))
        vertebra.hm = vertebra.hp * keep
        vertebra.top_share = float(rng.uniform(0.4, 0.75))
    else:
        vertebra.hp = vertebra.reference * keep
        vertebra.ha = vertebra.hp * rng.uniform(0.85, 1.0)
        vertebra.hm = vertebra.hp * rng.uniform(0.84, 0.95)
        vertebra.top_share = float(rng.uniform(0.5, 0.8))
    vertebra.depth *= 1 + 0.10 * event.loss
    vertebra.kind, vertebra.grade = event.kind, genant_grade(event.loss)


def pose(spine: Spine, rng: np.random.Generator, magnification: float) -> Spine:
    """The spine as it stands for one film: enlarged, leaning and turned a little, piled up on the sacrum.

    A wedged body bends the column above it; the discs take back part of that, as in life.
    """
    lean, bend = np.deg2rad(rng.normal(0, 2.5)), rng.normal(1.0, 0.05)
    rotation, roll = np.deg2rad(rng.normal(0, (3.0, 2.2)))
    posed = replace(
        spine,
        vertebrae=[_enlarged(v, magnification) for v in spine.vertebrae],
        sacral_slope=spine.sacral_slope * bend + lean,
        magnification=magnification,
    )
    tilt, top = posed.sacral_slope, np.zeros(2)
    for v in posed.vertebrae:
        bent = 0.35 * np.arctan2(v.hp - v.ha, v.depth) if v.kind == "wedge" else 0.0
        tilt_below, tilt = tilt, tilt + v.turn * bend + bent
        between = (tilt_below + tilt) / 2
        v.tilt = tilt
        v.rotation += rotation
        v.roll += roll
        points = v.local_points()
        low = (points[2] + points[3]) / 2
        base = top + v.disc * np.array([np.sin(between), -np.cos(between)])
        v.centre = base - v.to_plane(low[None])[0]
        top = v.to_plane(((points[0] + points[1]) / 2)[None])[0]
        tilt += bent
    # People are positioned so that the column stands along the film, whatever its curves.
    reach = posed.vertebrae[LEVELS.index("T10")].centre
    upright = -0.75 * np.arctan2(reach[0], -reach[1])
    c, s = np.cos(upright), np.sin(upright)
    posed.sacral_slope += upright
    for v in posed.vertebrae:
        v.tilt += upright
        v.centre = np.array([c * v.centre[0] - s * v.centre[1], s * v.centre[0] + c * v.centre[1]])
    return posed


def _enlarged(v: Vertebra, by: float) -> Vertebra:
    lengths = ("depth", "width", "ha", "hm", "hp", "reference", "disc")
    return replace(v, centre=np.zeros(2), **{name: getattr(v, name) * by for name in lengths})
