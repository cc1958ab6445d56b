"""The network whose speed is measured."""

from __future__ import annotations

import dataclasses

from verte_core.network.architecture import Architecture
from verte_core.network.fusion_net import FusionNet
from verte_core.network.weights import Weights


def published(shipped: Weights) -> Weights:
    """The published network with random weights; how fast it is does not depend on what it learned."""
    architecture = Architecture(tasks=shipped.metadata.architecture.tasks)
    metadata = dataclasses.replace(shipped.metadata, architecture=architecture)
    arrays = {name: tensor.numpy() for name, tensor in FusionNet(architecture).state_dict().items()}
    return Weights("random", metadata, arrays, shipped.graph, gate_arrays=shipped.gate_arrays)
