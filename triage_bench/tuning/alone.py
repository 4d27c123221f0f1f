"""A search by one worker, trial after trial."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.errors import TriageBenchError, UnavailableError
from triage_bench.core.protocol import Tuning
from triage_bench.core.record import Trial
from triage_bench.core.space import Choice, Dimension, Float, Int, Space

if TYPE_CHECKING:  # most jobs tune nothing, and every worker process would wait for it
    import optuna

LONGEST_SAID = 10_000
"""Characters of an exception's text that are looked at: some carry megabytes."""

InnerScore = Callable[[Mapping[str, Any], int], float]
"""``(parameters, inner fold) → score``; higher is better."""

# TPE draws this many trials at random before its model of good parameters takes over.
STARTUP_TRIALS = 8
# A trial whose running mean after a fold lies this far below the best trial's mean after the
# same fold is given up: about two standard errors of a fold's macro-F1 at 200 rows.
PRUNING_MARGIN = 0.05


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Attributes
    ----------
    params
        The best parameters among the complete trials; the defaults are always one of them.
    score
        Their mean inner score.
    trials
        Every trial, in order.
    """

    params: Mapping[str, Any]
    score: float
    trials: tuple[Trial, ...]


def tune(space: Space, defaults: Mapping[str, Any], score: InnerScore, tuning: Tuning, folds: int, seed: int) -> Tuned:
    """Search a space with the tree-structured Parzen estimator, defaults first.

    Parameters
    ----------
    space
        What may change.
    defaults
        A value for every dimension: the first trial, so that tuning never ends worse than the
        defaults on the inner folds.
    score
        Scores parameters on one inner fold.
    tuning
        How many trials, and for how long.
    folds
        Inner folds. A trial that falls behind after some of them is pruned.
    seed
        Seed of the sampler.

    Raises
    ------
    TriageBenchError
        If every trial failed; the message carries the first reason.

    Notes
    -----
    Bergstra et al. 2011 (TPE), as implemented by Optuna; sampler arguments are set one by one
    because their defaults change between major versions. A point that was drawn before is not
    computed again.
    """
    study = new_study(seed)
    study.enqueue_trial({name: defaults[name] for name in space})
    search = _Search(study, space, score, folds)
    deadline = None if tuning.timeout is None else time.monotonic() + tuning.timeout
    for number in range(tuning.trials):
        if number and deadline is not None and time.monotonic() > deadline:
            break
        search.step()
    return best_of(search.trials)


def best_of(trials: Sequence[Trial]) -> Tuned:
    """Return what a search found; that every trial failed is an error with the first reason."""
    complete = [trial for trial in trials if trial.state == "complete"]
    if not complete:
        raise TriageBenchError(f"all {len(trials)} trials failed; the first: {trials[0].reason}")
    best = max(complete, key=lambda trial: trial.score or 0.0)  # the earliest of equals
    assert best.score is not None
    return Tuned(best.params, best.score, tuple(trials))


class _Search:
    """One study, trial by trial."""

    def __init__(self, study: optuna.Study, space: Space, score: InnerScore, folds: int) -> None:
        self.study, self.space, self.score, self.folds = study, space, score, folds
        self.trials: list[Trial] = []
        self._seen: dict[tuple[Any, ...], Trial] = {}
        self._best: NDArray[np.float64] | None = None  # running means of the best trial so far

    def step(self) -> None:
        """Draw a point, score it, tell the sampler."""
        drawn = self.study.ask()
        params = {name: suggest(drawn, name, dimension) for name, dimension in self.space.dimensions.items()}
        point = tuple(params.values())
        trial = self._seen[point] if point in self._seen else self._run(params)
        self._seen[point] = trial
        self.trials.append(trial)
        if trial.score is None:
            self.study.tell(drawn, state=_failed())
        else:
            # A pruned trial is told with the mean it reached: TPE then knows that this region is poor.
            self.study.tell(drawn, trial.score)

    def _run(self, params: dict[str, Any]) -> Trial:
        trial, means = tried(params, self.score, self.folds, self._best)
        if trial.state == "complete" and (self._best is None or means[-1] > self._best[-1]):
            self._best = means
        return trial


def tried(
    params: Mapping[str, Any],
    score: InnerScore,
    folds: int,
    best: NDArray[np.float64] | None,
    say: Callable[[Exception], str] | None = None,
) -> tuple[Trial, NDArray[np.float64]]:
    """Score a point fold by fold until it falls behind the best; the running means beside what came of it."""
    start = time.monotonic()
    scores: list[float] = []
    state: Any = "complete"
    try:
        for fold in range(folds):
            scores.append(score(params, fold))
            if best is not None and fold + 1 < folds and np.mean(scores) < best[fold] - PRUNING_MARGIN:
                state = "pruned"
                break
    except UnavailableError:  # no parameters would bring what is missing: the whole job is skipped
        raise
    except Exception as error:
        reason = (say or one_line)(error)
        return Trial(params, None, "failed", time.monotonic() - start, reason), np.empty(0)
    means = np.cumsum(scores) / np.arange(1, len(scores) + 1)
    return Trial(params, float(np.mean(scores)), state, time.monotonic() - start), means


def one_line(error: BaseException) -> str:
    """Return an exception as one line for a record, without control characters."""
    try:
        words = " ".join(str(error)[:LONGEST_SAID].split())
    except Exception:  # a user's own exception may fail at being printed
        words = ""
    printable = "".join(c for c in words if c.isprintable())
    return f"{type(error).__name__}: {printable[:300]}" if printable else type(error).__name__


def _failed() -> optuna.trial.TrialState:
    from optuna.trial import TrialState

    return TrialState.FAIL


def new_study(seed: int, *, liar: bool = False) -> optuna.Study:
    """Return an empty study in memory; with `liar`, points that are under way count as poor ones."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(
            n_startup_trials=STARTUP_TRIALS,
            n_ei_candidates=24,
            multivariate=True,
            group=False,
            constant_liar=liar,
            seed=seed,
        )
    return optuna.create_study(direction="maximize", sampler=sampler)


def suggest(trial: optuna.Trial, name: str, dimension: Dimension) -> Any:
    """Let Optuna draw a value of one dimension."""
    if isinstance(dimension, Float):
        return trial.suggest_float(name, dimension.low, dimension.high, log=dimension.log)
    if isinstance(dimension, Int):
        return trial.suggest_int(name, dimension.low, dimension.high, step=dimension.step, log=dimension.log)
    assert isinstance(dimension, Choice)
    return trial.suggest_categorical(name, dimension.options)
