"""A node that speaks DICOMweb: QIDO-RS, WADO-RS and STOW-RS."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from email.message import Message
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from dicomweb_client.api import DICOMwebClient
from pydicom import Dataset
from urllib3.exceptions import HTTPError as TransportError

from verte_core import files
from verte_core.errors import OutputError, VerteError, printable
from verte_core.pacs.archive import IMAGE_MODALITIES, Instance, Query, Study, instance_of, study_of
from verte_core.pacs.errors import NodeError, NotTakenError
from verte_core.pacs.nodes import DicomwebNode
from verte_core.reading.dicom import is_part_10

Made = TypeVar("Made")
_NOT_TAKEN = {0x0122, 0xC122, 0xA900, 0x0124}
"""Failure reasons (PS3.18 I.2.2) after which trying again is of no use: SOP class, mismatch, refused."""
_PAGE = 500
_NOISE = re.compile(r"\[[^]]*\]|^[A-Z_]+\]|\(_ssl[^)]*\)")
"""Numbers and places in the sources, in what libraries say."""
_FIELDS = {
    "studies": ("StudyDescription", "ModalitiesInStudy", "NumberOfStudyRelatedInstances"),
    "series": ("BodyPartExamined", "SeriesDescription"),
}


class DicomwebArchive:
    """An ``Archive``.

    Args:
        name: of the node, for sentences.
        node: its settings.

    Raises:
        NodeError: when a variable or a file that they name is not there.
    """

    def __init__(self, name: str, node: DicomwebNode) -> None:
        self._name, self._node = name, node
        self.session = session(node)
        self._client = DICOMwebClient(node.url.rstrip("/"), session=self.session)
        self._client.set_http_retry_params(retry=False)

    def echo(self) -> str:
        """Ask for one study."""
        self._listed(partial(self._client.search_for_studies, limit=1))
        return f"{self._name} answers by DICOMweb."

    def studies(self, query: Query, most: int = 200) -> list[Study]:
        """QIDO-RS."""
        wanted = {
            "PatientID": query.patient_id,
            # Orthanc's plug-in takes an escaped ^ for letters, too; any one letter finds it everywhere.
            "PatientName": query.patient_name.replace("^", "?"),
            "StudyDate": query.dates,
            "ModalitiesInStudy": query.modality,
            "StudyInstanceUID": query.study_uid,
        }
        filters = {key: value for key, value in wanted.items() if value}
        found: list[Dataset] = []
        while len(found) < most:
            # A server may give fewer at a time than it is asked for.
            ask = partial(
                self._client.search_for_studies,
                search_filters=filters,
                limit=min(most - len(found), _PAGE),
                offset=len(found),
                fields=_FIELDS["studies"],
            )
            page = self._listed(ask)
            if not page:
                break
            found += page
        return [study_of(each) for each in found]

    def instances(self, study_uid: str, modalities: Sequence[str] = IMAGE_MODALITIES) -> list[Instance]:
        """QIDO-RS for series, then for the objects of those that may be of use."""
        found = []
        for series in self._listed(
            partial(self._client.search_for_series, study_uid, fields=_FIELDS["series"])
        ):
            if series.get("Modality") not in modalities:
                continue
            uid = str(series.SeriesInstanceUID)
            objects = self._listed(partial(self._client.search_for_instances, study_uid, uid))
            found += [instance_of(study_uid, series, one) for one in objects]
        return found

    def _listed(self, ask: Callable[[], list[Any]]) -> list[Dataset]:
        return self.asked(lambda: [Dataset.from_json(each) for each in ask()])

    def fetch(self, instance: Instance, path: Path) -> None:
        """WADO-RS, in the transfer syntax that the archive has."""
        url = f"{self._node.url.rstrip('/')}/studies/{instance.study_uid}/series/{instance.series_uid}"
        found = self.asked(lambda: self._object(f"{url}/instances/{instance.uid}"))
        try:
            files.write(path, found)
        except OSError as error:
            raise OutputError(f"The image can't be kept: {error.strerror}.") from error

    def _object(self, url: str) -> memoryview:
        """The bytes of one object as the archive has them, without a copy."""
        accept = 'multipart/related; type="application/dicom"; transfer-syntax=*'
        with self.session.get(url, headers={"Accept": accept}, stream=True) as answer:
            answer.raise_for_status()
            data = answer.raw.read(decode_content=True)
        kind = Message()
        kind["Content-Type"] = answer.headers.get("Content-Type", "")
        boundary = kind.get_param("boundary")
        if not kind["Content-Type"].startswith("multipart/") or not isinstance(boundary, str):
            return memoryview(data)
        # One object was asked for, so the first part is all.
        mark = f"--{boundary}".encode()
        start, end = data.find(b"\r\n\r\n", data.find(mark)) + 4, data.rfind(b"\r\n" + mark + b"--")
        if end < start or data.find(b"\r\n" + mark + b"\r\n", start, end) >= 0:
            raise NodeError(f"{self._name} sent no whole object, or more than the one that was asked for.")
        return memoryview(data)[start:end]

    def send(self, paths: Sequence[Path]) -> list[VerteError | None]:
        """STOW-RS, one request an object: a refusal of one is not one of all."""
        said: list[VerteError | None] = []
        for path in paths:
            try:
                self._store(path)
                said.append(None)
            except NotTakenError as error:
                said.append(error)
        return said

    def _store(self, path: Path) -> None:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise NotTakenError(f"{path.name} can't be read: {error.strerror}.") from error
        if not is_part_10(data):
            raise NotTakenError(f"{path.name} can't be read as DICOM.")
        try:
            answer = self.asked(lambda: self._stored(data))
        except NodeError as error:
            if isinstance(error.__cause__, requests.HTTPError) and _status(error.__cause__) in (
                400,
                409,
                415,
            ):
                raise NotTakenError(f"{self._name} does not take {path.name}: {error}") from error
            raise
        for failed in answer.get("FailedSOPSequence", []):
            reason = int(failed.get("FailureReason", 0))
            said = f"{self._name} did not store {path.name}, with reason {reason:#06x}."
            raise NotTakenError(said) if reason in _NOT_TAKEN else NodeError(said)

    def _stored(self, data: bytes) -> Dataset:
        """What STOW-RS answers; the file goes as it is, without being parsed and written again."""
        boundary = f"verte-{uuid.uuid4().hex}"
        kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
        part = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        answer = self.session.post(
            f"{self._node.url.rstrip('/')}/studies",
            data=part + data + f"\r\n--{boundary}--\r\n".encode(),
            headers={"Content-Type": kind, "Accept": "application/dicom+json"},
        )
        # 409 says that some were not stored, and has the reasons, too (PS3.18 10.5.3).
        if answer.status_code != 409 or not answer.content:
            answer.raise_for_status()
        return Dataset.from_json(answer.json()) if answer.content else Dataset()

    def asked(self, ask: Callable[[], Made]) -> Made:
        """What ``ask`` gets from the node.

        Raises:
            NodeError: with a sentence for whatever goes wrong.
        """
        try:
            return ask()
        except NodeError:
            raise
        except requests.HTTPError as error:
            raise self._refused(error) from error
        except requests.exceptions.SSLError as error:
            raise NodeError(
                f"{self._name} is not trusted, or does not trust us: {_cause(error)}. "
                "The node's tls.ca says who signs for it."
            ) from error
        except requests.Timeout as error:
            raise NodeError(f"{self._name} did not answer within {self._node.timeout:g} seconds.") from error
        except (requests.RequestException, TransportError) as error:
            where = urlsplit(self._node.url).netloc.rpartition("@")[2]
            raise NodeError(f"{self._name} can't be reached at {where}: {_cause(error)}.") from error
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise NodeError(f"{self._name} gave an answer that is no DICOMweb.") from error

    def _refused(self, error: requests.HTTPError) -> NodeError:
        status = _status(error)
        meaning = {
            401: "it wants to know who asks; see token_from, or user and password_from",
            403: "it does not allow that",
            404: "there is no such thing",
            413: "the object is too large for it",
            507: "it has no space left",
        }.get(status, "it gave an error" if status >= 500 else "it did not understand")
        return NodeError(f"{self._name} answered with HTTP status {status}: {meaning}.")


def session(node: DicomwebNode) -> requests.Session:
    """A connection with what the node says of trust, identity and patience."""
    made = requests.Session()
    # Proxies and .netrc of the environment would send patients' data elsewhere, or another password.
    made.trust_env = False
    # Orthanc would compress images for longer than it takes to send them.
    made.headers["Accept-Encoding"] = "identity"
    node.tls.check_files()
    if node.tls.ca:
        made.verify = node.tls.ca
    if node.tls.certificate and node.tls.key:
        made.cert = (node.tls.certificate, node.tls.key)
    if node.token_from:
        made.headers["Authorization"] = f"Bearer {node.secret(node.token_from)}"
    if node.user is not None and node.password_from is not None:
        made.auth = (node.user, node.secret(node.password_from))
    for scheme in ("http://", "https://"):
        made.mount(scheme, _Patient(node.timeout))
    return made


class _Patient(requests.adapters.HTTPAdapter):
    """Waits so many seconds for each answer to begin, and for each of its parts."""

    def __init__(self, timeout: float) -> None:
        super().__init__(pool_maxsize=16)
        self._timeout = timeout

    def send(self, request: Any, **more: Any) -> requests.Response:  # type: ignore[override]
        """With the time limit."""
        # Orthanc's plug-in takes escaped wildcards for letters.
        path, mark, query = request.url.partition("?")
        for letter in "*?":
            query = query.replace(f"%{ord(letter):02X}", letter)
        request.url = path + mark + query
        return super().send(request, **(more | {"timeout": self._timeout}))


def _status(error: requests.HTTPError) -> int:
    return error.response.status_code if error.response is not None else 0


def _cause(error: BaseException) -> str:
    """The innermost reason, in the system's words."""
    while True:
        inner = getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((each for each in error.args if isinstance(each, BaseException)), None)
        if inner is None:
            break
        error = inner
    said = str(getattr(error, "strerror", None) or error).rpartition(": ")[2] or type(error).__name__
    return printable(_NOISE.sub("", said).strip())
