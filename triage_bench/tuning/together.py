"""A search by several workers that meet in a database: the same trials, whoever does them and whoever dies."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from triage_bench.core.errors import UnavailableError
from triage_bench.core.protocol import Tuning
from triage_bench.core.record import Trial
from triage_bench.core.seeds import seed_for
from triage_bench.core.space import Space
from triage_bench.tuning.alone import InnerScore, Tuned, best_of, new_study, suggest, tried
from triage_bench.tuning.storage import GRACE, SharedStorage, beating, lay_out, place_of, record_beat

if TYPE_CHECKING:
    import optuna

LOOK_SECONDS = 0.25


def tune_together(search: TogetherSearch, storage: SharedStorage, name: str, *, helping: bool = False) -> Tuned | None:
    """Search a space beside other workers that do the same: a study in a database, each trial done by one of them.

    Parameters
    ----------
    search
        What is searched, the same for every worker.
    storage
        Where they meet.
    name
        Of the study.
    helping
        Leave, with None, when no trial is left to begin; otherwise stay until the last one has ended.

    Raises
    ------
    TriageBenchError
        If every trial failed; the message carries the first reason.
    UnavailableError
        If the storage is lost, or what the model needs is not here: the trial waits for somebody else.

    Notes
    -----
    The trials have places, 0 to N - 1, all laid out before the first begins. A place is drawn from the results of
    the places at least `Tuning.ahead` before its own, the points between being taken for poor ones (the constant
    liar, Ginsbourger et al. 2010), with a seed of its own. What is tried therefore depends neither on the number of
    workers nor on their pace, nor on who died on the way. A place whose worker's heartbeat stops is laid out again;
    whichever trial of a place ends first counts, and no other.
    """
    with storage.opened() as opened:
        together = _Together(search, opened, name, storage.beat)
        together.work(helping=helping)
        return None if helping else best_of(together.trials())


@dataclass(frozen=True)
class TogetherSearch:
    """What several workers search together.

    Attributes
    ----------
    space, defaults, score, tuning, folds, seed
        As `tune` takes them.
    say
        An exception as a line for the database, which is not the place for texts of a private data set.
    """

    space: Space
    defaults: Mapping[str, Any]
    score: InnerScore
    tuning: Tuning
    folds: int
    seed: int
    say: Callable[[Exception], str] | None = None


class _Together:
    """One worker's view of a shared study."""

    def __init__(self, search: TogetherSearch, storage: optuna.storages.BaseStorage, name: str, beat: int) -> None:
        import optuna

        self.search, self.storage, self.beat = search, storage, beat
        self._gaps: tuple[frozenset[int], float] = (frozenset(), 0.0)
        try:
            self.study = optuna.create_study(storage=storage, study_name=name, direction="maximize")
            for place in range(search.tuning.trials):
                lay_out(self.study, place)
        except optuna.exceptions.DuplicatedStudyError:
            self.study = optuna.load_study(storage=storage, study_name=name)
        self._id = storage.get_study_id_from_name(name)

    def work(self, *, helping: bool) -> None:
        """Do trial after trial until none is left."""
        while len(ended := self._ended(trials := self._look())) < self.search.tuning.trials:
            waiting = sorted((t for t in trials if t.state.name == "WAITING"), key=place_of)
            claimed = next((t for t in waiting if self._ready(place_of(t), ended) and self._claim(t)), None)
            if claimed is not None:
                self._do(place_of(claimed), self._number(claimed), trials, ended)
            elif helping and not waiting:
                return
            else:
                self._fill_gaps(trials, ended)
                time.sleep(LOOK_SECONDS)

    def trials(self) -> list[Trial]:
        """Return what came of every place, in their order."""
        ended = self._ended(self._look())
        return [_outcome(ended[place]) for place in sorted(ended)]

    def _look(self) -> list[optuna.trial.FrozenTrial]:
        import optuna

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            optuna.storages.fail_stale_trials(self.study)
        return self.study.get_trials(deepcopy=False)

    def _ended(self, trials: Sequence[optuna.trial.FrozenTrial]) -> dict[int, optuna.trial.FrozenTrial]:
        """Return the trial that counts of each place that has one: the first that was told an outcome."""
        told = [t for t in trials if t.state.is_finished() and (t.state.name == "COMPLETE" or "reason" in t.user_attrs)]
        return {place_of(trial): trial for trial in reversed(told) if place_of(trial) < self.search.tuning.trials}

    def _ready(self, place: int, ended: Mapping[int, Any]) -> bool:
        return all(before in ended for before in range(self._known(place)))

    def _known(self, place: int) -> int:
        """Return how many places, from the first, a point is drawn from."""
        return max(place - self.search.tuning.ahead + 1, 0)

    def _number(self, trial: optuna.trial.FrozenTrial) -> int:
        return self.storage.get_trial_id_from_study_id_trial_number(self._id, trial.number)

    def _claim(self, trial: optuna.trial.FrozenTrial) -> bool:
        """Take a trial, and tell whether nobody else was faster; never without a heartbeat, by which it is missed."""
        import optuna

        number = self._number(trial)
        record_beat(self.storage, number)
        try:
            return self.storage.set_trial_state_values(number, optuna.trial.TrialState.RUNNING)
        except optuna.exceptions.UpdateFinishedTrialError:
            return False

    def _do(
        self,
        place: int,
        number: int,
        trials: Sequence[optuna.trial.FrozenTrial],
        ended: Mapping[int, optuna.trial.FrozenTrial],
    ) -> None:
        """Draw a place's point, score it, and tell; a trial that was given up for lost meanwhile is told nothing."""
        import optuna

        known = [ended[one] for one in range(self._known(place))]
        with beating(self.storage, number, self.beat):
            try:
                params, distributions = self._point(place, trials, ended)
                for name, distribution in distributions.items():
                    self.storage.set_trial_param(
                        number, name, distribution.to_internal_repr(params[name]), distribution
                    )
                self._tell(number, *self._outcome_of(params, known))
            except optuna.exceptions.UpdateFinishedTrialError:
                return
            except (UnavailableError, KeyboardInterrupt):
                self.storage.set_trial_state_values(number, optuna.trial.TrialState.FAIL)
                lay_out(self.study, place)
                raise

    def _outcome_of(
        self, params: Mapping[str, Any], known: Sequence[optuna.trial.FrozenTrial]
    ) -> tuple[Trial, Sequence[float]]:
        for trial in known:
            if trial.params == params:
                return _outcome(trial), trial.user_attrs.get("means", ())
        complete = [t for t in known if _outcome(t).state == "complete"]
        best = max(complete, key=lambda trial: trial.value or 0.0) if complete else None
        behind = None if best is None else np.asarray(best.user_attrs["means"])
        search = self.search
        outcome, means = tried(params, search.score, search.folds, behind, search.say)
        return outcome, means.tolist()

    def _tell(self, number: int, trial: Trial, means: Sequence[float]) -> None:
        from optuna.trial import TrialState

        said = {"state": trial.state, "seconds": trial.seconds, "means": list(means), "reason": trial.reason}
        for key, value in said.items():
            if value is not None:
                self.storage.set_trial_user_attr(number, key, value)
        if trial.score is None:
            self.storage.set_trial_state_values(number, TrialState.FAIL)
        else:
            self.storage.set_trial_state_values(number, TrialState.COMPLETE, [trial.score])

    def _point(
        self,
        place: int,
        trials: Sequence[optuna.trial.FrozenTrial],
        ended: Mapping[int, optuna.trial.FrozenTrial],
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Draw a place's point, and before it those of the places between that nobody has drawn yet."""
        whole = [trial for trial in trials if len(trial.params) == len(self.search.space.dimensions)]
        points = {place_of(trial): (dict(trial.params), dict(trial.distributions)) for trial in whole}
        for one in range(self._known(place), place + 1):
            if one not in points or one == place:
                known = [ended[before] for before in range(self._known(one)) if ended[before].value is not None]
                between = [points[before] for before in range(self._known(one), one)]
                points[one] = self._drawn(one, known, between)
        return points[place]

    def _drawn(
        self,
        place: int,
        known: Sequence[optuna.trial.FrozenTrial],
        between: Sequence[tuple[dict[str, Any], dict[str, Any]]],
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        from optuna.trial import TrialState, create_trial

        study = new_study(seed_for(self.search.seed, "trial", place), liar=True)
        for trial in known:
            study.add_trial(create_trial(params=trial.params, distributions=trial.distributions, value=trial.value))
        for params, distributions in between:
            study.add_trial(create_trial(state=TrialState.RUNNING, params=params, distributions=distributions))
        if not place:
            study.enqueue_trial({name: self.search.defaults[name] for name in self.search.space})
        drawn = study.ask()
        params = {name: suggest(drawn, name, one) for name, one in self.search.space.dimensions.items()}
        return params, drawn.distributions

    def _fill_gaps(self, trials: Sequence[optuna.trial.FrozenTrial], ended: Mapping[int, Any]) -> None:
        """Lay out places that nobody has or waits for: who was about to do so died on the way.

        Only if they have stood open for a grace period: until then that worker may be slow, and alive.
        """
        under_way = {place_of(trial) for trial in trials if not trial.state.is_finished()}
        gaps = frozenset(range(self.search.tuning.trials)) - under_way - ended.keys()
        if gaps != self._gaps[0]:
            self._gaps = (gaps, time.monotonic())
        elif gaps and time.monotonic() - self._gaps[1] > GRACE * self.beat:
            for place in sorted(gaps):
                lay_out(self.study, place)


def _outcome(trial: optuna.trial.FrozenTrial) -> Trial:
    said = trial.user_attrs
    return Trial(dict(trial.params), trial.value, said["state"], said["seconds"], said.get("reason"))
