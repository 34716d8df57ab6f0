"""Makes gp-reference.json, which the tests of libs/search compare with: the normal distribution and log expected
improvement with 40 digits, and a Gaussian process written down from its definition.

    pip install numpy mpmath && python3 test/parity/make_gp_reference.py && npx prettier --write test/parity
"""

import json
from pathlib import Path

import numpy as np
from mpmath import erfc, exp, log, mp, mpf, pi, sqrt

HERE = Path(__file__).parent
mp.dps = 40


def cdf(z):
    return erfc(-mpf(z) / sqrt(2)) / 2


def pdf(z):
    return exp(-mpf(z) ** 2 / 2) / sqrt(2 * pi)


def log_h(z):
    mp.dps = 80  # The two terms cancel all but 1 / z^2 of their digits.
    value = log(pdf(z) + mpf(z) * cdf(z))
    mp.dps = 40
    return value


POINTS = [-40, -12.5, -6, -3, -1.5, -1, -0.5, 0, 0.3, 1, 2, 5, 9]
PAIRS = [[-3, -2], [-1, 2], [-0.25, 0.5], [1, 1.5], [5, 6], [20, 21], [-40, -39], [-8, 9]]
TAIL = [-1e8, -1e4, -1000, -101, -99, -38, -25, -8, -2, -1.001, -0.999, -0.2, 0, 1, 4, 20]

normal = {
    "logCdf": [[z, float(log(cdf(z)))] for z in POINTS],
    "logCdfDifference": [
        [a, b, float(log(cdf(b) - cdf(a) if b <= 0 else cdf(-a) - cdf(-b)))] for a, b in PAIRS
    ],
    "logH": [[z, float(log_h(z))] for z in TAIL if z > -1e5]
    # Beyond, the leading terms of the asymptotic series hold all digits.
    + [[z, float(-mpf(z) ** 2 / 2 - log(2 * pi) / 2 - 2 * log(-mpf(z)))] for z in TAIL if z < -1e5],
}

# The third coordinate is a category.
X = np.array([[0.1, 0.4, 0], [0.35, 0.9, 1], [0.6, 0.2, 0], [0.8, 0.75, 2], [0.95, 0.05, 1], [0.35, 0.88, 1]])
Y = np.array([0.3, -1.2, 0.9, 1.4, -0.6, -1.1])
AT = np.array([[0.2, 0.5, 0], [0.7, 0.7, 1], [0.35, 0.9, 1], [0.5, 0.5, 2]])
WEIGHTS = np.array([4.0, 0.7, 0.3])
SCALE = 1.3
NOISE = 0.02


def kernel(a, b):
    difference = a[:, None, :] - b[None, :, :]
    squares = difference**2
    squares[..., 2] = difference[..., 2] != 0
    s = np.sqrt(5 * squares @ WEIGHTS)
    return SCALE * (1 + s + s**2 / 3) * np.exp(-s)


covariance = kernel(X, X) + NOISE * np.eye(len(X))
cross = kernel(AT, X)
inverse = np.linalg.inv(covariance)
sign, log_determinant = np.linalg.slogdet(covariance)
log_prior = (
    -(0.1 / WEIGHTS + 0.1 * WEIGHTS).sum()
    + (np.log(SCALE) - SCALE)
    + (0.1 * np.log(NOISE) - 30 * NOISE)
)

process = {
    "points": X.tolist(),
    "values": Y.tolist(),
    "weights": WEIGHTS.tolist(),
    "scale": SCALE,
    "noise": NOISE,
    "at": AT.tolist(),
    "mean": (cross @ inverse @ Y).tolist(),
    "variance": (SCALE - np.einsum("ij,jk,ik->i", cross, inverse, cross)).tolist(),
    # Of the marginal likelihood without n / 2 ln(2 pi), times the prior without its constant.
    "negativeLogPosterior": float(0.5 * log_determinant + 0.5 * Y @ inverse @ Y - log_prior),
}

reference = {"numpy": np.__version__, "normal": normal, "process": process}
(HERE / "gp-reference.json").write_text(json.dumps(reference))
