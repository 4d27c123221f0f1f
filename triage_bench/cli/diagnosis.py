"""A finished diagnosis as an object: verdicts, tables as data frames, and how a notebook shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triage_bench.core.finding import Cause, Verdict
from triage_bench.core.sentence import Sentence

if TYPE_CHECKING:
    from pandas import DataFrame

ROWS_SHOWN = 8
"""Rows of a table that the notebook's view shows; the tables themselves have all."""

_NESTED = ("records", "members", "weights", "protocol_words", "scores")
_NEUTRALISED = r"^'(?=[\s\u200b\ufeff]*[=+\-@\t\r\n＝＋－＠])"
_WHOLE = "white-space:nowrap"
_BORDER = "border-bottom:1px solid rgba(128,128,128,.4);padding:.2em .6em;text-align:left"


class Diagnosis:
    """What `triage_bench.diagnose` found.

    Parameters
    ----------
    folder
        The run's directory, with ``report.json`` in it.
    lang
        Language of the sentences: ``"ko"`` or ``"en"``.

    Attributes
    ----------
    report : dict
        The content of report.json.
    verdict : Verdict
        What holds the score back on your data: `cause`, `area`, `confidence`, `summary`, `next_steps` …
    model_verdict : Verdict or None
        The same of the model you brought.
    leaderboard, findings, labels_to_review : DataFrame
        As on the page; ``labels_to_review["row"]`` counts rows as ``iloc`` does where data came from memory.
    page : Path
        The report.
    """

    def __init__(self, folder: Path, lang: str = "ko") -> None:
        self.folder, self.lang = Path(folder), lang
        self.page = self.folder / "index.html"

    @cached_property
    def report(self) -> dict[str, Any]:
        """The content of report.json."""
        found: dict[str, Any] = json.loads((self.folder / "report.json").read_text("utf-8"))
        return found

    @property
    def verdict(self) -> Verdict:
        """What holds the score back on your data."""
        return next(one for one in self.verdicts if one.dataset == self._target and one.model is None)

    @property
    def model_verdict(self) -> Verdict | None:
        """What holds the model back that you brought; None where there is none."""
        return next((one for one in self.verdicts if one.model is not None), None)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Every verdict of the run."""
        return tuple(map(_verdict, self.report["verdicts"]))

    @cached_property
    def leaderboard(self) -> DataFrame:
        """One row per model and data set, with every metric as a column."""
        from pandas import DataFrame

        return DataFrame(
            [
                {**{name: value for name, value in row.items() if name not in _NESTED}, **row["scores"]}
                for row in self.report["leaderboard"]
            ]
        )

    @cached_property
    def findings(self) -> DataFrame:
        """One row per check: code, outcome, sentence, and its numbers as a dict."""
        from pandas import DataFrame

        columns = ["code", "dataset", "model", "outcome", "title", "text", "numbers"]
        rows = [
            {**one, "title": one["title"][self.lang], "text": one["text"][self.lang]} for one in self.report["findings"]
        ]
        return DataFrame(rows, columns=columns)

    @cached_property
    def labels_to_review(self) -> DataFrame:
        """The rows whose labels to look at first, the most worthwhile first; texts of your own stay out."""
        from pandas import read_csv

        found = read_csv(self.folder / "labels_to_review.csv", encoding="utf-8-sig")
        for column in found.select_dtypes(exclude="number"):
            if found[column].notna().any():
                found[column] = found[column].astype("string").str.replace(_NEUTRALISED, "", regex=True)
        return found

    @property
    def _target(self) -> str:
        return next(str(one["name"]) for one in self.report["datasets"] if one["role"] == "target")

    def __repr__(self) -> str:
        return f"Diagnosis({self.verdict.cause!r}, confidence={self.verdict.confidence:.2f}, page={str(self.page)!r})"

    def _repr_html_(self) -> str:
        """Return a view for notebooks: no script, no style but its own, nothing loaded, every text escaped."""
        shown = [one for one in (self.verdict, self.model_verdict) if one is not None]
        words = _WORDS[self.lang]
        issues = [one for one in self.report["findings"] if one["outcome"] in ("issue", "tip")]
        ranked = [
            one for one in self.report["leaderboard"] if one["rank"] is not None and one["dataset"] == self._target
        ]
        parts = [self._said(one) for one in shown]
        parts.append(_table(words["models"], words["columns"], map(_ranked, ranked[:ROWS_SHOWN])))
        parts.append(
            _table(
                words["issues"],
                words["finding"],
                ((one["code"], one["model"] or "", one["text"][self.lang]) for one in issues[:ROWS_SHOWN]),
            )
        )
        parts.append(f"<p>{_safe(words['page'])} <code>{_safe(str(self.page))}</code></p>")
        return f'<div lang="{self.lang}" style="word-break:keep-all;overflow-wrap:anywhere">{"".join(parts)}</div>'

    def _said(self, verdict: Verdict) -> str:
        steps = "".join(f"<li>{_safe(step.said_in(self.lang))}</li>" for step in verdict.next_steps)
        about = f"{_safe(verdict.model)} · " if verdict.model else ""
        sure = "" if verdict.cause == "undecided" else f" ({verdict.confidence:.0%})"
        return (
            f"<p><strong>{about}{_safe(verdict.summary.said_in(self.lang))}</strong><br>"
            f"<code>{_safe(verdict.cause)}</code>{sure}</p><ol>{steps}</ol>"
        )


_WORDS: Mapping[str, Mapping[str, Any]] = {
    "ko": {
        "models": "모델",
        "columns": ("순위", "모델", "지표", "점수", "95 % 구간"),
        "issues": "살펴볼 점",
        "finding": ("코드", "모델", "내용"),
        "page": "전체 보고서:",
    },
    "en": {
        "models": "Models",
        "columns": ("rank", "model", "metric", "score", "95 % interval"),
        "issues": "What asks for attention",
        "finding": ("code", "model", "what was found"),
        "page": "The whole report:",
    },
}


def _verdict(data: Mapping[str, Any]) -> Verdict:
    return Verdict(
        dataset=data["dataset"],
        model=data["model"],
        area=data["area"],
        cause=data["cause"],
        confidence=data["confidence"],
        causes=tuple(Cause(one["cause"], one["confidence"], tuple(one["evidence"])) for one in data["causes"]),
        cleared=tuple(data["cleared"]),
        summary=Sentence.from_dict(data["summary"]),
        next_steps=tuple(Sentence.from_dict(step) for step in data["next_steps"]),
    )


def _ranked(row: Mapping[str, Any]) -> tuple[str, ...]:
    tied = "=" if row["tied_with_best"] and row["rank"] > 1 else ""
    interval = "–" if row["ci_low"] is None else f"{row['ci_low']:.3f}–{row['ci_high']:.3f}"
    return f"{row['rank']}{tied}", row["name"], row["metric"], f"{row['score']:.3f}", interval


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col" style="{_BORDER};{_WHOLE}">{_safe(one)}</th>' for one in columns)
    # What comes first is a rank or a code: it is not to be broken.
    body = "".join(
        "<tr>"
        + "".join(f'<td style="{_BORDER}{"" if at else f";{_WHOLE}"}">{_safe(one)}</td>' for at, one in enumerate(row))
        + "</tr>"
        for row in rows
    )
    caption = f'<caption style="text-align:left;font-weight:bold">{_safe(title)}</caption>'
    begin = f'<table style="border-collapse:collapse;margin:0 0 1em">{caption}'
    return f"{begin}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _safe(text: str) -> str:
    from html import escape

    from triage_bench.report.format import visible

    return escape(visible(re.sub(r"\s+", " ", text)))
