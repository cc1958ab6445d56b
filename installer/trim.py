"""What the installed program does not need of what its packages bring."""

from __future__ import annotations

import json
import re
from importlib import metadata
from pathlib import Path

EXCLUDED = [
    *("train", "benchmarks", "fuzz", "scripts", "tests"),
    *("torch", "torchvision", "timm", "pytorch_grad_cam", "triton", "onnx"),
    *("matplotlib", "pandas", "scipy", "sklearn", "sympy", "statsmodels", "lifelines", "tensorboard", "yaml"),
    *("tkinter", "IPython", "pytest", "mypy", "setuptools", "pip", "pkg_resources", "lib2to3", "pydoc_data"),
    *("PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtTest"),
    *("PySide6.QtSql", "PySide6.QtXml", "PySide6.QtDesigner", "PySide6.QtUiTools", "PySide6.QtConcurrent"),
    *("PySide6.QtDBus", "PySide6.QtHelp", "PySide6.QtStateMachine", "pyqtgraph.examples", "numpy.f2py"),
    *("onnxruntime.transformers", "onnxruntime.quantization", "onnxruntime.tools", "google.protobuf"),
    *("PIL.ImageQt", "PIL._avif", "PIL._webp", "PIL.ImageTk", "PIL._imagingtk", "pyqtgraph.opengl"),
    *("readline", "h5py"),
]
"""Modules that are not taken in, whoever names them."""

_UNUSED = re.compile(
    "|".join(
        (
            r"Qt6?(Qml|Quick|Sql|Test|Designer|Help|VirtualKeyboard|Pdf|Labs|Concurrent)\w*\.",
            r"plugins[/\\](sqldrivers|tls|qmltooling|designer|networkinformation|virtualkeyboard|"
            r"vectorimageformats|egldeviceintegrations|generic|printsupport|wayland-graphics-integration-server)",
            r"imageformats[/\\](lib)?q(gif|icns|ico|jpeg|pdf|tga|tiff|wbmp|webp)\b",
            r"platforms[/\\](lib)?q(eglfs|linuxfb|minimalegl|vkkhrdisplay|vnc|direct2d|minimal)\b",
            r"PySide6[/\\]Qt[/\\]translations[/\\](?!qtbase_ko)",
            r"PySide6[/\\]translations[/\\](?!qtbase_ko)",
            r"opencv_videoio_ffmpeg",
            r"cv2[/\\](data|qt|utils|gapi|typing|mat_wrapper|misc|samples)[/\\]",
            r"platformthemes[/\\]libqgtk3",
            r"pyqtgraph[/\\](examples|icons[/\\]peegee)",
            r"pydicom[/\\]data[/\\](test_files|charset_files|palettes)",
            r"onnxruntime[/\\](datasets|ThirdPartyNotices)",
        )
    )
)


_OF_OTHER_IMAGES = re.compile(
    "functional-groups|rt-|segment|tract|surface|implant|hanging|volumetric|ophthalmic|corneal|macular|optical|"
    "intraocular|radiotherapy|protocol|inventory"
)
"""Modules of the standard (PS3.3) that neither a lateral radiograph nor a result of ours has."""


def shrink_standard(internal: Path) -> None:
    """Empty highdicom's table of attributes of such modules, 17 of its 23 MB, and take out its blanks."""
    path = internal / "highdicom" / "_standard" / "module_attribute_map.json"
    modules = json.loads(path.read_bytes())
    kept = {name: [] if _OF_OTHER_IMAGES.search(name) else value for name, value in modules.items()}
    path.write_text(json.dumps(kept, separators=(",", ":")))


def is_unused(target: str) -> bool:
    """Whether a file, by its place in the installed program, is left out."""
    return bool(_UNUSED.search(target))


def distributions() -> list[str]:
    """The packages that scoring needs, ours first, each once, as pip names them."""
    names, waiting = [], ["verte-desktop", *_of_extra("pacs")]
    while waiting:
        name = waiting.pop(0)
        if name in names:
            continue
        names.append(name)
        for requirement in metadata.requires(name) or []:
            own, _, marker = requirement.partition(";")
            wanted = re.split(r"[^\w.-]", own.strip(), maxsplit=1)[0]
            extras = re.findall(r"pylibjpeg\[(.*)\]", own)
            if "extra" in marker or not _is_installed(wanted):
                continue
            waiting.append(wanted)
            waiting += [f"pylibjpeg-{each}" for each in ",".join(extras).split(",") if each]
    return names


def _of_extra(extra: str) -> list[str]:
    """Packages that an extra of ours asks for."""
    asked = (each.partition(";") for each in metadata.requires("verte-desktop") or [])
    return [
        re.split(r"[^\w.-]", own.strip(), maxsplit=1)[0]
        for own, _, marker in asked
        if re.search(rf"extra == ['\"]{extra}['\"]", marker)
    ]


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True
