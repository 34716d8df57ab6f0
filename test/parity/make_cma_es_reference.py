"""Makes cma-es-reference.json, which the tests of libs/search compare with: the distributions that the cmaes package
makes of the same points, generation by generation.

    pip install cmaes numpy && python3 test/parity/make_cma_es_reference.py && npx prettier --write test/parity
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from cmaes import CMA

HERE = Path(__file__).parent


def run(dimension, population, generations, seed):
    cma = CMA(mean=np.full(dimension, 0.5), sigma=1 / 6, seed=seed, population_size=population)
    steps = []
    for _ in range(generations):
        points = [cma.ask() for _ in range(cma.population_size)]
        # A bent and rotated bowl, so that no axis is like another.
        losses = [
            float(sum((i + 1) ** 3 * (x[i] - 0.3 + 0.5 * x[i - 1]) ** 2 for i in range(dimension))) for x in points
        ]
        cma.tell(list(zip(points, losses)))
        steps.append(
            {
                "points": [x.tolist() for x in points],
                "losses": losses,
                "mean": cma._mean.tolist(),
                "sigma": float(cma._sigma),
                "covariance": cma._C.tolist(),
                "pathSigma": cma._p_sigma.tolist(),
                "pathC": cma._pc.tolist(),
            }
        )
    return {"dimension": dimension, "population": cma.population_size, "steps": steps}


runs = [run(1, None, 3, 1), run(3, None, 6, 2), run(5, 12, 4, 3)]
(HERE / "cma-es-reference.json").write_text(json.dumps({"cmaes": version("cmaes"), "runs": runs}))
