"""Random effects on the log odds ratio with a prior on tau, by numerical integration.

Model: events of both arms binomial, a baseline of its own for each trial with a flat prior on the log odds, log odds
ratios of trials normal around their mean with standard deviation tau (Smith, Spiegelhalter, Thomas, Stat Med
1995;14:2685). The mean has a normal prior with mean 0 and standard deviation 4 (`PRIOR_SD`).

Priors of tau, both on the log odds ratio: half-normal with scale 0.5 (Friede, Roever, Wandel, Neuenschwander, Res
Synth Methods 2017;8:79); log-normal for tau-squared by kind of outcome and comparator (Turner, Jackson, Wei,
Thompson, Higgins, Stat Med 2015;34:984, table IV; the numbers read from R's bayesmeta, which cites that table).
Rhodes 2015 is for standardised mean differences and not used.

Baselines are integrated out trial by trial, which leaves one curve of the log odds ratio a trial; tau turns it into
a curve of the mean by a normal convolution, done by Fourier transforms on an even grid; the posterior of mean and tau
follows on the grid of both. Nothing is drawn at random. A trial without events, or with nothing but events, has a
flat curve under a flat baseline: it carries nothing. Estimates are posterior medians, bounds 2.5% and 97.5%
quantiles.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq
from scipy.interpolate import CubicSpline

from pipeline.statistics.arguments import Floats
from pipeline.statistics.codes import Note, Reason
from pipeline.statistics.solved import Solved
from pipeline.statistics.trial_tables import Trials

PRIOR_SD = 4.0
HALF_NORMAL = 0.5
TURNER = {
    ("adverse_event", "placebo"): (-1.87, 1.52),
    ("adverse_event", "pharmacological"): (-2.10, 1.58),
    ("withdrawal", "placebo"): (-2.99, 1.74),
    ("withdrawal", "pharmacological"): (-3.23, 1.79),
}
"""Mean and standard deviation of the log of tau-squared, by kind of outcome and of comparator."""
KINDS = {
    "placebo": "placebo",
    "no_treatment": "placebo",
    "active_placebo": "pharmacological",
    "active": "pharmacological",
}
"""Turner's kind of comparator ("placebo / control" or pharmacological) for the comparators of trials."""
END = 20.0  # of the grid of log odds ratios: five standard deviations of the prior of the mean
COARSEST, HALVINGS = 0.2, 4  # step of the grid, and how often it may be halved
FINENESS = 0.4  # step, in standard deviations of the mean were there one effect
SIDE_NODES = np.polynomial.legendre.leggauss(32)
DROP = 30.0  # of the log-likelihood of a baseline, where its tail is left out
FLOOR = 1e-17  # of a curve whose top is 1: the rounding of its transform
TAU_NODES = 28
TAU_TOP = 4.4  # standard deviations of the prior of tau, or of its logarithm, that are integrated over


@dataclass(frozen=True)
class TauPrior:
    """Standard deviations between trials on an even grid of `coordinate`, with the density of the prior there.

    coordinate: tau, or the log of tau-squared. weight: of each point in a sum over the grid; the half-normal is half
    of an even curve, so that its point 0 counts half.
    """

    coordinate: Floats
    tau: Floats
    density: Floats
    weight: Floats
    is_log: bool


@lru_cache(maxsize=16)
def half_normal_prior(scale: float = HALF_NORMAL) -> TauPrior:
    """The half-normal distribution, on even steps of tau."""
    tau = np.linspace(0, TAU_TOP * scale, TAU_NODES + 1)
    weight = np.where(tau > 0, 1.0, 0.5)
    return TauPrior(tau, tau, np.exp(-((tau / scale) ** 2) / 2), weight, is_log=False)


def find_turner_prior(outcome: str, comparator: str | None) -> TauPrior:
    """The prior for a kind of outcome and a comparator of trials; ValueError where Turner has none."""
    if comparator not in KINDS:
        raise ValueError(f"comparator: {comparator!r} has no prior; pass one of {', '.join(KINDS)}")
    if (outcome, KINDS[comparator]) not in TURNER:
        known = ", ".join(dict.fromkeys(kind for kind, _ in TURNER))
        raise ValueError(f"outcome: {outcome!r} has no prior; pass one of {known}")
    return _log_normal_prior(*TURNER[outcome, KINDS[comparator]])


@lru_cache(maxsize=16)
def _log_normal_prior(mean: float, spread: float) -> TauPrior:
    """On even steps of log tau-squared."""
    deviates = np.linspace(-TAU_TOP, TAU_TOP, TAU_NODES + 1)
    log_square = mean + spread * deviates
    density = np.exp(-(deviates**2) / 2)
    return TauPrior(log_square, np.exp(log_square / 2), density, np.ones(deviates.size), is_log=True)


def solve_bayes(trials: Trials, prior: TauPrior, prior_sd: float = PRIOR_SD) -> Solved:
    """Posterior odds ratio with its credible interval, tau-squared and the predictive interval of the next trial."""
    if not trials.count:
        return Solved(reason_code=Reason.EMPTY_CELL_IN_EVERY_TRIAL, note_code=Note.NO_INFORMATION)
    grid = _make_grid(trials)
    joint = _posterior(trials, prior, prior_sd, grid)
    weighted = joint * prior.weight[:, None]
    mean = weighted.sum(axis=0)
    middle, low, high = _quantiles(grid, mean, (0.5, 0.025, 0.975))
    next_low, next_high = _quantiles(grid, _smooth(weighted, prior.tau, grid).sum(axis=0), (0.025, 0.975))
    taus = _quantiles(prior.coordinate, joint.sum(axis=1), (0.5, 0.025, 0.975))
    squares = [float(np.exp(each)) if prior.is_log else each**2 for each in taus]
    spread = float(np.sqrt((mean * grid**2).sum() / mean.sum() - ((mean * grid).sum() / mean.sum()) ** 2))
    return Solved(
        estimate=float(np.exp(middle)),
        lower=float(np.exp(low)),
        upper=float(np.exp(high)),
        log_estimate=middle,
        standard_error=spread,
        tau_squared=squares[0],
        tau_squared_lower=squares[1],
        tau_squared_upper=squares[2],
        prediction_lower=float(np.exp(next_low)),
        prediction_upper=float(np.exp(next_high)),
        prediction_form="posterior predictive distribution",
    )


def _make_grid(trials: Trials) -> Floats:
    """Even log odds ratios, fine enough for the information of all trials together."""
    size, events = trials.total + trials.comparator_total, trials.affected + trials.comparator_affected
    information = events * (size - events) * trials.total * trials.comparator_total / (size**2 * (size - 1))
    wanted = FINENESS / float(np.sqrt(information.sum()))
    halvings = int(np.clip(np.ceil(np.log2(COARSEST / wanted)), 0, HALVINGS))
    return np.linspace(-END, END, round(2 * END / COARSEST) * 2**halvings + 1)


def _posterior(trials: Trials, prior: TauPrior, prior_sd: float, grid: Floats) -> Floats:
    """Density of tau (rows) and mean (columns), up to a factor, each row times the density of its tau."""
    heights = np.zeros((prior.tau.size, grid.size))
    for counts in zip(
        trials.affected, trials.total, trials.comparator_affected, trials.comparator_total, strict=True
    ):
        curve = _curve(*(int(count) for count in counts), grid.size)
        smooth = _smooth(curve[None, :], prior.tau, grid)
        heights += np.log(np.maximum(smooth, FLOOR))
    heights += np.log(prior.density)[:, None] - (grid / prior_sd) ** 2 / 2
    return np.asarray(np.exp(heights - heights.max()))


def _smooth(curves: Floats, tau: Floats, grid: Floats) -> Floats:
    """Each row, or the one row, convolved with a normal distribution of each standard deviation.

    Beyond the grid a curve is continued by a ramp from one end to the other, so that its period has no step.
    """
    size, step = grid.size, float(grid[1] - grid[0])
    period = int(next_fast_len(2 * size, real=True))  # type: ignore[no-untyped-call]
    ramp = (1 + np.cos(np.linspace(0, np.pi, period - size))) / 2
    continued = curves[:, -1:] * ramp + curves[:, :1] * (1 - ramp)
    transformed = rfft(np.concatenate([curves, continued], axis=1), axis=1)
    damped = transformed * _transform_normals(tuple(tau), period, step)
    return np.asarray(irfft(damped, period, axis=1)[:, :size])


@lru_cache(maxsize=16)  # of each prior on each grid, for every trial
def _transform_normals(tau: tuple[float, ...], period: int, step: float) -> Floats:
    """The Fourier transforms of normal distributions with these standard deviations."""
    frequency = 2 * np.pi * rfftfreq(period, step)
    return np.asarray(np.exp(-((frequency * np.array(tau)[:, None]) ** 2) / 2))


@lru_cache(maxsize=5000)  # one trial is in many cells
def _curve(affected: int, total: int, comparator_affected: int, comparator_total: int, points: int) -> Floats:
    """Likelihood of one trial at each log odds ratio of the grid, its baseline integrated out; the top is 1.

    The log-likelihood of the baseline is concave: each side of its top is integrated to where it has fallen by DROP.
    """
    grid = np.linspace(-END, END, points)
    events, size = affected + comparator_affected, total + comparator_total
    top = _likeliest_baseline(total, comparator_total, events, grid)

    def height(baseline: Floats) -> Floats:
        first, second = np.logaddexp(0, baseline + grid[:, None]), np.logaddexp(0, baseline)
        return np.asarray(events * baseline + affected * grid[:, None] - total * first - comparator_total * second)

    highest = height(top[:, None])
    width = 1 / np.sqrt(events * (size - events) / size)
    nodes, weights = SIDE_NODES
    integral = np.zeros(points)
    for direction in (-1.0, 1.0):
        near, far = np.zeros((points, 1)), np.full((points, 1), width)
        while (inside := height(top[:, None] + direction * far) > highest - DROP).any():
            near, far = np.where(inside, far, near), np.where(inside, 2 * far, far)
        for _ in range(6):
            middle = (near + far) / 2
            inside = height(top[:, None] + direction * middle) > highest - DROP
            near, far = np.where(inside, middle, near), np.where(inside, far, middle)
        places = top[:, None] + direction * far * (nodes + 1) / 2
        integral += (np.exp(height(places) - highest) @ weights) * far[:, 0] / 2
    heights = highest[:, 0] + np.log(integral)
    curve: Floats = np.exp(heights - heights.max())
    return curve


def _likeliest_baseline(total: int, comparator_total: int, events: int, grid: Floats) -> Floats:
    """The comparator's log odds at which the expected events are those seen, for each log odds ratio: the positive
    root of a quadratic, written so that it does not cancel."""
    ratio, rest = np.exp(grid), total + comparator_total - events
    linear = (total - events) * ratio + comparator_total - events
    root = np.sqrt(linear**2 + 4 * rest * ratio * events)
    odds = np.where(linear > 0, 2 * events / (linear + root), (root - linear) / (2 * rest * ratio))
    return np.asarray(np.log(odds))


def _quantiles(grid: Floats, density: Floats, chances: tuple[float, ...]) -> list[float]:
    """Quantiles of a density on an even grid, up to a factor: the integral of its cubic spline, inverted by Newton's
    steps from the nearest points of the grid."""
    spline = CubicSpline(grid, density)  # type: ignore[no-untyped-call]
    cumulative = spline.antiderivative()  # type: ignore[no-untyped-call]
    heights = cumulative(grid)
    wanted = np.array(chances) * heights[-1]
    above = np.clip(np.searchsorted(heights, wanted), 1, grid.size - 1)
    low, high = grid[above - 1], grid[above]
    place = low + (high - low) * (wanted - heights[above - 1]) / (heights[above] - heights[above - 1])
    for _ in range(6):
        place = np.clip(place - (cumulative(place) - wanted) / spline(place), low, high)
    return [float(each) for each in place]
