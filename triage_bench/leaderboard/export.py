"""The leaderboard as files: plain data for report.json, CSV, a twin for Excel, Markdown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Literal

from triage_bench.core.sentence import Sentence
from triage_bench.leaderboard.table import Row
from triage_bench.metrics import METRICS, headline

Language = Literal["ko", "en"]

CONTRACT = (
    "dataset",
    "model",
    "tokenizer",
    "protocol",
    "metric",
    "score",
    "ci_low",
    "ci_high",
    "rank",
    "tied_with_best",
    "p_value_vs_best",
    "fit_seconds",
    "predict_rows_per_second",
    "status",
    "reason",
)
"""Keys that other programs rely on, in this order; never renamed, never dropped."""

ADDED = (
    "name",
    "tuned",
    "split",
    "state",
    "p_value_raw",
    "difference_to_best",
    "detectable",
    "inner_score",
    "optimism",
    "tune_seconds",
    "rows",
    "units",
)

FORMULA = re.compile(r"[\s\u200b\ufeff]*[=+\-@\t\r\n＝＋－＠]")
"""What a spreadsheet would take for a formula: these, full-width forms included, after any blanks."""

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""Characters that do something instead of showing something."""

_WORDS = {
    "rank": Sentence("순위", "rank"),
    "model": Sentence("모델", "model"),
    "protocol": Sentence("평가 방법", "protocol"),
    "interval": Sentence("95 % 구간", "95 % interval"),
    "p": Sentence("1위 대비 p", "p vs best"),
    "fit": Sentence("학습(초)", "fit s"),
    "status": Sentence("상태", "status"),
}
_LEGEND = Sentence(
    "`=`는 1위와의 차이가 우연일 수 있음을 뜻합니다(Holm 보정 p ≥ 0.05). "
    "교차검증 점수는 반복마다 모은 아웃오브폴드 예측으로 구해 평균한 값입니다.",
    "`=`: the difference to the best may be chance (Holm-corrected p ≥ 0.05). "
    "Scores of cross-validation are over the pooled out-of-fold predictions, averaged over repeats.",
)


def to_dicts(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the entries of report.json's leaderboard: the contract's keys and more.

    ``status`` is one of ok, failed and skipped; ``state`` keeps what exactly went wrong.
    """
    return [{**_flat(row), "scores": dict(row.scores), "records": list(row.keys), **_membership(row)} for row in rows]


def _membership(row: Row) -> dict[str, Any]:
    """Return who voted, for ensembles only: entries of models stay what they were."""
    return {"members": list(row.members), "weights": dict(row.weights)} if row.members else {}


def to_csv(rows: Iterable[Row]) -> str:
    """Return the leaderboard as CSV: the contract's columns, ours, then one per metric."""
    return _csv([_cells(row) for row in rows], "\n")


def to_excel_csv(rows: Iterable[Row]) -> str:
    """Return the CSV that spreadsheets open safely: with a byte order mark and no live formula."""
    safe = [{name: neutral(value) for name, value in _cells(row).items()} for row in rows]
    return "\ufeff" + _csv(safe, "\r\n")


def to_markdown(rows: Iterable[Row], language: Language = "en") -> str:
    """Return one table per data set and use of rows, best first, with what ties mark means."""
    said = "\n\n".join(
        f"## {_plain(dataset)}\n\n{_table(list(group), language)}"
        for dataset, group in groupby(rows, key=lambda row: row.dataset)
    )
    return f"{said}\n\n{_LEGEND.said_in(language)}\n" if said else ""


def _flat(row: Row) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in CONTRACT}
    values["status"] = row.status if row.status in ("ok", "skipped") else "failed"
    return {**values, **{name: row.status if name == "state" else getattr(row, name) for name in ADDED}}


def _cells(row: Row) -> dict[str, Any]:
    cells = {**_flat(row), **{name: row.scores.get(name) for name in METRICS}}
    return {name: _cell(value) for name, value in cells.items()}


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        # A carriage return ends a row for some readers, an escape code moves a terminal's cursor.
        return CONTROLS.sub(" ", value)
    return round(value, 6) if isinstance(value, float) else value


def _csv(lines: Sequence[Mapping[str, Any]], ending: str) -> str:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, [*CONTRACT, *ADDED, *METRICS], lineterminator=ending)
    writer.writeheader()
    writer.writerows(lines)
    return stream.getvalue()


def neutral(value: Any) -> Any:
    """Put an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def in_spreadsheet(value: Any) -> Any:
    """Return a cell as `neutral` does, with a blank for characters that do something instead of showing something."""
    return neutral(CONTROLS.sub(" ", value)) if isinstance(value, str) else value


def _table(rows: Sequence[Row], language: Language) -> str:
    metrics = list(dict.fromkeys([rows[0].metric, *headline(rows[0].scale)]))
    titles = [METRICS[name].title.said_in(language) for name in metrics]
    w = {name: sentence.said_in(language) for name, sentence in _WORDS.items()}
    head = [w["rank"], w["model"], w["protocol"], titles[0], w["interval"], *titles[1:], w["p"], w["fit"], w["status"]]
    ruled = ["---:", "---", "---", *["---:"] * (len(metrics) + 3), "---"]
    return "\n".join(_line(cells) for cells in (head, ruled, *(_told(row, metrics, language) for row in rows)))


def _told(row: Row, metrics: Sequence[str], language: Language) -> list[str]:
    places = METRICS[row.metric].decimals
    interval = "–" if row.ci_low is None else f"{row.ci_low:.{places}f}–{row.ci_high:.{places}f}"
    return [
        "–" if row.rank is None else f"{row.rank}{'=' if row.tied_with_best and row.rank > 1 else ''}",
        _plain(row.name),
        _plain(row.words.said_in(language)),
        _number(row.score, places),
        interval,
        *(_number(row.scores.get(name), METRICS[name].decimals) for name in metrics[1:]),
        _number(row.p_value_vs_best, 4),
        _number(row.fit_seconds, 1),
        row.status if row.reason is None else f"{row.status}: {_plain(row.reason)}",
    ]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: float | None, places: int) -> str:
    return "–" if value is None else f"{value:.{places}f}"


def _plain(text: str) -> str:
    """Write text so that no Markdown reader takes any of it for markup or a new line."""
    escaped = re.sub(r"([\\`*_{}\[\]|#~!])", r"\\\1", CONTROLS.sub(" ", text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
