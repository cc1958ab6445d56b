"""Preferences: from one table, kept, and fixed by an administrator where that is wanted."""

from pathlib import Path

import pytest
from desktop.support import WAIT, OpenWindow, press
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QCheckBox, QComboBox
from pytestqt.qtbot import QtBot

from verte_desktop import theme
from verte_desktop.session import settings
from verte_desktop.session.settings import ADMINISTRATORS_FILE, SHOWN, Settings

CONTROL = Qt.KeyboardModifier.ControlModifier


def test_every_setting_that_has_a_title_is_shown(qtbot: QtBot, open_window: OpenWindow) -> None:
    window = open_window()
    press(qtbot, window, Qt.Key.Key_Comma, CONTROL)
    dialog = window.others.edit_preferences()
    titled = [each for each in vars(settings).values() if isinstance(each, settings.Setting) and each.title]
    assert {each.key for each in titled} == set(dialog.edits) == {each.key for each in SHOWN}
    assert all(edit.accessibleName() for edit in dialog.edits.values())
    dialog.close()


def test_what_is_chosen_takes_effect_and_is_kept(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    dialog = window.others.edit_preferences()
    colours = dialog.edits[settings.HEATMAP_COLOURS.key]
    assert isinstance(colours, QComboBox)
    colours.setCurrentIndex(colours.findData("viridis"))
    colours.activated.emit(colours.currentIndex())
    assert Settings().get(settings.HEATMAP_COLOURS) == "viridis"
    language = dialog.edits[settings.LANGUAGE.key]
    assert isinstance(language, QComboBox)
    language.setCurrentIndex(language.findData("en"))
    language.activated.emit(language.currentIndex())
    assert dialog._later.isVisible()
    banner = dialog.edits[settings.BANNER.key]
    assert isinstance(banner, QCheckBox)
    banner.click()
    dialog.close()
    again = open_window(image)
    assert not again.session.patient_shown


def test_keys(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    dialog = window.others.edit_preferences()
    row = list(dialog.keys._commands).index("heatmap")
    dialog.keys.table.selectRow(row)
    dialog.keys.edit.setKeySequence(QKeySequence("X"))
    dialog.keys._edited()
    assert "Heatmap of the other score" in dialog.keys.problem.text()
    dialog.keys.edit.setKeySequence(QKeySequence("J"))
    dialog.keys._edited()
    dialog.close()
    press(qtbot, window, Qt.Key.Key_J)
    qtbot.waitUntil(lambda: window.session.shown.heatmap is not None, timeout=WAIT)
    again = open_window(image)
    assert [each.toString() for each in again.actions_by_id["heatmap"].shortcuts()] == ["J"]
    dialog = again.others.edit_preferences()
    dialog.keys.table.selectRow(row)
    dialog.keys.former.click()
    assert [each.toString() for each in again.actions_by_id["heatmap"].shortcuts()] == ["G"]
    assert not Settings().get(settings.SHORTCUTS)
    dialog.keys.none.click()
    assert not again.actions_by_id["heatmap"].shortcuts()
    dialog.close()


def test_an_administrator_fixes_what_no_reader_changes(
    tmp_path: Path, weights_file: Path, image: Path, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "admin.ini"
    file.write_text(
        f"[weights]\nfiles={weights_file}\noverrule=false\n[recent]\nremember=false\n[look]\nbanner=false\n"
    )
    monkeypatch.setenv(ADMINISTRATORS_FILE, str(file))
    window = open_window(image, model=[])
    assert window.session.shown.weights is not None
    assert window.session.shown.weights.paths == (weights_file,)
    assert not window.actions_by_id["choose_weights"].isEnabled()
    assert not window.actions_by_id["read_as_vfa"].isEnabled()
    assert not window.actions_by_id["remember"].isEnabled()
    assert not window.recent.is_remembering() and not window.session.patient_shown
    store = Settings()
    store.set(settings.REMEMBER_RECENT, True)
    assert not store.get(settings.REMEMBER_RECENT)
    dialog = window.others.edit_preferences()
    edit = dialog.edits[settings.MAY_OVERRULE.key]
    assert not edit.isEnabled() and "administrator" in edit.toolTip()
    dialog.close()


def test_values_that_can_not_be_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "admin.ini"
    file.write_text("[look]\ntheme=pink\n[heatmap]\nopacity=much\ncolours=7\n")
    monkeypatch.setenv(ADMINISTRATORS_FILE, str(file))
    store = Settings()
    for setting in (settings.THEME, settings.HEATMAP_OPACITY, settings.HEATMAP_COLOURS):
        assert store.get(setting) == setting.default


def test_the_light_theme(image: Path, open_window: OpenWindow) -> None:
    dark = theme.PANEL
    Settings().set(settings.THEME, "light")
    window = open_window(image)
    assert dark != theme.PANEL and window.palette().window().color().lightness() > 200
    Settings().set(settings.THEME, "dark")
    open_window()
    assert dark == theme.PANEL
