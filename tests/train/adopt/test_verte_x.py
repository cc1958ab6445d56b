"""The authors' checkpoints: our network gives what theirs gives."""

from pathlib import Path
from typing import Any

import pytest
import torch
from efficientnet_pytorch import EfficientNet
from torch import Tensor, nn

from train.adopt.verte_x import Answers, adopt
from verte_core.clinical import ClinicalInputs
from verte_core.errors import DataError
from verte_core.network.weights import load


class Theirs(nn.Module):
    """The published network in the names of its implementation."""

    def __init__(self, image_features: int, clinical: tuple[int, int] | None) -> None:
        super().__init__()
        self.model = EfficientNet.from_name("efficientnet-b4")
        self.model._fc = nn.Linear(self.model._fc.in_features, image_features)
        layers: list[nn.Module] = []
        width = 3
        for hidden in clinical or ():
            layers += [nn.Linear(width, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Dropout(0.2)]
            width = hidden
        self.clinical = nn.Sequential(*layers) if clinical else None
        self.fclayer1 = nn.Linear(image_features + (width if clinical else 0), 100)
        self.fclayer2 = nn.Linear(100, 1)

    def forward(self, image: Tensor, clinical: Tensor) -> Tensor:
        features = self.model(image.repeat(1, 3, 1, 1))
        if self.clinical is not None:
            features = torch.cat([features, self.clinical(clinical)], 1)
        return self.fclayer2(self.fclayer1(features))


def theirs(clinical: tuple[int, int] | None) -> Theirs:
    """Random weights, amplified so that a wrong padding shows."""
    torch.manual_seed(0)
    model = Theirs(24, clinical).train()
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Conv2d):
                module.weight *= 1.4
            if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
                module.momentum = 0.6  # else what a fresh network gives vanishes on its way
        persons = torch.randn(4, 3) * torch.tensor([10, 0.5, 3]) + torch.tensor([65, 0.5, 24.0])
        for _ in range(4):
            model(torch.rand(4, 1, 256, 128), persons)
    return model.eval()


FUSION = {"sex": "F=0,M=1", "age": (0.0, 1.0), "bmi": (20.0, 2.0), "bmi_range": (19.0, 31.0)}


@pytest.mark.parametrize("clinical", [(16, 8), None])
@pytest.mark.parametrize("nested", [True, False])
def test_scores_are_theirs(tmp_path: Path, clinical: tuple[int, int] | None, nested: bool) -> None:
    model = theirs(clinical)
    state = {f"module.{name}": tensor for name, tensor in model.state_dict().items()}
    torch.save({"epoch": 7, "state_dict": state} if nested else state, tmp_path / "theirs.pth")
    asked: dict[str, Any] = FUSION if clinical else {}
    said = adopt(tmp_path / "theirs.pth", tmp_path / "w", Answers("pvf", "radiograph", "0.7", **asked))
    assert "pVF-score" in said
    weights = load(tmp_path / "w")
    assert weights.metadata.architecture.padding_of == "380"
    assert weights.metadata.architecture.image_features == 24
    assert weights.metadata.architecture.clinical_hidden == (clinical or ())
    person = ClinicalInputs(71.0, "M", 27.5)
    ours = weights.build()
    given = torch.tensor([weights.metadata.clinical_statistics.standardize(person)])
    image = torch.rand(1, 1, 1024, 512)
    with torch.no_grad():
        expected = model(image, torch.tensor([[71.0, 1.0, 3.75]]))
        assert ours(image, given).item() == pytest.approx(expected.item(), abs=2e-3, rel=2e-3)


def test_the_release_decides_the_padding(tmp_path: Path) -> None:
    model = theirs(None)
    torch.save(model.state_dict(), tmp_path / "theirs.pth")
    image = torch.rand(1, 1, 1024, 512)
    maps = []
    for release in ("0.6", "0.7"):
        adopt(tmp_path / "theirs.pth", tmp_path / release, Answers("osteo", "vfa", release))  # type: ignore[arg-type]
        with torch.no_grad():
            maps.append(load(tmp_path / release).build().encode(image))
    with torch.no_grad():
        wanted = model.model.extract_features(image.repeat(1, 3, 1, 1))
    wrong, right = ((each - wanted).abs().max().item() for each in maps)
    assert right < 0.01 * wanted.abs().max().item()
    assert wrong > 10 * right


def test_what_a_checkpoint_does_not_say_is_asked_for(tmp_path: Path) -> None:
    torch.save(theirs((16, 8)).state_dict(), tmp_path / "theirs.pth")
    with pytest.raises(DataError, match=r"say how sex was coded \(--sex-coding\), how age was scaled"):
        adopt(tmp_path / "theirs.pth", tmp_path / "w", Answers("pvf", "radiograph", "0.7"))


def test_other_checkpoints_are_refused_and_nothing_of_them_runs(tmp_path: Path) -> None:
    answers = Answers("pvf", "radiograph", "0.7")
    state = theirs(None).state_dict()
    without = {name: tensor for name, tensor in state.items() if "_blocks.5._bn0" not in name}
    cases: list[tuple[Any, str]] = [
        ({"weird": torch.zeros(3)}, "The tensor weird has no place"),
        (without, r"tensors are missing \(backbone\.blocks\.1\.3"),
        (state | {"model._blocks.40._bn0.weight": torch.zeros(2)}, "has no place in EfficientNet-B4"),
        ({"notes": "none"}, "holds no state dict"),
        (nn.Linear(2, 2), "can't be read as bare tensors"),
    ]
    for number, (content, says) in enumerate(cases):
        path = tmp_path / f"{number}.pth"
        torch.save(content, path)
        with pytest.raises(DataError, match=says):
            adopt(path, tmp_path / "w", answers)
    with pytest.raises(DataError, match="is not there"):
        adopt(tmp_path / "gone.pth", tmp_path / "w", answers)
    assert not (tmp_path / "w").exists()
