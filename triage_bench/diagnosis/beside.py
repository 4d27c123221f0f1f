"""Finding, for a control, the measurement it is to be held against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from triage_bench.core.record import Predictions
from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case
from triage_bench.diagnosis.check import Seen

LEARNER = "char-ridge"
"""The learner of the controls on the data."""
OWN = ("benchmark", "sampled-benchmark")
"""Purposes that measure it on the data set's own split, with all rows or with a sample."""
RANDOM = ("random-split", "repeated-split")
"""Purposes that measure it on a random split."""


def beside(case: Case, control: Outcome, purposes: Iterable[str]) -> Outcome | None:
    """Return the finished outcome of the same recipe and as many training rows, or None."""
    asked = control.protocol.train_rows
    for purpose in purposes:
        for outcome in case.finished(purpose, LEARNER):
            if outcome.protocol.train_rows == asked and not outcome.tuned:
                return outcome
    return None


def by_repeat(outcome: Outcome) -> Iterator[Predictions]:
    """Yield the pooled predictions of each repeat that ran."""
    for repeat in range(outcome.protocol.repeats):
        parts = [r.predictions for r in outcome.records if r.predictions is not None and r.job.repeat == repeat]
        if parts:
            yield Predictions.joined(parts)


def noticed(outcome: Outcome, code: str) -> int:
    """Return what the jobs of an outcome counted under a code, summed over the folds."""
    return sum(notice.count for record in outcome.records for notice in record.notices if notice.code == code)


def not_run(ko: str, en: str) -> Seen:
    """Say that a control was not part of the run, which judges nothing and rules nothing out."""
    return Seen(
        "not_applicable", Sentence(ko=f"이번 실행에는 {ko} 작업이 없었습니다.", en=f"This run had no jobs that {en}.")
    )
