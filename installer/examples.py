"""The images that a program is tried with: ``python -m installer.examples OUT [--expected]``.

OUT becomes a folder of the samples and of one of them in every transfer syntax that is read. With
``--expected``, what this checkout says of all of them is written to installer/expected.jsonl.
"""

from __future__ import annotations

import json
import shutil
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from fuzz.seeds import in_jpeg_lossless
from verte_core import cli

SAMPLES = Path(__file__).parent.parent / "resources" / "samples"
SOURCE = SAMPLES / "simulated-fracture.dcm"
EXPECTED = Path(__file__).with_name("expected.jsonl")


def write(out: Path) -> None:
    """Make the folder."""
    shutil.copytree(SAMPLES, out, dirs_exist_ok=True)
    plain = dcmread(SOURCE)
    plain.decompress()
    for name, syntax in (
        ("rle", RLELossless),
        ("jpeg-ls", JPEGLSLossless),
        ("jpeg-2000", JPEG2000Lossless),
    ):
        made = dcmread(SOURCE)
        if made.file_meta.TransferSyntaxUID.is_compressed:
            made.decompress()
        made.compress(syntax)
        made.save_as(out / f"in-{name}.dcm")
    for name, syntax in (
        ("implicit", ImplicitVRLittleEndian),
        ("deflated", DeflatedExplicitVRLittleEndian),
    ):
        plain.file_meta.TransferSyntaxUID = syntax
        plain.save_as(
            out / f"in-{name}.dcm", implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=True
        )
    (out / "in-jpeg-lossless.dcm").write_bytes(in_jpeg_lossless(SOURCE.read_bytes()))
    _in_jpeg(out / "in-jpeg.dcm")


def _in_jpeg(path: Path) -> None:
    made = dcmread(SOURCE)
    levels = made.pixel_array.astype(np.float64)
    grey = np.uint8(np.round(255 * (levels - levels.min()) / np.ptp(levels)))
    buffer = BytesIO()
    Image.fromarray(grey).save(buffer, "JPEG", quality=95)
    made.BitsAllocated, made.BitsStored, made.HighBit = 8, 8, 7
    made.PixelData = encapsulate([buffer.getvalue()])
    made["PixelData"].is_undefined_length = True
    made.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    made.save_as(path)


def expect(folder: Path) -> None:
    """Write what this checkout says of the images."""
    rows = []
    stream, sys.stdout = sys.stdout, (said := _Text())
    try:
        cli.main(["score", str(folder), "--json", "--table", str(folder / "clinical.csv")])
    finally:
        sys.stdout = stream
    for line in "".join(said).splitlines():
        row = json.loads(line)
        kept = {key: row[key] for key in ("status", "pvf_score", "osteo_score")}
        rows.append(json.dumps({"file": Path(row["path"]).name, **kept}) + "\n")
    EXPECTED.write_text("".join(sorted(rows)), encoding="utf-8")


class _Text(list[str]):
    def write(self, text: str) -> None:
        self.append(text)

    def flush(self) -> None:
        """Nothing is held back."""


def main() -> int:
    """Run it."""
    out = Path(sys.argv[1])
    write(out)
    if "--expected" in sys.argv:
        expect(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
