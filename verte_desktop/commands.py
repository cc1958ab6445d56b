"""Every command of the window in one table."""

from __future__ import annotations

from verte_core.results import TASKS
from verte_desktop import wording
from verte_desktop.actions import (
    BUSY,
    IMAGE_OPEN,
    LISTED,
    MEASURED,
    PREPARED,
    RESULT,
    ROW,
    WEIGHTS,
    Command,
    Submenus,
)
from verte_desktop.batch.review_bar import VERDICTS
from verte_desktop.main_window import MainWindow

FILE, IMAGE, WINDOW, HEATMAP, WORKLIST, HELP = "File", "Image", "Grey levels", "Heatmap", "Worklist", "Help"
BATCH, MEASURE = "Batch", "Measure"
RECENT_MENU, WEIGHTS_MENU = "Open recent", "Weights"

SUBMENUS: Submenus[MainWindow] = {
    RECENT_MENU: lambda w: w.recent.files(),
    WEIGHTS_MENU: lambda w: w.recent.weights(),
}


def _preset(number: int) -> Command[MainWindow]:
    return Command(
        f"preset_{number}",
        WINDOW,
        f"Window {number} of the file",
        (str(number),),
        lambda w: w.view.apply_preset(number),
        needs=IMAGE_OPEN,
    )


def _move(side: str, across: int, down: int) -> Command[MainWindow]:
    return Command(
        f"move_{side.lower()}",
        IMAGE,
        f"Move the view {side.lower()}",
        (f"Shift+{side}",),
        lambda w: w.view.move_by(across, down),
        needs=IMAGE_OPEN,
    )


def _verdicts(task: str, shift: str) -> tuple[Command[MainWindow], ...]:
    return tuple(
        Command(
            f"{word}_{task}",
            BATCH,
            f"{title} the {TASKS[task].short}-score of the row",
            (f"{shift}{key}",),
            lambda w, word=word: w.batch().reading.review.give(task, word),  # type: ignore[misc]
            needs=ROW,
        )
        for (title, word), key in zip(VERDICTS, "CD", strict=True)
    )


COMMANDS: tuple[Command[MainWindow], ...] = (
    Command("open_files", FILE, "Open files…", ("Ctrl+O",), lambda w: w.open_files(), "Open"),
    Command("open_folder", FILE, "Open a folder…", ("Ctrl+Shift+O",), lambda w: w.open_folder(), "Folder"),
    Command("score_folder", FILE, "Score a folder…", ("Ctrl+B",), lambda w: w.batch().ask_folder(), "Batch"),
    Command("score_table", FILE, "Score a table…", ("Ctrl+Shift+B",), lambda w: w.batch().ask_table()),
    Command("open_results", FILE, "Open results…", ("Ctrl+R",), lambda w: w.batch().ask_results()),
    Command(
        "query_archive",
        FILE,
        "Query the archive…",
        ("Ctrl+Shift+Q",),
        lambda w: w.others.query_archive(),
        "Archive",
    ),
    Command("nodes", FILE, "Nodes of the archive…", (), lambda w: w.others.edit_nodes()),
    Command("clear_recent", FILE, "Clear", (), lambda w: w.recent.clear(), submenu=RECENT_MENU),
    Command(
        "remember",
        FILE,
        "Remember recent files",
        (),
        lambda w: w.toggle_remember(),
        checkable=True,
        submenu=RECENT_MENU,
    ),
    Command("reopen", FILE, "Open this image again", ("F5",), lambda w: w.session.reopen(), needs=LISTED),
    Command(
        "close_image", FILE, "Close this image", ("Ctrl+W",), lambda w: w.session.close_image(), needs=LISTED
    ),
    Command(
        "close_patient",
        FILE,
        "Close this patient",
        ("Ctrl+Alt+W",),
        lambda w: w.session.close_patient(),
        needs=LISTED,
    ),
    Command("cancel", FILE, "Cancel", ("Esc",), lambda w: w.session.cancel(), needs=BUSY),
    Command(
        "save_picture", FILE, "Save the picture…", ("Ctrl+S",), lambda w: w.save.picture(), needs=IMAGE_OPEN
    ),
    Command("save_report", FILE, "Save a report…", ("Ctrl+P",), lambda w: w.save.report(), "Report", RESULT),
    Command(
        "send_results",
        FILE,
        "Save for the PACS, or send…",
        ("Ctrl+Shift+S",),
        lambda w: w.others.send_results(),
        needs=RESULT,
    ),
    Command(
        "copy_scores", FILE, "Copy the scores", ("Ctrl+C",), lambda w: w.save.copy_scores(), needs=RESULT
    ),
    Command(
        "choose_weights",
        FILE,
        "Choose weights…",
        ("Ctrl+Shift+W",),
        lambda w: w.choose_weights(),
        submenu=WEIGHTS_MENU,
    ),
    Command("card", FILE, "Model card", ("Ctrl+M",), lambda w: w.others.show_card(), needs=WEIGHTS),
    Command("preferences", FILE, "Preferences…", ("Ctrl+,",), lambda w: w.others.edit_preferences()),
    Command("quit", FILE, "Quit", ("Ctrl+Q",), lambda w: w.close()),
    Command("fit", IMAGE, "Fit to the window", ("F",), lambda w: w.view.fit(), "Fit", IMAGE_OPEN),
    Command("actual", IMAGE, "One to one", ("Ctrl+1",), lambda w: w.view.actual_size(), "1:1", IMAGE_OPEN),
    Command("zoom_in", IMAGE, "Zoom in", ("+", "="), lambda w: w.view.zoom(1.25), needs=IMAGE_OPEN),
    Command("zoom_out", IMAGE, "Zoom out", ("-",), lambda w: w.view.zoom(0.8), needs=IMAGE_OPEN),
    _move("Left", -1, 0),
    _move("Right", 1, 0),
    _move("Up", 0, -1),
    _move("Down", 0, 1),
    Command("reset", IMAGE, "Reset the display", ("Space",), lambda w: w.view.reset(), "Reset", IMAGE_OPEN),
    Command("right", IMAGE, "Rotate right", ("R",), lambda w: w.view.rotate(90), "↻", IMAGE_OPEN),
    Command("left", IMAGE, "Rotate left", ("L",), lambda w: w.view.rotate(-90), "↺", IMAGE_OPEN),
    Command("flip_h", IMAGE, "Flip left to right", ("H",), lambda w: w.view.flip(-1, 1), "⇄", IMAGE_OPEN),
    Command("flip_v", IMAGE, "Flip top to bottom", ("V",), lambda w: w.view.flip(1, -1), "⇅", IMAGE_OPEN),
    Command(
        "model_view",
        IMAGE,
        "What the model sees",
        ("M",),
        lambda w: w.view.toggle_model_view(),
        "Model's view",
        PREPARED,
        checkable=True,
    ),
    Command("header", IMAGE, "DICOM header", ("Ctrl+I",), lambda w: w.others.show_header(), needs=IMAGE_OPEN),
    *(
        Command(
            f"read_as_{choice}",
            IMAGE,
            f"Read as {words}",
            (),
            lambda w, choice=choice: w.session.read_as(choice),  # type: ignore[misc]
            needs=IMAGE_OPEN,
            checkable=True,
        )
        for choice, words in wording.READ_AS.items()
    ),
    Command(
        "banner",
        IMAGE,
        "Patient's data on the screen",
        ("O",),
        lambda w: w.toggle_banner(),
        checkable=True,
    ),
    Command(
        "invert", WINDOW, "Invert", ("I",), lambda w: w.view.invert(), "Invert", IMAGE_OPEN, checkable=True
    ),
    Command(
        "auto", WINDOW, "Automatic window", ("0", "A"), lambda w: w.view.apply_preset(0), needs=IMAGE_OPEN
    ),
    *(_preset(number) for number in range(1, 5)),
    Command(
        "narrower",
        WINDOW,
        "Narrower (more contrast)",
        ("Ctrl+Left",),
        lambda w: w.view.drag_window(-20, 0),
        needs=IMAGE_OPEN,
    ),
    Command(
        "wider",
        WINDOW,
        "Wider (less contrast)",
        ("Ctrl+Right",),
        lambda w: w.view.drag_window(20, 0),
        needs=IMAGE_OPEN,
    ),
    Command(
        "brighter", WINDOW, "Brighter", ("Ctrl+Up",), lambda w: w.view.drag_window(0, -20), needs=IMAGE_OPEN
    ),
    Command(
        "darker", WINDOW, "Darker", ("Ctrl+Down",), lambda w: w.view.drag_window(0, 20), needs=IMAGE_OPEN
    ),
    Command(
        "heatmap",
        HEATMAP,
        "Heatmap",
        ("G",),
        lambda w: w.toggle_heatmap(),
        "Heatmap",
        IMAGE_OPEN,
        checkable=True,
    ),
    Command(
        "other_score",
        HEATMAP,
        "Heatmap of the other score",
        ("X",),
        lambda w: w.next_heatmap_task(),
        "Other score",
        PREPARED,
    ),
    Command(
        "fainter", HEATMAP, "Fainter heatmap", ("[",), lambda w: w.change_opacity(-0.1), needs=IMAGE_OPEN
    ),
    Command(
        "stronger", HEATMAP, "Stronger heatmap", ("]",), lambda w: w.change_opacity(0.1), needs=IMAGE_OPEN
    ),
    Command(
        "inspect",
        HEATMAP,
        "Look closely: methods, parts of the score, checks",
        ("Ctrl+G",),
        lambda w: w.others.inspect(),
        "Inspect",
        RESULT,
    ),
    Command("gallery", HEATMAP, "Gallery of a folder…", ("Ctrl+Shift+G",), lambda w: w.others.gallery()),
    *(
        Command(
            f"measure_{tool}",
            MEASURE,
            text,
            (keys,),
            lambda w, tool=tool: w.session.measuring.start(tool),  # type: ignore[misc]
            button,
            IMAGE_OPEN,
            checkable=True,
        )
        for tool, text, keys, button in (
            ("vertebra", "Heights of a vertebra by six points", "Shift+V", "Heights"),
            ("length", "Length", "Shift+L", ""),
            ("angle", "Angle", "Shift+A", ""),
            ("cobb", "Cobb angle", "Shift+B", ""),
            ("calibration", "Line of known length", "Shift+K", ""),
        )
    ),
    Command("undo", MEASURE, "Undo", ("Ctrl+Z",), lambda w: w.undo()),
    Command("redo", MEASURE, "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), lambda w: w.session.measuring.redo()),
    Command(
        "delete_measurement",
        MEASURE,
        "Delete the measurement",
        ("Del",),
        lambda w: w.session.measuring.delete(),
        needs=MEASURED,
    ),
    Command(
        "compare",
        WORKLIST,
        "Prior beside the image",
        ("Ctrl+D",),
        lambda w: w.others.compare(),
        "Prior",
        PREPARED,
    ),
    Command("next", WORKLIST, "Next image", ("PgDown",), lambda w: w.session.step(1)),
    Command("previous", WORKLIST, "Previous image", ("PgUp",), lambda w: w.session.step(-1)),
    Command(
        "score_person",
        WORKLIST,
        "Score the person's other images",
        ("Ctrl+Shift+P",),
        lambda w: w.session.score_person(),
        needs=RESULT,
    ),
    *_verdicts("pvf", ""),
    *_verdicts("osteo", "Shift+"),
    Command(
        "comment",
        BATCH,
        "Comment on the row",
        ("T",),
        lambda w: w.batch().reading.review.comment.setFocus(),
        needs=ROW,
    ),
    Command("next_row", BATCH, "Next row", ("N",), lambda w: w.batch().open_beside(1), needs=ROW),
    Command("previous_row", BATCH, "Previous row", ("P",), lambda w: w.batch().open_beside(-1), needs=ROW),
    Command("manual", HELP, "Manual", ("Shift+F1",), lambda w: w.others.show_manual()),
    Command("log", HELP, "Log", ("Ctrl+Shift+L",), lambda w: w.others.show_log()),
    Command("shortcuts", HELP, "Keys and mouse", ("F1",), lambda w: w.others.show_shortcuts()),
    Command("licences", HELP, "Licences", (), lambda w: w.others.show_licences()),
    Command("about", HELP, "About VERTE Desktop", (), lambda w: w.others.show_about()),
)
