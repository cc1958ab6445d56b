from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from builders import box, metadata, tiny_model
from scipy.stats import spearmanr

from train.evaluation.figures.pointing_game import peak_of
from train.evaluation.people.heatmap_facts import DRAWS, HeatmapFacts, measure, shuffled
from train.examples.patches import Outline
from verte_core.clinical import ClinicalInputs
from verte_core.network import saving, weights
from verte_core.network.weights import Weights
from verte_core.preprocess import DEFAULT, placement_of
from verte_core.scoring import grad_cam
from verte_core.scoring.scorer import Encoded, Prepared, Scorer

INPUTS = ClinicalInputs(70.0, "F", 24.0)


def files(folder: Path, count: int) -> list[Weights]:
    paths = [folder / f"{seed}.safetensors" for seed in range(count)]
    for seed, path in enumerate(paths):
        saving.save(path, tiny_model(seed).state_dict(), metadata())
    return [weights.load(path) for path in paths]


def scorer_and_image(members: list[Weights]) -> tuple[Scorer, Encoded]:
    scorer = Scorer(members, "cpu")
    image = np.random.default_rng(1).uniform(size=(1024, 512)).astype(np.float32)
    return scorer, scorer.encode_all([Prepared("image", image, placement_of((1024, 512), DEFAULT["vfa"]))])[0]


@pytest.mark.usefixtures("one_thread")
def test_energy_and_area(tmp_path: Path) -> None:
    members = files(tmp_path, 1)
    scorer, encoded = scorer_and_image(members)
    heatmap = scorer.explain(encoded, INPUTS, "pvf").astype(float)
    outlines = [box(300, 250, 2, 100), box(500, 250, 0, 60)]
    facts = measure(scorer, encoded, INPUTS, outlines)
    assert facts.peak == peak_of(heatmap.astype(np.float32))
    assert facts.shuffled == ()
    # OpenCV fills the pixels on the outline as well: 101 and 61 of them, to 100 and 60.
    assert facts.area_fractured == pytest.approx(100**2 / 2**19, rel=0.03)
    assert facts.area_bodies == pytest.approx((100**2 + 60**2) / 2**19, rel=0.03)
    fractured, other = heatmap[250:350, 200:300].sum(), heatmap[470:530, 220:280].sum()
    assert facts.energy_fractured == pytest.approx(fractured / heatmap.sum(), rel=0.03)
    assert facts.energy_bodies == pytest.approx((fractured + other) / heatmap.sum(), rel=0.03)

    everywhere = Outline(np.array([[0, 0], [0, 512], [1024, 512], [1024, 0]], float), 1, {})
    whole = measure(scorer, encoded, INPUTS, [everywhere])
    assert (whole.energy_fractured, whole.area_bodies) == (1.0, 1.0)
    none = measure(scorer, encoded, INPUTS, [box(500, 250, 0)])
    assert (none.energy_fractured, none.area_fractured) == (0.0, 0.0)
    assert measure(scorer, encoded, INPUTS, None) == HeatmapFacts(facts.peak)

    dark = dataclasses.replace(encoded, features=tuple(np.zeros_like(each) for each in encoded.features))
    flat = measure(scorer, dark, INPUTS, outlines, shuffled(members))
    assert (flat.peak, flat.energy_bodies, flat.shuffled) == (None, None, ())
    assert flat.area_bodies == facts.area_bodies


@pytest.mark.usefixtures("one_thread")
def test_the_map_is_compared_with_those_of_shuffled_weights(tmp_path: Path) -> None:
    members = files(tmp_path, 2)
    scorer, encoded = scorer_and_image(members)
    networks = shuffled(members)
    clinical = torch.zeros(1, 3)
    likenesses = []
    for (own, twins), features in zip(networks, encoded.features, strict=True):
        for name, tensor in own.state_dict().items():
            assert torch.equal(tensor, members[len(likenesses)].build().state_dict()[name])
            other = twins[0].state_dict()[name]
            if name.startswith("backbone."):
                assert torch.equal(tensor, other)
            elif other.dim() >= 2:  # a vector that is constant, or very short, may look the same shuffled
                assert not torch.equal(tensor, other)
            assert torch.equal(tensor.flatten().sort().values, other.flatten().sort().values)
        assert not torch.equal(twins[0].image_head.weight, twins[1].image_head.weight)
        maps = []
        for network in (own, twins[0]):
            watched = torch.from_numpy(features).requires_grad_(True)
            (gradient,) = torch.autograd.grad(network.classify(watched, clinical)[0, 0], watched)
            maps.append((gradient.mean(dim=(2, 3), keepdim=True) * watched).sum(dim=1).detach().numpy())
        cells = own.cell_contributions(torch.from_numpy(features))[0, 0].detach().numpy()
        shown = grad_cam.grad_cam(cells, cells.shape)
        assert maps[0].clip(0)[0] / maps[0].max() == pytest.approx(shown, abs=1e-4)
        likenesses.append(spearmanr(*(abs(each).ravel() for each in maps)).statistic)
    both = measure(scorer, encoded, INPUTS, None, networks).shuffled
    assert len(both) == DRAWS
    assert both[0] == pytest.approx(np.mean(likenesses), abs=1e-3)
    assert min(both) < 0.95
    itself = [(own, (own,)) for own, _ in networks]
    assert measure(scorer, encoded, INPUTS, None, itself).shuffled == pytest.approx((1,))
