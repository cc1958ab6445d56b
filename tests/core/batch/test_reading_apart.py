"""Two hundred files, of which five end their decoder: in a real run of the command they cost five rows."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from batches import write_images

VERTE = """
import sys
import readers_doubles
from verte_core import cli
from verte_core.reading import radiograph

radiograph.load = readers_doubles.load_or_do
if __name__ == "__main__":
    sys.exit(cli.main(sys.argv[1:]))
"""


def test_five_decoders_that_end_cost_five_rows_of_two_hundred(
    tmp_path: Path, spine: npt.NDArray[np.uint16], weights_file: Path
) -> None:
    (image,) = write_images(tmp_path / "images", spine, 1)
    names = [f"{number:03}.dcm" for number in range(200)]
    for number in (40, 41, 99, 150, 199):
        names[number] = f"{'crash' if number == 99 else 'abort'}.{number:03}.dcm"
    files = [image.with_name(name) for name in names]
    for file in files:
        file.hardlink_to(image)
    out = tmp_path / "scores.csv"
    options = ["--model", str(weights_file), "--device", "cpu", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-c", VERTE, "score", *map(str, files), *options],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 1 and "195 scored, 5 refused." in done.stdout, done.stderr
    assert "5  decoder ended" in done.stdout
    with out.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == [str(file) for file in files]
    refused = [number for number, row in enumerate(rows) if row["status"] == "refused"]
    assert refused == [40, 41, 99, 150, 199]
    assert all("broke off" in rows[number]["reason"] for number in refused)
