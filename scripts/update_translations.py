"""Brings the translations up to date with the texts of the program; says which are not translated.

python -m scripts.update_translations [--check]

The texts of the window stand in ``tr`` and are found by Qt Linguist's lupdate. The sentences of the core, and
those of the window that are put together, are found here: an f-string becomes a pattern with numbered places.
Both stand in resources/languages/ko.ts, which Qt Linguist opens, and lrelease makes ko.qm of it.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from pathlib import Path

import PySide6

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "resources" / "languages"
LANGUAGES = ("ko",)
WINDOW, CORE = "", "verte_core"
_TOOLS = Path(PySide6.__file__).parent
_SPOKEN = (
    *("clinical", "devices", "errors", "extras", "files", "heatmap_colors", "image_types", "preprocess"),
    *("results", "validation", "batch", "dicom_results", "inspection", "measuring", "network", "reading"),
    *("scoring", "pacs/archive", "pacs/connecting", "pacs/dicomweb", "pacs/dimse", "pacs/errors"),
    *("pacs/nodes", "pacs/sending"),
)
"""Parts of the core whose sentences come to the window."""
_SILENT = (
    *("dicom_results/measured_report.py", "dicom_results/structured_report.py", "inspection/page.py"),
    *("network/graph.py", "network/protobuf.py", "network/tracing.py"),
)
"""Parts of these whose texts go to files, or to a developer."""
_LOGS = {
    "TypeVar",
    "debug",
    "info",
    "warning",
    "error",
    "add_argument",
    "ArgumentParser",
    "compile",
    "setStyleSheet",
}
_OURS = {"tr", "QT_TR_NOOP"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or with ``--check`` say what is out of date; 1 when something is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.update_translations", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    found = {WINDOW: window_texts(), CORE: core_texts()}
    missing = 0
    for language in LANGUAGES:
        path = FOLDER / f"{language}.ts"
        known = translations(path)
        for context, sources in found.items():
            for source in sources:
                if not known.get(context, {}).get(source):
                    missing += 1
                    print(f"not translated: {source!r}")
        if not options.check:
            _write(path, language, found, known)
            subprocess.run([_TOOLS / "lrelease", "-silent", path], check=True)
    if not options.check:
        patterns = [each for each in found[CORE] if re.search(r"\{\d+\}", each)]
        text = json.dumps(patterns, indent=0, ensure_ascii=False)
        (FOLDER / "core.json").write_text(text + "\n", encoding="utf-8")
    return 1 if missing else 0


def window_texts() -> list[str]:
    """The texts in ``tr`` and ``QT_TR_NOOP``, by lupdate."""
    files = sorted((ROOT / "verte_desktop").rglob("*.py"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "found.ts"
        subprocess.run([_TOOLS / "lupdate", "-silent", *files, "-ts", path], check=True)
        root = ElementTree.parse(path).getroot()
    return sorted({message.findtext("source") or "" for message in root.iter("message")})


def core_texts() -> list[str]:
    """The sentences and phrases of the core, and those that the window puts together."""
    paths = [path for part in _SPOKEN for path in _files(ROOT / "verte_core" / part)]
    paths += sorted((ROOT / "verte_desktop").rglob("*.py"))
    found: set[str] = set()
    for path in paths:
        if not path.as_posix().endswith(_SILENT):
            found.update(_texts(ast.parse(path.read_text(encoding="utf-8")), "verte_core" in path.parts))
    return sorted(found)


def translations(path: Path) -> dict[str, dict[str, str]]:
    """By context and source; none where there is no file yet."""
    if not path.exists():
        return {}
    return {
        context.findtext("name") or "": {
            message.findtext("source") or "": message.findtext("translation") or ""
            for message in context.iter("message")
        }
        for context in ElementTree.parse(path).getroot().iter("context")
    }


def _files(part: Path) -> list[Path]:
    return sorted(part.rglob("*.py")) if part.is_dir() else [part.with_suffix(".py")]


def _texts(tree: ast.AST, is_core: bool) -> Iterator[str]:
    passed: set[int] = set()
    for node in ast.walk(tree):
        silent: list[ast.AST | None] = []
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent = [node.value]
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            silent = [node] if name in _LOGS | _OURS else []
        elif isinstance(node, ast.Assert | ast.Subscript | ast.AnnAssign):
            silent = [getattr(node, "slice", None), getattr(node, "annotation", None)]
            silent += [node] if isinstance(node, ast.Assert) else []
        elif isinstance(node, ast.FunctionDef):
            silent = [node.returns, *_annotations(node)]
        for part in silent:
            passed.update(id(each) for each in ast.walk(part)) if part is not None else None
        if id(node) in passed:
            continue
        if isinstance(node, ast.JoinedStr):
            passed.update(id(each) for each in node.values if isinstance(each, ast.Constant))
            passed.update(
                id(each.format_spec) for each in node.values if isinstance(each, ast.FormattedValue)
            )
            source = _pattern(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            source = node.value
        else:
            continue
        for line in source.split("\n"):
            if _is_said(line.strip(), is_core):
                yield _numbered(line.strip())


def _numbered(line: str) -> str:
    """The places of one line of several, from 0."""
    numbers = iter(range(line.count("{")))
    return re.sub(r"\{\d*\}", lambda _: f"{{{next(numbers)}}}", line)


def _annotations(node: ast.FunctionDef) -> list[ast.expr | None]:
    return [each.annotation for each in (*node.args.args, *node.args.kwonlyargs)]


def _pattern(node: ast.JoinedStr) -> str:
    made, places = "", 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            made += str(part.value)
        else:
            made += f"{{{places}}}"
            places += 1
    return made


def _is_said(text: str, is_core: bool) -> bool:
    """Whether a text is words for a reader, and no name, format or style."""
    words = re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\d+\}", " ", text))
    if not words or text in _NAMES or _NAME.search(text) or _CODE.search(text):
        return False
    if is_core:
        return len(words) > 2 or (len(words) == 2 and text[:1].islower()) or text in _WORDS
    is_key = re.fullmatch(r"((Ctrl|Shift|Alt)\+)+.*|[a-z]+|F\d+|[A-Z]", text)
    return not is_key or text in _WORDS


_NAME = re.compile(
    r"^#[0-9a-f]{6}$|^[A-Z]{4,}$|^[\w{}./*-]*[./*-][\w{}./*-]*$|et al\.|arXiv|^[a-z]+/[a-z]+|%\(|"
    r"Muhammad and|Draelos and|Zeiler and|^VERTE|^verte|^Content-Type|^Python |^QPush|^Qt: |^series of|"
    r"^\W*\{\d+\}\W*(\{\d+\}\W*)*$"
)
"""Colours, constants, files, keys and references."""
_CODE = re.compile(
    r"[<>=_|\\]|^\W*\w+\(|://|(color|border|border-top|padding|background|spacing|border-left|font-weight): |"
    r"::?indicator"
)
"""Of regular expressions, style sheets, calls and addresses."""
_NAMES = {
    *("AE title", "BMI", "CD", "CR", "DX", "OT", "VR", "URL", "PNG", "Apache-2.0", "English", "Classifier"),
    *("License", "License-Expression", "Turbo", "Fusion", "win32", "tls.", "CET-D1", "road {0}", "utf-8"),
    *("faithfulness {0}", "Description lacks a key: 'graph'.", "bad allocation", "can't allocate memory"),
    *("failed to allocate memory", "out of memory", "requested procedure", "performed procedure"),
    *("unknown pixel mode", "simulated weights", "anatomic region", "row-major", "prior right", "no units"),
    *("Source image for image processing operation", "research, unverified", "DICOMweb", "DIMSE"),
    *("ONNX Runtime gives a {0} of {1}, torch {2}", "ONNX Runtime's heatmap of {0} is not torch's"),
    *("The batch ended with %d of %d images: %d scored, %d refused. %s", "pVF-score", "osteo-score"),
    *("{0} cm", "{0} kg", "{0} kg/m²", "kg/m²", "{0} ms", "{0} (open source, for research)", "Log:", "Esc"),
    *("Space", "PgDown", "PgUp", "Del", "DISPLAY", "Down", "Left", "Right", "Up", "{0}-score", "{0}.dcm"),
    *("low to high, relative", "Likeness to the images that the weights learned from", "as its package says"),
    *(
        "Whether the picture is unlike these",
        "Uncertain, since BMI is unknown",
        "uncertain, since BMI is unknown",
    ),
    *("/Library/Application Support/VERTE Desktop/settings.ini", "d0cf11e0a1b11ae1", "SOP Instance UID"),
    *("Simulated image. Not a person. Made by the VERTE Desktop radiograph simulator."),
    *("Simulated image. Not a person. Made by the VERTE Desktop radiograph simulator.",),
    *("ONNX Runtime can't compute the weights {0}: {1}", "x {0}  y {1}  value {2}", "grad-cam++"),
    *("[A-Za-z]+", "available memory of", "ended a run", "not read", "heatmap of the {0}", "its header says"),
}
"""What looks like words and is said to nobody in the window."""
_WORDS = (
    *("low", "high", "indeterminate", "scored", "refused", "female", "male", "wedge", "biconcave", "crush"),
    *(
        "Window {0}",
        "Auto",
        "years",
        "computed",
        "none",
        "age",
        "sex",
        "height",
        "weight",
        "osteoporosis",
        "confirmed",
        "refuted",
    ),
    *("unlike", "other", "damaged"),
)
"""Single words that are said, and would pass for names."""


def _write(path: Path, language: str, found: dict[str, list[str]], known: dict[str, dict[str, str]]) -> None:
    root = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en")
    for name, sources in found.items():
        context = ElementTree.SubElement(root, "context")
        ElementTree.SubElement(context, "name").text = name
        for source in sources:
            message = ElementTree.SubElement(context, "message")
            ElementTree.SubElement(message, "source").text = source
            translation = ElementTree.SubElement(message, "translation")
            translation.text = known.get(name, {}).get(source) or None
            if translation.text is None:
                translation.set("type", "unfinished")
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{text}\n', encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
