"""``python -m train adopt NAME SOURCE OUT``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    """Add the command to the parsers of the others."""
    adopt = commands.add_parser("adopt", help="take over public data, or the authors' own weights")
    names = adopt.add_subparsers(required=True, metavar="NAME")

    def name(what: str, words: str, out: str = "a new folder") -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = names.add_parser(what, help=words, description=words)
        parser.add_argument("source", type=Path, metavar="SOURCE")
        parser.add_argument("out", type=Path, metavar="OUT", help=out)
        return parser

    verse = name("verse", "VerSe: CT with Genant grades, projected as lateral films")
    verse.add_argument("--table", type=Path, help="the spreadsheet of the grades, if not in SOURCE")
    verse.add_argument("--density", metavar="COLUMN", help="of trabecular bone density in mg/cm3")
    total = name(
        "totalsegmentator", "the TotalSegmentator CT dataset, projected as lateral films without labels"
    )
    for parser in (verse, total):
        parser.add_argument("--films", type=int, default=2, help="of each volume")
        parser.add_argument("--seed", type=int, default=0, help="of their poses")
    verse.set_defaults(run=_verse)
    total.set_defaults(run=_totalsegmentator)
    buu = name("buu-lspine", "BUU-LSPINE: lateral lumbar films with the lines of the endplates")
    buu.set_defaults(run=_buu_lspine)
    vindr = name("vindr-spinexr", "VinDr-SpineXR: radiographs with boxes round lesions; the lateral ones")
    vindr.set_defaults(run=_vindr_spinexr)

    weights = name("verte-x", "a checkpoint of the authors, as a weights file", "a weights file")
    weights.add_argument("--task", required=True, choices=["pvf", "osteo"], help="of its one output")
    weights.add_argument("--protocol", required=True, choices=["radiograph", "vfa"])
    weights.add_argument(
        "--release",
        required=True,
        choices=["0.6", "0.7"],
        help="of efficientnet-pytorch that trained it: they pad differently",
    )
    weights.add_argument("--sex-coding", choices=["F=1,M=0", "F=0,M=1", "F=2,M=1", "F=1,M=2"])
    for what in ("age", "bmi"):
        weights.add_argument(
            f"--{what}-scaling", type=float, nargs=2, metavar=("MEAN", "SD"), help="0 1 where it was raw"
        )
    weights.add_argument(
        "--bmi-range", type=float, nargs=2, metavar=("P5", "P95"), help="of the training people, kg/m2"
    )
    weights.set_defaults(run=_verte_x)


def _verse(options: argparse.Namespace) -> None:
    from train.adopt import verse

    print(
        verse.adopt(options.source, options.out, options.table, options.density, options.films, options.seed)
    )


def _totalsegmentator(options: argparse.Namespace) -> None:
    from train.adopt import totalsegmentator

    print(totalsegmentator.adopt(options.source, options.out, options.films, options.seed))


def _buu_lspine(options: argparse.Namespace) -> None:
    from train.adopt import buu_lspine

    print(buu_lspine.adopt(options.source, options.out))


def _vindr_spinexr(options: argparse.Namespace) -> None:
    from train.adopt import vindr_spinexr

    print(vindr_spinexr.adopt(options.source, options.out))


def _verte_x(options: argparse.Namespace) -> None:
    from train.adopt import verte_x

    def pair(values: list[float] | None) -> tuple[float, float] | None:
        return (values[0], values[1]) if values else None

    answers = verte_x.Answers(
        options.task,
        options.protocol,
        options.release,
        options.sex_coding,
        pair(options.age_scaling),
        pair(options.bmi_scaling),
        pair(options.bmi_range),
    )
    print(verte_x.adopt(options.source, options.out, answers))
