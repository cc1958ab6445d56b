"""The terminal: ``verte score``, ``verte export``, ``verte info``, and the commands for an archive."""

from __future__ import annotations

import argparse
import functools
import io
import json
import logging
import os
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from verte_core import __version__
from verte_core.errors import ImageError, OutputError, VerteError
from verte_core.image_types import KINDS
from verte_core.network import shipped
from verte_core.pacs import commands as archive
from verte_core.reading.child import serve_if_asked
from verte_core.results import TASKS, title

if TYPE_CHECKING:
    from verte_core.batch.clinical_table import ClinicalTable, Given
    from verte_core.batch.record import ImageRecord, Tally
    from verte_core.batch.run import ScoringRun
    from verte_core.dicom_results.export import Exporter, Page
    from verte_core.network.weights import Weights
    from verte_core.ranks import Ranks
    from verte_core.reading.isolated import Readers

OK, SOME_REFUSED, USAGE = 0, 1, 2
DEVICES = ["auto", "cpu", "cuda", "mps", "directml"]


def main(arguments: Sequence[str] | None = None, page: Page | None = None) -> int:
    """Run ``verte``; returns 0 when every image was scored, 1 when some were not, 2 for a usage error.

    ``page`` makes a report, for the core knows no Qt.
    """
    serve_if_asked()
    options = _parser().parse_args(arguments)
    options.page = page
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name that the terminal's encoding lacks must not end the run.
            stream.reconfigure(errors="backslashreplace")
    try:
        with _log_on_standard_error(), _rows_on_standard_output():
            status: int = options.run(options)
        return status
    except OutputError as error:
        print(f"verte: {error}", file=sys.stderr)
        return SOME_REFUSED
    except VerteError as error:
        print(f"verte: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("verte: interrupted.", file=sys.stderr)
        return SOME_REFUSED


@contextmanager
def _rows_on_standard_output() -> Iterator[None]:
    """A reader of the rows that goes (``| head``) ends the run, and so does a full disk, with a sentence."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        try:
            print(flush=True)  # whether it was this stream
        except OSError:
            # What is left in the buffer would be tried once more at the end of the process.
            sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115
            said = f"The rows can't be written to standard output: {error.strerror}."
            raise OutputError(said) from error
        raise


@contextmanager
def _log_on_standard_error() -> Iterator[None]:
    """Warnings of the library go where the errors go."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("verte: %(message)s"))
    library = logging.getLogger("verte_core")
    library.addHandler(handler)
    try:
        yield
    finally:
        library.removeHandler(handler)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verte", description="Vertebral fracture and osteoporosis scores. Research use; not a diagnosis."
    )
    parser.add_argument("--version", action="version", version=f"VERTE {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    score = commands.add_parser("score", help="score files and folders")
    _add_images(score)
    score.add_argument(
        "--out",
        type=Path,
        metavar="scores.csv",
        help="write the rows; after an interruption the same command goes on, later it scores what is new",
    )
    score.add_argument("--heatmaps", type=Path, metavar="DIR", help="write a heatmap picture for each score")
    score.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    score.add_argument(
        "--identify",
        action="store_true",
        help="add PatientID, StudyDate and AccessionNumber to rows and --json",
    )
    score.set_defaults(run=_score)
    export = commands.add_parser("export", help="score, and write results as DICOM for an archive")
    _add_images(export)
    export.add_argument("--out", type=Path, metavar="DIR", required=True, help="the folder of the results")
    export.add_argument("--sr", action="store_true", help="a structured report of each image")
    export.add_argument("--sc", action="store_true", help="a secondary capture: the image and its heatmaps")
    export.add_argument("--pdf", action="store_true", help="the report as a page; by default all three")
    export.add_argument(
        "--form",
        choices=["enhanced", "comprehensive 3d"],
        default="enhanced",
        help="of the structured report: which SOP class the archive accepts",
    )
    export.add_argument(
        "--deidentify",
        action="store_true",
        help="without the person: no name, number or date, new UIDs; look for text burnt into the pixels",
    )
    export.set_defaults(run=_export)
    inspect = commands.add_parser("inspect", help="score, and look closely at the heatmaps of a folder")
    _add_images(inspect)
    inspect.add_argument("--out", type=Path, metavar="DIR", required=True, help="page, table and maps")
    inspect.add_argument("--sc", action="store_true", help="a DICOM secondary capture of each image, too")
    inspect.add_argument(
        "--without-deletion",
        action="store_true",
        help="leave out the area of deletion, which takes eight forwards for each score",
    )
    inspect.set_defaults(run=_inspect)
    archive.add(commands)
    info = commands.add_parser("info", help="the model card of a weights file")
    info.add_argument("--model", type=Path, metavar="FILE", help="weights; those of the program by default")
    info.add_argument("--json", action="store_true", help="all that the file records, an object a line")
    info.set_defaults(run=_info)
    return parser


def _add_images(command: argparse.ArgumentParser) -> None:
    """The images to score, and what with."""
    command.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="DICOM, PNG, JPEG, TIFF, or a folder"
    )
    command.add_argument("--age", type=float, metavar="N", help="years, for a single image")
    command.add_argument("--sex", choices=["F", "M"], help="for a single image")
    command.add_argument("--bmi", type=float, metavar="X", help="kg/m2, for a single image")
    command.add_argument("--table", type=Path, metavar="clinical.csv", help="clinical values by image")
    command.add_argument(
        "--model",
        type=Path,
        action="append",
        metavar="FILE",
        help="weights, those of the program by default; given again, more that score together",
    )
    command.add_argument("--protocol", choices=["auto", "radiograph", "vfa"], default="auto")
    command.add_argument("--device", choices=DEVICES, default="auto")


def _info(options: argparse.Namespace) -> int:
    # Here and below, what takes its time is imported only once the arguments have proved right.
    from verte_core.network import weights

    paths = [options.model] if options.model else [shipped.path(kind) for kind in KINDS]
    for number, path in enumerate(paths):
        loaded = weights.load(path)
        if options.json:
            _print_record(path, loaded)
        else:
            print("\n" * 2 if number else "", end="")
            _print_card(loaded)
    return OK


def _print_record(path: Path, weights: Weights) -> None:
    from verte_core.network import metadata

    recorded = json.loads(metadata.to_json(weights.metadata))
    about: dict[str, object] = {"file": str(path), "id": weights.id, "has_graph": weights.graph is not None}
    recorded["schema_version"] = 2 if weights.graph is not None else 1
    print(json.dumps(about | recorded, ensure_ascii=False))


def _print_card(weights: Weights) -> None:
    metadata = weights.metadata
    print(f"{metadata.name}  (id {weights.id})")
    if metadata.trained_on.notice:
        print(metadata.trained_on.notice)
    architecture = metadata.architecture
    clinical = "with age, sex and BMI" if architecture.clinical_hidden else "image only"
    print(f"\nNetwork: {architecture.backbone}, {clinical}; for {KINDS[metadata.protocol]}.")
    for task in metadata.score_tasks:
        print(metadata.operating_points[task].sentence(task))
    for heading, text in metadata.card.items():
        print(f"\n{heading}\n{textwrap.indent(text, '  ')}")


def _score(options: argparse.Namespace) -> int:
    # The rows of a file are read elsewhere, and by later runs.
    images, values_of = _images(options, absolute_paths=options.out is not None)
    from verte_core.reading.isolated import Readers

    with Readers() as readers:
        # It gets ready while the engine is imported, below.
        readers.begin()
        from verte_core.processes import connected

        with connected(options.device) as ranks:
            return _score_own(options, values_of, images, ranks, readers)


def _images(options: argparse.Namespace, absolute_paths: bool) -> tuple[list[Path], Given]:
    """The images that the command means, and the values given for them."""
    from verte_core.reading.image_files import NO_IMAGE, absolute, find_images

    table = _table(options)
    images = find_images(map(absolute, options.paths) if absolute_paths else options.paths)
    if not images:
        raise VerteError(NO_IMAGE)
    if len(images) > 1 and _given(options):
        raise VerteError(
            f"--age, --sex and --bmi describe one person, but there are {len(images)} images; use --table."
        )
    return images, table.match(images) if table else _given_to_all(options)


def _export(options: argparse.Namespace) -> int:
    images, values_of = _images(options, absolute_paths=False)
    exporter = _exporter(options)
    from verte_core.batch.run import ScoringRun
    from verte_core.network import weights
    from verte_core.scoring.scorers import Scorers

    scorers = Scorers.of_files([weights.load(each) for each in options.model or ()], options.device)
    not_written = 0
    with ScoringRun(scorers, images, values_of, choice=options.protocol) as run:
        for record, scored in run.outcomes():
            print(_line(record, identify=False))
            if scored is None:
                continue
            try:
                written = exporter.write(record, scored)
            except ImageError as error:
                not_written += 1
                print(f"    not written: {error}", flush=True)
            else:
                print("".join(f"    {path}\n" for path in written), end="", flush=True)
        tally = run.finish()
    for path in exporter.write_persons():
        print(f"    of a person: {path}")
    _print_summary(tally, sys.stdout)
    if not_written:
        print(
            f"verte: {not_written} of the images that were scored have no results written.", file=sys.stderr
        )
    if options.deidentify:
        print("verte: text burnt into the pixels, if any, is still in the captures.", file=sys.stderr)
    _print_said(values_of, None)
    return SOME_REFUSED if not_written or tally.kinds.total() > tally.kinds[""] else OK


def _inspect(options: argparse.Namespace) -> int:
    images, values_of = _images(options, absolute_paths=True)
    from verte_core.extras import PACS, needed
    from verte_core.inspection.folder import CAPTURES, FolderInspection
    from verte_core.network import weights
    from verte_core.scoring.scorers import Scorers

    capture = None
    if options.sc:
        with needed(PACS):
            from verte_core.dicom_results.export import Exporter
        capture = Exporter(options.out / CAPTURES, ["sc"], "enhanced", False, None).write
    scorers = Scorers.of_files([weights.load(each) for each in options.model or ()], options.device)
    inspection = FolderInspection(
        scorers,
        images,
        values_of,
        options.out.absolute(),
        choice=options.protocol,
        with_deletion=not options.without_deletion,
        capture=capture,
    )
    refused = 0
    with _Progress(inspection.total, shown=True) as progress:
        for row in inspection.rows():
            refused += row.cells["status"] != "scored"
            said = row.cells["reason"] or "   ".join(
                f"{title(task)} {row.cells[f'{task}_score']:.3f}"
                for task in TASKS
                if row.cells[f"{task}_score"] is not None
            )
            progress.print(f"{row.cells['path']}\n    {said}")
            progress.step()
    print("".join(f"{path}\n" for path in inspection.finish()), end="")
    _print_said(values_of, None)
    return SOME_REFUSED if refused else OK


def _exporter(options: argparse.Namespace) -> Exporter:
    from verte_core.extras import PACS, needed

    with needed(PACS):
        from verte_core.dicom_results.export import WHAT, Exporter
    wanted = [what for what in WHAT if getattr(options, what)] or list(WHAT)
    return Exporter(options.out, wanted, options.form, options.deidentify, options.page)


def _score_own(
    options: argparse.Namespace, values_of: Given, images: list[Path], ranks: Ranks, readers: Readers
) -> int:
    """Score this process's images; the first one writes all rows to --out in the end."""
    from verte_core.batch.columns import cells
    from verte_core.batch.run import ScoringRun
    from verte_core.network import weights
    from verte_core.scoring.scorers import Scorers

    if ranks.count > 1 and not options.out:
        raise VerteError("Several processes need --out, in a folder that all of them share.")
    scorers = Scorers.of_files([weights.load(each) for each in options.model or ()], ranks.device)
    run = ScoringRun(
        scorers,
        images,
        values_of,
        choice=options.protocol,
        out=options.out,
        heatmaps=options.heatmaps,
        identify=options.identify,
        ranks=ranks,
        readers=readers,
    )
    with run:
        if run.taken_over:
            total, before = len(run.images), len(run.taken_over)
            print(f"{before} of {total} images were scored before.", file=sys.stderr)
        if run.damaged_lines:
            lines = "1 damaged line" if run.damaged_lines == 1 else f"{run.damaged_lines} damaged lines"
            print(f"verte: Passed over in the journal of {options.out}: {lines}.", file=sys.stderr)
        with _Progress(len(run.own_images), shown=ranks.first) as progress:
            try:
                for record, _ in run.outcomes():
                    progress.print(
                        json.dumps(cells(record, options.identify))
                        if options.json
                        else _line(record, options.identify)
                    )
                    progress.step()
            except KeyboardInterrupt:
                if ranks.first and options.out:
                    _keep(run, options.out)
                raise
        tally = run.finish()
    # torchrun ends all processes when one fails, so only the last at work says that images were refused.
    if not ranks.first:
        return OK
    _print_summary(tally, sys.stderr if options.json else sys.stdout)
    _print_said(values_of, options.out if ranks.count > 1 else None)
    return SOME_REFUSED if tally.kinds.total() > tally.kinds[""] else OK


def _keep(run: ScoringRun, out: Path) -> None:
    """Leave the rows of an interrupted run, and say what remains."""
    total, done = len(run.images), run.finish_early().kinds.total()
    rows = f"{out} has the rows of {done} of {total} images; " if done else ""
    print(f"verte: {rows}{total - done} remain, and the same command goes on with them.", file=sys.stderr)


def _print_summary(tally: Tally, stream: TextIO) -> None:
    from verte_core.results import NOT_TO_RULE_OUT, Provenance

    scored = tally.kinds[""]
    print(f"\n{scored} scored, {tally.kinds.total() - scored} refused.", file=stream)
    for kind, number in tally.kinds.most_common():
        if kind:
            print(f"{number:6}  {kind}", file=stream)
    if tally.unlike:
        print(f"{tally.unlike:6}  of those scored unlike what the weights learned from", file=stream)
    print(NOT_TO_RULE_OUT, file=stream)
    notice = Provenance.together(tally.trained_on).notice if tally.trained_on else ""
    if notice:
        print(notice, file=stream)
    if tally.without_heatmap:
        number = len(tally.without_heatmap)
        print(f"verte: {number} of the images that were scored lack a heatmap:", file=sys.stderr)
        for path, reason in tally.without_heatmap.items():
            print(f"{path}\n    no heatmap: {reason}", file=sys.stderr)


def _print_said(values_of: Given, shared: Path | None) -> None:
    """What of the table was not used; of results that several processes share, all images are asked."""
    from verte_core.batch import journal

    for record in journal.read(shared) if shared else []:
        with suppress(VerteError):
            values_of(Path(record.path), record.source.sop_instance_uid if record.source else None)
    for sentence in values_of.said():
        print(f"verte: {sentence}", file=sys.stderr)


def _given(options: argparse.Namespace) -> bool:
    return any(value is not None for value in (options.age, options.sex, options.bmi))


def _table(options: argparse.Namespace) -> ClinicalTable | None:
    from verte_core.batch.clinical_table import ClinicalTable

    if options.table and _given(options):
        raise VerteError("--table and --age, --sex, --bmi exclude each other.")
    if options.table:
        return ClinicalTable(options.table)
    _given_to_all(options)  # a mistake of the command is said before the images are looked for
    return None


def _given_to_all(options: argparse.Namespace) -> Given:
    from verte_core.batch.clinical_table import ClinicalValues, GivenToAll, combine

    given = ClinicalValues(options.age, options.sex, options.bmi)
    # A value out of range on the command line is a mistake of the command, not of the image.
    combine(given, ClinicalValues(age=60.0, sex="F", bmi=25.0))
    return GivenToAll(given)


def _line(record: ImageRecord, identify: bool) -> str:
    whose = ""
    if identify and record.identity:
        parts = asdict(record.identity).items()
        whose = "".join(f"\n    {name}: {value}" for name, value in parts if value)
    notes = "".join(f"\n    note: {note}" for note in record.notes)
    if record.status == "refused":
        return f"{record.path}{whose}\n    refused: {record.reason}{notes}"
    scores = "   ".join(
        f"{title(task)} {score.value:.3f} {score.zone or 'uncertain'}"
        + (f" (spread {score.spread:.3f})" if score.spread is not None else "")
        for task, score in record.scores.items()
    )
    return f"{record.path}{whose}\n    {scores}{notes}"


class _Progress:
    """How many of how many, the rate and the time left, on standard error.

    One line below the rows on a terminal, and a line every ``LOG_SECONDS`` elsewhere.
    """

    FORMAT = "{n_fmt} of {total_fmt}, {rate_noinv_fmt}, {remaining} left"
    LOG_SECONDS = 60.0

    def __init__(self, total: int, shown: bool) -> None:
        from tqdm import tqdm

        self._meter = functools.partial(
            tqdm.format_meter, total=total, unit=" images", bar_format=self.FORMAT
        )
        self._logging = shown and not sys.stderr.isatty()
        self._bar = tqdm(
            total=total,
            unit=" images",
            bar_format=self.FORMAT,
            file=sys.stderr,
            disable=self._logging or not shown,
        )
        self._done = 0
        self._start = self._logged = time.monotonic()

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def print(self, text: str) -> None:
        """A row, above the line."""
        self._bar.write(text, file=sys.stdout)
        sys.stdout.flush()

    def step(self) -> None:
        """One more image is done."""
        self._bar.update()
        self._done += 1
        now = time.monotonic()
        if self._logging and now - self._logged >= self.LOG_SECONDS:
            self._logged = now
            print(self._meter(self._done, elapsed=now - self._start), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
