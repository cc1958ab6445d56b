"""What can be seen of the installed program without building it; `make installer` builds and tries it."""

from __future__ import annotations

import configparser
import plistlib
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from installer import hollow, licences, prune, sbom, trim
from verte_core import __version__

ROOT = Path(__file__).parents[2]
INSTALLER = ROOT / "installer"
SYSTEMS = ("Linux", "Windows", "macOS")
linux = pytest.mark.skipif(sys.platform != "linux" or not shutil.which("gcc"), reason="needs gcc on Linux")


@pytest.mark.parametrize(
    ("licence", "is_free"),
    [
        ("MIT", True),
        ("LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only", True),
        ("GPL-3.0-only", False),
        ("GPL-2.0-only OR AGPL-3.0-or-later", False),
        ("GNU Affero General Public License v3", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", True),
        ("GPL-3.0 with GCC exception", True),
        ("Apache-2.0 OR BSD-3-Clause", True),
    ],
)
def test_which_licences_may_be_shipped(licence: str, is_free: bool) -> None:
    assert licences.is_free_to_ship(licence) == is_free


def test_nothing_that_scoring_needs_is_under_the_gpl(tmp_path: Path) -> None:
    names = trim.distributions()
    assert names[0] == "verte-desktop" and "pylibjpeg-openjpeg" in names and "torch" not in names
    licences.check(names, tmp_path)
    (tmp_path / "libreadline.so.8").touch()
    with pytest.raises(licences.ForbiddenError, match=r"libreadline\.so\.8"):
        licences.check(names, tmp_path)


def test_every_package_has_its_licence_and_the_lgpl_is_there(tmp_path: Path) -> None:
    (tmp_path / "_internal").mkdir()
    folder = licences.collect(trim.distributions(), tmp_path)
    assert "download.qt.io" in (folder / "NOTICE.txt").read_text()
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in (folder / "LGPL-3.0.txt").read_text()
    assert "Microsoft" in "".join(each.read_text() for each in (folder / "onnxruntime").iterdir())
    assert all(any((folder / name).iterdir()) for name in trim.distributions())


def test_the_bill_names_packages_what_they_carry_and_what_was_left_out(tmp_path: Path) -> None:
    library = tmp_path / "_internal" / "python_gdcm.libs" / "libcrypto-5409cd36.so.1.1.1k"
    library.parent.mkdir(parents=True)
    library.write_bytes(b"\0OpenSSL 1.1.1k  25 Mar 2021\0")
    made = sbom.bill(trim.distributions(), tmp_path, ["opencv.libs/libavcodec-c4204469.so.62.28.101"])
    assert (made["bomFormat"], made["metadata"]["component"]["version"]) == ("CycloneDX", __version__)
    by_name = {each["name"]: each for each in made["components"]}
    assert by_name["pydicom"]["version"] == metadata.version("pydicom")
    assert by_name["crypto"]["version"] == "1.1.1k" and len(by_name["crypto"]["hashes"][0]["content"]) == 64
    assert by_name["opencv.libs/libavcodec-c4204469.so.62.28.101"]["scope"] == "excluded"
    assert "ICU" in [each["name"] for each in by_name["PySide6-Essentials".lower()]["components"]]
    references = [each["bom-ref"] for each in made["components"]]
    assert len(set(references)) == len(references)


@pytest.mark.parametrize(
    ("target", "is_unused"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", False),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", False),
        ("PySide6/Qt/plugins/iconengines/libqsvgicon.so", False),
        ("PySide6/Qt/plugins/styles/qmodernwindowsstyle.dll", False),
        ("PySide6/Qt/lib/libQt6Gui.so.6", False),
        ("PySide6/Qt/lib/libQt6Network.so.6", False),
        ("PySide6/Qt/lib/libQt6Quick.so.6", True),
        ("PySide6/Qt6Qml.dll", True),
        ("PySide6/Qt/translations/qtbase_ko.qm", False),
        ("PySide6/Qt/translations/qtbase_de.qm", True),
        ("PySide6/Qt/plugins/tls/libqopensslbackend.so", True),
        ("cv2/opencv_videoio_ffmpeg4130_64.dll", True),
        ("verte_core/resources/models/verte-sim-vfa.safetensors", False),
        ("pydicom/data/palettes/hotiron.dcm", True),
    ],
)
def test_what_is_left_out(target: str, is_unused: bool) -> None:
    assert trim.is_unused(target) == is_unused
    assert trim.is_unused(target.replace("/", "\\")) == is_unused


def compiled(folder: Path, name: str, code: str, *more: str) -> Path:
    source, library = folder / f"{name}.c", folder / name
    source.write_text(code)
    command = ["gcc", "-shared", "-fPIC", f"-Wl,-soname,{name}", "-o", str(library), str(source), *more]
    subprocess.run(command, check=True)
    source.unlink()
    return library


@linux
def test_an_empty_library_stands_in_the_place_of_one_that_is_never_called(tmp_path: Path) -> None:
    internal = tmp_path / "_internal"
    carried, user = internal / "opencv_python_headless.libs", internal / "cv2"
    for folder in (carried, user, internal / "_gdcm", internal / "python_gdcm.libs"):
        folder.mkdir(parents=True)
    script = tmp_path / "map"
    script.write_text("LIBAVCODEC_62 { global: av_decode; };\n")
    heavy = "char weight[1000000] = {1}; int av_decode(void) { return weight[7]; }"
    codec = compiled(carried, "libavcodec-1234abcd.so.62", heavy, f"-Wl,--version-script={script}")
    kept = compiled(carried, "libpng16-1234abcd.so.16", "int png(void) { return 5; }")
    (carried / "libvpx-1234abcd.so.11").touch()
    code = "int av_decode(void), png(void);"
    code += "int scale(void) { return png(); } int video(void) { return av_decode(); }"
    opencv = compiled(user, "cv2.abi3.so", code, str(codec), str(kept), f"-Wl,-rpath,{carried}")
    compiled(internal / "_gdcm", "libgdcmCommon.so.3.2", "int gdcm(void) { return 1; }")
    before = codec.stat().st_size
    gone = hollow.hollow(internal)
    assert gone == [
        "opencv_python_headless.libs/libavcodec-1234abcd.so.62",
        "opencv_python_headless.libs/libvpx-1234abcd.so.11",
    ]
    assert codec.stat().st_size < before / 20 and not (carried / "libvpx-1234abcd.so.11").exists()
    call = "import ctypes, sys; print(getattr(ctypes.CDLL(sys.argv[1], mode=2), sys.argv[2])())"
    scaled = subprocess.run([sys.executable, "-c", call, opencv, "scale"], capture_output=True, text=True)
    assert scaled.stdout.strip() == "5", scaled.stderr
    video = subprocess.run([sys.executable, "-c", call, opencv, "video"], capture_output=True, text=True)
    assert video.returncode < 0 and not video.stdout


@linux
def test_libraries_that_nothing_reaches_are_pruned(tmp_path: Path) -> None:
    internal = tmp_path / "_internal"
    internal.mkdir()
    leaf = compiled(internal, "libleaf.so.1", "int leaf(void) { return 1; }")
    middle = compiled(
        internal, "libmiddle.so.1", "int leaf(void); int middle(void) { return leaf(); }", str(leaf)
    )
    compiled(internal, "liblost.so.1", "int lost(void) { return 1; }")
    (internal / "package").mkdir()
    compiled(
        internal / "package", "module.so", "int middle(void); int run(void) { return middle(); }", str(middle)
    )
    assert prune.prune(tmp_path) == ["liblost.so.1"]
    assert leaf.exists() and middle.exists()


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_plain_package_is_pinned_with_its_hash(system: str) -> None:
    text = (INSTALLER / f"requirements-{system}.txt").read_text()
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+) \\\n    --hash=sha256:[0-9a-f]{64}$", text, re.MULTILINE))
    assert len(pinned) == text.count("==")
    constraints = dict(
        line.strip().split("==")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    )
    known = {canonicalize_name(name): version for name, version in constraints.items()}
    ours = {canonicalize_name(name): version for name, version in pinned.items()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for each in [*project["dependencies"], "pyinstaller", "hatchling"]:
        name = canonicalize_name(Requirement(each).name)
        assert ours[name] == known[name], name
    assert "torch" not in ours


def test_the_desktop_file_and_its_icon() -> None:
    desktop = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    desktop.read(INSTALLER / "linux" / "verte-desktop.desktop", encoding="utf-8")
    entry = desktop["Desktop Entry"]
    assert entry["Exec"].endswith("%F") and entry["MimeType"] == "application/dicom;"
    for suffix in ("svg", "png", "ico", "icns"):
        assert (ROOT / "resources" / "icons" / f"verte.{suffix}").stat().st_size > 1000


def test_the_windows_installer_keeps_the_readers_data() -> None:
    script = (INSTALLER / "windows" / "verte.iss").read_text()
    sections = re.findall(r"^\[(\w+)\]", script, re.MULTILINE)
    assert "UninstallDelete" not in sections and {"Setup", "Files", "InstallDelete"} <= set(sections)
    assert "PrivilegesRequired=lowest" in script
    for source in re.findall(r"^(?:LicenseFile|SetupIconFile)=(.*)$", script, re.MULTILINE):
        assert (INSTALLER / "windows" / source.replace("\\", "/")).resolve().is_file(), source


def test_entitlements_and_workflow_are_well_formed() -> None:
    entitlements = plistlib.loads((INSTALLER / "macos" / "entitlements.plist").read_bytes())
    assert entitlements["com.apple.security.cs.disable-library-validation"] is True
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "installers.yml").read_text())
    builds = workflow["jobs"]["build"]["strategy"]["matrix"]["include"]
    assert {each["system"] for each in builds} == set(SYSTEMS)
    for script in ("linux/bare_root.sh", "macos/make.sh"):
        subprocess.run(["bash", "-n", str(INSTALLER / script)], check=True)


@pytest.mark.parametrize("module", ["verte_core.cli", "verte_desktop.app"])
def test_both_programs_say_their_version(module: str) -> None:
    command = [sys.executable, "-m", module if module == "verte_core.cli" else "verte_desktop", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout.strip()) == (0, f"VERTE {__version__}")
