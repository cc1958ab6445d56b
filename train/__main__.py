"""``python -m train``: simulate, adopt, manifest, fit, evaluate, card, upgrade."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from train.adopt import command as adopt
from verte_core.errors import DataError, VerteError


def main(arguments: list[str] | None = None) -> int:
    """Run one of the commands; 0 on success, 1 with a sentence on standard error otherwise."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except VerteError as error:
        print(error, file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("train", "verte_core"):
            raise
        print(
            f"{error.name} is not installed, which python -m train needs: pip install -c constraints.txt "
            "-e '.[train]' installs all of it.",
            file=sys.stderr,
        )
        return 1
    except (MemoryError, RuntimeError) as error:
        from verte_core.devices import is_out_of_memory

        if not is_out_of_memory(error):
            raise
        print(
            "The memory of the device does not suffice: another program may hold it, and fit needs less with "
            "a smaller optimization.micro_batch. It goes on from its last checkpoint with --resume.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print(
            "Interrupted; fit goes on from its last checkpoint with --resume, evaluate from its last image.",
            file=sys.stderr,
        )
        return 1
    return 0


def _simulate(options: argparse.Namespace) -> None:
    from train.simulator import simulate

    print(
        simulate(
            options.out,
            options.people,
            options.seed,
            options.protocol,
            options.workers,
            volumes=options.volumes,
        )
    )


def _manifest(options: argparse.Namespace) -> None:
    from train.examples import dates, expressions
    from train.examples.labels import Rules
    from train.examples.manifest import make_manifest
    from train.examples.sources import ByImage, ByKey, Source

    rules = Rules(
        {task: expressions.parse(text) for task in ("pvf", "osteo") if (text := getattr(options, task))},
        tuple(map(expressions.parse, options.exclude)),
        dict(options.map),
    )
    source: Source
    if options.by is None:
        of_keys = {"--within": options.within, "--follow-up": options.follow_up, "--column": options.column}
        more = [name for name, given in of_keys.items() if given] + ["a second --table"] * (
            len(options.table) > 1
        )
        if more:
            raise DataError(f"{more[0]} goes with --by: by what films and rows come together.")
        source = ByImage(options.table[0], rules)
    else:
        within = None if options.within is None else dates.read_span(options.within)
        named = {heading: column for column, heading in options.column}
        source = ByKey(options.table, options.follow_up, options.by, within, named, rules)
    made = make_manifest(
        options.images,
        source,
        rules,
        options.out,
        options.split,
        options.seed,
        options.leave_out_unfit,
        options.key,
        options.keep_incomplete,
        with_signatures=options.report is not None,
    )
    print(made)
    if options.report is not None:
        from train.checks import report

        report.write(options.out, made.facts, options.report)
        print(f"{options.report}: people, labels, distributions, films, and which of them to look at.")


def _equation(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip() or not value.strip():
        raise ValueError
    return name.strip(), value.strip()


def _mapping(text: str) -> tuple[str, dict[str, str]]:
    column, _, pairs = text.partition(":")
    return column.strip(), dict(map(_equation, pairs.split(",")))


def _fractions(text: str) -> tuple[float, float, float]:
    parts = [float(part) for part in text.split("/")]
    if len(parts) != 3 or min(parts) < 0 or not 0 < sum(parts) < math.inf:
        raise ValueError
    return parts[0] / sum(parts), parts[1] / sum(parts), parts[2] / sum(parts)


def _fit(options: argparse.Namespace) -> None:
    from train.run import config, fit

    settings = config.read(options.config, options.overrides)
    fit.fit(settings, options.data, options.out, options.resume, options.device)


def _prevalence(text: str) -> tuple[str, float]:
    task, _, value = text.partition("=")
    if task not in ("pvf", "osteo") or not 0 < float(value) < 1:
        raise ValueError
    return task, float(value)


def _evaluate(options: argparse.Namespace) -> None:
    from train.evaluation.evaluate import Request, evaluate

    request = Request(
        models=options.model,
        manifest=options.data,
        split=options.split,
        out=options.out,
        reference=options.reference,
        table=options.scores,
        rule=options.combine,
        prevalence=dict(options.prevalence),
        recalibrated=options.recalibrate,
        device=options.device,
    )
    print(evaluate(request))


def _card(options: argparse.Namespace) -> None:
    from train.evaluation import card

    print(card.fill(options.weights, options.report, options.out))


def _upgrade(options: argparse.Namespace) -> None:
    from verte_core.network import saving, weights

    source = weights.load(options.weights)
    saving.rewrite(options.out, source, source.metadata)
    made = weights.load(options.out)
    graph = "with" if made.graph else "still without"
    print(f"{options.out}: {made.metadata.name} {graph} a graph of its encoder, id {made.id}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    simulate = commands.add_parser("simulate", help="draw a cohort of simulated radiographs with known truth")
    simulate.add_argument("out", type=Path, metavar="OUT", help="a new folder")
    simulate.add_argument("--people", type=int, required=True)
    simulate.add_argument("--seed", type=int, required=True, help="two seeds share no person")
    simulate.add_argument("--protocol", choices=["radiograph", "vfa"], default="radiograph")
    simulate.add_argument(
        "--volumes",
        type=Path,
        metavar="DIR",
        help="CT volumes with vertebra masks, as of the TotalSegmentator dataset or of VerSe",
    )
    simulate.add_argument("--workers", type=int, help="processes; all cores by default")
    simulate.set_defaults(run=_simulate)

    adopt.add_to(commands)

    manifest = commands.add_parser("manifest", help="make a manifest of images and a table of labels")
    manifest.add_argument("images", type=Path, nargs="+", metavar="PATH", help="images and folders of them")
    manifest.add_argument(
        "--table",
        type=Path,
        required=True,
        action="append",
        metavar="TABLE",
        help="CSV or .xlsx; with a column path or sop_instance_uid, or any with --by (may be given again)",
    )
    manifest.add_argument(
        "--by",
        choices=["patient_id", "accession", "sop_instance_uid"],
        help="join films and tables by this; every film needs a row of the first table",
    )
    manifest.add_argument(
        "--within", metavar="12m", help="between a film and its row with a date; the nearest is taken"
    )
    manifest.add_argument("--pvf", metavar="'genant>=1'", help="what a prevalent vertebral fracture is")
    manifest.add_argument("--osteo", metavar="'t_lowest<=-2.5'", help="what osteoporosis is")
    manifest.add_argument(
        "--exclude", action="append", default=[], metavar="'surgery==1'", help="may be given again"
    )
    manifest.add_argument(
        "--map",
        type=_mapping,
        action="append",
        default=[],
        metavar="sex:W=F,M=M",
        help="what the words of a column mean; may be given again",
    )
    manifest.add_argument(
        "--column",
        type=_equation,
        action="append",
        default=[],
        metavar="NAME=HEADING",
        help="which heading is a column of ours, such as date='Scan day'; may be given again",
    )
    manifest.add_argument(
        "--follow-up",
        type=Path,
        action="append",
        default=[],
        metavar="TABLE",
        help="with last_contact, and fracture_date where a fracture followed",
    )
    manifest.add_argument(
        "--key", type=Path, metavar="FILE", help="write whose each person_id is, in another folder"
    )
    manifest.add_argument("--out", type=Path, required=True, metavar="MANIFEST")
    manifest.add_argument(
        "--report", type=Path, metavar="HTML", help="a page of checks of the cohort, with pictures"
    )
    manifest.add_argument(
        "--split",
        type=_fractions,
        metavar="60/20/20",
        help="draw train, val and test anew by person; default: the table's column split, else 60/20/20",
    )
    manifest.add_argument("--seed", type=int, default=1111, help="of the draw")
    manifest.add_argument(
        "--leave-out-unfit",
        action="store_true",
        help="leave out images whose header says that they are no lateral images of a spine",
    )
    manifest.add_argument(
        "--keep-incomplete",
        action="store_true",
        help="keep people whose age, sex or BMI is not known, for configurations of the image alone",
    )
    manifest.set_defaults(run=_manifest)

    fit = commands.add_parser("fit", help="train on a manifest")
    fit.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="for instance one of train/configs"
    )
    fit.add_argument("--data", type=Path, required=True, metavar="MANIFEST")
    fit.add_argument("--out", type=Path, required=True, metavar="RUN", help="the run's folder")
    fit.add_argument("--resume", action="store_true", help="go on from the last checkpoint in RUN")
    fit.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda", "mps"])
    fit.add_argument("overrides", nargs="*", metavar="key=value", help="for instance optimization.epochs=3")
    fit.set_defaults(run=_fit)

    evaluate = commands.add_parser("evaluate", help="a report of how good weights are, and for whom")
    evaluate.add_argument(
        "--model",
        type=Path,
        required=True,
        nargs="+",
        metavar="FILE",
        help="weights; several for several tasks, or as an ensemble",
    )
    evaluate.add_argument("--data", type=Path, required=True, metavar="MANIFEST")
    evaluate.add_argument("--split", default="test", choices=["train", "val", "test", "all"])
    evaluate.add_argument("--out", type=Path, required=True, metavar="REPORT", help="a folder")
    evaluate.add_argument(
        "--reference",
        type=Path,
        metavar="MANIFEST",
        help="whose training split fits the comparator; default: --data",
    )
    evaluate.add_argument(
        "--scores",
        type=Path,
        metavar="CSV",
        help="made by verte score with the same weights, instead of scoring",
    )
    evaluate.add_argument(
        "--combine", choices=["mean", "max"], default="mean", help="a person's score, of the images'"
    )
    evaluate.add_argument(
        "--prevalence",
        type=_prevalence,
        nargs="+",
        default=[],
        metavar="TASK=SHARE",
        help="for PPV and NPV elsewhere, for instance pvf=0.1",
    )
    evaluate.add_argument(
        "--recalibrate",
        type=Path,
        metavar="FILE",
        help="write weights with Platt scaling fitted on the validation split, and evaluate those",
    )
    evaluate.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda", "mps"])
    evaluate.set_defaults(run=_evaluate)

    card = commands.add_parser("card", help="put the figures of an evaluation on the weights' model card")
    card.add_argument("weights", type=Path, metavar="WEIGHTS", help="the file that was evaluated")
    card.add_argument("report", type=Path, metavar="REPORT.json", help="report.json of the evaluation")
    card.add_argument("--out", type=Path, required=True, metavar="FILE", help="weights with the filled card")
    card.set_defaults(run=_card)

    upgrade = commands.add_parser("upgrade", help="write weights of an earlier release with their graph")
    upgrade.add_argument("weights", type=Path, metavar="WEIGHTS")
    upgrade.add_argument("--out", type=Path, required=True, metavar="FILE", help="may be WEIGHTS itself")
    upgrade.set_defaults(run=_upgrade)
    return parser


if __name__ == "__main__":
    sys.exit(main())
