"""Libraries' own telemetry is off: no socket, and no file outside of what the user asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECK = """
import os, sys, time
{entry}
import onnxruntime
assert onnxruntime.__file__
# The events are written, and sent, by a thread of their own.
time.sleep(0.5)
paths = [f"/proc/self/fd/{{fd}}" for fd in os.listdir("/proc/self/fd")]
links = [os.readlink(path) for path in paths if os.path.lexists(path)]
print([link for link in links if link.startswith("socket:")])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    "entry", ["import verte_core.cli", "import verte_desktop.app", "import train.__main__"]
)
def test_an_import_opens_no_socket_and_leaves_no_file(entry: str, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    home = tmp_path / "home"
    home.mkdir()
    environment = {
        k: v for k, v in os.environ.items() if k not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")
    }
    environment |= {"HOME": str(home), "PYTHONPATH": str(root), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", CHECK.format(entry=entry)],
        capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=120,
    )  # fmt: skip
    assert done.stdout.split("\n")[0] == "[]", done.stderr
    assert not list(home.rglob("*"))
