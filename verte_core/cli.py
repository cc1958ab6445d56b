"""The terminal: ``verte score`` and ``verte info``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from verte_core import __version__
from verte_core.clinical import ClinicalInputs
from verte_core.errors import OutputError, VerteError

if TYPE_CHECKING:
    from verte_core.batch import InputsOf, Row, Scored
    from verte_core.scoring import Scorer
    from verte_core.weights import Weights

OK, SOME_REFUSED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``verte``; returns 0 when every image was scored, 1 when some were not, 2 for a usage error."""
    options = _parser().parse_args(arguments)
    try:
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verte", description="Vertebral fracture and osteoporosis scores. Research use; not a diagnosis."
    )
    parser.add_argument("--version", action="version", version=f"VERTE {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    score = commands.add_parser("score", help="score files and folders")
    score.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="DICOM, PNG, JPEG, TIFF, or a folder"
    )
    score.add_argument("--age", type=float, metavar="N", help="years, for a single image")
    score.add_argument("--sex", choices=["F", "M"], help="for a single image")
    score.add_argument("--bmi", type=float, metavar="X", help="kg/m2, for a single image")
    score.add_argument("--table", type=Path, metavar="clinical.csv", help="clinical values by image")
    score.add_argument("--model", type=Path, metavar="FILE", help="weights; those of the program by default")
    score.add_argument("--protocol", choices=["auto", "radiograph", "vfa"], default="auto")
    score.add_argument("--out", type=Path, metavar="scores.csv")
    score.add_argument("--heatmaps", type=Path, metavar="DIR", help="write a heatmap picture for each score")
    score.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    score.add_argument("--device", choices=["auto", "cpu", "cuda", "mps"], default="auto")
    score.set_defaults(run=_score)
    info = commands.add_parser("info", help="the model card of a weights file")
    info.add_argument("--model", type=Path, metavar="FILE", help="weights; those of the program by default")
    info.set_defaults(run=_info)
    return parser


def _load_weights(model: Path | None) -> Weights:
    # Here and below, torch is imported only once the arguments have proved right.
    from verte_core import weights

    return weights.load(model or weights.default_path())


def _info(options: argparse.Namespace) -> int:
    from verte_core.scoring import SIMULATED_NOTICE, TASK_TITLES

    weights = _load_weights(options.model)
    metadata = weights.metadata
    print(f"{metadata.name}  (id {weights.id})")
    if metadata.trained_on == "simulated":
        print(SIMULATED_NOTICE)
    architecture = metadata.architecture
    clinical = "with age, sex and BMI" if architecture.clinical_hidden else "image only"
    print(f"\nNetwork: {architecture.backbone}, {clinical}. Protocol: {metadata.protocol}.")
    for task, points in metadata.operating_points.items():
        print(
            f"{TASK_TITLES.get(task, task)}: low below {points.low:.3f} "
            f"(sensitivity {points.low_sensitivity:.2f}), high from {points.high:.3f} "
            f"(specificity {points.high_specificity:.2f}), on the validation split."
        )
    for heading, text in metadata.card.items():
        print(f"\n{heading}\n  {text}")
    return OK


def _score(options: argparse.Namespace) -> int:
    from verte_core import batch
    from verte_core.image_files import find_images
    from verte_core.scoring import NOT_TO_RULE_OUT, SIMULATED_NOTICE, Scorer

    inputs_of = _inputs_source(options)
    images = find_images(options.paths)
    if not images:
        raise VerteError("There is no image in these folders.")
    if len(images) > 1 and _given(options):
        raise VerteError(
            f"--age, --sex and --bmi describe one person, but there are {len(images)} images; use --table."
        )
    scorer = Scorer(_load_weights(options.model), options.device)
    if options.heatmaps:
        _make_folder(options.heatmaps)
    refused = 0
    with ExitStack() as stack:
        file = stack.enter_context(batch.ScoresFile(options.out)) if options.out else None
        progress = _Progress(len(images))
        stack.callback(progress.close)
        for row, scored in batch.score_images(scorer, images, inputs_of, options.protocol):
            if file:
                file.write(row)
            if scored and options.heatmaps:
                _write_heatmaps(options.heatmaps, scorer, scored)
            refused += row.status == "refused"
            progress.print(json.dumps(asdict(row)) if options.json else _line(row, scored))
            progress.step()
    if not options.json:
        print(f"\n{len(images) - refused} scored, {refused} refused. {NOT_TO_RULE_OUT}")
        if scorer.metadata.trained_on == "simulated":
            print(SIMULATED_NOTICE)
    return SOME_REFUSED if refused else OK


def _given(options: argparse.Namespace) -> bool:
    return any(value is not None for value in (options.age, options.sex, options.bmi))


def _inputs_source(options: argparse.Namespace) -> InputsOf:
    from verte_core.clinical_table import ClinicalTable, ClinicalValues, combine, from_header
    from verte_core.radiograph import Radiograph

    if options.table and _given(options):
        raise VerteError("--table and --age, --sex, --bmi exclude each other.")
    if options.table:
        table = ClinicalTable(options.table)
    given = ClinicalValues(options.age, options.sex, options.bmi)
    # A value out of range on the command line is a mistake of the command, not of the image.
    combine(given, ClinicalValues(age=60.0, sex="F", bmi=25.0))

    def inputs_of(radiograph: Radiograph) -> ClinicalInputs:
        header = radiograph.header
        first = table.find(radiograph.path, header.sop_instance_uid) if options.table else given
        return combine(first, from_header(header))

    return inputs_of


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {folder} can't be made: {error.strerror}.") from error


def _write_heatmaps(folder: Path, scorer: Scorer, scored: Scored) -> None:
    from verte_core import heatmap_picture
    from verte_core.scoring import TASK_TITLES

    for task in scorer.tasks:
        cam = scorer.explain(scored.encoded, scored.result.inputs, task)
        score = scored.result.scores[task]
        simulated = scorer.metadata.trained_on == "simulated"
        caption = (
            f"{TASK_TITLES.get(task, task)} {score.value:.2f}, {scorer.metadata.name} {scorer.weights_id}",
            "What moved the score; not a localisation.",
            *(("TRAINED ON SIMULATED IMAGES: says nothing about a patient.",) if simulated else ()),
        )
        name = f"{scored.radiograph.path.stem}_{scored.radiograph.id[:8]}_{task}.png"
        heatmap_picture.write(
            folder / name, scored.radiograph, scored.encoded.placement.map_to_source(cam), caption
        )


def _line(row: Row, scored: Scored | None) -> str:
    if scored is None:
        return f"{row.path}\n    refused: {row.reason}"
    from verte_core.scoring import TASK_TITLES

    scores = "   ".join(
        f"{TASK_TITLES.get(task, task)} {score.value:.3f} {score.zone or 'uncertain'}"
        for task, score in scored.result.scores.items()
    )
    notes = "".join(f"\n    note: {note}" for note in scored.radiograph.notes)
    return f"{row.path}\n    {scores}{notes}"


class _Progress:
    """A bar on a terminal, nothing elsewhere; rows are printed above it."""

    def __init__(self, total: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(total=total, unit="image", disable=not sys.stderr.isatty(), file=sys.stderr)

    def print(self, text: str) -> None:
        self._bar.write(text, file=sys.stdout)
        sys.stdout.flush()

    def step(self) -> None:
        self._bar.update()

    def close(self) -> None:
        self._bar.close()
