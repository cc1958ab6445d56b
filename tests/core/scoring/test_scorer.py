from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import torch
from builders import TINY, metadata, tiny_model
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from verte_core.clinical import ClinicalInputs
from verte_core.devices import choose_device
from verte_core.errors import ImageError, VerteError
from verte_core.network import weights
from verte_core.network.fusion_net import FusionNet
from verte_core.network.weights import Calibration
from verte_core.reading import radiograph
from verte_core.reading.radiograph import Radiograph
from verte_core.results import OperatingPoints, sigmoid
from verte_core.scoring.grad_cam import grad_cam
from verte_core.scoring.scorer import Scorer

INPUTS = ClinicalInputs(70, "F", 24)


@pytest.fixture
def image(spine: npt.NDArray[np.uint16], tmp_path: Path) -> Radiograph:
    cv2.imwrite(str(tmp_path / "spine.png"), spine)
    return radiograph.load(tmp_path / "spine.png")


@pytest.fixture
def scorer(weights_file: Path) -> Scorer:
    return Scorer(weights.load(weights_file), "cpu")


def test_scores_are_those_of_the_network(scorer: Scorer, image: Radiograph, weights_file: Path) -> None:
    encoded = scorer.encode(image)
    result = scorer.score(encoded, INPUTS)
    model = weights.load(weights_file).build()
    clinical = torch.tensor([[(70 - 65) / 11, 1.0, 0.0]])
    logits = model(torch.from_numpy(encoded.image)[None, None], clinical)[0]
    assert [score.value for score in result.scores.values()] == pytest.approx(
        logits.sigmoid().tolist(), abs=1e-5
    )
    assert (result.image_id, result.weights_id, result.inputs) == (image.id, scorer.weights_id, INPUTS)


def test_both_scores_and_heatmaps_cost_one_forward(scorer: Scorer, image: Radiograph) -> None:
    (member,) = scorer.members
    calls, encode = [], member._encode
    member._encode = lambda images: (calls.append(len(images)), encode(images))[1]
    member._model.backbone.conv_stem.register_forward_hook(lambda *_: calls.append(1))
    encoded = scorer.encode(image)
    scorer.score(encoded, INPUTS)
    scorer.score(encoded, ClinicalInputs(50, "M", 30))
    for task in scorer.tasks:
        scorer.explain(encoded, INPUTS, task)
    assert calls == [1]


class _Fixed(torch.nn.Module):
    """The whole model as the library wants it, of the image alone."""

    def __init__(self, model: FusionNet, clinical: torch.Tensor) -> None:
        super().__init__()
        self.model, self.clinical = model, clinical

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.model(image, self.clinical)


@pytest.mark.parametrize("task", [0, 1])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_heatmap_is_that_of_the_grad_cam_library(task: int, seed: int) -> None:
    model = tiny_model(seed)
    picture, clinical = torch.rand(1, 1, 256, 128), torch.randn(1, 3)
    ours = grad_cam(model, model.encode(picture).detach(), clinical, task, (256, 128))
    whole = _Fixed(model, clinical)
    with GradCAM(whole, [model.backbone.bn2]) as library:
        theirs = library(picture, [ClassifierOutputTarget(task)])[0]
    assert np.abs(ours - theirs).max() < 1e-4
    assert theirs.max() > 0.9 or not theirs.any()


def test_some_heatmap_is_not_empty(scorer: Scorer, image: Radiograph) -> None:
    encoded = scorer.encode(image)
    maps = [scorer.explain(encoded, INPUTS, task) for task in scorer.tasks]
    assert max(each.max() for each in maps) > 0.9
    assert all(each.shape == (1024, 512) and each.min() >= 0 and each.max() <= 1 for each in maps)


def test_an_unknown_bmi_gives_the_range_over_the_cohort(scorer: Scorer, image: Radiograph) -> None:
    encoded = scorer.encode(image)
    score = scorer.score(encoded, ClinicalInputs(70, "F", None)).scores["osteo"]
    ends = [scorer.score(encoded, ClinicalInputs(70, "F", bmi)).scores["osteo"].value for bmi in (19, 31)]
    assert score.low <= min(ends) + 1e-6
    assert score.high >= max(ends) - 1e-6
    assert score.low < score.high


def test_calibration_is_applied(weights_file: Path, image: Radiograph) -> None:
    loaded = weights.load(weights_file)
    calibrated = dataclasses.replace(
        loaded.metadata, calibration={"pvf": Calibration(2.0, -1.0), "osteo": Calibration()}
    )
    plain, changed = Scorer(loaded, "cpu"), Scorer(dataclasses.replace(loaded, metadata=calibrated), "cpu")
    before = plain.score(plain.encode(image), INPUTS).scores
    after = changed.score(changed.encode(image), INPUTS).scores
    logit = np.log(before["pvf"].value / (1 - before["pvf"].value))
    assert after["pvf"].value == pytest.approx(sigmoid(2 * logit - 1), abs=1e-5)
    assert after["osteo"] == before["osteo"]


def test_the_zones() -> None:
    points = OperatingPoints(0.3, 0.7, 0.9, 0.9)
    assert [points.zone(value) for value in (0.1, 0.3, 0.69, 0.7, 1.0)] == [
        "low", "indeterminate", "indeterminate", "high", "high",
    ]  # fmt: skip
    crossed = OperatingPoints(0.8, 0.6, 0.9, 0.9)
    assert [crossed.zone(value) for value in (0.5, 0.6, 0.7)] == ["low", "high", "high"]


def test_an_image_of_the_other_protocol_is_refused_unless_overruled(
    scorer: Scorer, image: Radiograph
) -> None:
    vfa = dataclasses.replace(image, protocol="vfa")
    with pytest.raises(ImageError, match=r"This is a DXA VFA image, but .* for a spine radiograph"):
        scorer.encode(vfa)
    assert scorer.encode(vfa, "radiograph").image_id == vfa.id
    with pytest.raises(ImageError):
        scorer.encode(image, "vfa")


def test_an_image_only_model_needs_no_inputs(tmp_path: Path, image: Radiograph) -> None:
    architecture = dataclasses.replace(TINY, clinical_hidden=())
    path = tmp_path / "image-only.safetensors"
    weights.save(path, FusionNet(architecture).state_dict(), metadata(architecture=architecture))
    scorer = Scorer(weights.load(path), "cpu")
    assert not scorer.needs_clinical
    result = scorer.score(scorer.encode(image), None)
    assert 0 < result.scores["pvf"].value < 1


def test_an_absent_device_is_named() -> None:
    assert choose_device("cpu").type == "cpu"
    if not torch.cuda.is_available():
        with pytest.raises(VerteError, match=r"'cuda' is not available here; there is .*cpu"):
            choose_device("cuda")
