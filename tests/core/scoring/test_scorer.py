from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import torch
from builders import TINY, metadata, tiny_model
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from verte_core import preprocess
from verte_core.clinical import ClinicalInputs
from verte_core.devices import choose_device
from verte_core.errors import ImageError, VerteError, WeightsError
from verte_core.network import saving, weights
from verte_core.network.engines import UnfaithfulError
from verte_core.network.fusion_net import FusionNet
from verte_core.network.head import Head
from verte_core.network.metadata import Calibration
from verte_core.reading import radiograph
from verte_core.reading.radiograph import Radiograph
from verte_core.results import TASKS, OperatingPoints, sigmoid
from verte_core.scoring import scorer as scorer_module
from verte_core.scoring.grad_cam import grad_cam
from verte_core.scoring.member import Member
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


def test_both_scores_and_heatmaps_cost_one_forward(
    scorer: Scorer, image: Radiograph, monkeypatch: pytest.MonkeyPatch
) -> None:
    (member,) = scorer.members
    calls, encode = [], member._encoder.encode
    monkeypatch.setattr(
        member._encoder, "encode", lambda images, beside: (calls.append(len(images)), encode(images))[1]
    )
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
    features = model.encode(picture).detach().numpy()
    head = Head(TINY, {name: tensor.numpy() for name, tensor in model.state_dict().items()})
    ours = grad_cam(head.cell_contributions(features[0], task), (256, 128))
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
    saving.save(path, FusionNet(architecture).state_dict(), metadata(architecture=architecture))
    scorer = Scorer(weights.load(path), "cpu")
    assert not scorer.needs_clinical
    result = scorer.score(scorer.encode(image), None)
    assert 0 < result.scores["pvf"].value < 1


def test_an_absent_device_is_named() -> None:
    assert choose_device("cpu") == "cpu"
    if not torch.cuda.is_available():
        with pytest.raises(VerteError, match=r"'cuda' is not available here; there is .*cpu"):
            choose_device("cuda")


def teaching(path: Path, tasks: tuple[str, ...]) -> Path:
    """Weights of which the outputs that are no score have a head of their own."""
    torch.manual_seed(5)
    architecture = dataclasses.replace(TINY, tasks=tasks)
    points = {task: OperatingPoints(0.4, 0.6, 0.9, 0.9) for task in tasks}
    calibration = {task: Calibration() for task in tasks}
    described = metadata(architecture=architecture, operating_points=points, calibration=calibration)
    saving.save(path, FusionNet(architecture).state_dict(), described)
    return path


@pytest.mark.parametrize(
    "tasks",
    [("density", "pvf", "osteo"), ("osteo", "density", "pvf"), ("pvf", "grade", "density"), ("osteo", "pvf")],
    ids=", ".join,
)
def test_an_output_that_only_teaches_is_no_score(
    tmp_path: Path, image: Radiograph, tasks: tuple[str, ...]
) -> None:
    file = weights.load(teaching(tmp_path / "a.safetensors", tasks))
    scored = tuple(task for task in tasks if task in TASKS)
    for scorer in (Scorer(file, "cpu"), Scorer([file, weights.load(both(tmp_path))], "cpu")):
        encoded = scorer.encode(image)
        scores = scorer.score(encoded, INPUTS).scores
        assert scorer.tasks[: len(scored)] == scored and tuple(scores) == scorer.tasks
        assert set(scorer.tasks) <= TASKS.keys()
    alone = Scorer(file, "cpu")
    encoded = alone.encode(image)
    logits = file.build()(
        torch.from_numpy(encoded.image)[None, None], torch.tensor([[(70 - 65) / 11, 1.0, 0.0]])
    )[0]
    for task, score in alone.score(encoded, INPUTS).scores.items():
        assert score.value == pytest.approx(sigmoid(logits[tasks.index(task)].item()), abs=1e-5)
        (features,) = encoded.features
        cells = file.build().cell_contributions(torch.from_numpy(features))[0, tasks.index(task)]
        ours = grad_cam(cells.detach().numpy(), (1024, 512))
        assert np.abs(alone.explain(encoded, INPUTS, task) - ours).max() < 1e-4


def both(folder: Path) -> Path:
    path = folder / "both.safetensors"
    saving.save(path, tiny_model(1).state_dict(), metadata())
    return path


@pytest.mark.parametrize("tasks", [("density",), ("density", "grade")])
def test_weights_without_a_score_are_refused(tmp_path: Path, tasks: tuple[str, ...]) -> None:
    file = weights.load(teaching(tmp_path / "a.safetensors", tasks))
    says = rf"The weights tiny give no score: their outputs \({', '.join(tasks)}\) are none of pvf, osteo\."
    for given in (file, [weights.load(both(tmp_path)), file]):
        with pytest.raises(WeightsError, match=says):
            Scorer(given, "cpu")


LEFT = {
    MemoryError("CUDA out of memory."): "The memory of the GPU does not suffice; the CPU goes on.",
    UnfaithfulError("The features differ by 1"): "The features differ by 1; the CPU goes on.",
}


@pytest.mark.parametrize("error", LEFT, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("files", [1, 2])
def test_what_a_gpu_can_not_do_is_done_on_the_cpu(
    tmp_path: Path,
    weights_file: Path,
    image: Radiograph,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    files: int,
) -> None:
    paths = [weights_file, both(tmp_path)][:files]
    scorer = Scorer([weights.load(path) for path in paths], "cpu")

    def all_steps() -> tuple[dict[str, float], npt.NDArray[np.float32]]:
        encoded = scorer.encode(image)
        scores = scorer.score(encoded, INPUTS).scores
        return {task: score.value for task, score in scores.items()}, scorer.explain(encoded, INPUTS, "pvf")

    scores, heatmap = all_steps()
    original, on_gpu = Member.encode, scorer.members

    def full(member: Member, *given: object) -> object:
        if member in on_gpu:
            raise error
        return original(member, *given)

    monkeypatch.setattr(Member, "encode", full)
    scorer.device = "cuda"
    assert not scorer.left_gpu
    again, map_again = all_steps()
    assert again == pytest.approx(scores, abs=1e-6) and np.abs(map_again - heatmap).max() < 1e-5
    assert scorer.left_gpu and scorer.device == "cpu"
    assert caplog.messages == [LEFT[error]] == [scorer.left_gpu]
    # There is nowhere else to go.
    on_gpu, error = scorer.members, MemoryError()
    with pytest.raises(ImageError, match="not enough memory for this image") as caught:
        all_steps()
    assert caught.value.kind == "not enough memory" and len(caplog.messages) == 1


@pytest.mark.parametrize("files", [1, 2])
def test_weights_that_a_full_gpu_has_no_room_for_score_on_the_cpu(
    tmp_path: Path,
    weights_file: Path,
    image: Radiograph,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    files: int,
) -> None:
    """Seen on a GPU that another program had filled."""
    given = [weights.load(path) for path in [weights_file, both(tmp_path)][:files]]
    expected = Scorer(given, "cpu")
    full = {"cuda"}

    def member(loaded: weights.Weights, device: str) -> Member:
        if device in full:
            raise MemoryError
        return Member(loaded, device)

    monkeypatch.setattr(scorer_module, "Member", member)
    monkeypatch.setattr(scorer_module, "choose_device", lambda name: name)
    made = Scorer(given, "cuda")
    assert made.left_gpu and made.device == "cpu" and made.weights_ids == expected.weights_ids
    assert caplog.messages == ["The memory of the GPU does not suffice; the CPU goes on."]
    score = made.score(made.encode(image), INPUTS).scores["pvf"].value
    assert score == pytest.approx(
        expected.score(expected.encode(image), INPUTS).scores["pvf"].value, abs=1e-6
    )
    full.add("cpu")
    with pytest.raises(VerteError, match="not enough memory for the weights"):
        Scorer(given, "cuda")


def test_threads_that_run_out_of_memory_together_leave_the_gpu_once(
    weights_file: Path, image: Radiograph, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scorer = Scorer(weights.load(weights_file), "cpu")
    prepared, together = scorer.prepare(image), Barrier(4, timeout=60)
    original, on_gpu, moved = Member.encode, scorer.members, []
    on_cpu = Member.on_cpu

    def full(member: Member, *given: Any) -> npt.NDArray[np.float32]:
        if member in on_gpu:
            together.wait()
            raise MemoryError("CUDA out of memory.")
        return original(member, *given)

    monkeypatch.setattr(Member, "encode", full)
    monkeypatch.setattr(Member, "on_cpu", lambda member: moved.append(member) or on_cpu(member))
    scorer.device = "cuda"
    with ThreadPoolExecutor(4) as pool:
        encoded = list(pool.map(lambda _: scorer.encode_all([prepared])[0], range(4)))
    assert all(np.array_equal(each.features[0], encoded[0].features[0]) for each in encoded)
    assert tuple(moved) == on_gpu and len(caplog.messages) == 1


def test_other_errors_are_no_reason_to_leave_the_gpu(
    weights_file: Path, image: Radiograph, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = Scorer(weights.load(weights_file), "cpu")

    def faulty(member: Member, *given: Any) -> npt.NDArray[np.float32]:
        raise RuntimeError("a fault of the program")

    monkeypatch.setattr(Member, "encode", faulty)
    scorer.device = "cuda"
    with pytest.raises(RuntimeError, match="a fault of the program"):
        scorer.encode(image)
    assert not scorer.left_gpu


def test_an_image_too_large_to_be_prepared_is_refused(
    scorer: Scorer, image: Radiograph, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(preprocess, "prepare", full)
    with pytest.raises(ImageError, match="not enough memory for this image"):
        scorer.encode(image)
