from __future__ import annotations

import dataclasses
from typing import get_args

import torch
from builders import TINY
from torch import nn

from verte_core.network.architecture import Architecture, Backbone
from verte_core.network.fusion_net import FusionNet


def test_the_published_default() -> None:
    with torch.device("meta"):
        model = FusionNet(Architecture(tasks=("pvf", "osteo")))
        logits = model.eval()(torch.rand(1, 1, 1024, 512), torch.rand(1, 3))
    assert model.backbone.num_features == 1792  # EfficientNet-B4
    assert logits.shape == (1, 2)
    kinds = [type(layer) for layer in model.clinical_branch or ()]
    assert kinds == [nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Dropout] * 2
    assert [type(layer) for layer in model.head] == [nn.Linear, nn.Linear]
    assert model.head[0].out_features == 100


def test_every_backbone_can_be_built_and_gives_a_map_of_32nds() -> None:
    for backbone in get_args(Backbone):
        with torch.device("meta"):
            model = FusionNet(dataclasses.replace(TINY, backbone=backbone))
        assert model.backbone.feature_info[-1]["reduction"] == 32, backbone


def test_the_network_splits_into_encode_and_classify() -> None:
    model = FusionNet(TINY).eval()
    image, clinical = torch.rand(2, 1, 128, 64), torch.randn(2, 3)
    features = model.encode(image)
    assert features.ndim == 4
    assert torch.equal(model.classify(features, clinical), model(image, clinical))


def test_shares_are_what_the_cells_add() -> None:
    model = FusionNet(TINY).eval()
    features, clinical = model.encode(torch.rand(3, 1, 128, 64)), torch.randn(3, 3)
    cells = model.cell_contributions(features)
    assert cells.shape == (3, len(TINY.tasks), 4, 2)
    added = model.classify(features, clinical) - model.classify(torch.zeros_like(features), clinical)
    assert torch.allclose(cells.sum((2, 3)), added, atol=1e-5)


def test_an_image_only_model_ignores_the_clinical_variables() -> None:
    model = FusionNet(dataclasses.replace(TINY, clinical_hidden=(), tasks=("pvf",))).eval()
    image = torch.rand(1, 1, 128, 64)
    assert torch.equal(model(image, torch.zeros(1, 3)), model(image, torch.ones(1, 3)))


def test_a_fusion_model_heeds_them() -> None:
    model = FusionNet(TINY).eval()
    image = torch.rand(1, 1, 128, 64)
    assert not torch.equal(model(image, torch.zeros(1, 3)), model(image, torch.ones(1, 3)))
