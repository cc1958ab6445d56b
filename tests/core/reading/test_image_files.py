"""Which files are meant by folders, and by links to them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from verte_core.reading.image_files import find_images

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One image in ``root/b``, and one outside, in ``other``."""
    for path in (tmp_path / "root" / "b" / "1.dcm", tmp_path / "other" / "2.dcm"):
        path.parent.mkdir(parents=True)
        path.touch()
    return tmp_path / "root"


def test_links_to_folders_are_followed(folder: Path) -> None:
    (folder / "link").symlink_to(folder.parent / "other")
    assert find_images([folder]) == [folder / "b" / "1.dcm", folder / "link" / "2.dcm"]


def test_a_folder_that_is_a_link_is_opened(folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder)
    assert find_images([link]) == [link / "b" / "1.dcm"]


def test_each_real_folder_is_walked_once(folder: Path) -> None:
    (folder / "a").symlink_to(folder / "b")
    (folder / "c").symlink_to(folder.parent / "other")
    (folder / "d").symlink_to(folder.parent / "other")
    assert find_images([folder, folder / "a"]) == [folder / "b" / "1.dcm", folder / "c" / "2.dcm"]


def test_links_that_lead_back_end(folder: Path) -> None:
    (folder / "b" / "up").symlink_to(folder)
    (folder / "b" / "self").symlink_to(folder / "b")
    (folder.parent / "other" / "back").symlink_to(folder)
    (folder / "other").symlink_to(folder.parent / "other")
    assert find_images([folder]) == [folder / "b" / "1.dcm", folder / "other" / "2.dcm"]


def test_hidden_links_are_passed_over(folder: Path) -> None:
    (folder / ".link").symlink_to(folder.parent / "other")
    assert find_images([folder]) == [folder / "b" / "1.dcm"]
