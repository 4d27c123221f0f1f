"""A run as it could have come out: two data sets and one that is missing, six recipes, one failure, hostile labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from triage_bench.core.dataset import DatasetSummary, Provenance
from triage_bench.core.exhibit import Doubt, Exhibit, Neighbour, Point, ShownRow
from triage_bench.core.explanation import ExplainedText, Explanation
from triage_bench.core.job import Job, Recipe
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.record import Predictions, RunRecord, Trial
from triage_bench.core.run import Run
from triage_bench.core.seeds import generator_for
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.core.space import Choice, Float, Int, Space

HOSTILE = "</script><img src=x onerror=alert(1)>"
HIDDEN = "급\u200b성\u202e통증"
FORMULA = '=HYPERLINK("http://evil.example","눌러")'
TRIAGE = ("1 소생", "2 긴급", "3 응급", "4 준응급", "5 비응급")
TOPICS = ("국방", "교육", HOSTILE, HIDDEN, "=1+1", "보건복지")
FOLDS = 5

SPACE = Space({"C": Float(0.01, 100.0, log=True), "min_df": Int(1, 5), "weight": Choice(("balanced", None))})
SKILL: Mapping[str, float] = {"majority": 0.0, "tfidf-lr": 0.74, "lightgbm": 0.66, "lstm": 0.58, "kept-out": 0.5}
RECIPES = (
    Recipe("majority"),
    Recipe("tfidf-lr", {"tokenizer": "char_wb"}),
    Recipe("tfidf-lr", {"tokenizer": "mecab"}),
    Recipe("lightgbm", {"tokenizer": "char_wb"}),
    Recipe("lstm", {"tokenizer": "mecab"}),
    Recipe("kept-out", {"name": HOSTILE}),
)
ENVIRONMENT = {
    "python": "3.11.7",
    "numpy": "2.4.6",
    "scikit-learn": "1.9.1",
    "torch": "2.13.0",
    "triage-bench": "0.1.0",
    "system": "Linux",
    "architecture": "x86_64",
    "cores": "2",
    "threads_per_job": "1",
}


def summaries(rows: int = 600) -> tuple[DatasetSummary, ...]:
    """Return a triage data set, a reference, and one that could not be had."""
    shares = (0.04, 0.17, 0.36, 0.33, 0.10)
    triage = DatasetSummary(
        name="ktas-sim",
        digest="5f0c" * 8,
        rows=rows,
        classes={label: round(rows * share) for label, share in zip(TRIAGE, shares, strict=True)},
        scale="triage",
        provenance=Provenance(
            title="모의 응급 환자 분류 문장", origin="triage_bench", licence="MIT", ceiling=0.871, expected=(0.55, 0.75)
        ),
        notices=(
            Notice("texts.duplicate", 14, rows, Sentence("똑같은 문장이 있습니다.", "Some sentences are identical.")),
            Notice("labels.case", 3, rows, Sentence(f"라벨 {HOSTILE!r}", f"label {HOSTILE!r}")),
        ),
        facts={"rows": float(rows), "distinct_texts": float(rows - 14), "mean_length": 31.4},
    )
    reference = DatasetSummary(
        name="kobill",
        digest="a71e" * 8,
        rows=rows,
        classes={label: rows // len(TOPICS) for label in TOPICS},
        provenance=Provenance(
            title="국회 의안", origin="KoNLPy", licence="공공", role="reference", expected=(0.7, 0.85)
        ),
    )
    missing = DatasetSummary(
        name="nsmc-10k",
        provenance=Provenance(title="네이버 영화평", role="reference"),
        status="skipped",
        reason="네트워크에 연결할 수 없고 자료 폴더에도 없습니다 (ratings_train.txt).",
    )
    return triage, reference, missing


def build_run(rows: int = 600, recipes: tuple[Recipe, ...] = RECIPES, datasets: tuple[DatasetSummary, ...] = ()) -> Run:
    """Return the run; the same for the same arguments."""
    chosen = datasets or summaries(rows)
    jobs = [job for summary in chosen if summary.status == "ok" for job in _jobs(summary, recipes)]
    plan = Plan("all", "standard", 0, ("triage-bench", "run", "--suite", "all"), chosen, tuple(jobs))
    records = {job.key: _record(job, plan.dataset(job.dataset)) for job in jobs}
    return Run(plan, records)


def exhibits(run: Run) -> dict[str, Exhibit]:
    """Return what the report shows of single rows, with texts that would be markup."""
    return {one.name: _exhibit(run, one) for one in run.plan.datasets if one.status == "ok"}


def text_of(row: int) -> str:
    """Return the text of a row."""
    return f"갑자기 {HOSTILE} 가슴이 아프고 {HIDDEN} 어지러워요 {row}"


def _exhibit(run: Run, summary: DatasetSummary) -> Exhibit:
    labels = summary.label_names
    near = (Neighbour(3, 1, 0.81, text_of(3)), Neighbour(5, 0, 0.42, text_of(5)))
    rows = {
        text.row
        for record in run.records.values()
        if record.job.dataset == summary.name and record.explanation
        for text in record.explanation.texts
    }
    people = np.full((len(labels), len(labels)), 2) + 20 * np.eye(len(labels), dtype=np.int64)
    return Exhibit(
        dataset=summary.name,
        texts=True,
        shown=tuple(ShownRow(row, row + 2, 0, text_of(row), near) for row in sorted(rows)),
        points=tuple(
            Point(row, row * 37 % 1000, row * 91 % 1000, text_of(row), (row / 7, row / 11, -row / 13))
            for row in range(0, 100, 2)
        ),
        agreement=0.62,
        chance=0.29,
        human=tuple(tuple(row) for row in people.tolist()) if summary.scale == "triage" else (),
        doubts=(Doubt(17, text_of(17), labels[0], labels[1], 0.03, 0.91, 0.77, 0.0021),),
        doubted=40,
    )


def _explanation(job: Job, summary: DatasetSummary, answers: Predictions) -> Explanation | None:
    if job.recipe.model in ("majority", "kept-out") or job.protocol.purpose != "benchmark":
        return None
    words = ("갑자기", "가슴이", HOSTILE, HIDDEN, f"{job.recipe.model}만")
    said = tuple(tuple((word, round(0.5 / (at + 1), 3)) for at, word in enumerate(words)) for _ in summary.classes)
    spans = ((0, 3, 0.9), (4, 4 + len(HOSTILE), 0.5), (5 + len(HOSTILE), 8 + len(HOSTILE), -0.4))
    chosen = zip(answers.rows[:30].tolist(), answers.predicted[:30].tolist(), strict=True)
    network = job.recipe.model == "lstm"
    return Explanation(
        method="integrated-gradients" if network else "tree-shap" if job.recipe.model == "lightgbm" else "weights",
        unit=job.recipe.tokenizer,
        grams=() if network else said,
        words=said,
        texts=tuple(ExplainedText(row, code, spans, spans[:2] if network else ()) for row, code in chosen),
        rows=60,
        gap=0.14 if network else None,
    )


def _jobs(summary: DatasetSummary, recipes: tuple[Recipe, ...]) -> Iterator[Job]:
    benchmark = Protocol("near-duplicate", folds=FOLDS)
    for recipe in recipes:
        for tuning in (Tuning(), Tuning(trials=20)):
            if tuning.trials and recipe.model in ("majority", "kept-out"):
                continue
            protocol = Protocol("near-duplicate", folds=FOLDS, tuning=tuning)
            yield from (Job(summary.name, summary.digest, recipe, protocol, 0, fold) for fold in range(FOLDS))
    linear = next((one for one in recipes if one.model == "tfidf-lr"), None)
    if linear:
        for rows in (60, 120):
            ladder = Protocol(benchmark.split, "ladder", FOLDS, train_rows=rows)
            yield from (Job(summary.name, summary.digest, linear, ladder, 0, fold) for fold in range(FOLDS))
        shuffled = Protocol(benchmark.split, "shuffled-labels", FOLDS, labels="shuffled")
        yield from (Job(summary.name, summary.digest, linear, shuffled, 0, fold) for fold in range(FOLDS))
    for network in (one for one in recipes if one.model == "lstm"):
        by_heart = Protocol(benchmark.split, "fit-32", FOLDS, train_rows=32, scored_rows="train")
        yield Job(summary.name, summary.digest, network, by_heart)


def _record(job: Job, summary: DatasetSummary) -> RunRecord:
    if job.recipe.model == "kept-out":
        reason = f"ValueError: 모델이 라벨 {HOSTILE}을 읽지 못했습니다."
        status = "timeout" if job.fold == 1 else "failed"
        return RunRecord(job, status, reason, timings={"total": 0.4}, environment=ENVIRONMENT)  # type: ignore[arg-type]
    draw = generator_for("factory", job.dataset, job.recipe.name, job.fold, job.protocol.tuning.trials)
    trials = _trials(job, draw) if job.protocol.tuning.trials else ()
    answers = _predictions(job, summary, draw)
    return RunRecord(
        job,
        "ok",
        predictions=answers,
        train_rows=job.protocol.train_rows or summary.rows * (FOLDS - 1) // FOLDS,
        params={**job.recipe.params, "C": 97.3 if trials else 1.0, "min_df": 2, "weight": "balanced"},
        space=SPACE if trials and job.recipe.model == "tfidf-lr" else None,
        trials=trials,
        inner_score=max((t.score for t in trials if t.state == "complete" and t.score is not None), default=None),
        history=_history(draw, len(summary.classes)) if job.recipe.model == "lstm" else (),
        facts={"initial_loss": float(np.log(len(summary.classes)))} if job.recipe.model == "lstm" else {},
        timings={"tune": 12.0 if trials else 0.0, "fit": 0.31 + draw.random(), "predict": 0.02, "total": 13.0},
        environment=ENVIRONMENT,
        explanation=_explanation(job, summary, answers),
    )


def _predictions(job: Job, summary: DatasetSummary, draw: np.random.Generator) -> Predictions:
    every = np.repeat(np.arange(len(summary.classes)), list(summary.classes.values()))
    every = generator_for("labels", job.dataset).permutation(every)
    count, skill = len(summary.classes), SKILL[job.recipe.model]
    if job.protocol.purpose == "fit-32":
        rows, skill = np.arange(32), 1.0
    else:
        rows = np.arange(job.fold, len(every), FOLDS)
    skill = 0.2 if job.protocol.labels == "shuffled" else skill + 0.02 * bool(job.protocol.tuning.trials)
    given = every[rows]
    near = np.clip(given + draw.choice([-1, 1], size=len(rows)), 0, count - 1)
    drawn = np.where(draw.random(len(rows)) < skill, given, near)
    predicted = drawn if job.recipe.model != "majority" else np.full(len(rows), int(np.bincount(every).argmax()))
    confidence = draw.uniform(1.4 / count, 0.97, size=len(rows))
    probabilities = np.repeat(((1 - confidence) / (count - 1))[:, None], count, axis=1)
    probabilities[np.arange(len(rows)), predicted] = confidence
    return Predictions(rows, given, predicted.astype(np.int64), probabilities.astype(np.float32), rows)


def _trials(job: Job, draw: np.random.Generator) -> tuple[Trial, ...]:
    found = []
    for number in range(job.protocol.tuning.trials):
        params = {"C": float(10 ** draw.uniform(-2, 2)), "min_df": int(draw.integers(1, 6)), "weight": None}
        state: Any = "failed" if number == 7 else "pruned" if number % 3 == 2 else "complete"
        score = None if state == "failed" else float(SKILL[job.recipe.model] - 0.06 + 0.08 * draw.random())
        found.append(Trial(params, score, state, 0.5, "MemoryError: 메모리가 부족합니다." if score is None else None))
    return tuple(found)


def _history(draw: np.random.Generator, classes: int) -> tuple[dict[str, float], ...]:
    start, epochs = float(np.log(classes)), int(draw.integers(9, 14))
    return tuple(
        {
            "epoch": float(epoch + 1),
            "train_loss": start * float(np.exp(-0.22 * epoch)) + 0.02 * draw.random(),
            "validation_loss": start * (0.62 + 0.38 * float(np.exp(-0.4 * epoch)))
            + 0.012 * epoch
            + 0.03 * draw.random(),
            "validation_score": 0.62 * (1 - float(np.exp(-0.45 * (epoch + 1)))) + 0.02 * draw.random(),
            "learning_rate": 0.001,
        }
        for epoch in range(epochs)
    )
