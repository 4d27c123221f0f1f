"""TB9xx: jobs that did not come to an end. Said as such, and never turned into a finding about the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from triage_bench.core.finding import Outcome as Result
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case
from triage_bench.diagnosis.check import Check, Seen


def _every_job_finished(case: Case) -> Iterator[Seen]:
    jobs = {job.key: job for job in case.run.plan.jobs if job.dataset == case.dataset.name}
    if not jobs:
        text = Sentence("이 자료에는 계획된 작업이 없습니다.", "No jobs were planned for this data.")
        yield Seen("not_applicable", text)
        return
    records = {key: case.run.records[key] for key in jobs if key in case.run.records}
    bad = {key: record for key, record in records.items() if not record.ok}
    missing, failed = len(jobs) - len(records), [one for one in bad.values() if one.status != "skipped"]
    result: Result = "issue" if failed else "tip" if bad or missing else "passed"
    counts = Counter(record.status for record in bad.values())
    listed = ", ".join(f"{status} {count}" for status, count in sorted(counts.items()))
    reasons = "; ".join(dict.fromkeys(f"{one.job.recipe.name}: {one.reason}" for one in bad.values()))
    detail = f" ({listed}) {reasons}" if bad else ""
    done = len(jobs) - len(bad) - missing
    text = Sentence(
        ko=f"작업 {len(jobs)}개 중 {done}개가 끝났고, {len(bad)}개는 실패했거나 건너뛰었으며, {missing}개는 아직 "
        f"실행되지 않았습니다.{detail}",
        en=f"Of {len(jobs)} jobs, {done} finished, {len(bad)} failed or were skipped, and {missing} did not run "
        f"yet.{detail}",
    )
    numbers: dict[str, float | int | str] = {"jobs": len(jobs), "ok": done, "not_run": missing}
    numbers |= {str(status): count for status, count in counts.items()}
    yield Seen(result, text, numbers, tuple(bad))


EVERY_JOB_FINISHED = Check(
    code="TB901",
    title=Sentence("계획한 작업이 모두 끝났습니다", "Every planned job finished"),
    why=Sentence(
        "끝나지 않은 작업은 자료나 모델에 대해 아무것도 말해 주지 않으며, 그만큼 판단의 근거가 줄어듭니다.",
        "A job that did not finish says nothing about data or model; there is that much less to judge by.",
    ),
    threshold=Sentence(
        "하나라도 실패했거나 시간·메모리를 넘기면 문제, 건너뛰었거나 아직 실행되지 않았으면 참고로 알립니다.",
        "An issue where any job failed or ran out of time or memory, a tip where jobs were skipped or did not run yet.",
    ),
    causes=(),
    look=_every_job_finished,
)
