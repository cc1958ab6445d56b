"""What the truth.jsonl beside a manifest says of its images, and which of them it says are simulated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train.examples.patches import Outline, read_outlines
from verte_core.errors import DataError
from verte_core.measuring.truth import truth_file
from verte_core.preprocess import Preprocessing
from verte_core.training.dataset import Example


@dataclass(frozen=True)
class Facts:
    """What the truth says of one image beside its outlines; empty where it does not.

    Attributes:
        levels: of the outlines, in their order, such as ``T12``.
        hardware: such as ``none``, ``screws`` or ``cement``.
        manufacturer: of the device.
        source: where the anatomy came from, such as ``drawn``.
    """

    levels: tuple[str, ...] = ()
    hardware: str = ""
    manufacturer: str = ""
    source: str = ""


@dataclass(frozen=True)
class CohortTruth:
    """What stands beside a manifest.

    Attributes:
        outlines: the vertebrae of every example; None when they are not known.
        reason: a sentence that says why not.
        simulated: the images of which the file says that a simulator made them.
        facts: of every example; empty when the outlines are not known.
        sha256: of the file, in hex; empty when the outlines are not known.
    """

    outlines: list[list[Outline]] | None
    reason: str
    simulated: frozenset[Path] = frozenset()
    facts: tuple[Facts, ...] = ()
    sha256: str = ""


def read_cohort_truth(
    manifest: Path, examples: Sequence[Example], preprocessing: Preprocessing
) -> CohortTruth:
    """The truth.jsonl beside the manifest; without a usable one there is a reason instead."""
    path = truth_file(manifest)
    if not path.is_file():
        return CohortTruth(None, f"there is no {path.name} beside the manifest.")
    simulated: frozenset[Path] = frozenset()
    try:
        content = path.read_bytes()
        truths = [json.loads(line) for line in content.decode().splitlines()]
        by_path = {manifest.parent / truth["path"]: truth for truth in truths}
        simulated = frozenset(path for path, truth in by_path.items() if "simulator" in truth)
        outlines = read_outlines(manifest, examples, preprocessing)
        facts = tuple(_facts(by_path[example.path]) for example in examples)
        return CohortTruth(outlines, "", simulated, facts, hashlib.sha256(content).hexdigest())
    except DataError as error:
        return CohortTruth(None, str(error), simulated)
    except OSError as error:
        return CohortTruth(None, f"{path.name} can't be read: {error.strerror}.", simulated)
    except (ValueError, LookupError, TypeError, ArithmeticError):
        return CohortTruth(
            None, f"{path.name} is damaged or of another form than simulate writes.", simulated
        )


def _facts(truth: dict[str, Any]) -> Facts:
    levels = tuple(str(vertebra.get("level", "")) for vertebra in truth["vertebrae"])
    return Facts(levels, *(str(truth.get(name, "")) for name in ("hardware", "manufacturer", "source")))
