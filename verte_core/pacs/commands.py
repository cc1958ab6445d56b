"""The commands of ``verte`` for an archive: echo, find, fetch, send and serve."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from verte_core.errors import OutputError, VerteError
from verte_core.extras import PACS, needed

if TYPE_CHECKING:
    from verte_core.pacs.archive import Archive, Query, Study
    from verte_core.pacs.nodes import Nodes

OK, SOME_FAILED = 0, 1
_MOST_STUDIES = 1000


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add them to those of ``verte``."""
    echo = commands.add_parser("echo", help="ask whether a node of the archive answers")
    echo.add_argument("node", nargs="?", metavar="NODE", help="its name; all of the file by default")
    find = commands.add_parser("find", help="list studies of an archive")
    fetch = commands.add_parser("fetch", help="get the radiographs and DXA images of studies from an archive")
    send = commands.add_parser("send", help="store DICOM files in an archive")
    for command in (find, fetch, send):
        command.add_argument("node", metavar="NODE", help="its name in the file of nodes")
    for command in (find, fetch):
        command.add_argument(
            "--patient-id", default="", metavar="ID", help="* and ? stand for any characters"
        )
        command.add_argument("--patient-name", default="", metavar="NAME", help="likewise; Family^Given")
        command.add_argument(
            "--date", default="", metavar="DATE", help="2026-11-27 or 2026-11-01..2026-11-27"
        )
        command.add_argument("--modality", default="", metavar="CODE", help="such as CR or DX")
        command.add_argument("--study", default="", metavar="UID", help="StudyInstanceUID")
    find.add_argument("--json", action="store_true", help="one JSON object a line")
    fetch.add_argument("--out", type=Path, metavar="DIR", required=True, help="the folder of the images")
    send.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files and folders")
    for command in (echo, find, fetch, send):
        command.add_argument(
            "--nodes", type=Path, metavar="FILE", help="the file of nodes; the window's by default"
        )
    serve = commands.add_parser("serve", help="score new images of an archive, and store the results there")
    serve.add_argument("--config", type=Path, metavar="FILE", required=True, help="nodes, and what to do")
    serve.add_argument(
        "--once", action="store_true", help="one round; status 1 when something is left or failed"
    )
    serve.add_argument("--metrics", type=int, metavar="PORT", help="counters for Prometheus, on loopback")
    serve.add_argument(
        "--model", type=Path, action="append", metavar="FILE", help="weights; those of the program by default"
    )
    serve.add_argument("--device", choices=["auto", "cpu", "cuda", "mps", "directml"], default="auto")
    for command, run in ((echo, _echo), (find, _find), (fetch, _fetch), (send, _send), (serve, _serve)):
        command.set_defaults(run=_with_packages(run))


Run = Callable[[argparse.Namespace], int]


def _with_packages(run: Run) -> Run:
    def guarded(options: argparse.Namespace) -> int:
        with needed(PACS):
            return run(options)

    return guarded


def _echo(options: argparse.Namespace) -> int:
    nodes = _nodes(options)
    if not nodes:
        raise VerteError("The file of nodes has none.")
    failed = 0
    for name in [options.node] if options.node else nodes:
        try:
            print(_archive(nodes, name).echo(), flush=True)
        except VerteError as error:
            failed += 1
            print(f"verte: {error}", file=sys.stderr)
    return SOME_FAILED if failed else OK


def _find(options: argparse.Namespace) -> int:
    for study in _archive(_nodes(options), options.node).studies(_query(options), _MOST_STUDIES):
        print(json.dumps(asdict(study), ensure_ascii=False) if options.json else _line(study), flush=True)
    return OK


def _fetch(options: argparse.Namespace) -> int:
    from verte_core.dicom_results.simulated import is_own

    query = _query(options)
    if not any(asdict(query).values()):
        raise VerteError(
            "All images of an archive are too many; name a patient, a date, a modality or a study."
        )
    archive = _archive(_nodes(options), options.node)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {options.out} can't be made: {error.strerror}.") from error
    failed = 0
    for study in archive.studies(query, _MOST_STUDIES):
        for instance in archive.instances(study.uid):
            if is_own(instance.description):
                continue
            path = options.out / f"{instance.uid}.dcm"
            try:
                archive.fetch(instance, path)
            except VerteError as error:
                failed += 1
                print(f"verte: {error}", file=sys.stderr)
            else:
                print(path, flush=True)
    return SOME_FAILED if failed else OK


def _send(options: argparse.Namespace) -> int:
    from verte_core.pacs.nodes import chosen
    from verte_core.pacs.sending import refused_simulated
    from verte_core.reading.image_files import find_images

    nodes = _nodes(options)
    node = chosen(nodes, options.node)
    paths = find_images(options.paths)
    if not paths:
        raise VerteError("There is no file to send.")
    refused = refused_simulated(options.node, node, paths)
    if refused is not None:
        raise refused
    failed = 0
    for path, error in zip(paths, _archive(nodes, options.node).send(paths), strict=True):
        if error is None:
            print(f"{path}\n    stored", flush=True)
        else:
            failed += 1
            print(f"{path}\n    not stored: {error}", flush=True)
    return SOME_FAILED if failed else OK


def _serve(options: argparse.Namespace) -> int:
    from verte_core.network import weights
    from verte_core.pacs import nodes, settings
    from verte_core.pacs.audit import Audit
    from verte_core.pacs.receiver import Receiver
    from verte_core.pacs.service import Service
    from verte_core.pacs.spool import Spool
    from verte_core.scoring.scorers import Scorers

    serve, receiver = settings.read(options.config)
    known = nodes.read(options.config)
    scorers = Scorers.of_files([weights.load(each) for each in options.model or ()], options.device)
    folder = Path(serve.spool)
    with ExitStack() as open_ones:
        spool = Spool(folder, serve.least_free_mb << 20, serve.retry_minutes)
        open_ones.enter_context(spool)
        audit = Audit(Path(serve.audit) if serve.audit else folder / "audit.jsonl")
        service = Service(serve, known, scorers, spool, audit, options.page)
        if options.metrics is not None:
            audit.counters.serve(options.metrics)
        if receiver is not None:
            open_ones.enter_context(Receiver(receiver, spool, audit))
        if hasattr(signal, "SIGTERM"):
            signal.signal(signal.SIGTERM, lambda *_: service.stop())
        audit.say("started", worker=spool.worker, process=os.getpid())
        print(f"verte: at work in {folder}.", file=sys.stderr, flush=True)
        try:
            if options.once:
                service.round()
            else:
                service.run()
        except KeyboardInterrupt:
            service.stop()
        audit.say("stopped")
    if options.once and (service.troubles or not service.is_idle()):
        print(f"verte: something failed or has to come again; {folder} has the rest.", file=sys.stderr)
        return SOME_FAILED
    return OK


def _nodes(options: argparse.Namespace) -> Nodes:
    from verte_core.pacs import nodes

    path = options.nodes or nodes.default_path()
    if not path.exists():
        raise VerteError(f"There is no file of nodes {path}; docs/pacs.md shows one.")
    return nodes.read(path)


def _archive(nodes: Nodes, name: str) -> Archive:
    from verte_core.pacs.connecting import connect
    from verte_core.pacs.nodes import chosen

    return connect(name, chosen(nodes, name))


def _query(options: argparse.Namespace) -> Query:
    from verte_core.pacs.archive import Query, dated

    return Query(
        options.patient_id, options.patient_name, dated(options.date), options.modality, options.study
    )


def _line(study: Study) -> str:
    images = "" if study.images is None else f", {study.images} objects"
    whose = "  ".join(each for each in (study.date, study.patient_id, study.patient_name) if each)
    what = " ".join(each for each in ("/".join(study.modalities), study.description) if each)
    return f"{study.uid}\n    {whose}\n    {what}{images}"
