"""The reader on files of any kind: refusals, and no other error whatever the bytes."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import data_store
import numpy as np
import pydicom.data.data_manager
import pytest
from dicom_files import RAMP, dataset, lookup_table, refusal, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    RLELossless,
)

from verte_core.errors import ImageError
from verte_core.reading import dicom, pictures
from verte_core.reading.radiograph import header_rows, load

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR")  # malformed on purpose


def test_header_rows(tmp_path: Path) -> None:
    long = "x" * 60 + "\n" + "y" * 60
    ds = dataset(PatientID="42", PatientComments=long, VOILUTSequence=lookup_table(np.arange(4096)))
    ds.ImageType, ds.PatientWeight = ["ORIGINAL", "PRIMARY"], None
    rows = {row[0]: row for row in header_rows(write(tmp_path / "image.dcm", ds))}
    assert rows["(0010,0020)"] == ("(0010,0020)", "LO", "PatientID", "42")
    assert rows["(0002,0010)"][2] == "TransferSyntaxUID"
    assert rows["(0028,3010)"][3] == "1 items"
    assert rows["(0008,0008)"][3] == "ORIGINAL\\PRIMARY"
    assert rows["(0010,1030)"][3] == ""
    assert len(rows["(0010,4000)"][3]) == 80 and "\n" not in rows["(0010,4000)"][3]
    assert "(7FE0,0010)" not in rows
    with pytest.raises(ImageError):
        header_rows(tmp_path / "missing.dcm")


# Refusals


def test_missing_file_folder_and_empty_file(tmp_path: Path) -> None:
    assert "not exist" in refusal(tmp_path / "missing.dcm")
    assert "folder" in refusal(tmp_path)
    (tmp_path / "empty.dcm").touch()
    assert "empty" in refusal(tmp_path / "empty.dcm")
    refusal(tmp_path / "null\0byte.dcm")
    (tmp_path / "notes.dcm").write_text("Not an image at all, but longer than a preamble. " * 9)
    assert "not an image" in refusal(tmp_path / "notes.dcm")


@pytest.mark.skipif(os.name == "nt", reason="permissions work otherwise on Windows")
def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "image.dcm", dataset())

    def denied(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)  # root may read everything, so chmod proves nothing
    assert "permission" in refusal(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "pipe" in refusal(tmp_path / "pipe")


def test_deflated_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ds = dataset()
    ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    data = write(tmp_path / "image.dcm", ds).read_bytes()
    head = data[: data.index(DeflatedExplicitVRLittleEndian.encode()) + 22]
    bomb = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    zeros = bytes(2**20)
    monkeypatch.setattr(dicom, "MAX_FILE_BYTES", 40 * 2**20)
    (tmp_path / "bomb.dcm").write_bytes(
        head + b"".join(bomb.compress(zeros) for _ in range(64)) + bomb.flush()
    )
    assert "200 times as large once inflated, the limit" in refusal(tmp_path / "bomb.dcm")
    monkeypatch.setattr(dicom, "MAX_INFLATION", 2**30)
    assert "deflated" in refusal(tmp_path / "bomb.dcm") and "40 MiB" in refusal(tmp_path / "bomb.dcm")


def test_file_size_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "image.dcm", dataset())
    monkeypatch.setattr(dicom, "MAX_FILE_BYTES", 1000)
    assert "larger" in refusal(path)


def test_largest_published_radiograph_is_within_the_limits() -> None:
    pictures.check_size(8383, 3520)


# Any bytes


def _local_files() -> list[Path]:
    roots = (Path(pydicom.data.data_manager.DATA_ROOT), Path(data_store.__file__).parent)
    found = (path for root in roots for path in root.rglob("*"))
    return sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts)


def test_pydicoms_own_files_open_or_are_refused_in_a_sentence() -> None:
    opened = {}
    files = _local_files()
    for path in files:
        try:
            image = load(path)
        except ImageError as error:
            assert str(error).endswith("."), path
        else:
            assert image.pixels.shape == image.display.shape
            assert image.windows[-1].name == "Auto"
            assert all(note.endswith(".") for note in image.notes)
            opened[path.name] = image
    assert len(files) > 200
    for compressed_name, plain in [
        ("RG1_J2KR.dcm", "RG1_UNCR.dcm"),
        ("RG3_J2KR.dcm", "RG3_UNCR.dcm"),
        ("MR_small_RLE.dcm", "MR_small.dcm"),
        ("MR_small_bigendian.dcm", "MR_small.dcm"),
        ("MR_small_jpeg_ls_lossless.dcm", "MR_small.dcm"),
    ]:
        np.testing.assert_array_equal(opened[compressed_name].pixels, opened[plain].pixels)
    assert {"JPEG-LL.dcm", "JPGLosslessP14SV1_1s_1f_8b.dcm", "mlut_18.dcm", "vlut_04.dcm"} <= opened.keys()


def _bytes_of(ds: Dataset) -> bytes:
    buffer = BytesIO()
    dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()


_FUZZED = dataset(
    PhotometricInterpretation="MONOCHROME1",
    PatientAge="067Y",
    PatientSize="1.62",
    PixelPaddingValue=0,
    WindowCenter=[1, 2],
    WindowWidth=[3, 4],
    ModalityLUTSequence=lookup_table(np.arange(4096)),
)
_PLAIN = _bytes_of(_FUZZED)
_FUZZED.compress(RLELossless)
_COMPRESSED = _bytes_of(_FUZZED)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(data=st.data())
@pytest.mark.parametrize("source", [_PLAIN, _COMPRESSED], ids=["plain", "compressed"])
def test_damaged_bytes_raise_nothing_but_image_error(
    tmp_path: Path, source: bytes, data: st.DataObject
) -> None:
    header = source.index(b"\xe0\x7f\x10\x00")
    mutated = bytearray(source)
    for _ in range(data.draw(st.integers(0, 6))):
        mutated[data.draw(st.integers(0, header + 40))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(mutated))))
    path = tmp_path / "fuzzed.dcm"
    path.write_bytes(mutated[:cut])
    for reader in (load, header_rows):
        try:
            reader(path)
        except ImageError as error:
            assert str(error).endswith(".")


def test_nothing_is_printed(tmp_path: Path) -> None:
    """In a fresh interpreter with logging on: pydicom warns of this file in both ways by default."""
    path = write(tmp_path / "image.dcm", dataset(PixelData=RAMP.tobytes() + b"excess"))
    code = (
        "import logging, sys; from pathlib import Path; from verte_core.reading.radiograph import load;"
        "logging.basicConfig(level=logging.DEBUG); load(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-W", "always::UserWarning", "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert (done.stdout, done.stderr) == ("", "")
