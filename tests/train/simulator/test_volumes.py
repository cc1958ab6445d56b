"""CT volumes in public layouts become films with known truth."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import numpy as np
import pytest
import volumes

from train.simulator.cohort_folder import simulate
from train.simulator.ct import collection
from train.simulator.ct.building import build
from train.simulator.ct.collection import Collection
from train.simulator.ct.projection import covered, project
from train.simulator.ct.sources import Source, find, read
from train.simulator.ct.spine import shape_ct, unchanged
from train.simulator.ct.volume import CtVolume
from train.simulator.frontal import frontal_film
from train.simulator.people import Fracture
from verte_core.errors import DataError


def names(folder: Path) -> list[str]:
    return [source.name for source in find(folder)]


def test_both_layouts_are_found(tmp_path: Path) -> None:
    volumes.totalsegmentator(tmp_path / "a")
    volumes.verse(tmp_path / "b", "sub-gl003_dir-ax")
    assert names(tmp_path) == ["s0001", "sub-gl003_dir-ax"]


def test_a_folder_without_volumes_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no CT volume with vertebra masks"):
        find(tmp_path)
    with pytest.raises(DataError, match="is not there"):
        find(tmp_path / "gone")


@pytest.mark.parametrize("kind", ["masks only", "bone only", "whole"])
def test_every_kind_of_volume_is_made_ready(tmp_path: Path, kind: str) -> None:
    ct = {"masks only": None, "bone only": volumes.hounsfield(True), "whole": volumes.hounsfield()}[kind]
    volumes.totalsegmentator(tmp_path, ct=ct)
    volume = build(find(tmp_path)[0])
    assert volume.levels == ("T12", "L1", "L2", "L3", "L4", "L5")
    heights = np.linalg.norm(volume.bodies.points[:, [3, 5, 2]] - volume.bodies.points[:, [0, 4, 1]], axis=2)
    assert heights == pytest.approx(24.0, abs=2.5)
    depths = np.linalg.norm(volume.bodies.points[:, 0] - volume.bodies.points[:, 1], axis=1)
    assert depths == pytest.approx(32.0, abs=3.0)
    dense, porous = (
        project(unchanged(volume, {}), (0.0, 0.0), (300, 280), 0.5, t, 5.0, np.random.default_rng(0))
        for t in (0.0, -4.0)
    )
    body = (volume.bodies.points[3, :4].mean(0) / 0.5).astype(int)
    inside = np.s_[body[1] - 8 : body[1] + 8, body[0] - 8 : body[0] + 8]
    assert (dense - porous)[inside].mean() > 0.05, "spongy bone follows the T-score"
    assert np.isfinite(dense).all() and dense.min() >= 0


def test_a_bare_ct_on_the_grid_of_the_masks_is_theirs(tmp_path: Path) -> None:
    volumes.totalsegmentator(tmp_path)
    volumes.write(tmp_path / "bone.nii.gz", volumes.hounsfield(True))
    volumes.write(tmp_path / "another.nii.gz", volumes.hounsfield(True)[:50])
    assert find(tmp_path)[0].ct == tmp_path / "bone.nii.gz"


def test_any_orientation_gives_the_same_voxels(tmp_path: Path) -> None:
    volumes.verse(tmp_path / "a")
    volumes.verse(tmp_path / "b", turned=True)
    first, second = (read(find(tmp_path / each)[0]) for each in "ab")
    assert first.names == second.names
    np.testing.assert_array_equal(first.labels, second.labels)
    np.testing.assert_array_equal(first.hounsfield, second.hounsfield)


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    person = volumes.totalsegmentator(tmp_path, ct=volumes.hounsfield()[:50])
    with pytest.raises(
        DataError, match=r"ct\.nii\.gz has 80 x 70 x 50 voxels and its masks have 80 x 70 x 110"
    ):
        read(find(tmp_path)[0])
    (person / "segmentations" / "vertebrae_L3.nii.gz").write_bytes(b"no volume")
    with pytest.raises(DataError, match=r"vertebrae_L3\.nii\.gz can't be read as a volume"):
        read(find(tmp_path)[0])


def test_too_few_vertebrae_are_refused(tmp_path: Path) -> None:
    person = volumes.totalsegmentator(tmp_path)
    for level in ("L5", "L4", "L3", "L2"):
        (person / "segmentations" / f"vertebrae_{level}.nii.gz").unlink()
    with pytest.raises(DataError, match="shows 2 vertebrae; 3 are needed"):
        build(find(tmp_path)[0])


def test_a_fracture_has_its_grade_and_lies_where_the_truth_says(tmp_path: Path) -> None:
    volumes.totalsegmentator(tmp_path)
    volume = build(find(tmp_path)[0])
    spine = shape_ct(volume, (Fracture("L2", "wedge", 0.45),), 3)
    (broken,) = [body for body in spine.bodies if body.grade]
    assert (broken.level, broken.kind, broken.grade) == ("L2", "wedge", 3)
    lengths = np.linalg.norm(broken.points[[3, 5, 2]] - broken.points[[0, 4, 1]], axis=1)
    assert lengths == pytest.approx([broken.ha, broken.hm, broken.hp])
    (low, high) = covered(spine)
    assert (broken.points > low).all() and (broken.points < high).all()


def test_a_prepared_volume_is_read_again(tmp_path: Path) -> None:
    volumes.totalsegmentator(tmp_path / "in")
    volumes_of = Collection(tuple(find(tmp_path / "in")), tmp_path / "cache")
    first = volumes_of.load("s0001")
    (made,) = (tmp_path / "cache").glob("*.npz")
    stamp = made.stat().st_mtime_ns
    again = Collection(volumes_of.sources, tmp_path / "cache")
    assert made.stat().st_mtime_ns == stamp
    assert again.names("train") == ("lidc", "totalsegmentator", "s0001")
    assert again.load("s0001").levels == first.levels


def test_workers_that_begin_together_make_a_volume_ready_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    volumes.totalsegmentator(tmp_path / "in")
    (source,) = find(tmp_path / "in")
    built = []

    def slow(source: Source) -> CtVolume:
        built.append(source)
        sleep(0.2)
        return build(source)

    monkeypatch.setattr(collection, "build", slow)
    # As processes have it, that share the folder and no memory.
    load = collection._load.__wrapped__
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: load(source, tmp_path / "cache"), range(4)))
    assert len(built) == 1
    assert all(np.array_equal(each.soft, made[0].soft) for each in made)


def test_a_volume_that_cannot_be_used_costs_no_cohort(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    volumes.totalsegmentator(tmp_path, "good")
    person = volumes.totalsegmentator(tmp_path, "bad")
    (person / "segmentations" / "colon.nii.gz").write_bytes(b"cut short")
    volumes_of = Collection(tuple(find(tmp_path)))
    found = {volumes_of.choose("train", ("L4",), np.random.default_rng(seed)).name for seed in range(12)}
    assert found == {"totalsegmentator", "good"}
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and said[0].startswith("The volume bad is left out: ") and "colon.nii.gz" in said[0]


def test_many_volumes_are_parted_by_split(tmp_path: Path) -> None:
    for number in range(10):
        volumes.verse(tmp_path, f"sub-verse{number:03d}")
    volumes_of = Collection(tuple(find(tmp_path)))
    parts = [set(volumes_of.names(split)[2:]) for split in ("train", "val", "test")]
    assert [len(part) for part in parts] == [6, 2, 2]
    assert not parts[0] & parts[1] and not parts[1] & parts[2] and not parts[0] & parts[2]


def test_frontal_films_are_of_the_same_volume(tmp_path: Path) -> None:
    volumes.totalsegmentator(tmp_path, ct=volumes.hounsfield())
    field, pixels = frontal_film(Collection(tuple(find(tmp_path))), "train", np.random.SeedSequence(3))
    assert pixels.shape == (field.height, field.width)
    assert pixels.dtype == np.uint16
    assert pixels.std() > 100


def test_a_cohort_of_volumes_and_what_is_unlike_it(tmp_path: Path) -> None:
    volumes.totalsegmentator(tmp_path / "in")
    made = simulate(tmp_path / "out", 8, seed=1, workers=1, progress=False, volumes=tmp_path / "in")
    assert "ct-s0001" in (tmp_path / "out" / "truth.jsonl").read_text()
    assert made.is_file()
    looks = sorted(path.parent.name for path in (tmp_path / "out" / "unlike").rglob("*.png"))
    assert looks == ["frontal", "frontal", "vfa", "vfa"]
