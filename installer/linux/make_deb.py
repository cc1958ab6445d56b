"""The Debian package over a built program: ``python -m installer.linux.make_deb DIST``."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from installer.build import EPOCH
from verte_core import __version__

HERE = Path(__file__).parent
ICONS = HERE.parent.parent / "resources" / "icons"
HOME = Path("opt/verte-desktop")
NEEDED = (
    *("libgl1", "libegl1", "libwayland-cursor0", "libwayland-egl1"),
    *("fontconfig-config", "fonts-dejavu-core"),
)
"""What Qt asks of a system and a program can't well bring: drivers of the screen, and a font."""
CONTROL = """Package: verte-desktop
Version: {version}
Architecture: amd64
Maintainer: VERTE Desktop
Installed-Size: {kib}
Depends: libc6 (>= {libc}), {needed}
Section: science
Priority: optional
Description: scores of vertebral fracture and osteoporosis from spine radiographs
 Reads a lateral spine radiograph or a DXA VFA image together with age, sex and
 BMI and gives two scores, each with a heatmap. For research; not a medical
 device. The shipped weights are trained on simulated images.
"""


def main() -> int:
    """Write the package beside the program."""
    dist = Path(sys.argv[1]).absolute()
    target = dist / f"verte-desktop_{__version__}_amd64.deb"
    with tempfile.TemporaryDirectory(dir=dist) as folder:
        root = Path(folder)
        root.chmod(0o755)
        shutil.copytree(dist / "verte", root / HOME, symlinks=True)
        _place(ICONS / "verte.svg", root / "usr/share/icons/hicolor/scalable/apps/verte-desktop.svg")
        _place(ICONS / "verte.png", root / "usr/share/icons/hicolor/256x256/apps/verte-desktop.png")
        _place(HERE / "verte-desktop.desktop", root / "usr/share/applications/verte-desktop.desktop")
        _place(HERE.parent.parent / "LICENSE", root / "usr/share/doc/verte-desktop/copyright")
        commands = root / "usr/bin"
        commands.mkdir(parents=True)
        for name in ("verte", "verte-desktop"):
            (commands / name).symlink_to(Path("/") / HOME / name)
        kib = sum(path.lstat().st_size for path in root.rglob("*")) // 1024
        control = root / "DEBIAN" / "control"
        control.parent.mkdir()
        control.write_text(
            CONTROL.format(
                version=__version__, kib=kib, libc=platform.libc_ver()[1], needed=", ".join(NEEDED)
            )
        )
        environment = os.environ | {"SOURCE_DATE_EPOCH": EPOCH}
        command = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z6", "--build", str(root), str(target)]
        subprocess.run(command, check=True, env=environment)
    print(target)
    return 0


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o644)


if __name__ == "__main__":
    sys.exit(main())
