"""A node that speaks DIMSE: C-ECHO, C-FIND, C-GET or C-MOVE, and C-STORE."""

from __future__ import annotations

import os
import shutil
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, build_context, build_role, evt
from pynetdicom import _config as pynetdicom_config
from pynetdicom.association import Association
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    DigitalXRayImageStorageForProcessing,
    ModalityWorklistInformationFind,
    SecondaryCaptureImageStorage,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

from verte_core.errors import OutputError, VerteError, printable
from verte_core.pacs.archive import IMAGE_MODALITIES, Instance, Query, Study, instance_of, study_of
from verte_core.pacs.errors import NodeError, NotTakenError
from verte_core.pacs.nodes import DimseNode, Tls

IMAGE_CLASSES = (
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    DigitalXRayImageStorageForProcessing,
    SecondaryCaptureImageStorage,
)
"""Of the images that are fetched: densitometers store DXA as secondary captures."""
# Objects come in pieces, into a file: the largest are larger than what memory there is for each.
pynetdicom_config.STORE_RECV_CHUNKED_DATASET = True

_PENDING = (0xFF00, 0xFF01)
_SUCCESS = 0x0000
_WARNINGS = (0xB000, 0xB006, 0xB007)
_NO_SUCH_CLASS = 0x0122
_NOT_TAKEN = range(0xA900, 0xAA00)
_CANNOT_UNDERSTAND = range(0xC000, 0xD000)


class DimseArchive:
    """An ``Archive``.

    Args:
        name: of the node, for sentences.
        node: its settings.

    Raises:
        NodeError: when a file that they name is not there.
    """

    def __init__(self, name: str, node: DimseNode) -> None:
        self._name, self._node = name, node
        self._tls = client_context(node.tls) if node.tls else None

    def echo(self) -> str:
        """C-ECHO."""
        with self._association(build_context(Verification)) as association:
            self._check(association.send_c_echo(), "C-ECHO")
        return f"{self._name} answers by DIMSE, as {self._node.ae_title}."

    def studies(self, query: Query, most: int = 200) -> list[Study]:
        """C-FIND on the level of studies."""
        wanted = Dataset()
        wanted.QueryRetrieveLevel = "STUDY"
        wanted.PatientID, wanted.PatientName = query.patient_id, query.patient_name
        wanted.StudyDate, wanted.StudyInstanceUID = query.dates, query.study_uid
        wanted.ModalitiesInStudy = query.modality
        wanted.StudyDescription = wanted.NumberOfStudyRelatedInstances = ""
        return [study_of(each) for each in self._found(wanted, most)]

    def instances(self, study_uid: str, modalities: Sequence[str] = IMAGE_MODALITIES) -> list[Instance]:
        """C-FIND for series, then for the objects of those that may be of use."""
        wanted = Dataset()
        wanted.QueryRetrieveLevel = "SERIES"
        wanted.StudyInstanceUID = study_uid
        wanted.SeriesInstanceUID = wanted.Modality = ""
        wanted.BodyPartExamined = wanted.SeriesDescription = ""
        found = []
        for series in self._found(wanted):
            if series.get("Modality") not in modalities:
                continue
            one = Dataset()
            one.QueryRetrieveLevel = "IMAGE"
            one.StudyInstanceUID, one.SeriesInstanceUID = study_uid, series.SeriesInstanceUID
            one.SOPInstanceUID = one.SOPClassUID = ""
            found += [instance_of(study_uid, series, each) for each in self._found(one)]
        return found

    def worklist(self, patient_id: str, accession_number: str) -> list[Dataset]:
        """C-FIND on the modality worklist: steps of a patient, with size and weight where it has them."""
        wanted = Dataset()
        wanted.PatientID, wanted.AccessionNumber = patient_id, accession_number
        wanted.PatientSize = wanted.PatientWeight = ""
        wanted.ScheduledProcedureStepSequence = [Dataset()]
        return list(self._found(wanted, 20, ModalityWorklistInformationFind))

    def fetch(self, instance: Instance, path: Path) -> None:
        """C-GET, or C-MOVE to a listener that is open meanwhile."""
        kept: list[Path] = []
        failed: list[OSError] = []

        def store(event: evt.Event) -> int:
            if uid_of(event) != instance.uid:
                event.dataset_path.unlink(missing_ok=True)
                return _SUCCESS
            try:
                keep(event, path)
            except OSError as error:
                failed.append(error)
                event.dataset_path.unlink(missing_ok=True)
                return 0xA700
            kept.append(path)
            return _SUCCESS

        wanted = Dataset()
        wanted.QueryRetrieveLevel = "IMAGE"
        wanted.StudyInstanceUID, wanted.SeriesInstanceUID = instance.study_uid, instance.series_uid
        wanted.SOPInstanceUID = instance.uid
        try:
            if self._node.retrieve == "get":
                self._get(wanted, instance, store)
            else:
                self._move(wanted, store)
        finally:
            if failed:
                raise OutputError(f"The image can't be kept: {failed[0].strerror}.") from failed[0]
        if not kept:
            raise NodeError(f"{self._name} answered, but sent no image.{self._how_moved()}")

    def _how_moved(self) -> str:
        node = self._node
        if node.retrieve == "get":
            return ""
        return (
            f" C-MOVE sends it to {node.move_to}, which {self._name} has to know with this machine's address "
            f"and port {node.move_port}, and a firewall has to let in."
        )

    def _get(self, wanted: Dataset, instance: Instance, store: Any) -> None:
        classes = [UID(instance.sop_class_uid)] if instance.sop_class_uid else list(IMAGE_CLASSES)
        # One context a transfer syntax: a peer takes one of each context, and it may not be that of the file.
        contexts = [build_context(each, syntax) for each in classes for syntax in ALL_TRANSFER_SYNTAXES]
        contexts = contexts[:127]
        with self._association(
            build_context(StudyRootQueryRetrieveInformationModelGet),
            *contexts,
            roles=[build_role(each, scp_role=True) for each in classes],
            handlers=[(evt.EVT_C_STORE, store)],
        ) as association:
            for status, _ in association.send_c_get(wanted, StudyRootQueryRetrieveInformationModelGet):
                self._check(status, "C-GET", *_PENDING, *_WARNINGS)

    def _move(self, wanted: Dataset, store: Any) -> None:
        node = self._node
        listener = AE(node.move_to)
        for each in IMAGE_CLASSES:
            listener.add_supported_context(each, list(ALL_TRANSFER_SYNTAXES))
        try:
            server = listener.start_server(
                (node.move_host, node.move_port), block=False, evt_handlers=[(evt.EVT_C_STORE, store)]
            )
        except OSError as error:
            raise NodeError(
                f"Port {node.move_port}, to which {self._name} is to send, can't be opened: {error.strerror}."
            ) from error
        try:
            with self._association(build_context(StudyRootQueryRetrieveInformationModelMove)) as association:
                answers = association.send_c_move(
                    wanted, node.move_to, StudyRootQueryRetrieveInformationModelMove
                )
                for status, _ in answers:
                    if status is not None and status.get("Status") == 0xA801:
                        raise NodeError(f"{self._name} knows no {node.move_to}.{self._how_moved()}")
                    self._check(status, "C-MOVE", *_PENDING, *_WARNINGS)
        finally:
            if server is not None:
                server.shutdown()

    def send(self, paths: Sequence[Path]) -> list[VerteError | None]:
        """C-STORE over one association."""
        read: list[tuple[Path, Dataset | None]] = []
        for path in paths:
            try:
                read.append((path, dcmread(path)))
            except (OSError, InvalidDicomError):
                read.append((path, None))
        kinds = {(each.SOPClassUID, each.file_meta.TransferSyntaxUID) for _, each in read if each is not None}
        if not kinds:
            return [NotTakenError(f"{path.name} can't be read as DICOM.") for path in paths]
        contexts = [build_context(cls, syntax) for cls, syntax in sorted(kinds)]
        said: list[VerteError | None] = []
        with self._association(*contexts) as association:
            accepted = {
                (each.abstract_syntax, each.transfer_syntax[0]) for each in association.accepted_contexts
            }
            for path, stored in read:
                said.append(self._stored(association, path, stored, accepted))
        return said

    def _stored(
        self, association: Association, path: Path, stored: Dataset | None, accepted: set[Any]
    ) -> VerteError | None:
        if stored is None:
            return NotTakenError(f"{path.name} can't be read as DICOM.")
        if (stored.SOPClassUID, stored.file_meta.TransferSyntaxUID) not in accepted:
            syntax = stored.file_meta.TransferSyntaxUID.name
            return NotTakenError(f"{self._name} takes no {stored.SOPClassUID.name} in {syntax}.")
        try:
            status = association.send_c_store(stored)
        except (RuntimeError, ValueError) as error:
            return NodeError(f"{self._name} broke off at {path.name}: {printable(str(error))}.")
        code = status.get("Status") if status is not None else None
        if code == _SUCCESS or code in _WARNINGS:
            return None
        if code is None:
            return NodeError(f"{self._name} broke off at {path.name}, without an answer.")
        said = f"{self._name} did not store {path.name}, with status {code:#06x}."
        never = code == _NO_SUCH_CLASS or code in _NOT_TAKEN or code in _CANNOT_UNDERSTAND
        return NotTakenError(said) if never else NodeError(said)

    def _found(
        self, wanted: Dataset, most: int = 100_000, model: UID = StudyRootQueryRetrieveInformationModelFind
    ) -> Iterator[Dataset]:
        wanted.SpecificCharacterSet = "ISO_IR 192"
        with self._association(build_context(model)) as association:
            answers = association.send_c_find(wanted, model)
            for number, (status, found) in enumerate(answers):
                self._check(status, "C-FIND", *_PENDING)
                if found is None:
                    return
                if number == most:
                    association.send_c_cancel(1, query_model=model)
                    return
                yield found

    def _check(self, status: Dataset | None, what: str, *more: int) -> None:
        code = status.get("Status") if status is not None else None
        if code is None:
            raise NodeError(f"{self._name} gave no answer to {what} within {self._node.timeout:g} seconds.")
        if code != _SUCCESS and code not in more:
            reason = printable(str(status.get("ErrorComment") or "")) if status is not None else ""
            raise NodeError(
                f"{self._name} answered {what} with status {code:#06x}{f' ({reason})' if reason else ''}."
            )

    @contextmanager
    def _association(
        self, *contexts: Any, roles: Sequence[Any] = (), handlers: Sequence[Any] = ()
    ) -> Iterator[Association]:
        node = self._node
        own = AE(node.calling_ae_title)
        own.connection_timeout = own.acse_timeout = own.dimse_timeout = node.timeout
        own.network_timeout = max(node.timeout, 60)
        own.maximum_pdu_size = 0
        tls = (self._tls, node.host) if self._tls else None
        opened = Event()
        try:
            association = own.associate(
                node.host,
                node.port,
                list(contexts),
                ae_title=node.ae_title,
                ext_neg=list(roles),
                evt_handlers=[*handlers, (evt.EVT_CONN_OPEN, lambda _: opened.set())],
                tls_args=tls,
            )
        except OSError as error:
            raise NodeError(f"{self._name} can't be reached at {node.host}: {error.strerror}.") from error
        if not association.is_established:
            raise NodeError(self._why_not(association, opened.is_set()))
        try:
            yield association
        finally:
            if association.is_established:
                association.release()

    def _why_not(self, association: Association, opened: bool) -> str:
        node = self._node
        where = f"{node.host}, port {node.port}"
        answer = association.acceptor.primitive
        if association.is_rejected and answer is not None:
            reasons = {
                (1, 3): f"it does not know our AE title {node.calling_ae_title}",
                (1, 7): f"it is not called {node.ae_title}",
            }
            known = reasons.get((answer.result_source or 0, answer.diagnostic or 0))
            return f"{self._name} at {where} refuses us: {known or 'it is busy, or does not allow us'}."
        if association.rejected_contexts:
            return f"{self._name} at {where} answers, but does not offer this service."
        if opened:
            return (
                f"{self._name} at {where} lets us in, but does not speak DICOM{' by TLS' * bool(node.tls)}."
            )
        return f"{self._name} can't be reached{' by TLS' * bool(node.tls)} at {where}."


def uid_of(event: evt.Event) -> str:
    """SOPInstanceUID of what a C-STORE brings."""
    return str(getattr(event.request, "AffectedSOPInstanceUID", "") or "")


def keep(event: evt.Event, path: Path) -> None:
    """Move what a C-STORE brought to a file; it is on the disk when this returns.

    Raises:
        OSError: when it can't be written.
    """
    came = event.dataset_path
    with came.open("rb+") as file:
        os.fsync(file.fileno())
    shutil.move(came, path)


def client_context(tls: Tls) -> ssl.SSLContext:
    """TLS 1.2 or newer, towards a peer whose name its certificate must bear.

    Raises:
        NodeError: when a file can't be used.
    """
    return _with_files(lambda: ssl.create_default_context(cafile=tls.ca), tls)


def server_context(tls: Tls) -> ssl.SSLContext:
    """TLS 1.2 or newer, for peers that show a certificate signed by ``tls.ca``.

    Raises:
        NodeError: when a file can't be used.
    """
    context = _with_files(lambda: ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=tls.ca), tls)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _with_files(make: Any, tls: Tls) -> ssl.SSLContext:
    tls.check_files()
    try:
        context: ssl.SSLContext = make()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if tls.certificate and tls.key:
            context.load_cert_chain(tls.certificate, tls.key)
    except (ssl.SSLError, OSError) as error:
        raise NodeError(f"The certificates can't be used: {printable(str(error))}.", passing=False) from error
    return context
