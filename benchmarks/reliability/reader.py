"""Whatever stands in a file, its reader answers with a data set or with one clear refusal, and never changes it unsaid.

Hypothesis draws the files: arbitrary bytes, text with everything a delimited file trips over, sound files of
every format with bytes changed, and tables that must come back as they were written.
``python -m benchmarks.reliability.reader [--quick]`` prints the figures.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from benchmarks.reliability.result import Result
from triage_bench.core.errors import InputError
from triage_bench.datasets import read_file
from triage_bench.datasets.normalise import normalise_text
from triage_bench.datasets.validation import validate_file

CASES, CASES_QUICK = 10_000, 200
EXTENSIONS = (".csv", ".tsv", ".txt", ".jsonl", ".parquet", ".xlsx")
HEADER = "text,label"

_SNIPPETS = st.sampled_from(
    [
        *(",", ";", "\t", "|", "\n", "\r\n", "\r", '"', '""', "'", "\\", " ", "\x00", "\u200b", "\u00a0", "\ufeff"),
        *("가슴이 답답해요", "배가 아파요", "1", "2", "3.0", "KTAS 1", "ｋｔａｓ 1", "nan", "NA", "", "2024-01-01"),
        *("sep=;\n", "text", "label", "{", "}", "[", ":", "null", "NaN", "\ud800", "\uffff", "각", "🚑", "=1+1"),
        *("010-1234-5678", "900101-1234567", "a@b.kr", "뷁", "\ue000", "\u202e", "\x1b[31m", "x" * 2_000),
    ]
)
_TEXT = st.lists(_SNIPPETS | st.text(max_size=5), max_size=60).map("".join)
_CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


def campaign(seed: int, quick: bool) -> Sequence[Result]:
    """Draw files of four kinds, a quarter each."""
    counts: Counter[str] = Counter()
    with TemporaryDirectory() as made:
        folder = Path(made)
        for kind in (_any_bytes, _any_text, _changed, _written):
            _drawn(kind, folder, counts, seed, (CASES_QUICK if quick else CASES) // 4)
    tried, failed = counts["tried"], counts["failed"]
    note = ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()) if name != "tried")
    return [Result("file reader, drawn files", tried, tried - failed, note)]


def _drawn(kind: Callable[[Any, Path], str], folder: Path, counts: Counter[str], seed: int, cases: int) -> None:
    """Let Hypothesis draw so many files of one kind; what goes wrong is counted, and the first is shown."""

    @seeded(seed)
    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def draw(data: Any) -> None:
        counts["tried"] += 1
        try:
            counts[kind(data, folder)] += 1
        except Exception as error:  # any way but the two that there are
            if type(error).__module__.startswith("hypothesis"):
                raise
            counts["failed"] += 1
            sys.stderr.write(f"{kind.__name__}: {type(error).__name__}: {error!s:.300}\n")

    draw()


def _any_bytes(data: Any, folder: Path) -> str:
    return _read(_placed(folder, data.draw(st.sampled_from(EXTENSIONS)), data.draw(st.binary(max_size=400))))


def _any_text(data: Any, folder: Path) -> str:
    """Read text that trips readers up, in an encoding that may or may not hold it."""
    codec = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-32"]))
    raw = (data.draw(st.sampled_from(["", HEADER + "\n"])) + data.draw(_TEXT)).encode(
        codec, "surrogatepass" if "utf" in codec else "replace"
    )
    return _read(_placed(folder, data.draw(st.sampled_from(EXTENSIONS[:4])), raw))


def _changed(data: Any, folder: Path) -> str:
    """Read a sound file of which some bytes were changed, cut out, doubled or added."""
    kind = data.draw(st.sampled_from(EXTENSIONS))
    raw = bytearray(_sound(kind))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(raw)))
        how = data.draw(st.sampled_from(["set", "cut", "insert", "end"]))
        piece = data.draw(st.binary(min_size=1, max_size=4))
        if how == "end":
            del raw[at:]
        elif how == "cut":
            del raw[at : at + len(piece)]
        elif how == "insert":
            raw[at:at] = piece
        else:
            raw[at : at + len(piece)] = piece
    return _read(_placed(folder, kind, bytes(raw)))


def _written(data: Any, folder: Path) -> str:
    """Write a table, read it, and compare: every text and label is there, or was set aside and said."""
    rows = data.draw(st.lists(st.tuples(_CELL, st.sampled_from(["a", "b", " B ", "ａ", ""])), max_size=20))
    rows += [(f"문장 {at}", "ab"[at % 2]) for at in range(20)]
    stream = io.StringIO(newline="")
    mark = data.draw(st.sampled_from([",", ";", "\t"]))
    quoting = data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.writer(
        stream, delimiter=mark, quoting=quoting, lineterminator=data.draw(st.sampled_from(["\n", "\r\n"]))
    )
    writer.writerows([("text", "label"), *rows])
    path = _placed(
        folder, ".csv", stream.getvalue().encode(data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])))
    )
    try:
        found = read_file(path, text="text", label="label")
    except InputError as error:
        # A cell may look like an identifier, and of labels none may; anything else must be readable.
        raise AssertionError(f"refused: {error}") from error
    kept = [(normalise_text(text), label) for text, label in rows if normalise_text(text).strip() and label.strip()]
    assert found.texts == tuple(text for text, _ in kept), "texts differ"
    names = [{"ａ": "a"}.get(label.strip().casefold(), label.strip().casefold()) for _, label in kept]
    assert [found.label_names[code].casefold().replace("ａ", "a") for code in found.labels] == names, "labels differ"
    return "came back"


def _read(path: Path) -> str:
    """Look at a file through both doors; they must agree."""
    validation = validate_file(path)
    json.dumps(validation.to_dict(), allow_nan=False)
    if validation.text is None or validation.label is None:
        assert not validation.usable
        return "refused"
    try:
        read_file(path, text=validation.text, label=validation.label)
    except InputError as error:
        assert not validation.usable and error.exit_code == 2 and str(error), f"validate says usable, read_file {error}"
        return "refused"
    assert validation.usable
    return "read"


def _placed(folder: Path, extension: str, raw: bytes) -> Path:
    path = folder / f"case{extension}"
    path.write_bytes(raw)
    return path


_made: dict[str, bytes] = {}


def _sound(kind: str) -> bytes:
    """Return a sound file of a format."""
    if kind not in _made:
        _made[kind] = _MAKERS[kind]([(f"가슴이 답답해요 {at}", at % 3 + 1) for at in range(15)])
    return _made[kind]


def _parquet(rows: Sequence[tuple[str, int]]) -> bytes:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    stream = io.BytesIO()
    parquet.write_table(
        arrow.table({"text": [text for text, _ in rows], "label": [label for _, label in rows]}), stream
    )
    return stream.getvalue()


def _workbook(rows: Sequence[tuple[str, int]]) -> bytes:
    import openpyxl

    book, stream = openpyxl.Workbook(), io.BytesIO()
    for row in [("text", "label"), *rows]:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def _delimited(mark: str) -> Callable[[Sequence[tuple[str, int]]], bytes]:
    return lambda rows: "".join([f"text{mark}label\n", *(f"{text}{mark}{label}\n" for text, label in rows)]).encode()


def _json_lines(rows: Sequence[tuple[str, int]]) -> bytes:
    return "".join(
        json.dumps({"text": text, "label": label}, ensure_ascii=False) + "\n" for text, label in rows
    ).encode()


_MAKERS: dict[str, Callable[[Sequence[tuple[str, int]]], bytes]] = {
    ".csv": _delimited(","),
    ".tsv": _delimited("\t"),
    ".txt": _delimited("\t"),
    ".jsonl": _json_lines,
    ".parquet": _parquet,
    ".xlsx": _workbook,
}


if __name__ == "__main__":
    for result in campaign(0, quick="--quick" in sys.argv):
        print(result)
