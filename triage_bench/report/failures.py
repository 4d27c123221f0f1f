"""Jobs that did not come to an end: one line of what happened and one of what to do."""

from __future__ import annotations

from collections import Counter
from typing import Any

from triage_bench.core.record import Status
from triage_bench.core.run import Outcome, Run
from triage_bench.core.sentence import Sentence

_AGAIN = Sentence(
    "같은 명령을 다시 실행하면 남은 작업만 이어서 실행합니다.",
    "Repeat the same command: only what is missing runs.",
)
CURES: dict[Status, Sentence] = {
    "failed": Sentence(
        "사유에 적힌 오류를 고친 뒤 같은 명령을 다시 실행하십시오. 끝나지 않은 작업만 실행됩니다.",
        "Remove the error named in the reason and repeat the same command; only unfinished jobs run.",
    ),
    "skipped": Sentence(
        "사유에 적힌 것(설치되지 않은 패키지나 내려받지 못한 자료)을 준비한 뒤 다시 실행하십시오.",
        "Provide what the reason names (a package or a data file that is missing) and run again.",
    ),
    "timeout": Sentence(
        "더 긴 시간을 허용하는 예산(--budget)을 쓰거나, 탐색 횟수나 자료의 행 수를 줄이십시오.",
        "Use a --budget that allows more time, or fewer trials or rows.",
    ),
    "out-of-memory": Sentence(
        "--workers를 줄여 작업마다 쓸 수 있는 메모리를 늘리십시오.",
        "Lower --workers so that each job may use more memory.",
    ),
    "invalid-output": Sentence(
        "모델이 확률이 아닌 값을 내놓았습니다. 모델의 predict_proba를 확인하십시오.",
        "The model answered something that is no probability: check its predict_proba.",
    ),
    "killed": Sentence(
        "작업 프로세스가 밖에서 종료되었습니다(메모리 부족이 흔한 이유입니다). --workers를 줄여 다시 실행하십시오.",
        "The process was ended from outside, often for lack of memory: lower --workers and run again.",
    ),
}
"""What to do about every status that is not ok."""


def failures_of(run: Run) -> list[dict[str, Any]]:
    """Return what did not finish, equal reasons of one recipe together."""
    return [entry for outcome in run.outcomes for entry in (*_failed(outcome), *_missing(outcome))]


def _failed(outcome: Outcome) -> list[dict[str, Any]]:
    causes = Counter((record.status, record.reason or "") for record in outcome.records if not record.ok)
    return [_entry(outcome, status, reason, jobs, CURES[status]) for (status, reason), jobs in causes.items()]


def _missing(outcome: Outcome) -> list[dict[str, Any]]:
    missing = len(outcome.jobs) - len(outcome.records)
    return [_entry(outcome, "not-run", None, missing, _AGAIN)] if missing else []


def _entry(outcome: Outcome, status: str, reason: str | None, jobs: int, cure: Sentence) -> dict[str, Any]:
    return {
        "dataset": outcome.dataset.name,
        "model": outcome.recipe.name,
        "purpose": outcome.protocol.purpose,
        "tuned": outcome.tuned,
        "status": status,
        "reason": reason,
        "jobs": jobs,
        "of": len(outcome.jobs),
        "cure": cure.to_dict(),
    }
