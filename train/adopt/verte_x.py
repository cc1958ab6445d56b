"""The authors' own weights: a PyTorch checkpoint in efficientnet-pytorch's names becomes a weights file of
ours.

Nothing of the checkpoint is run: it is read as bare tensors. Which release of efficientnet-pytorch made it,
how sex was coded and how age and BMI were scaled can't be told from tensors, so they are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from verte_core.errors import DataError
from verte_core.image_types import Protocol
from verte_core.network import saving
from verte_core.network.architecture import Architecture
from verte_core.network.fusion_net import unfilled
from verte_core.network.metadata import Calibration, ClinicalStatistics, Metadata
from verte_core.preprocess import DEFAULT
from verte_core.results import TASKS, OperatingPoints, Provenance

REPEATS = (2, 4, 4, 6, 6, 8, 2)
"""Blocks of EfficientNet-B4 by stage."""
_TOKEN = re.compile(
    r"(?:^|\.)(_conv_stem|_bn0|_blocks\.\d+|_conv_head|_bn1|_fc|fclayer1|fclayer2|clinical)\.(.+)$"
)
_FIRST_STAGE = {
    "_depthwise_conv": "conv_dw", "_bn1": "bn1", "_se_reduce": "se.conv_reduce",
    "_se_expand": "se.conv_expand", "_project_conv": "conv_pw", "_bn2": "bn2",
}  # fmt: skip
_STAGES = {
    "_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2",
    "_se_reduce": "se.conv_reduce", "_se_expand": "se.conv_expand", "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}  # fmt: skip
_AROUND = {
    "_conv_stem": "backbone.conv_stem", "_bn0": "backbone.bn1", "_conv_head": "backbone.conv_head",
    "_bn1": "backbone.bn2", "_fc": "image_head", "fclayer1": "head.0", "fclayer2": "head.1",
    "clinical": "clinical_branch",
}  # fmt: skip
_STEM = "backbone.conv_stem.weight"
Release = Literal["0.6", "0.7"]
Sexes = Literal["F=1,M=0", "F=0,M=1", "F=2,M=1", "F=1,M=2"]


@dataclass(frozen=True)
class Answers:
    """What a checkpoint does not say.

    task: of its one output. protocol: of its images. release: of efficientnet-pytorch; from 0.7 on its
    padding is that of 380 pixels. sex: how it was coded. age, bmi: mean and deviation that were taken off and
    divided by; (0, 1) for raw values. bmi_range: 5th and 95th percentile of the training people, for an
    unknown BMI. All but the first three only where clinical variables are read.
    """

    task: str
    protocol: Protocol
    release: Release
    sex: Sexes | None = None
    age: tuple[float, float] | None = None
    bmi: tuple[float, float] | None = None
    bmi_range: tuple[float, float] | None = None


def adopt(checkpoint: Path, out: Path, answers: Answers) -> str:
    """Write a weights file of a checkpoint; what it is, for a reader.

    Raises:
        DataError: for a checkpoint that can't be read, tensors that do not fit, or an answer that is missing.
        OutputError: when the file can't be written.
    """
    tensors = renamed(_read(checkpoint))
    architecture = _architecture(tensors, answers)
    if architecture.clinical_hidden:
        tensors |= _scaled(tensors, answers)
    expected = unfilled(architecture).state_dict()
    missing, extra = expected.keys() - tensors.keys(), tensors.keys() - expected.keys()
    misshapen = {
        name for name in expected.keys() & tensors.keys() if expected[name].shape != tensors[name].shape
    }
    if missing or extra or misshapen:
        raise DataError(
            f"{checkpoint.name} is no EfficientNet-B4 of this method: {len(missing)} tensors are missing "
            f"({_some(missing)}), {len(extra)} are left over ({_some(extra)}), {len(misshapen)} have another "
            f"shape ({_some(misshapen)})."
        )
    asked = "image only"
    if architecture.clinical_hidden:
        asked = f"sex {answers.sex}, age scaled by {answers.age}, BMI by {answers.bmi}"
    low, high = answers.bmi_range or (18.5, 31.0)
    metadata = Metadata(
        name=f"verte-x-{answers.task}-{answers.protocol}",
        architecture=architecture,
        protocol=answers.protocol,
        trained_on=Provenance.CLINICAL,
        # What scaled the inputs is part of the tensors now; these only centre them for arithmetic.
        clinical_statistics=ClinicalStatistics(*_CENTRE, *_BMI_CENTRE, low, high),
        operating_points={answers.task: OperatingPoints(0.5, 0.5, 0.0, 0.0)},
        calibration={answers.task: Calibration()},
        preprocessing=DEFAULT[answers.protocol],
        card={
            "Summary": f"The authors' checkpoint {checkpoint.name}, under this program's names.",
            "Intended use": "Research. An aid, not a diagnosis, and not to be used to rule out.",
            "Adopted as": f"efficientnet-pytorch {answers.release}, {asked}; as its user stated.",
            "Operating points": (
                "Both at 0.5, which says nothing: set them on people of your own with evaluate --recalibrate."
            ),
            "Limits": "The crop that these weights were trained with is not published; the default is taken.",
        },
        training={"adopted": {"release": answers.release, "inputs": asked}},
    )
    saving.save(out, tensors, metadata)
    return (
        f"{out}: {TASKS[answers.task].title}, {asked}, {sum(t.numel() for t in tensors.values()):,} numbers."
    )


_CENTRE, _BMI_CENTRE = (65.0, 10.0), (24.0, 4.0)
"""Mean and deviation of age in years and of BMI in kg/m2 in the files that are made here."""


def _read(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint, which may hold them under a key of its own."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise DataError(f"The checkpoint {path} is not there.") from None
    except Exception as error:  # torch raises many kinds for what is no bare checkpoint
        raise DataError(
            f"{path.name} can't be read as bare tensors: it is damaged, or holds a whole model, which would "
            "run code of its own. Save model.state_dict() where it was made."
        ) from error
    for _ in range(3):
        if not isinstance(content, Mapping):
            break
        if content and all(isinstance(each, Tensor) for each in content.values()):
            return {str(name): tensor for name, tensor in content.items()}
        inner = [each for each in content.values() if isinstance(each, Mapping) and _has_tensors(each)]
        content = inner[0] if len(inner) == 1 else None
    raise DataError(f"{path.name} holds no state dict.")


def _has_tensors(value: Mapping[object, object]) -> bool:
    return any(isinstance(each, Tensor) for each in value.values())


def renamed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict of efficientnet-pytorch's names under those of timm and of our FusionNet.

    Raises:
        DataError: for a name that is neither.
    """
    found: dict[str, Tensor] = {}
    for name, tensor in state.items():
        match = _TOKEN.search(name)
        if match is None:
            raise DataError(f"The tensor {name} has no place in an EfficientNet with this method's head.")
        found[_place(match[1], match[2], name)] = tensor.float() if tensor.is_floating_point() else tensor
    if _STEM in found:
        # Grey copied to three channels is one channel under the sum of the three kernels.
        found[_STEM] = found[_STEM].sum(1, keepdim=True)
    return found


def _place(part: str, rest: str, name: str) -> str:
    if not part.startswith("_blocks."):
        return f"{_AROUND[part]}.{rest}"
    number, stage = int(part.removeprefix("_blocks.")), 0
    while stage < len(REPEATS) and number >= REPEATS[stage]:
        number, stage = number - REPEATS[stage], stage + 1
    layer, _, kind = rest.partition(".")
    names = _STAGES if stage else _FIRST_STAGE
    if stage == len(REPEATS) or layer not in names:
        raise DataError(f"The tensor {name} has no place in EfficientNet-B4.")
    return f"backbone.blocks.{stage}.{number}.{names[layer]}.{kind}"


def _architecture(tensors: Mapping[str, Tensor], answers: Answers) -> Architecture:
    """Widths are read from the shapes."""
    try:
        hidden: list[int] = []
        while f"clinical_branch.{4 * len(hidden)}.weight" in tensors:
            hidden.append(len(tensors[f"clinical_branch.{4 * len(hidden)}.weight"]))
        return Architecture(
            tasks=(answers.task,),
            image_features=len(tensors["image_head.weight"]),
            clinical_hidden=tuple(hidden),
            fused_features=len(tensors["head.0.weight"]),
            padding_of="input" if answers.release == "0.6" else "380",
        )
    except KeyError as error:
        raise DataError(f"The checkpoint has no tensor for {error.args[0]}.") from None


def _scaled(tensors: Mapping[str, Tensor], answers: Answers) -> dict[str, Tensor]:
    """The first clinical layer for our inputs: age and BMI about their centres, 1 for F and 0 for M."""
    wanted = {
        "how sex was coded (--sex-coding)": answers.sex,
        "how age was scaled (--age-scaling)": answers.age,
        "how BMI was scaled (--bmi-scaling)": answers.bmi,
        "the percentiles of BMI (--bmi-range)": answers.bmi_range,
    }
    if lacking := [what for what, given in wanted.items() if given is None]:
        raise DataError(f"This checkpoint reads age, sex and BMI, so say {', '.join(lacking)}.")
    assert answers.sex and answers.age and answers.bmi
    codes = {code[0]: float(code[2:]) for code in answers.sex.split(",")}
    weight, bias = (tensors[f"clinical_branch.0.{kind}"].double() for kind in ("weight", "bias"))
    # Their input is offset + slope * ours, in each of the three.
    (age_mean, age_std), (bmi_mean, bmi_std) = answers.age, answers.bmi
    slope = torch.tensor([_CENTRE[1] / age_std, codes["F"] - codes["M"], _BMI_CENTRE[1] / bmi_std]).double()
    offset = torch.tensor(
        [(_CENTRE[0] - age_mean) / age_std, codes["M"], (_BMI_CENTRE[0] - bmi_mean) / bmi_std]
    ).double()
    return {
        "clinical_branch.0.weight": (weight * slope).float(),
        "clinical_branch.0.bias": (bias + weight @ offset).float(),
    }


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:3]) or "none"
