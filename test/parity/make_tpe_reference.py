"""Makes tpe-reference.json, which parzen-estimator.spec.ts and split.spec.ts compare with: what Optuna's TPE makes of
given observations.

    pip install optuna && python3 test/parity/make_tpe_reference.py && npx prettier --write test/parity
"""

import json
from pathlib import Path

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator, _ParzenEstimatorParameters
from optuna.samplers._tpe.sampler import _split_trials, default_weights
from optuna.trial import TrialState, create_trial

optuna.logging.set_verbosity(optuna.logging.WARNING)
# Which of several equal observations counts as the first of them Optuna leaves to an unstable sort; here the oldest.
argsort = np.argsort
np.argsort = lambda values, **options: argsort(values, **{"kind": "stable", **options})

HERE = Path(__file__).parent
SETTINGS = _ParzenEstimatorParameters(1.0, True, False, default_weights, True)


def distribution_of(axis):
    if "choices" in axis:
        return CategoricalDistribution(list(range(axis["choices"])))
    kind = IntDistribution if axis["integer"] else FloatDistribution
    step = {} if axis["step"] is None or (axis["log"] and axis["integer"]) else {"step": axis["step"]}
    return kind(axis["low"], axis["high"], log=axis["log"], **step)


def number(low, high, log=False, step=None, integer=False):
    return {"low": low, "high": high, "log": log, "step": step, "integer": integer}


def estimator(name, axes, observed, points):
    """observed and points: a list of numbers for each axis."""
    space = {str(i): distribution_of(axis) for i, axis in enumerate(axes)}
    columns = {str(i): np.array(column, dtype=float) for i, column in enumerate(observed)}
    mixture = _ParzenEstimator(columns, space, SETTINGS)
    places = {str(i): np.array(column, dtype=float) for i, column in enumerate(points)}
    parts = mixture._mixture_distribution
    return {
        "name": name,
        "axes": axes,
        "observed": [list(map(float, column)) for column in observed],
        "weights": parts.weights.tolist(),
        "sigmas": [d.sigma.tolist() if hasattr(d, "sigma") else None for d in parts.distributions],
        "points": [list(map(float, column)) for column in points],
        "logDensities": mixture.log_pdf(places).tolist(),
    }


def drawn(rng, axis, count):
    if "choices" in axis:
        return rng.integers(axis["choices"], size=count)
    low, high = axis["low"], axis["high"]
    values = np.exp(rng.uniform(np.log(low), np.log(high), count)) if axis["log"] else rng.uniform(low, high, count)
    return values if axis["step"] is None else low + np.round((values - low) / axis["step"]) * axis["step"]


def estimators():
    rng = np.random.default_rng(1)
    yield estimator(
        "the four kinds",
        [number(1e-4, 1e-1, log=True), {"choices": 5}, number(0, 0.1), number(32, 512, step=32, integer=True)],
        [[1e-3, 1e-2, 3e-2], [0, 1, 1], [0, 0.05, 0.1], [64, 128, 512]],
        [[2e-3], [1], [0.02], [96]],
    )
    axes = [
        number(1e-5, 1, log=True),
        number(1, 100, log=True, step=1, integer=True),
        number(0.5, 2.5, step=0.25),
        number(-3, 7),
        {"choices": 3},
    ]
    for count in (0, 1, 2, 26, 60):
        columns = [drawn(rng, axis, count) for axis in axes]
        yield estimator(f"{count} observations", axes, columns, [drawn(rng, axis, 5) for axis in axes])
    far = [number(0, 1), number(0, 1000, step=1, integer=True)]
    yield estimator(
        "far from all observations",
        far,
        [1e-3 * rng.uniform(size=40), np.arange(40)],
        [[0.5, 1, 0], [1000, 500, 999]],
    )


def split(name, goals, trials):
    """trials: [state, epoch, objectives]."""
    study = optuna.create_study(directions=goals, sampler=optuna.samplers.RandomSampler(seed=1))
    states = {"complete": TrialState.COMPLETE, "stopped": TrialState.PRUNED, "running": TrialState.RUNNING}
    for state, epoch, values in trials:
        intermediate = {epoch: values[0]} if state == "stopped" else {}
        given = {"values": values} if state == "complete" else {}
        study.add_trial(create_trial(state=states[state], intermediate_values=intermediate, **given))
    known = sum(state != "running" for state, _, _ in trials)
    size = int(np.ceil(0.1 * known))
    below, above = _split_trials(study, study.get_trials(), size)
    return {
        "name": name,
        "trials": trials,
        "below": [trial.number + 1 for trial in below],
        "above": [trial.number + 1 for trial in above],
    }


def splits():
    rng = np.random.default_rng(2)

    def complete(count, objectives):
        return [["complete", 9, rng.uniform(size=objectives).tolist()] for _ in range(count)]

    def front(count, objectives):
        points = np.abs(rng.normal(size=(count, objectives)))
        return [["complete", 9, (-row / np.linalg.norm(row)).tolist()] for row in points]

    stopped = [["stopped", int(rng.integers(1, 4)), rng.uniform(size=1).tolist()] for _ in range(40)]
    running = [["running", 0, None] for _ in range(3)]
    yield split("one objective", ["minimize"], complete(47, 1) + running)
    yield split("most of them stopped", ["minimize"], complete(2, 1) + stopped + running)
    yield split("two objectives", ["minimize"] * 2, complete(60, 2) + running)
    yield split("two objectives, one front", ["minimize"] * 2, front(80, 2))
    yield split("three objectives", ["minimize"] * 3, complete(120, 3))
    yield split("three objectives, one front", ["minimize"] * 3, front(60, 3))


reference = {"optuna": optuna.__version__, "estimators": list(estimators()), "splits": list(splits())}
(HERE / "tpe-reference.json").write_text(json.dumps(reference))
