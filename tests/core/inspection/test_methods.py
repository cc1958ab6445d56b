"""The maps are those of the grad-cam library on a whole network, and they agree where they must."""

import numpy as np
import pytest
import torch
from pytorch_grad_cam import EigenCAM, GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM, XGradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from verte_core import extras
from verte_core.errors import VerteError
from verte_core.inspection import methods

THEIRS = {
    "grad-cam": GradCAM,
    "hirescam": HiResCAM,
    "grad-cam++": GradCAMPlusPlus,
    "layercam": LayerCAM,
    "xgradcam": XGradCAM,
}


class Pooled(torch.nn.Module):
    """What every network here is behind its encoder: a linear function of the pooled features."""

    def __init__(self, by_channel: np.ndarray) -> None:
        super().__init__()
        self.cells = torch.nn.Identity()
        self.weight = torch.nn.Parameter(torch.from_numpy(by_channel)[:, None])

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.cells(features).mean((2, 3)) @ self.weight


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = np.maximum(rng.normal(size=(1, 40, 8, 6)), 0).astype(np.float32)
    features[0, :, 3, 2] += 2
    return features, rng.normal(size=40).astype(np.float32)


@pytest.mark.parametrize("name", THEIRS)
@pytest.mark.parametrize("seed", range(3))
def test_a_map_is_the_library_s_own(name: str, seed: int) -> None:
    features, by_channel = drawn(seed)
    network = Pooled(by_channel)
    with THEIRS[name](network, [network.cells]) as cam:
        theirs = cam(torch.from_numpy(features).requires_grad_(), [ClassifierOutputTarget(0)])[0]
    ours = methods.library_maps(features, by_channel)[name].cells
    np.testing.assert_allclose(ours, theirs / max(theirs.max(), 1e-12), atol=2e-3)


@pytest.mark.parametrize("seed", range(3))
def test_eigen_cam_finds_the_library_s_direction(seed: int) -> None:
    features, by_channel = drawn(seed)
    network = Pooled(by_channel)
    cam = EigenCAM(network, [network.cells])
    theirs = cam.get_cam_image(None, None, None, features, None, False)[0]
    ours = methods._eigen(features)
    assert abs(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1]) == pytest.approx(1, abs=1e-5)
    # High where the features are strong.
    assert np.corrcoef(ours.ravel(), features[0].sum(axis=0).ravel())[0, 1] > 0


def test_agreement() -> None:
    features, by_channel = drawn(0)
    maps = methods.library_maps(features, by_channel)
    assert list(maps) == list(methods.LIBRARY)
    for same in ("grad-cam", "hirescam", "xgradcam"):
        assert maps[same].agreement == pytest.approx(1, abs=1e-6)
    other = maps["eigen-cam"].agreement
    assert other is not None and other < 0.99
    assert methods.agreement(np.zeros((2, 2), np.float32), maps["grad-cam"].cells[:2, :2]) is None


def test_nothing_raised_the_score() -> None:
    features, _ = drawn(0)
    maps = methods.library_maps(features, np.full(40, -1, np.float32))
    assert not maps["grad-cam"].cells.any() and maps["grad-cam"].agreement is None


def test_without_the_extra_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    methods._makers.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "pytorch_grad_cam", None)
    features, by_channel = drawn(0)
    with pytest.raises(VerteError, match=r"pip install 'verte-desktop\[inspect\]'"):
        methods.library_maps(features, by_channel)
    monkeypatch.undo()
    methods._makers.cache_clear()


def test_a_fault_of_an_extra_s_own_is_none_of_a_missing_package() -> None:
    with pytest.raises(ModuleNotFoundError), extras.needed(extras.INSPECT):
        raise ModuleNotFoundError("No module named 'ours'", name="verte_core.ours")
