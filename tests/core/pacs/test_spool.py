"""The spool outlives a kill at any moment, and is shared by several workers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from verte_core.errors import OutputError, VerteError
from verte_core.pacs.archive import Instance
from verte_core.pacs.spool import Spool

ONE = Instance("1.2", "1.2.3", "1.2.3.4", "CR")
MB = 1 << 20
WORKER = """
import sys, time
from pathlib import Path
from verte_core.pacs.archive import Instance
from verte_core.pacs.spool import Spool
with Spool(Path(sys.argv[1]), 1) as spool:
    print(spool.claim(Instance("1.2", "1.2.3", "1.2.3.4", "CR")), flush=True)
    (spool.image("1.2.3.4")).write_bytes(b"image")
    time.sleep(60)
"""


def write_object(folder: Path) -> None:
    (folder / "a_sr.dcm").write_bytes(b"object")


def test_an_image_is_claimed_once(tmp_path: Path) -> None:
    with Spool(tmp_path, MB) as first, Spool(tmp_path, MB) as second:
        assert first.is_free(ONE.uid)
        assert first.claim(ONE) and not second.claim(ONE) and not first.claim(ONE)
        assert not second.is_free(ONE.uid)
        assert second.adopt() == 0
        first.release(ONE.uid)
        assert second.claim(ONE)
        second.finish(ONE.uid, "sent")
        assert not first.claim(ONE) and first.is_finished(ONE.uid)


def test_what_a_killed_worker_had_is_free_again(tmp_path: Path) -> None:
    with Spool(tmp_path, MB) as spool:
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert worker.stdout is not None and worker.stdout.readline() == "True\n"
        assert spool.adopt() == 0 and not spool.claim(ONE)
        worker.kill()
        worker.wait()
        assert spool.adopt() == 1
        assert spool.due() == [ONE]
        assert spool.claim(ONE)
        assert [path.name for path in (tmp_path / "images").iterdir()] in ([], [spool.worker])


def test_a_parcel_waits_until_it_is_sent(tmp_path: Path) -> None:
    with Spool(tmp_path, MB) as spool:
        spool.claim(ONE)
        spool.post(ONE, write_object)
        spool.release(ONE.uid)
    with Spool(tmp_path, MB) as spool:
        ((attempt, paths),) = spool.parcels()
        assert attempt.instance == ONE and [path.name for path in paths] == ["a_sr.dcm"]
        assert not spool.is_free(ONE.uid)
        spool.finish(ONE.uid, "sent")
        assert not spool.parcels() and spool.is_finished(ONE.uid)


def test_objects_that_cannot_all_be_written_leave_none(tmp_path: Path) -> None:
    def half(folder: Path) -> None:
        write_object(folder)
        raise OSError(28, "No space left on device")

    with Spool(tmp_path, MB) as spool:
        spool.claim(ONE)
        with pytest.raises(OutputError, match="No space left"):
            spool.post(ONE, half)
        assert not spool.parcels() and not list((tmp_path / "outbox").iterdir())


def test_tries_are_bounded_and_further_and_further_apart(tmp_path: Path) -> None:
    now = [1000.0]
    with Spool(tmp_path, MB, (1, 5), lambda: now[0]) as spool:
        for minutes in (1, 5):
            assert spool.claim(ONE) and spool.postpone(ONE, "It does not answer.")
            assert spool.due() == [] and spool.counts()["waiting"] == 1
            now[0] += 60 * minutes - 1
            assert spool.due() == []
            now[0] += 1
            assert spool.due() == [ONE]
        assert spool.claim(ONE) and not spool.postpone(ONE, "It does not answer.")
        assert spool.is_finished(ONE.uid) and not spool.due() and spool.counts()["failed"] == 1
        said = json.loads((tmp_path / "failed" / ONE.uid / "attempt.json").read_text())
        assert said["reason"] == "It does not answer." and said["count"] == 3


def test_what_never_will_be_taken_is_set_aside_with_its_objects(tmp_path: Path) -> None:
    with Spool(tmp_path, MB) as spool:
        spool.claim(ONE)
        spool.post(ONE, write_object)
        assert not spool.postpone(ONE, "It takes no SR.", passing=False)
        assert (tmp_path / "failed" / ONE.uid / "a_sr.dcm").read_bytes() == b"object"
        assert spool.is_finished(ONE.uid) and not spool.parcels()


def test_a_full_disk_is_said_before_anything_is_begun(tmp_path: Path) -> None:
    with Spool(tmp_path, 1 << 60) as spool, pytest.raises(OutputError, match="is nearly full"):
        spool.image(ONE.uid)


@pytest.mark.parametrize("uid", ["", "../../etc", "1.2/3", "..", "1" * 65, "1.2\n"])
def test_what_is_no_uid_becomes_no_file(tmp_path: Path, uid: str) -> None:
    with Spool(tmp_path, MB) as spool, pytest.raises(VerteError, match="what is no UID"):
        spool.is_finished(uid)
