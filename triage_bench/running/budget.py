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
class Effort:
    """How much the controls on the data may do.

    Attributes
    ----------
    permutations
        How often labels are shuffled.
    repeats
        How often a random split is drawn anew.
    ladder_repeats
        How often each smaller number of rows is drawn.
    granularities
        How many topics are held out, one experiment each.
    tokenizers
        The units that are compared, cheapest first.
    """

    permutations: int = 100
    repeats: int = 10
    ladder_repeats: int = 3
    granularities: tuple[int, ...] = (5, 10, 20)
    tokenizers: tuple[str, ...] = ("eojeol", "char", "jamo", "mecab")


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
        Name or tag of a model (see `Entry.tags`) → its search; a model without one is not tuned.
    job_seconds
        Deadline of one job, or of the jobs that share one worker call.
    effort
        What the controls on the data may do.
    leaves_out
        Tags of those among a suite's further families that there is no time for.
    """

    name: str
    folds: int
    repeats: int
    inner_folds: int
    searches: Mapping[str, Search]
    job_seconds: float
    effort: Effort = Effort()
    leaves_out: frozenset[str] = frozenset()

    def tuning(self, entry: Entry) -> Tuning:
        """Return the search a model gets; no trials where it has none."""
        for named, search in self.searches.items():
            if named == entry.name or named in entry.tags:
                return Tuning(trials=search.trials, folds=search.folds or self.inner_folds, rows=search.rows)
        return Tuning()


# The JVM of KoNLPy takes seconds to start, and Kkma 20 ms per sentence.
_MORE_UNITS = (*Effort().tokenizers, "kiwi", "okt")
_ALL_UNITS = (*_MORE_UNITS, "komoran", "hannanum", "kkma")

BUDGETS = {
    "quick": Budget(
        "quick",
        folds=3,
        repeats=1,
        inner_folds=3,
        searches={"tfidf-lr": Search(6, 5_000)},
        job_seconds=600,
        leaves_out=frozenset({"classical", "network"}),
    ),
    "standard": Budget(
        "standard",
        folds=5,
        repeats=1,
        inner_folds=3,
        # One family of each kind is tuned, the others show their defaults: tuning them all would take an hour.
        # A network's fit costs a hundred linear ones: with three folds its search alone would take ten minutes.
        searches={
            "tfidf-lr": Search(15, 20_000),
            "lightgbm": Search(4, 5_000, folds=2),
            "lstm": Search(3, 400, folds=2),
        },
        job_seconds=3_600,
        effort=Effort(tokenizers=_MORE_UNITS),
        # The LSTM among a suite's models stands for the networks that read tokens in their order: each of the others
        # costs as much as all linear families together.
        leaves_out=frozenset({"sequence"}),
    ),
    "thorough": Budget(
        "thorough",
        folds=5,
        repeats=2,
        inner_folds=5,
        searches={
            "linear": Search(60),
            "neighbours": Search(30),
            "boosting": Search(40, 20_000),
            "network": Search(40, 10_000),
        },
        job_seconds=6 * 3_600,
        effort=Effort(permutations=200, repeats=20, ladder_repeats=5, tokenizers=_ALL_UNITS),
    ),
}


def budget(name: str) -> Budget:
    """Return a budget by name; an unknown one names its nearest neighbour."""
    if name not in BUDGETS:
        raise UnknownNameError("budget", name, BUDGETS)
    return BUDGETS[name]
