"""DICOMDIRs and ZIP archives: what they hold is found, and nothing is written beside."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest
from dicom_files import dataset, write
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from verte_core.errors import ImageError
from verte_core.reading import containers


def dicomdir(path: Path, *references: list[str]) -> Path:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    records = [Dataset()]
    records[0].DirectoryRecordType = "PATIENT"
    for parts in references:
        record = Dataset()
        record.DirectoryRecordType, record.ReferencedFileID = "IMAGE", parts
        records.append(record)
    ds.DirectoryRecordSequence = Sequence(records)
    ds.save_as(path, enforce_file_format=True)
    return path


def test_the_images_of_a_disc(tmp_path: Path) -> None:
    (tmp_path / "IMAGES").mkdir()
    first, second = write(tmp_path / "IMAGES" / "im1", dataset()), write(tmp_path / "IM2", dataset())
    (tmp_path / "autorun.exe").write_bytes(b"MZ")
    path = dicomdir(tmp_path / "DICOMDIR", ["IM2"], ["IMAGES", "IM1"], ["IM2"], ["GONE"], ["..", "secret"])
    assert containers.is_dicomdir(path) and not containers.is_dicomdir(first)
    assert containers.referenced(path) == [second, first]


def test_a_directory_without_its_disc(tmp_path: Path) -> None:
    path = dicomdir(tmp_path / "DICOMDIR", ["A"], ["B"])
    with pytest.raises(
        ImageError, match=r"lists 2 files, and none of them is there: copy its whole folder\."
    ):
        containers.referenced(path)
    path.write_bytes(b"not DICOM")
    with pytest.raises(ImageError, match="not an image"):
        containers.referenced(path)


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_an_archive_stays_below_its_folder(tmp_path: Path) -> None:
    target = tmp_path / "in" / "below"
    target.mkdir(parents=True)
    long = "한" * 200 + ".dcm"
    names = [
        "a.dcm",
        "../../up.dcm",
        "/root.dcm",
        "C:\\x\\y.dcm",
        "b/a.dcm",
        "b/c/d/e/f/deep.dcm",
        long,
        "n\0l",
    ]
    path = zipped(tmp_path / "study.zip", **{name: name.encode() for name in names})
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert containers.is_zip(path)
    containers.unpack(path, target)
    made = [each for each in tmp_path.rglob("*") if each.is_file() and each != path]
    assert len(made) == len(names) and all(each.is_relative_to(target) for each in made)
    assert not any(each.is_symlink() for each in target.rglob("*"))
    assert {each.read_bytes()[:5] for each in made} >= {b"a.dcm", b"../.."}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("MAX_FILES", 2, "more than 2 files"), ("MAX_RATIO", 2, "more than 2 times its own size")],
)
def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: int, words: str) -> None:
    monkeypatch.setattr(containers, name, value)
    path = zipped(tmp_path / "a.zip", a=bytes(100_000), b=b"1", c=b"2")
    with pytest.raises(ImageError, match=words):
        containers.unpack(path, tmp_path)


def test_what_can_not_be_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", a=bytes(range(256)) * 400)
    whole = bytearray(path.read_bytes())
    path.write_bytes(whole[:40] + b"\xff" * 20 + whole[60:])
    with pytest.raises(ImageError, match="damaged"):
        containers.unpack(path, tmp_path)
    # The flag of encryption stands in the local and in the central header.
    for at in (6, whole.index(b"PK\x01\x02") + 8):
        whole[at] |= 1
    path.write_bytes(whole)
    with pytest.raises(ImageError, match="encrypted: unpack it with its password"):
        containers.unpack(path, tmp_path)
    plain = io.BytesIO(b"PK is no archive")
    path.write_bytes(plain.getvalue())
    assert not containers.is_zip(path)
