"""How much work a run may do: quick for a look, standard for a decision, thorough for a paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from triage_bench.core.errors import UnknownNameError
from triage_bench.core.protocol import Tuning
from triage_bench.core.registry import Entry


@dataclass(frozen=True)
class Search:
    """How much one kind of model is tuned.

    Attributes
    ----------
    trials
        How many sets of parameters are tried, the defaults first.
    rows
        On how many of the training rows at the most; None means all.
    folds
        Inner folds of every trial; None means the budget's.
    """

    trials: int
    rows: int | None = None
    folds: int | None = None


@dataclass(frozen=True)
class Budget:
    """The size of a run.

    Attributes
    ----------
    name
        What the user types.
    folds, repeats
        Outer cross-validation.
    inner_folds
        Folds inside each tuning trial.
    searches
        Tag of a model (see `Entry.tags`) → its search; a model without one is not tuned.
    job_seconds
        Deadline of one job.
    """

    name: str
    folds: int
    repeats: int
    inner_folds: int
    searches: Mapping[str, Search]
    job_seconds: float

    def tuning(self, entry: Entry) -> Tuning:
        """Return the search a model gets; no trials where it has none."""
        for tag, search in self.searches.items():
            if tag in entry.tags:
                return Tuning(trials=search.trials, folds=search.folds or self.inner_folds, rows=search.rows)
        return Tuning()


BUDGETS = {
    "quick": Budget("quick", folds=3, repeats=1, inner_folds=3, searches={"linear": Search(6, 5_000)}, job_seconds=600),
    "standard": Budget(
        "standard",
        folds=5,
        repeats=1,
        inner_folds=3,
        # A network's fit costs a hundred linear ones: with three folds its search alone would take ten minutes.
        searches={"linear": Search(20, 20_000), "boosting": Search(5, 5_000), "network": Search(3, 3_000, folds=2)},
        job_seconds=3_600,
    ),
    "thorough": Budget(
        "thorough",
        folds=5,
        repeats=2,
        inner_folds=5,
        searches={"linear": Search(60), "boosting": Search(40, 20_000), "network": Search(40, 10_000)},
        job_seconds=6 * 3_600,
    ),
}


def budget(name: str) -> Budget:
    """Return a budget by name; an unknown one names its nearest neighbour."""
    if name not in BUDGETS:
        raise UnknownNameError("budget", name, BUDGETS)
    return BUDGETS[name]
