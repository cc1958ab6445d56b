"""What `pip install` brings: two packages, all that they read, and all that they import."""

from __future__ import annotations

import ast
import email
import re
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
OURS = {"verte_core", "verte_desktop"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as pip would leave it."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_it_holds_the_two_packages_alone(site: Path) -> None:
    assert {each.name for each in site.iterdir() if each.suffix != ".dist-info"} == OURS
    licences = [each.name for each in site.glob("*.dist-info/licenses/*")]
    assert licences == ["LICENSE"]


def test_weights_samples_and_icons_are_inside_and_found(site: Path) -> None:
    inside = {
        path.relative_to(site / "verte_core").as_posix()
        for path in (site / "verte_core" / "resources").rglob("*")
        if path.is_file()
    }
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "resources").rglob("*") if path.is_file()}
    assert inside == there
    found = """
import sys
sys.path.insert(0, sys.argv[1])
from verte_core.network import shipped
from verte_desktop import theme
for kind in ("radiograph", "vfa"):
    print(shipped.path(kind))
print(theme._CHECK)
"""
    done = subprocess.run(
        [sys.executable, "-c", found, str(site)], cwd=site.parent, capture_output=True, text=True, check=True
    )
    for line in done.stdout.splitlines():
        assert Path(line).is_file() and Path(line).is_relative_to(site), line


def test_the_manual_is_inside_with_its_pictures(site: Path) -> None:
    manual = site / "verte_desktop" / "manual" / "reading.md"
    text = manual.read_text(encoding="utf-8")
    assert text == (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", text)
    assert len(pictures) >= 3 and all(manual.with_name(name).is_file() for name in pictures)


EXTRAS = re.compile(
    r"verte_core/(training/|distributed|network/(fusion_net|saving|torch_encoder|tracing)\.|dicom_results/|pacs/)"
)
"""What only training, a GPU, a file without a graph or an archive needs; an extra installs it."""


def test_what_it_imports_it_requires(site: Path) -> None:
    (metadata,) = site.glob("*.dist-info/METADATA")
    stated = [
        Requirement(each)
        for each in email.message_from_string(metadata.read_text()).get_all("Requires-Dist", [])
    ]
    always = {canonicalize_name(each.name) for each in stated if each.marker is None}
    at_choice = {
        canonicalize_name(each.name) for each in stated if re.search("torch|train|pacs", str(each.marker))
    }
    providers = packages_distributions()
    for package in sorted(OURS):
        for path in (site / package).rglob("*.py"):
            for name, optional in _imports(ast.parse(path.read_text())):
                if name in sys.stdlib_module_names or name in OURS:
                    continue
                found = {canonicalize_name(each) for each in providers[name]}
                by_extra = EXTRAS.search(path.relative_to(site).as_posix())
                enough = always | at_choice if optional or by_extra else always
                assert found & enough, f"{path.name} imports {name}"


def _imports(tree: ast.Module) -> list[tuple[str, bool]]:
    """Top-level names, and whether the module can be imported without each."""
    inner = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        or (isinstance(function, ast.If) and re.search("TYPE_CHECKING|find_spec", ast.unparse(function.test)))
        for node in ast.walk(function)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(each.name.partition(".")[0], id(node) in inner) for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append((node.module.partition(".")[0], id(node) in inner))
    return found
