"""The straight line: split, tune, fit, predict, record. No branch for any one model."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import InputError, InvalidOutputError, UnavailableError
from triage_bench.core.explanation import Explanation
from triage_bench.core.job import Job
from triage_bench.core.record import Predictions, RunRecord
from triage_bench.core.seeds import generator_for, seed_for
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.core.space import Space
from triage_bench.datasets.interventions import stratified_sample
from triage_bench.datasets.splits import inner_folds
from triage_bench.metrics import find, score
from triage_bench.models import MODELS
from triage_bench.running.discretion import discreet, unquotable, without_texts
from triage_bench.running.environment import machine, versions
from triage_bench.running.examination.groups import examine
from triage_bench.running.examination.subject import Labelled, Rows, Seen, Subject
from triage_bench.running.explaining import explained, wants_explanation
from triage_bench.running.sides import Sides, read_by, sides_of
from triage_bench.running.unknown import unknown_tokens
from triage_bench.text.corpus import Corpus
from triage_bench.tuning import SharedStorage, TogetherSearch, Tuned, one_line, tune, tune_together

# A row of probabilities may miss 1 by this much: 32-bit softmax over a hundred classes does.
SUM_TOLERANCE = 1e-3


class JobRunner:
    """Turns jobs into records; made once per worker process.

    Parameters
    ----------
    datasets
        The rows, by digest.
    cache
        Folder of the token cache, or None.
    brought
        Files and names of the user's own models, of which a worker process has yet to hear.
    storage
        Where workers meet that search together; None where none do.
    """

    def __init__(
        self,
        datasets: Mapping[str, Dataset],
        cache: Path | None,
        brought: Sequence[tuple[Path, str]] = (),
        storage: SharedStorage | None = None,
    ) -> None:
        self.datasets, self.cache, self.storage = datasets, cache, storage
        for path, name in brought:
            MODELS.bring(path, name)
        self._corpora: dict[str, Corpus] = {}

    def __call__(self, job: Job) -> RunRecord:
        """Run a job; whatever goes wrong inside it becomes its record."""
        return discreet(self._run(job), self.datasets[job.dataset_digest])

    def _run(self, job: Job) -> RunRecord:
        start = time.monotonic()
        try:
            return run_job(job, self.datasets[job.dataset_digest], self.corpus(job.dataset_digest), self.storage)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except UnavailableError as error:
            status, reason = "skipped", one_line(error)
        except InvalidOutputError as error:
            status, reason = "invalid-output", one_line(error)
        except MemoryError as error:
            status, reason = "out-of-memory", one_line(error)
        except BaseException as error:  # SystemExit of a model included: a failure is a record
            status, reason = "failed", one_line(error)
        timings = {"total": time.monotonic() - start}
        return RunRecord(job, status, reason, timings=timings, environment={**versions(), **machine()})  # type: ignore[arg-type]

    def __reduce__(self) -> tuple[Any, ...]:
        # What was computed stays in its process.
        return (JobRunner, (self.datasets, self.cache, MODELS.brought, self.storage))

    def help(self, job: Job) -> None:
        """Do trials of a job's search that nobody else has begun; what goes wrong with it shows in the job itself."""
        with suppress(Exception):
            help_search(job, self.datasets[job.dataset_digest], self.corpus(job.dataset_digest), self.storage)

    def corpus(self, digest: str) -> Corpus:
        """Return the texts of a data set with what was computed on them so far."""
        if digest not in self._corpora:
            self._corpora[digest] = Corpus(
                self.datasets[digest].texts, cache=self.cache, side=self.datasets[digest].side
            )
        return self._corpora[digest]


def help_search(job: Job, dataset: Dataset, corpus: Corpus, storage: SharedStorage | None) -> None:
    """Do trials of a job's search until none is left to begin."""
    sides = sides_of(job, dataset)
    corpus = read_by(job, corpus, sides)
    seed = seed_for(job.seed, job.dataset_digest, "model", job.repeat, job.fold)
    search = _search(job, corpus[sides.rows], sides.labels, sides.units[sides.rows], seed, unquotable(dataset))
    if search is not None:
        tune_together(search, storage or SharedStorage(None), job.key, helping=True)


def run_job(job: Job, dataset: Dataset, corpus: Corpus, storage: SharedStorage | None = None) -> RunRecord:
    """Measure one number.

    Parameters
    ----------
    job
        What to measure.
    dataset
        The rows it is about.
    corpus
        The same texts, with what was computed on them already.
    storage
        Where a search by several workers meets; without one, this worker does all its trials.

    Raises
    ------
    InvalidOutputError
        If the model answers something that is no prediction.
    """
    clock = _Clock()
    sides = sides_of(job, dataset)
    corpus = read_by(job, corpus, sides)
    rows, labels, scored = sides.rows, sides.labels, sides.scored
    seed = seed_for(job.seed, job.dataset_digest, "model", job.repeat, job.fold)
    search = _search(job, corpus[rows], labels, sides.units[rows], seed, unquotable(dataset))
    tuned = None if search is None else _tuned(job, search, storage)
    clock.stop("tune")
    model = build(job, tuned.params if tuned else {}, seed, dataset.label_names).fit(corpus[rows], labels)
    clock.stop("fit")
    probabilities, predicted = _predict(model, corpus[scored], len(dataset.label_names))
    clock.stop("predict")
    examined = _examined(job, dataset, model, (rows, labels), (scored, sides.given), seed)
    explanation, unexplained = _explained(job, model, corpus, sides, (probabilities, predicted), dataset)
    clock.stop("explain")
    return RunRecord(
        job=job,
        status="ok",
        predictions=Predictions(scored, sides.given, predicted, probabilities, sides.units[scored]),
        train_rows=len(rows),
        params=plain_values(model.get_params(deep=False)),
        space=_space(job) if tuned else None,
        trials=tuned.trials if tuned else (),
        inner_score=tuned.score if tuned else None,
        history=tuple(getattr(model, "history_", ())),
        facts={
            **getattr(model, "facts_", {}),
            **unknown_tokens(job.recipe, corpus[rows], corpus[scored]),
            **examined.facts,
        },
        timings=clock.seconds,
        environment={**versions(), **machine()},
        notices=(*sides.notices, *getattr(model, "notices_", ()), *examined.notices, *unexplained),
        explanation=explanation,
    )


def _examined(job: Job, dataset: Dataset, model: Any, trained: Labelled, tested: Labelled, seed: int) -> Seen:
    """Put the fitted model through the group of probes that the protocol names, if any."""
    if not job.protocol.probes:
        return Seen()
    subject = Subject(
        make=lambda at: build(job, {}, at, dataset.label_names),
        model=model,
        train=Rows.of(dataset, *trained),
        test=Rows.of(dataset, *tested),
        label_names=dataset.label_names,
        scale=dataset.scale,
        seed=seed,
    )
    return examine(job.protocol.probes, subject)


def _explained(
    job: Job, model: Any, corpus: Corpus, sides: Sides, answers: tuple[Any, NDArray[np.int64]], dataset: Dataset
) -> tuple[Explanation | None, tuple[Notice, ...]]:
    """Say what the model goes by; that it cannot be told is a notice and costs no prediction."""
    if not wants_explanation(job) or not getattr(model, "reads", True):
        return None, ()
    try:
        return explained(job, model, corpus, sides, answers, len(dataset.label_names)), ()
    except Exception as error:
        why = without_texts(one_line(error), unquotable(dataset))
        said = Sentence(
            ko=f"이 모델이 무엇을 보고 답했는지 설명하지 못했습니다: {why}",
            en=f"What this model goes by could not be explained: {why}",
        )
        return None, (Notice("explanation.failed", 1, 1, said),)


def _tuned(job: Job, search: TogetherSearch, storage: SharedStorage | None) -> Tuned | None:
    if search.tuning.ahead:
        return tune_together(search, storage or SharedStorage(None), job.key)
    return tune(search.space, search.defaults, search.score, search.tuning, search.folds, search.seed)


def _search(
    job: Job,
    corpus: Corpus,
    labels: NDArray[np.int64],
    units: NDArray[np.int64],
    seed: int,
    texts: Sequence[str],
) -> TogetherSearch | None:
    """Lay out the search of the recipe's space on the training rows; their texts, labels and units are all it gets."""
    tuning = job.protocol.tuning
    space = _space(job)
    if not tuning.trials or not len(space):
        return None
    if not find(tuning.metric).higher_is_better:
        raise InputError(f"tuning needs a metric that is better when higher, got {tuning.metric!r}; use macro_f1.")
    if tuning.rows is not None and tuning.rows < len(labels):
        kept = stratified_sample(labels, tuning.rows, generator_for(seed, "tuning rows"))
        corpus, labels, units = corpus[kept], labels[kept], units[kept]
    folds = inner_folds(labels, units, tuning.folds, seed)
    classes = int(labels.max()) + 1
    lighter: Mapping[str, Any] = getattr(MODELS.load(job.recipe.model), "in_trials", {})

    def inner_score(params: Mapping[str, Any], fold: int) -> float:
        train, test = folds[fold]
        model = build(job, {**lighter, **job.recipe.params, **params}, seed).fit(corpus[train], labels[train])
        probabilities, predicted = _predict(model, corpus[test], classes)
        answers = Predictions(test, labels[test], predicted, probabilities, units[test])
        return score(tuning.metric, answers, classes)

    def said(error: Exception) -> str:
        return without_texts(one_line(error), texts)

    defaults = build(job, {}, seed).get_params(deep=False)
    return TogetherSearch(space, defaults, inner_score, tuning, len(folds), seed, said)


def _space(job: Job) -> Space:
    own: Space = MODELS.load(job.recipe.model).space
    return (job.recipe.space or own).without(job.recipe.params)


def build(job: Job, params: Mapping[str, Any], seed: int, label_names: Sequence[str] = ()) -> Any:
    """Make the recipe's estimator with parameters of its space; one that asks for the labels' names is told them."""
    model = MODELS.load(job.recipe.model)(**{**job.recipe.params, **params})
    if label_names and hasattr(model, "name_labels"):
        model.name_labels(label_names)
    return model.set_params(random_state=seed) if "random_state" in model.get_params(deep=False) else model


def _predict(model: Any, texts: Sequence[str], classes: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return probabilities in the data set's label order, and answers; refuse what is neither."""
    raw = np.asarray(model.predict_proba(texts), dtype=np.float64)
    known = np.asarray(model.classes_)
    if raw.shape != (len(texts), len(known)):
        raise InvalidOutputError(f"predict_proba gave shape {raw.shape}; expected {(len(texts), len(known))}.")
    if not np.isfinite(raw).all():
        raise InvalidOutputError(f"predict_proba gave {int((~np.isfinite(raw)).sum())} values that are not finite.")
    if (raw < 0).any() or not np.allclose(raw.sum(axis=1), 1.0, atol=SUM_TOLERANCE):
        raise InvalidOutputError("predict_proba gave rows that are no distribution: negative, or not summing to 1.")
    predicted = np.asarray(model.predict(texts))
    if predicted.shape != (len(texts),) or not np.isin(predicted, known).all():
        raise InvalidOutputError("predict gave something else than one known label per text.")
    probabilities = np.zeros((len(texts), classes), dtype=np.float32)
    probabilities[:, known] = raw
    return probabilities, predicted.astype(np.int64)


def plain_values(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as plain data: what is none is spelt out."""
    plain = (bool, int, float, str, type(None))
    return {name: value if isinstance(value, plain) else repr(value) for name, value in params.items()}


class _Clock:
    """Seconds by step; each `stop` ends one step and starts the next."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()
        self.seconds: dict[str, float] = {}

    def stop(self, step: str) -> None:
        now = time.monotonic()
        self.seconds[step] = now - self._last
        self.seconds["total"] = now - self._start
        self._last = now
