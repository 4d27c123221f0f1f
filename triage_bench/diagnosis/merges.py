"""TB224: which classes would be learnt better as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from triage_bench.core.record import Predictions
from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.beside import LEARNER, OWN, beside, not_run
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.noise import Z95, Estimate, difference, macro_f1, macro_f1_influence

LEARNT = 0.02
"""Gain beyond merging the answers that makes a merge worth a word: less is the noise of 1,000 rows."""

LISTED = 3


@dataclass(frozen=True)
class Merge:
    """Two classes counted as one.

    Attributes
    ----------
    names
        The classes.
    by_merging
        Change of macro-F1 when the answers of the unmerged model are merged: an easier question.
    by_learning
        What training on the merged labels adds on top: a model that learns better.
    """

    names: tuple[str, ...]
    by_merging: float
    by_learning: Estimate


def merged_afterwards(predictions: Predictions, merges: Sequence[Sequence[int]]) -> Predictions:
    """Return answers and labels with each set of classes under the lowest of their codes."""
    labels, predicted = predictions.labels, predictions.predicted
    for codes in merges:
        labels = np.where(np.isin(labels, codes), min(codes), labels)
        predicted = np.where(np.isin(predicted, codes), min(codes), predicted)
    return replace(predictions, labels=labels, predicted=predicted)


def _merges(case: Case) -> Iterator[Seen]:
    planned = case.planned("merged", LEARNER)
    if case.classes < 3:
        text = Sentence("클래스가 둘뿐이라 합칠 수 없습니다.", "There are only two classes; none can be merged.")
        yield Seen("not_applicable", text)
    elif not planned:
        yield not_run("클래스를 합쳐 학습하는", "train on merged classes")
    else:
        pairs = [(one, other) for one in planned if one.complete and (other := beside(case, one, OWN)) is not None]
        yield _judge(case, pairs) if pairs else Seen("skipped", unfinished(planned))


def _judge(case: Case, pairs: list[tuple[Outcome, Outcome]]) -> Seen:
    found = sorted(
        (_measured(case, *pair) for pair in pairs), key=lambda one: -(one.by_merging + one.by_learning.value)
    )
    better = [one for one in found if one.by_learning.value >= LEARNT and one.by_learning.low > 0]
    listed = "; ".join(
        f"{'+'.join(one.names)}: {one.by_merging:+.3f}, {one.by_learning.value:+.3f} "
        f"(±{Z95 * one.by_learning.error:.3f})"
        for one in found[:LISTED]
    )
    text = Sentence(
        ko=f"클래스를 합쳤을 때 macro-F1의 변화(답만 합친 몫, 합친 라벨로 배운 몫): {listed}."
        + (
            " 합쳐서 배우면 실제로 더 잘 배우는 클래스가 있습니다."
            if better
            else " 합쳐도 더 잘 배우지는 않습니다. 오른 점수는 문제가 쉬워진 몫입니다."
        ),
        en="Change of macro-F1 with classes merged (by merging the answers alone; by learning on merged labels): "
        f"{listed}."
        + (
            " Some classes are learnt better as one."
            if better
            else " None is learnt better; what rises is the easier question."
        ),
    )
    numbers: dict[str, float | int | str] = {"merges": len(found), "better": len(better)}
    for one in found[:LISTED]:
        numbers[f"by_merging {'+'.join(one.names)}"] = round(one.by_merging, 4)
        numbers[f"by_learning {'+'.join(one.names)}"] = round(one.by_learning.value, 4)
    return Seen("tip" if better else "passed", text, numbers, tuple(key for one, _ in pairs for key in one.keys))


def _measured(case: Case, merged: Outcome, apart: Outcome) -> Merge:
    sets, names = merged.protocol.merged, case.dataset.label_names
    afterwards = merged_afterwards(apart.predictions, sets)
    plain = macro_f1(apart.predictions, case.classes).value
    return Merge(
        tuple(names[code] for codes in sets for code in codes),
        macro_f1(afterwards, case.classes).value - plain,
        difference(macro_f1_influence, merged.predictions, afterwards, case.classes),
    )


MERGES = Check(
    code="TB224",
    title=Sentence("클래스를 합쳐도 더 잘 배우지 않습니다", "Merging classes would not make them easier to learn"),
    why=Sentence(
        "서로 섞여 있는 두 클래스는 하나로 볼 때 더 잘 배울 수 있습니다. 다만 합치면 문제 자체가 쉬워지므로 그 몫을 "
        "빼고 "
        "보아야 합니다.",
        "Two classes that are mixed up may be learnt better as one; but merging makes the question easier, and that "
        "part "
        "has to be set aside.",
    ),
    threshold=Sentence(
        "합친 라벨로 배운 모델이, 따로 배운 모델의 답을 나중에 합친 것보다 0.02 이상, 오차를 넘어 나으면 알립니다.",
        "Reported where learning on merged labels beats merging the answers afterwards by 0.02 and by more than its "
        "error.",
    ),
    causes=(),
    look=_merges,
)
