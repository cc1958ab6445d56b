"""A decoder that ends, hangs or takes all memory costs its own image, and nothing of a child is left behind."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import readers_doubles as doubles
from dicom_files import RAMP, dataset, lookup_table, refusal, write

from verte_core.errors import ImageError, VerteError
from verte_core.reading import isolated, radiograph
from verte_core.reading.isolated import Readers, StartError
from verte_core.reading.radiograph import header_rows

MIB = 1024**2
SOON = 20.0
"""Seconds; a hang takes longer."""

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return write(tmp_path / "image.dcm", dataset(PatientName="Doe^Jane"))


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    with Readers(2) as made:
        yield made


@pytest.fixture
def doing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """A file that makes its decoder do something; see ``readers_doubles``."""
    monkeypatch.setattr(radiograph, "load", doubles.load_or_do)
    return lambda deed: write(tmp_path / f"{deed}.dcm", dataset())


def children() -> list[int]:
    """Of this process, ended ones that nobody waited for included."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        if int(lines["PPid"]) == os.getpid():
            found.append(int(lines["Pid"]))
    return found


def is_gone(process: int) -> bool:
    end = time.monotonic() + SOON
    while Path(f"/proc/{process}").exists() and time.monotonic() < end:
        time.sleep(0.02)
    return not Path(f"/proc/{process}").exists()


def appeared(file: Path) -> int:
    """The number in a file that is to come."""
    end = time.monotonic() + SOON
    while not (file.exists() and file.read_text()) and time.monotonic() < end:
        time.sleep(0.02)
    return int(file.read_text())


# What comes back


def test_an_image_is_the_same_as_read_here(readers: Readers, image: Path) -> None:
    here, apart = radiograph.load(image), readers.load(image)
    assert apart.display is apart.pixels and here.display is here.pixels
    assert apart.pixels.dtype == here.pixels.dtype and np.array_equal(apart.pixels, here.pixels)
    with pytest.raises(ValueError, match="read-only"):
        apart.pixels[0, 0] = 1
    for name in ("path", "id", "windows", "spacing", "protocol", "header", "notes"):
        assert getattr(apart, name) == getattr(here, name)


def test_a_display_of_its_own_comes_along_and_is_read_only(readers: Readers, tmp_path: Path) -> None:
    table = lookup_table(np.arange(4096, dtype=np.uint16)[::-1] * 16)
    file = write(tmp_path / "lut.dcm", dataset(VOILUTSequence=table))
    here, apart = radiograph.load(file), readers.load(file)
    assert apart.display is not apart.pixels and np.array_equal(apart.display, here.display)
    assert not apart.display.flags.writeable and not apart.pixels.flags.writeable


def test_a_refusal_is_the_same_as_here(readers: Readers, tmp_path: Path) -> None:
    (tmp_path / "notes.dcm").write_text("Not an image at all. " * 20)
    with pytest.raises(ImageError) as refused:
        readers.load(tmp_path / "notes.dcm")
    assert (str(refused.value), refused.value.kind) == (refusal(tmp_path / "notes.dcm"), "not an image")


def test_header_rows_come_from_a_child(readers: Readers, image: Path) -> None:
    assert readers.call(header_rows, image) == header_rows(image)


def test_a_fault_of_the_program_is_told_as_one_and_logged_without_names(
    readers: Readers, doing: Callable[[str], Path], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(VerteError, match=r"^The program failed on this image \(IndexError\)\.$") as told:
        readers.load(doing("fail"))
    assert told.value.kind == "fault of the program" and not isinstance(told.value, ImageError)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR and "readers_doubles.py:" in record.getMessage()
    assert not any(word in record.getMessage() for word in ("Doe", "/", "patients"))


def test_what_a_library_prints_is_seen_nowhere(
    readers: Readers, doing: Callable[[str], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    assert np.array_equal(readers.load(doing("talk")).pixels, readers.load(doing("image")).pixels)
    assert capfd.readouterr() == ("", "")


# What a decoder can do to its process


@pytest.mark.parametrize(
    ("deed", "kind", "word"),
    [
        ("abort", "decoder ended", "broke off"),
        ("crash", "decoder ended", "broke off"),
        ("be-killed", "not enough memory", "memory"),
    ],
)
def test_a_decoder_that_ends_costs_its_own_image(
    readers: Readers, doing: Callable[[str], Path], deed: str, kind: str, word: str
) -> None:
    others = [doing(f"image{number}") for number in range(8)]
    files = [*others[:4], doing(deed), *others[4:]]
    found = list(readers.map(doubles.load_or_do, files))
    assert [getattr(each, "kind", "") for each in found] == [""] * 4 + [kind] + [""] * 4
    assert isinstance(found[4], ImageError) and word in str(found[4])


@pytest.mark.parametrize("deed", ["hang", "hold-the-lock"])
def test_a_decoder_that_hangs_is_given_up(doing: Callable[[str], Path], deed: str) -> None:
    with Readers(1, seconds=1) as readers:
        readers.load(doing("image"))
        begun = time.monotonic()
        with pytest.raises(ImageError, match="no image after 1 seconds") as refused:
            readers.load(doing(deed))
        assert refused.value.kind == "takes too long" and 1 <= time.monotonic() - begun < 5
        assert readers.load(doing("image")).pixels.shape == RAMP.shape


def test_a_file_that_comes_over_a_slow_network_has_longer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(isolated, "SLOWEST_DRIVE", 1000)
    (tmp_path / "large.dcm").write_bytes(bytes(4000))
    with Readers(1, seconds=0.5) as readers:
        begun = time.monotonic()
        with pytest.raises(ImageError):
            readers.call(doubles.sleep_after_note, tmp_path / "large.dcm")
        assert time.monotonic() - begun > 4.5


@linux
def test_a_decoder_that_takes_all_memory_is_refused_more(doing: Callable[[str], Path]) -> None:
    with Readers(1, memory=100 * MIB) as readers:
        with pytest.raises(ImageError, match="not enough memory") as refused:
            readers.load(doing("eat"))
        assert refused.value.kind == "not enough memory"
        assert readers.load(doing("image")).pixels.shape == RAMP.shape


@linux
def test_what_ends_a_child_is_tried_once_more(image: Path) -> None:
    with Readers(2) as readers:
        assert readers.call(doubles.end_at_first, image) == 2


@linux
def test_the_largest_image_needs_less_memory_than_it_may_have(tmp_path: Path) -> None:
    side = 8000
    file = write(tmp_path / "large.dcm", dataset(np.tile(RAMP[:1, :16], (side, side // 16)), bits=16))
    with Readers(1, memory=isolated.MEMORY // 2) as readers:
        assert readers.load(file).pixels.shape == (side, side)


# Ends


@pytest.mark.parametrize("function", [doubles.sleep_after_note, doubles.note])
def test_a_cancelled_call_ends_its_child_at_once(image: Path, function: Callable[..., int]) -> None:
    cancelled = threading.Event()
    with Readers(1) as readers, ThreadPoolExecutor(1) as thread:
        call = thread.submit(lambda: readers.call(function, image, cancelled=cancelled.is_set))
        child = appeared(image.with_suffix(".pid"))
        begun = time.monotonic()
        cancelled.set()
        with pytest.raises(ImageError, match="cancelled"):
            call.result()
        assert time.monotonic() - begun < 2 and is_gone(child)
        # Another has taken its place.
        assert readers.load(image).pixels.shape == RAMP.shape


def test_a_close_ends_what_is_read_and_what_waits(image: Path) -> None:
    readers = Readers(1)
    with ThreadPoolExecutor(3) as threads:
        calls = [threads.submit(readers.call, doubles.sleep_after_note, image) for _ in range(3)]
        child = appeared(image.with_suffix(".pid"))
        begun = time.monotonic()
        readers.close()
        kinds = [call.exception().kind for call in calls]  # type: ignore[union-attr]
        assert kinds == ["cancelled"] * 3 and time.monotonic() - begun < 2
    assert is_gone(child)
    with pytest.raises(ImageError, match="cancelled"):
        readers.load(image)


@linux
def test_children_are_few_reused_and_waited_for(image: Path) -> None:
    before = set(children())
    with Readers(4) as readers:
        assert set(children()) == before
        for _ in range(5):
            readers.load(image)
        assert len(set(children()) - before) == 1
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(readers.load, [image] * 40))
        assert 1 <= len(set(children()) - before) <= 4
        with pytest.raises(ImageError):
            readers.call(doubles.load_or_do, write(image.with_name("abort.dcm"), dataset()))
    assert set(children()) == before


PARENT = """
import sys
from pathlib import Path
import readers_doubles as doubles
from verte_core.reading.isolated import Readers

if __name__ == "__main__":
    Readers(1, seconds=3).call(getattr(doubles, sys.argv[1]), Path(sys.argv[2]))
"""


@linux
@pytest.mark.parametrize("function", ["sleep_after_note", "note"])
def test_a_child_that_hangs_does_not_outlive_a_killed_parent(image: Path, function: str) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", PARENT, function, image], env=environment) as parent:
        child = appeared(image.with_suffix(".pid"))
        parent.send_signal(signal.SIGKILL)
    assert is_gone(child)


@linux
def test_a_child_ignores_ctrl_c_has_no_terminal_and_opens_no_socket(image: Path) -> None:
    with Readers(1) as readers, ThreadPoolExecutor(1) as thread:
        call = thread.submit(readers.call, doubles.sleep_after_note, image)
        child = appeared(image.with_suffix(".pid"))
        assert os.getsid(child) != os.getsid(0)
        os.kill(child, signal.SIGINT)
        files = [os.readlink(each) for each in Path(f"/proc/{child}/fd").iterdir()]
        assert not [each for each in files if each.startswith("socket:")]
        maps = Path(f"/proc/{child}/maps").read_text()
        assert "libtorch" not in maps and "onnxruntime" not in maps and "libQt6" not in maps
        assert "Max core file size        0 " in Path(f"/proc/{child}/limits").read_text()
        time.sleep(0.2)
        assert not call.done()
        readers.close()


# Starts


@pytest.mark.parametrize(
    "command",
    [["/no/such/program"], [sys.executable, "-c", "raise SystemExit(3)"]],
    ids=["no program", "ends at once"],
)
def test_a_child_that_can_not_start_is_no_fault_of_the_file(
    image: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setattr(isolated.child, "command", lambda: command)
    monkeypatch.setattr(isolated.time, "sleep", lambda seconds: None)
    with Readers(1) as readers:
        readers.begin()
        with pytest.raises(StartError, match="The program can't start a process to read images with: "):
            readers.load(image)


def test_a_frozen_program_is_its_own_reader(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert isolated.child.command() == [sys.executable, "--read-images"]
    for module in ("verte_core.cli", "verte_desktop"):
        command = [sys.executable, "-m", module, "--read-images"]
        monkeypatch.setattr(isolated.child, "command", lambda command=command: command)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        with Readers(1) as readers:
            assert readers.load(image).pixels.shape == RAMP.shape
