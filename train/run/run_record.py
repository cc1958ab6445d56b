"""What a run leaves in its folder besides weights: configuration, environment, figures and pictures."""

from __future__ import annotations

import csv
import json
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import timm
import torch
import yaml
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_curve
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

import verte_core
from verte_core.errors import OutputError
from verte_core.files import replacing, write
from verte_core.ranks import Ranks
from verte_core.results import TASKS, title
from verte_core.training.loop import Epoch
from verte_core.training.prediction import Predictions

Array = npt.NDArray[np.float64]


class RunRecord:
    """The folder of one run; used on the first process only.

    Figures are written from the run's whole history, so that a run that was killed and resumed has each
    epoch once.

    Args:
        folder: made when it is not there.
        tasks: of the network, in order.
        data: a few words for the pictures, such as ``simulated validation split``.
    """

    def __init__(self, folder: Path, tasks: tuple[str, ...], data: str) -> None:
        self._folder, self._tasks, self._data = folder, tasks, data
        self._events = 0

    def start(self, configuration: dict[str, Any], manifest_sha256: str, ranks: Ranks, resumed: bool) -> None:
        """Write config.yaml, and add this start to environment.json.

        Raises:
            OutputError: when the folder can't be written.
        """
        path = self._folder / "environment.json"
        with self._written():
            self._folder.mkdir(parents=True, exist_ok=True)
            write(self._folder / "config.yaml", yaml.safe_dump(configuration, sort_keys=False).encode())
            starts = json.loads(path.read_text()) if resumed and path.is_file() else []
            starts.append(environment(ranks) | {"manifest_sha256": manifest_sha256})
            write(path, (json.dumps(starts, indent=2) + "\n").encode())

    def add(self, epoch: Epoch) -> None:
        """Write metrics.csv, the TensorBoard events and the learning curves; ROC and calibration of the best.

        Raises:
            OutputError: when the folder can't be written.
        """
        with self._written():
            self._write_metrics(epoch.history)
            self._write_events(epoch.history)
            self._draw_learning_curves(epoch.history)
            if epoch.best:
                self._draw_roc(epoch.predictions)
                self._draw_calibration(epoch.predictions)

    def _write_metrics(self, history: list[dict[str, float]]) -> None:
        with replacing(self._folder / "metrics.csv", "utf-8") as file:
            writer = csv.DictWriter(file, history[0])
            writer.writeheader()
            writer.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in history)

    def _write_events(self, history: list[dict[str, float]]) -> None:
        # Not torch's SummaryWriter: it puts the machine's name into the file's, and after a kill it would
        # repeat epochs. TensorBoard follows a file that grows, so only a new process begins it anew.
        path = self._folder / "tensorboard" / "events.out.tfevents.run"
        path.parent.mkdir(exist_ok=True)
        with path.open("ab" if self._events else "wb") as file:
            writer = RecordWriter(file)
            if not self._events:
                writer.write(Event(wall_time=time.time(), file_version="brain.Event:2").SerializeToString())
            for row in history[self._events :]:
                values = [Summary.Value(tag=name, simple_value=value) for name, value in row.items()]
                event = Event(wall_time=time.time(), step=int(row["epoch"]), summary=Summary(value=values))
                writer.write(event.SerializeToString())
        self._events = len(history)

    def _draw_learning_curves(self, history: list[dict[str, float]]) -> None:
        figure = Figure(figsize=(10, 4), layout="constrained")
        left, right = figure.subplots(1, 2)
        epochs = [row["epoch"] for row in history]
        left.plot(epochs, [row["loss"] for row in history], label="training")
        left.plot(epochs, [row["val_loss"] for row in history], label="validation")
        left.set(xlabel="epoch", ylabel="loss", title="Cross-entropy")
        for task in self._tasks:
            values = [row[f"val_auroc_{task}"] for row in history]
            right.plot(epochs, values, label=title(task))
        right.set(xlabel="epoch", ylabel="AUROC", title=f"AUROC, {self._data}")
        for axes in (left, right):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.legend()
        figure.savefig(self._folder / "learning_curves.png", dpi=120)

    def _draw_roc(self, predictions: Predictions) -> None:
        figure, axes = _square("ROC", self._data, "1 - specificity", "sensitivity")
        aurocs = dict(zip(self._tasks, predictions.auroc(), strict=True))
        for task, labels, scores in self._scores(predictions):
            false_positive_rate, true_positive_rate, _ = roc_curve(labels, scores)
            name = f"{TASKS[task].title}, AUROC {aurocs[task]:.3f}, n = {len(labels)}"
            axes.plot(false_positive_rate, true_positive_rate, label=name)
        axes.legend(loc="lower right")
        figure.savefig(self._folder / "roc.png", dpi=120)

    def _draw_calibration(self, predictions: Predictions) -> None:
        figure, axes = _square("Calibration", self._data, "mean score of a tenth", "part with the condition")
        for task, labels, scores in self._scores(predictions):
            observed, expected = calibration_curve(labels, scores, n_bins=10, strategy="quantile")
            axes.plot(expected, observed, marker="o", label=TASKS[task].title)
        axes.legend(loc="upper left")
        figure.savefig(self._folder / "calibration.png", dpi=120)

    def _scores(self, predictions: Predictions) -> Iterator[tuple[str, Array, Array]]:
        """Known labels and scores, of people, of the published tasks that have both classes."""
        scores, labels = predictions.by_person()
        for index, task in enumerate(self._tasks):
            known = ~np.isnan(labels[:, index])
            if task in TASKS and len(np.unique(labels[known, index])) == 2:
                yield task, labels[known, index], scores[known, index]

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(
                f"The run's folder {self._folder} can't be written: {error.strerror}."
            ) from error


def environment(ranks: Ranks) -> dict[str, Any]:
    """Versions and machinery of this start, without names of machines, people or folders."""
    on_gpu = ranks.device.startswith("cuda")
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "verte": verte_core.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "timm": timm.__version__,
        "numpy": np.__version__,
        "cuda": torch.version.cuda if on_gpu else None,
        "device": torch.cuda.get_device_name(ranks.device) if on_gpu else ranks.device,
        "processes": ranks.count,
        "threads": torch.get_num_threads(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def _square(title: str, data: str, across: str, up: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    axes.set(title=f"{title}, {data}", xlabel=across, ylabel=up, xlim=(0, 1), ylim=(0, 1), aspect="equal")
    return figure, axes
