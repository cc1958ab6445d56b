"""The images that a program is tried with: ``python -m installer.examples OUT [--expected]``.

OUT becomes a folder of the samples and of one of them in ten transfer syntaxes; nothing here writes HTJ2K,
which the decoder of JPEG 2000 reads. With ``--expected``, what this checkout says of all of them is written
to installer/expected.jsonl.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sys
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from fuzz.seeds import in_jpeg_lossless
from verte_core import cli

SAMPLES = Path(__file__).parent.parent / "resources" / "samples"
SOURCE = SAMPLES / "simulated-fracture.dcm"
EXPECTED = Path(__file__).with_name("expected.jsonl")
COMPRESSED: tuple[tuple[str, UID, dict[str, Any]], ...] = (
    ("rle", RLELossless, {}),
    ("jpeg-ls", JPEGLSLossless, {}),
    ("jpeg-ls-near", JPEGLSNearLossless, {"jls_error": 2}),
    ("jpeg-2000", JPEG2000Lossless, {}),
    ("jpeg-2000-lossy", JPEG2000, {"j2k_cr": [10]}),
)
UNCOMPRESSED = {
    "explicit": ExplicitVRLittleEndian,
    "implicit": ImplicitVRLittleEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
}


def write(out: Path) -> None:
    """Make the folder."""
    shutil.copytree(SAMPLES, out, dirs_exist_ok=True)
    for name, syntax, options in COMPRESSED:
        made = _plain()
        made.compress(syntax, **options)
        made.save_as(out / f"in-{name}.dcm")
    for name, syntax in UNCOMPRESSED.items():
        made = _plain()
        made.file_meta.TransferSyntaxUID = syntax
        made.save_as(
            out / f"in-{name}.dcm",
            implicit_vr=syntax.is_implicit_VR,
            little_endian=True,
        )
    (out / "in-jpeg-lossless.dcm").write_bytes(in_jpeg_lossless(SOURCE.read_bytes()))
    _in_jpeg(out / "in-jpeg.dcm")


def _plain() -> Dataset:
    made = dcmread(SOURCE)
    made.decompress()
    return made


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
    with contextlib.redirect_stdout(StringIO()) as said:
        cli.main(["score", str(folder), "--json", "--table", str(folder / "clinical.csv")])
    rows = []
    for line in said.getvalue().splitlines():
        row = json.loads(line)
        kept = {key: row[key] for key in ("status", "pvf_score", "osteo_score")}
        rows.append(json.dumps({"file": Path(row["path"]).name, **kept}) + "\n")
    EXPECTED.write_text("".join(sorted(rows)), encoding="utf-8")


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m installer.examples", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--expected", action="store_true", help="write installer/expected.jsonl")
    options = parser.parse_args()
    write(options.out)
    if options.expected:
        expect(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
