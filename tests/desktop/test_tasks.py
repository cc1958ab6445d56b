"""Widgets belong to the thread of the window; and what the fixtures of all tests look for, they find."""

import threading
from collections.abc import Callable, Iterator

import pytest
from desktop.support import WAIT, left_over, watched_workers
from PySide6.QtCore import QRunnable, QThreadPool, QTimer
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from verte_desktop.session.tasks import Jobs, Tasks


@pytest.fixture
def tasks(qtbot: QtBot) -> Iterator[Tasks]:
    made = Tasks()
    yield made
    made.close()
    made.join()


def elsewhere(call: Callable[[], object]) -> BaseException | None:
    """What a call raises in another thread."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return raised[0] if raised else None


def ignore(*_: object) -> None: ...


@pytest.mark.parametrize(
    "call",
    [
        lambda tasks: tasks.run(ignore, ignore, ignore),
        lambda tasks: tasks.run_when_idle(ignore, ignore, ignore),
        lambda tasks: Jobs(tasks).run(ignore, ignore, ignore),
        lambda tasks: tasks._settle(None, ignore, ignore, False),
    ],
    ids=["run", "run_when_idle", "jobs", "settle"],
)
def test_work_is_given_and_settled_in_the_thread_of_the_window(
    tasks: Tasks, call: Callable[[Tasks], object]
) -> None:
    assert "thread of the window" in str(elsewhere(lambda: call(tasks)))


def test_what_comes_of_work_comes_to_the_thread_of_the_window(qtbot: QtBot, tasks: Tasks) -> None:
    seen: dict[str, int] = {}
    for name, work in (("done", threading.get_ident), ("failed", lambda: 1 / 0)):
        tasks.run(
            work,
            lambda worker: seen.update(done=threading.get_ident(), worker=worker),
            lambda _: seen.update(failed=threading.get_ident()),
        )
        qtbot.waitUntil(lambda name=name: name in seen, timeout=WAIT)
    assert seen["done"] == seen["failed"] == threading.get_ident() != seen["worker"]


@pytest.mark.parametrize(
    "touch", [lambda widget: widget.text(), lambda widget: widget.update(), lambda _: QLabel().text()]
)
def test_work_that_touches_a_widget_is_found(
    qtbot: QtBot, tasks: Tasks, touch: Callable[[QWidget], object]
) -> None:
    widget, settled = QLabel("seen"), []
    with watched_workers() as touched:
        tasks.run(lambda: touch(widget), settled.append, settled.append)
        qtbot.waitUntil(lambda: bool(settled), timeout=WAIT)
    assert len(touched) == 1


def test_what_a_test_leaves_is_found(qtbot: QtBot) -> None:
    release, threads = threading.Event(), set(threading.enumerate())
    assert left_over(threads, set()) == []
    thread = threading.Thread(target=release.wait, name="mine")
    thread.start()
    assert left_over(threads, set()) == ["mine"]
    QThreadPool.globalInstance().start(QRunnable.create(release.wait))
    assert "1 threads of QThreadPool" in left_over(threads, set())
    release.set()
    thread.join()
    QThreadPool.globalInstance().waitForDone()
    timer = QTimer()
    timer.start(10_000)
    assert "is active" in str(left_over(threads, set()))
    timer.stop()
    window = QWidget()
    assert left_over(threads, set()) == [repr(window)]
    assert left_over(threads, {id(window)}) == []
