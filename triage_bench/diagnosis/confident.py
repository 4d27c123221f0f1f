"""TB56x: labels that out-of-fold answers contradict, counted and listed.

Confident learning (Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in
Dataset Labels", JAIR 70). Its count ranks rows well and is no noise rate: on sound Korean data it says
0.18 to 0.48. The rate that is shown comes from `labels.noise_estimate`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.record import Predictions
from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.labels import JUDGES, SMALL, assumed_noise, judge_of
from triage_bench.diagnosis.worklist import worklist

OFF_DIAGONAL = 0.40
"""Share of rows that confident learning places under another label: 87 % of noisy data reach it, no healthy data
from 500 rows on does. Below 300 training rows half of the healthy data does as well."""


def confident_joint(answers: Predictions, classes: int) -> NDArray[np.float64]:
    """Return the estimated joint distribution of given labels (rows) and true labels (columns).

    Parameters
    ----------
    answers
        Out-of-fold answers.
    classes
        How many labels there are.

    Returns
    -------
    ndarray of float64, shape (classes, classes)
        Sums to 1; row sums are the shares of the given labels. A row counts for the likeliest class
        among those whose probability reaches the average that rows of that class get for it.
    """
    labels, probabilities = answers.labels, answers.probabilities.astype(np.float64)
    given = np.bincount(labels, minlength=classes)
    own = probabilities[np.arange(len(labels)), labels]
    average = np.bincount(labels, weights=own, minlength=classes) / np.maximum(given, 1)
    average[given == 0] = np.inf
    confident = probabilities >= average - 1e-6
    likeliest = np.where(confident, probabilities, -1.0).argmax(axis=1)
    counted = confident.any(axis=1)
    counts = np.zeros((classes, classes))
    np.add.at(counts, (labels[counted], likeliest[counted]), 1.0)
    empty = counts.sum(axis=1) == 0
    counts[empty, empty] = np.maximum(given[empty], 1e-12)
    joint: NDArray[np.float64] = counts / counts.sum(axis=1, keepdims=True) * given[:, None] / len(labels)
    return joint


def _contradictions(case: Case) -> Iterator[Seen]:
    planned = [one for one in case.candidates if one.recipe.model in JUDGES]
    if not planned or case.classes < 2:
        yield Seen("not_applicable", Sentence("라벨을 판단할 선형 모델이 없습니다.", "No linear model judges labels."))
        return
    judge = judge_of(case)
    if judge is None:
        yield Seen("skipped", unfinished(planned))
        return
    if judge.protocol.split == "official":
        text = Sentence(
            "정해진 평가 쪽의 라벨은 다시 볼 목록에 넣지 않습니다.",
            "Labels of an official test side never enter a list of labels to review.",
        )
        yield Seen("not_applicable", text, {}, judge.keys)
        return
    yield _listed(case, judge)


def _listed(case: Case, judge: Outcome) -> Seen:
    answers = judge.predictions
    joint = confident_joint(answers, case.classes)
    off, rows = float(1 - np.trace(joint)), len(answers)
    suspects = worklist(answers, case.classes, assumed_noise(judge))
    differing = int((answers.labels != answers.predicted).sum())
    worth = sum(one.worth for one in suspects)
    train_rows = judge.mean(lambda record: record.train_rows) or 0
    many = off >= OFF_DIAGONAL and train_rows >= SMALL
    text = Sentence(
        ko=f"{judge.recipe.name}의 답은 {rows}행 중 {differing}행에서 라벨과 다릅니다. 가장 의심스러운 "
        f"{len(suspects)}행을 labels_to_review.csv에 적었으며, 그 행들을 바로잡으면 macro-F1이 약 {worth:+.3f} "
        f"달라질 것으로 봅니다. 확신 학습은 {off:.0%}를 다른 라벨로 보지만, 이 값은 오류율이 아니라 순위를 매기는 데 "
        f"씁니다.",
        en=f"{judge.recipe.name} answers otherwise than the label in {differing} of {rows} rows. The {len(suspects)} "
        f"most doubtful ones are in labels_to_review.csv; correcting these should move macro-F1 by about {worth:+.3f}. "
        f"Confident learning places {off:.0%} under another label, which serves to rank rows and is no error rate.",
    )
    numbers = {
        "differing": differing,
        "rows": rows,
        "suspects": len(suspects),
        "worth": round(worth, 4),
        "off_diagonal": round(off, 4),
    }
    return Seen("tip" if many else "passed", text, numbers, judge.keys)


CONTRADICTIONS = Check(
    code="TB561",
    title=Sentence("다른 행들이 라벨과 어긋나지 않습니다", "The other rows do not contradict the labels"),
    why=Sentence(
        "나머지 행으로 학습한 모델이 자신 있게 다른 답을 하는 행은, 라벨을 다시 볼 때 가장 먼저 볼 행입니다.",
        "Rows that a model trained on all others answers otherwise, and surely, are the first to look at again.",
    ),
    threshold=Sentence(
        "확신 학습이 40% 이상의 행을 다른 라벨로 보면 알립니다. 라벨을 바꾼 자료의 87%가 여기에 이르고, 500행 이상의 "
        "정상 자료는 이르지 않았습니다. 학습 행이 300행 미만이면 정상 자료도 절반이 이르므로 알리지 않습니다. 이 "
        "비율을 라벨의 오류율로 읽어서는 안 됩니다.",
        "Reported where confident learning places 40% of the rows under another label: 87% of data with changed labels "
        "get there, and no healthy data from 500 rows on. Not reported below 300 training rows, where half of the "
        "healthy data does. This share is not to be read as a rate of wrong labels.",
    ),
    causes=("data.labels",),
    look=_contradictions,
)
