"""A smooth warp of the plane through given points."""

from __future__ import annotations

import numpy as np

from train.simulator.anatomy import Points


class ThinPlateSpline:
    """Thin-plate spline from points (N, 2) of the image to where they came from (N, 2), mm.

    Bookstein, IEEE Trans Pattern Anal Mach Intell 1989;11:567.
    """

    def __init__(self, image: Points, source: Points) -> None:
        n = len(image)
        self.image = image
        system = np.zeros((n + 3, n + 3))
        system[:n, :n] = self._kernel(image)
        system[:n, n:] = np.hstack([np.ones((n, 1)), image / 100])
        system[n:, :n] = system[:n, n:].T
        self.weights = np.linalg.solve(system, np.vstack([source, np.zeros((3, 2))]))

    def _kernel(self, at: Points) -> np.ndarray:
        x, y = at.T[:, :, None] - self.image.T[:, None]
        squared = (x * x + y * y) / 1e4
        kernel: np.ndarray = squared * np.log(squared + 1e-12)
        return kernel

    def __call__(self, at: Points) -> Points:
        """Source points (M, 2), mm, of image points (M, 2)."""
        source: Points = (
            self._kernel(at) @ self.weights[:-3]
            + np.hstack([np.ones((len(at), 1)), at / 100]) @ self.weights[-3:]
        )
        return source
