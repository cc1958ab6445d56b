"""``verte serve``: new images of an archive, scored, and their results stored beside them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from verte_core.batch.clinical_table import ClinicalTable, ClinicalValues
from verte_core.batch.pipeline import Scored, score_images
from verte_core.batch.record import ImageRecord
from verte_core.dicom_results.export import Exporter, Page
from verte_core.dicom_results.whose import whose
from verte_core.errors import ImageError, OutputError, VerteError, fault_of_program, scrubbed
from verte_core.pacs.archive import Archive, Instance
from verte_core.pacs.audit import Audit
from verte_core.pacs.connecting import connect
from verte_core.pacs.dimse import DimseArchive
from verte_core.pacs.errors import NodeError
from verte_core.pacs.feed import ChangesFeed, Feed, Portion, QueryFeed
from verte_core.pacs.nodes import DicomwebNode, DimseNode, Nodes, chosen
from verte_core.pacs.sending import check_allowed
from verte_core.pacs.settings import Serve
from verte_core.pacs.spool import Attempt, Spool
from verte_core.parallel import ahead
from verte_core.reading.isolated import Readers
from verte_core.scoring.scorers import Scorers

_log = logging.getLogger(__name__)

_FETCHING = 4
_DELIVERING = 2
_AT_ONCE = 64
"""Images that are scored in one go, so that reading and storing overlap the network."""
Delivery = tuple[Instance, ImageRecord, Scored | None]


class Service:
    """One worker.

    Args:
        settings: what is to be done.
        nodes: by name.
        scorers: the weights.
        spool: of this worker; open.
        audit: says what is done.
        page: makes the report's page, where ``pdf`` is among the objects.

    Attributes:
        troubles: how many images failed since the start, and how often the archive did not answer.

    Raises:
        VerteError: for a node that is not there, a table that can't be used, or weights trained on simulated
            images whose scores the target is not to have.
    """

    def __init__(
        self,
        settings: Serve,
        nodes: Nodes,
        scorers: Scorers,
        spool: Spool,
        audit: Audit,
        page: Page | None = None,
    ) -> None:
        self._settings, self._scorers, self._spool, self._audit = settings, scorers, spool, audit
        self._page = page
        self._stop = threading.Event()
        self.troubles = 0
        target = settings.target or settings.source
        assert target is not None
        node = chosen(nodes, target)
        check_allowed(target, node, [scorers.of_kind(kind).metadata.trained_on for kind in scorers.kinds])
        self._target = connect(target, node)
        self._source: Archive | None = None
        self._feed: Feed | None = None
        if settings.source is not None:
            source = chosen(nodes, settings.source)
            self._source = connect(settings.source, source)
            self._feed = self._feed_of(settings.source, source, self._source)
        self._table = ClinicalTable(Path(settings.table)) if settings.table else None
        self._worklist = self._worklist_of(nodes)
        self._held: dict[str, Instance] = {}

    def _feed_of(self, name: str, node: DicomwebNode | DimseNode, archive: Archive) -> Feed:
        if self._settings.feed == "query":
            return QueryFeed(archive, self._settings.days)
        if not isinstance(node, DicomwebNode):
            raise VerteError(
                f"feed = changes needs a DICOMweb node with the key orthanc, and {name} is none."
            )
        return ChangesFeed(name, node, self._spool)

    def _worklist_of(self, nodes: Nodes) -> DimseArchive | None:
        name = self._settings.worklist
        if name is None:
            return None
        node = chosen(nodes, name)
        if not isinstance(node, DimseNode):
            raise VerteError(f"A modality worklist is asked by DIMSE, and the node {name} is none.")
        return DimseArchive(name, node)

    # Rounds

    def run(self) -> None:
        """Rounds until ``stop``."""
        while not self._stop.is_set():
            self.round()
            self._stop.wait(self._settings.every)

    def stop(self) -> None:
        """End soon: what is begun is brought to where nothing is lost."""
        self._stop.set()

    def round(self) -> None:
        """Deliver what is due, and score what is new; what can't be done now is left for the next one."""
        try:
            freed = self._spool.adopt()
            if freed:
                self._audit.say("adopted", images=freed)
            self._spool.check_room()
            self._post_all()
            self._score_all(self._waiting())
            if self._feed is not None:
                self._score_portions(self._feed)
        except NodeError as error:
            self.troubles += 1
            _log.warning("%s", error)
            self._audit.say("unreachable", reason=str(error))
        except OutputError as error:
            self.troubles += 1
            _log.error("%s", error)
            self._audit.say("no room", reason=str(error))
        except VerteError:
            raise
        except Exception as error:
            # What libraries raise of broken peers is of many kinds, and the next round may go better.
            self.troubles += 1
            _log.error("The service failed in this round: %s", scrubbed(error))
            self._audit.say("fault", kind=type(error).__name__)
        finally:
            for uid in list(self._held):
                self._let_go(uid)
            for state, number in self._spool.counts().items():
                self._audit.counters.images.labels(state).set(number)

    def is_idle(self) -> bool:
        """Whether nothing waits."""
        counts = self._spool.counts()
        return not (counts["waiting"] or counts["outbox"] or counts["received"])

    def _waiting(self) -> list[Instance]:
        """Images to be tried again, and those that were received."""
        found = self._spool.due()
        for path in self._spool.all_received():
            instance = _received(path)
            if instance is None:
                uid = path.name.removesuffix(".dcm")
                self._failed(Instance("", "", uid), "What was received can't be read as DICOM.")
            elif self._spool.is_free(instance.uid):
                found.append(instance)
            elif self._spool.is_finished(instance.uid):
                path.unlink(missing_ok=True)
        return found

    def _score_portions(self, feed: Feed) -> None:
        some: list[Portion] = []
        for portion in feed.portions():
            some.append(portion)
            if sum(len(each.instances) for each in some) >= _AT_ONCE:
                self._score_some(some)
                some = []
            if self._stop.is_set():
                return
        self._score_some(some)

    def _score_some(self, portions: Sequence[Portion]) -> None:
        self._score_all([each for portion in portions for each in portion.instances if self._is_new(each)])
        if not self._stop.is_set():
            for portion in portions:
                portion.settle()

    def _is_new(self, instance: Instance) -> bool:
        try:
            return self._spool.is_free(instance.uid)
        except OutputError:
            raise
        except VerteError as error:
            # Not ours to mend, and no name for a file: it can't even be remembered.
            _log.warning("%s", error)
            return False

    # One image after another

    def _score_all(self, instances: Sequence[Instance]) -> None:
        if not instances:
            return
        with (
            ThreadPoolExecutor(_FETCHING) as fetching,
            ThreadPoolExecutor(_DELIVERING) as delivering,
            Readers() as readers,
        ):
            paths = (
                path for path in ahead(fetching, self._fetched, instances, _FETCHING) if path is not None
            )
            with closing(score_images(self._scorers, paths, self._values_of, readers=readers)) as outcomes:
                deliveries = self._of_instances(outcomes)
                for _ in ahead(delivering, self._delivered, deliveries, _DELIVERING):
                    pass

    def _of_instances(self, outcomes: Iterator[tuple[ImageRecord, Scored | None]]) -> Iterator[Delivery]:
        for record, scored in outcomes:
            yield self._held[Path(record.path).name.removesuffix(".dcm")], record, scored

    def _fetched(self, instance: Instance) -> Path | None:
        """Where a claimed image lies; None when another worker has it, or it has to come later."""
        if self._stop.is_set() or not self._spool.claim(instance):
            return None
        self._held[instance.uid] = instance
        path = self._spool.received(instance.uid)
        if path.exists():
            return path
        path = self._spool.image(instance.uid)
        begun = time.perf_counter()
        try:
            if self._source is None:
                raise NodeError("The image that was received is no longer there.", passing=False)
            self._source.fetch(instance, path)
        except NodeError as error:
            self._later(instance, error)
            return None
        self._took("fetch", begun)
        self._audit.say("fetched", instance)
        return path

    def _values_of(self, path: Path, sop_instance_uid: str | None) -> ClinicalValues:
        found = self._table.of_uid(sop_instance_uid) if self._table and sop_instance_uid else None
        if found is None:
            found = self._by_worklist(path) if self._worklist else ClinicalValues()
        # Nobody is there to be asked.
        return replace(found, bmi_unknown=True)

    def _by_worklist(self, path: Path) -> ClinicalValues:
        assert self._worklist is not None
        of = whose(path).dataset
        if of.get("PatientSize") and of.get("PatientWeight"):
            return ClinicalValues()
        try:
            steps = self._worklist.worklist(str(of.PatientID), str(of.AccessionNumber))
        except NodeError as error:
            return ClinicalValues(notes=(f"Size and weight were not to be had from the worklist: {error}",))
        for step in steps:
            size, weight = step.get("PatientSize"), step.get("PatientWeight")
            if step.get("PatientID") == of.PatientID and size and weight:
                note = "Height and weight are those of the modality worklist."
                return ClinicalValues(height_cm=100 * float(size), weight_kg=float(weight), notes=(note,))
        return ClinicalValues()

    def _delivered(self, delivery: Delivery) -> None:
        instance, record, scored = delivery
        if scored is None:
            if record.kind in ("cancelled", "no process to read with"):
                self._let_go(instance.uid)
                return
            self._refused(instance, record.reason, record.kind)
            return
        begun = time.perf_counter()
        settings = self._settings
        try:
            self._spool.post(
                instance,
                lambda folder: Exporter(folder, settings.objects, settings.form, False, self._page).write(
                    record, scored
                ),
            )
        except ImageError as error:
            self._refused(instance, str(error), error.kind)
            return
        except VerteError:
            raise
        except Exception as error:
            # One image must not cost those after it.
            _log.error("The program failed on an image: %s", scrubbed(error))
            self._failed(instance, str(fault_of_program(error)))
            return
        self._took("write", begun)
        unlike = record.likeness is not None and record.likeness.unlike
        self._audit.say("scored", instance, weights=record.model_id, unlike=unlike)
        self._send(*self._spool.parcel(instance.uid))

    # Into the archive

    def _post_all(self) -> None:
        for attempt, paths in self._spool.parcels():
            if self._stop.is_set():
                return
            if self._spool.claim(attempt.instance):
                self._held[attempt.instance.uid] = attempt.instance
                self._send(attempt, paths)

    def _send(self, attempt: Attempt, paths: Sequence[Path]) -> None:
        instance, begun = attempt.instance, time.perf_counter()
        try:
            answers = self._target.send(paths)
        except NodeError as error:
            self._later(instance, error)
            return
        for path, answer in zip(paths, answers, strict=True):
            if answer is None:
                path.unlink(missing_ok=True)
        errors = [each for each in answers if each is not None]
        passing = [each for each in errors if not isinstance(each, NodeError) or each.passing]
        sent = len(answers) - len(errors)
        if errors:
            if sent:
                self._audit.say("sent", instance, objects=sent)
            said = " ".join(map(str, errors))
            self._later(instance, NodeError(said, passing=bool(passing)))
            return
        self._took("send", begun)
        self._spool.finish(instance.uid, "sent")
        self._held.pop(instance.uid, None)
        self._audit.say("sent", instance, objects=sent)

    def _later(self, instance: Instance, error: NodeError) -> None:
        if self._spool.postpone(instance, str(error), error.passing):
            self._audit.say("postponed", instance, reason=str(error))
        else:
            self.troubles += 1
            self._audit.say("failed", instance, reason=str(error))
        self._held.pop(instance.uid, None)

    def _refused(self, instance: Instance, reason: str, kind: str) -> None:
        self._spool.finish(instance.uid, f"refused: {kind}")
        self._held.pop(instance.uid, None)
        self._audit.say("refused", instance, kind=kind, reason=reason)

    def _failed(self, instance: Instance, reason: str) -> None:
        self.troubles += 1
        self._spool.fail(instance, reason)
        self._held.pop(instance.uid, None)
        self._audit.say("failed", instance, reason=reason)

    def _let_go(self, uid: str) -> None:
        self._held.pop(uid, None)
        self._spool.release(uid)

    def _took(self, step: str, begun: float) -> None:
        self._audit.counters.steps.labels(step).observe(time.perf_counter() - begun)


def _received(path: Path) -> Instance | None:
    try:
        found = dcmread(
            path,
            stop_before_pixels=True,
            specific_tags=["StudyInstanceUID", "SeriesInstanceUID", "Modality"],
        )
    except (OSError, InvalidDicomError, ValueError):
        return None
    study, series, modality = (
        str(found.get(key, "")) for key in ("StudyInstanceUID", "SeriesInstanceUID", "Modality")
    )
    return Instance(study, series, path.name.removesuffix(".dcm"), modality)
