"""The nodes of a hospital's network, in one TOML file that a person and the window write."""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pydantic
import tomli_w
from annotated_types import Ge, Le

from verte_core import files, validation
from verte_core.errors import OutputError, VerteError, printable
from verte_core.pacs.errors import NodeError

FORBID: pydantic.ConfigDict = {"extra": "forbid", "strict": True}
"""Read as JSON: of Python's objects, a strict dataclass takes none but its own."""
AeTitle = Annotated[str, pydantic.StringConstraints(pattern=r"^[!-\[\]-~][ -\[\]-~]{0,15}$")]
"""PS3.5 6.2, AE: 16 characters of the default repertoire, no backslash, no blank ahead."""
Port = Annotated[int, Ge(1), Le(65535)]
Seconds = Annotated[float, Ge(0.1), Le(3600)]
Text = Annotated[str, pydantic.StringConstraints(min_length=1, max_length=1000)]
OWN_AE_TITLE = "VERTE"


@dataclass(frozen=True, kw_only=True)
class Tls:
    """How a node is known, and how it knows us.

    Attributes:
        ca: PEM file of the authorities that sign the peer; those of the system without.
        certificate: PEM file of our own certificate, for a peer that asks for one.
        key: PEM file of its private key.
    """

    __pydantic_config__: ClassVar[pydantic.ConfigDict] = FORBID

    ca: Text | None = None
    certificate: Text | None = None
    key: Text | None = None

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")

    def check_files(self) -> None:
        """See that the files are there.

        Raises:
            NodeError: naming the first that is not.
        """
        for what, path in (("ca", self.ca), ("certificate", self.certificate), ("key", self.key)):
            if path is not None and not Path(path).is_file():
                raise NodeError(f"The file {path} that tls.{what} names is not there.", passing=False)


@dataclass(frozen=True, kw_only=True)
class DicomwebNode:
    """A peer that speaks DICOMweb (PS3.18).

    Attributes:
        url: under which ``studies`` lies, such as ``https://pacs.example/dicom-web``.
        tls: authorities and our certificate.
        token_from: environment variable that holds a bearer token.
        user: of HTTP basic authentication.
        password_from: environment variable that holds its password.
        timeout: seconds for an answer to begin.
        allow_simulated: whether scores of weights trained on simulated images may be sent there.
        orthanc: URL of Orthanc's own interface, for ``serve`` to read its list of changes.
    """

    __pydantic_config__: ClassVar[pydantic.ConfigDict] = FORBID

    kind: Literal["dicomweb"] = "dicomweb"
    url: Annotated[str, pydantic.StringConstraints(pattern=r"^https?://[^/\s]+(/\S*)?$")]
    tls: Tls = field(default_factory=Tls)
    token_from: Text | None = None
    user: Text | None = None
    password_from: Text | None = None
    timeout: Seconds = 30.0
    allow_simulated: bool = False
    orthanc: Annotated[str, pydantic.StringConstraints(pattern=r"^https?://[^/\s]+(/\S*)?$")] | None = None

    def __post_init__(self) -> None:
        if (self.user is None) != (self.password_from is None):
            raise ValueError("user and password_from go together")
        if self.user is not None and self.token_from is not None:
            raise ValueError("a token and a password exclude each other")

    def secret(self, variable: str) -> str:
        """What an environment variable holds.

        Raises:
            NodeError: when it is not set.
        """
        found = os.environ.get(variable, "")
        if not found:
            raise NodeError(f"The environment variable {variable}, which the node names, is not set.")
        return found


@dataclass(frozen=True, kw_only=True)
class DimseNode:
    """A peer that speaks DIMSE (PS3.7).

    Attributes:
        ae_title: of the peer.
        host: its name or address.
        port: of its listener.
        calling_ae_title: ours, as the peer knows it.
        tls: authorities and our certificate; None for a connection in the clear.
        retrieve: by C-GET, or by C-MOVE, which the peer has to know our listener for.
        move_to: AE title under which the peer knows the listener that ``move`` opens.
        move_port: of this listener.
        move_host: address that it listens on.
        timeout: seconds for an answer.
        allow_simulated: whether scores of weights trained on simulated images may be sent there.
    """

    __pydantic_config__: ClassVar[pydantic.ConfigDict] = FORBID

    kind: Literal["dimse"] = "dimse"
    ae_title: AeTitle
    host: Text
    port: Port
    calling_ae_title: AeTitle = OWN_AE_TITLE
    tls: Tls | None = None
    retrieve: Literal["get", "move"] = "get"
    move_to: AeTitle = OWN_AE_TITLE
    move_port: Port = 11112
    move_host: Text = "0.0.0.0"
    timeout: Seconds = 30.0
    allow_simulated: bool = False


Node = Annotated[DicomwebNode | DimseNode, pydantic.Field(discriminator="kind")]
NodeName = Annotated[str, pydantic.StringConstraints(pattern=r"^[\w-]{1,40}$")]
Nodes = dict[NodeName, Node]


@dataclass(frozen=True)
class _File:
    """The tables of the file that are not ``serve``'s."""

    __pydantic_config__: ClassVar[pydantic.ConfigDict] = FORBID

    nodes: Nodes = field(default_factory=dict)


_FILE = pydantic.TypeAdapter(_File)
_NODE: pydantic.TypeAdapter[DicomwebNode | DimseNode] = pydantic.TypeAdapter(Node)
OTHER_TABLES = ("serve", "receiver")
"""Of the same file, which ``settings`` reads."""


def default_path() -> Path:
    """Where the file lies unless a command names another: beside the settings of the window."""
    own = "APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME"
    return Path(os.environ.get(own) or Path.home() / ".config") / "VERTE Desktop" / "nodes.toml"


def tables(path: Path) -> dict[str, object]:
    """The tables of a TOML file.

    Raises:
        VerteError: when it can't be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise VerteError(f"The file of nodes {path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise VerteError(f"The file of nodes {path} is not in UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise VerteError(f"{path} is no TOML: {printable(str(error))}.") from error


def read(path: Path) -> Nodes:
    """The nodes of a file by name.

    Raises:
        VerteError: when the file can't be read, or a value can't be used.
    """
    found = {name: value for name, value in tables(path).items() if name not in OTHER_TABLES}
    try:
        return _FILE.validate_json(json.dumps(found, default=str)).nodes
    except pydantic.ValidationError as error:
        raise VerteError(f"{path}: {problem(error)}") from None


def problem(error: pydantic.ValidationError) -> str:
    """The first thing that is wrong, as a sentence."""
    first = error.errors()[0]
    first["loc"] = tuple(each for each in first["loc"] if each not in ("dicomweb", "dimse"))
    if first["type"] == "union_tag_not_found":
        return f"{'.'.join(map(str, first['loc']))} lacks a key: 'kind', dicomweb or dimse."
    if first["type"] == "value_error":
        reason = first.get("ctx", {}).get("error")
        return f"In {'.'.join(map(str, first['loc']))}, {reason}."
    return validation.sentence(first, "the file of nodes")


def write(path: Path, nodes: Mapping[str, DicomwebNode | DimseNode]) -> None:
    """Put the nodes into the file in place of those there; its other tables stay, its comments do not.

    Raises:
        VerteError: when the file that is there can't be read.
        OutputError: when it can't be written.
    """
    kept = tables(path) if path.exists() else {}
    whole = kept | {"nodes": {name: plain(node) for name, node in nodes.items()}}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, tomli_w.dumps(whole).encode())
    except OSError as error:
        raise OutputError(f"The file of nodes {path} can't be written: {error.strerror}.") from error


def plain(node: DicomwebNode | DimseNode) -> dict[str, Any]:
    """The table of a node, without what it does not say, which TOML has no word for."""
    values = {key: value for key, value in asdict(node).items() if value is not None}
    if "tls" in values:
        values["tls"] = {key: value for key, value in values["tls"].items() if value is not None}
        if not values["tls"] and isinstance(node, DicomwebNode):
            del values["tls"]
    return values


def made(values: Mapping[str, Any]) -> DicomwebNode | DimseNode:
    """The node of a table.

    Raises:
        VerteError: when a value can't be used.
    """
    try:
        return _NODE.validate_json(json.dumps(values, default=str))
    except pydantic.ValidationError as error:
        raise VerteError(problem(error)) from None


def named(name: str) -> str:
    """A name, if it can be one.

    Raises:
        VerteError: otherwise.
    """
    if not re.fullmatch(r"[\w-]{1,40}", name):
        raise VerteError("The name of a node is of up to 40 letters, digits, - and _.")
    return name


def chosen(nodes: Nodes, name: str) -> DicomwebNode | DimseNode:
    """The node of a name.

    Raises:
        VerteError: when there is none; it lists those that there are.
    """
    if name not in nodes:
        known = ", ".join(nodes) or "none"
        raise VerteError(f"There is no node {printable(name)!r:.60} in the file of nodes; known: {known}.")
    return nodes[name]
