"""People's numbers and addresses planted in a file; then every byte that the commands leave is searched for them.

``python -m benchmarks.reliability.privacy [--quick]`` prints the figures.
"""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.reliability.result import Result
from triage_bench.testing import easy_sentences

RESIDENT, PHONE, MAIL, CHART = "900101-1234567", "010-8765-4321", "hong.gildong@example.co.kr", "83719264"
SOURCE_PHONE, FILE_PHONE = "010-2468-1357", "010-9753-8642"
PLANTED = (RESIDENT, PHONE, MAIL, CHART, SOURCE_PHONE, FILE_PHONE)
ROW_WORDS = "동백꽃무늬 담요를 덮고"
"""Words of a single row, which a failing model quotes."""

QUOTING_MODEL = """
class Quoting:
    def fit(self, X, y):
        raise ValueError("could not convert string to float: " + repr(next(x for x in X if "동백" in x)))
    def predict(self, X):
        return ["1"] * len(X)
"""


def planted_file(folder: Path) -> Path:
    """Write a file whose name, texts, sources and an unused column name people; six texts share a phone number."""
    texts, labels = easy_sentences(90)
    pairs = enumerate(zip(texts, labels, strict=True))
    rows = [f"{text},{label},간호사 {i % 3},메모 {i}" for i, (text, label) in pairs]
    notes = (f"주민번호 {RESIDENT} 입니다", f"메일은 {MAIL}로", f"차트번호: {CHART} 환자", ROW_WORDS)
    for at, said in enumerate(notes):
        rows[at] = f"{texts[at]} {said},{labels[at]},{SOURCE_PHONE},{RESIDENT}"
    first = labels[0]
    same = [i for i, label in enumerate(labels) if label == first and i > 10][:12]
    for at in same:
        rows[at] = f"{texts[at]} 연락처 {PHONE} {at},{first},{SOURCE_PHONE},{PHONE}"
    path = folder / f"환자 {FILE_PHONE}.csv"
    path.write_text("\n".join(["증상,KTAS,기록자,비고", *rows, ""]), encoding="utf-8")
    return path


def spelt_everywhere(folder: Path, data_file: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file's name and bytes, and those of what is packed inside it."""
    for path in sorted(folder.rglob("*")):
        if path in (data_file, folder / "quoting.py"):
            continue
        yield f"name of {path.relative_to(folder)}", str(path.relative_to(folder)).encode()
        if not path.is_file():
            continue
        raw = path.read_bytes()
        yield str(path.relative_to(folder)), raw
        if zipfile.is_zipfile(io.BytesIO(raw)):
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                yield from ((f"{path.name}/{name}", archive.read(name)) for name in archive.namelist())
        if raw[:2] == b"\x1f\x8b":
            yield f"{path.name} unpacked", gzip.decompress(raw)


def hits(folder: Path, data_file: Path, streams: dict[str, bytes], words: tuple[str, ...] = PLANTED) -> list[str]:
    """Return where a planted word stands, in UTF-8, UTF-16, UTF-32 or as JSON spells it, with or without dashes."""
    forms = {
        (word, one.encode(codec))
        for word in words
        for one in (word, word.replace("-", ""), word.encode("unicode_escape").decode())
        for codec in ("utf-8", "utf-16-le", "utf-32-le")
    }
    everything = [*spelt_everywhere(folder, data_file), *streams.items()]
    assert len(everything) > 3
    return [f"{word} in {where}" for where, raw in everything for word, form in forms if form in raw]


def ran(folder: Path, *arguments: str | Path) -> tuple[int, bytes, bytes]:
    """Run a command in a process of its own, in a folder that also holds its cache and its home."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "TRIAGE_BENCH_DATA"},
        "HOME": str(folder / "home"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_DATA_HOME": str(folder / "data"),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "triage_bench", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, cwd=folder, env=environment, timeout=240)
    return done.returncode, done.stdout, done.stderr


COLUMNS = ("--text", "증상", "--label", "KTAS")


DIAGNOSIS: tuple[str, ...] = (
    *("diagnose", "{file}", *COLUMNS, "--source", "기록자", "--budget", "quick", "--model", "quoting.py:Quoting"),
    *("--executor", "serial", "--lang", "en"),
)
OTHERS: tuple[tuple[str, ...], ...] = (
    (
        *("tune", "tfidf-lr[eojeol]", "--data", "{file}", *COLUMNS),
        *("--trials", "2", "--folds", "2", "--executor", "serial"),
    ),
    ("fit", "tfidf-lr[eojeol]", "--data", "{file}", *COLUMNS, "--save", "kept"),
    ("fit", "knn", "--data", "{file}", *COLUMNS, "--save", "near"),
    ("predict", "kept", "{file}", "--explain", "20", "--out", "answers.csv"),
    ("validate", "{file}", *COLUMNS),
    ("validate", "{file}", "--json"),
)


def campaign(seed: int, quick: bool) -> Sequence[Result]:
    """Run each command on the planted file, whose rows are fixed, and search what it leaves."""
    commands = [(OTHERS[1], 0)] if quick else [(DIAGNOSIS, 1), *((one, 0) for one in OTHERS)]
    survived, searched, found = 0, 0, []
    with TemporaryDirectory() as made:
        folder = Path(made)
        path = planted_file(folder)
        (folder / "quoting.py").write_text(QUOTING_MODEL, encoding="utf-8")
        for command, code in commands:
            ended, out, err = ran(folder, *(word.format(file=path) for word in command))
            here = hits(folder, path, {"stdout": out, "stderr": err}, (*PLANTED, ROW_WORDS))
            found += here
            survived += ended == code and not here
        searched = sum(len(raw) for _, raw in spelt_everywhere(folder, path))
    note = f"{len(found)} hits in {searched / 1e6:.1f} MB" + (f"; first: {found[0]}" if found else "")
    return [Result("planted identifiers", len(commands), survived, note)]


if __name__ == "__main__":
    for result in campaign(0, quick="--quick" in sys.argv):
        print(result)
