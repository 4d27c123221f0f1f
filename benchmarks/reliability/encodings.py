"""Nine encodings and mixtures of them, damaged in every way that files are: read rightly, or refused or told of.

Silent damage, texts that differ from what was written without a word said, must not happen.
``python -m benchmarks.reliability.encodings [--quick]`` prints the figures.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.reliability.result import Result
from triage_bench.core.errors import DataError
from triage_bench.core.seeds import generator_for
from triage_bench.datasets import read_file
from triage_bench.datasets.normalise import normalise_text

ENCODINGS: dict[str, tuple[bytes, str]] = {
    "UTF-8": (b"", "utf-8"),
    "UTF-8 with mark": (b"\xef\xbb\xbf", "utf-8"),
    "CP949": (b"", "cp949"),
    "EUC-KR": (b"", "euc_kr"),
    "UTF-16 LE with mark": (b"\xff\xfe", "utf-16-le"),
    "UTF-16 BE with mark": (b"\xfe\xff", "utf-16-be"),
    "UTF-16 LE without mark": (b"", "utf-16-le"),
    "Johab": (b"", "johab"),
    "ISO-2022-KR": (b"", "iso2022_kr"),
}
"""What a Korean file can be saved in; the last three have no mark and are refused."""

READABLE = tuple(ENCODINGS)[:6]
ROWS = 40
REPEATS, REPEATS_QUICK = 40, 1
TOLD = ("text.lost", "text.mojibake", "text.misread", "text.jamo", "text.unusable", "text.unknown")
PLACE = re.compile(r":\d+: byte \d+|: byte \d+|\.csv:\d+:\d+: ")

_WORDS = (
    *("가슴이", "답답하고", "식은땀이", "나요", "머리가", "아파요", "갑자기", "어제부터", "배가"),
    *("쥐어짜듯", "손가락을", "베었어요", "숨이", "차서", "누울", "수", "없어요", "괜찮습니다"),
)
_RARE = ("뷁", "똠방각하", "펲시", "햏자")

Rng = np.random.Generator
Damage = Callable[[list[str], str, Rng], bytes | None]
"""From texts and an encoding to the bytes of a file; None where the damage cannot be told from other writing."""


@dataclass(frozen=True)
class Case:
    """One file: how it was saved, what was done to it, and the seed of both."""

    encoding: str
    damage: str
    seed: int


def campaign(seed: int, quick: bool) -> Sequence[Result]:
    """Try every encoding with every damage, several files each."""
    repeats = REPEATS_QUICK if quick else REPEATS
    cases = [Case(one, two, seed * 1_000 + at) for one in ENCODINGS for two in DAMAGES for at in range(repeats)]
    with TemporaryDirectory() as folder:
        endings = {case: ending_of(case, Path(folder)) for case in cases}
    counts = Counter(ending for ending in endings.values() if ending is not None)
    tried = sum(counts.values())
    silent = [case for case, ending in endings.items() if ending in ("silent", "refused without place")]
    note = ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))
    if silent:
        note += "; first: " + ", ".join(f"{case.encoding} / {case.damage} / {case.seed}" for case in silent[:3])
    return [Result("encodings and text damage", tried, tried - len(silent), note)]


def ending_of(case: Case, folder: Path) -> str | None:
    """Return how reading a file ends; None where the encoding cannot hold what the damage writes."""
    rng = generator_for(case.encoding, case.damage, case.seed)
    texts = [_sentence(rng, rare=case.encoding != "EUC-KR") for _ in range(ROWS)]
    try:
        made = DAMAGES[case.damage](texts, case.encoding, rng)
    except UnicodeEncodeError:
        return None
    if made is None:
        return None
    path = folder / "case.csv"
    path.write_bytes(made)
    try:
        found = read_file(path, text="text", label="label")
    except DataError as error:
        # That there is too little to read is said of a file that was cut off, with rows instead of bytes.
        placed = PLACE.search(str(error)) or "NUL bytes" in str(error)
        return "refused" if placed else "refused without place"
    codes = {notice.code for notice in found.notices}
    wanted = tuple(normalise_text(text) for text in texts)
    mended = wanted != tuple(texts)
    if found.texts == wanted[: len(found)] and len(found) + (case.damage == "cut off") >= len(wanted):
        return "right" if not mended or codes & set(MENDED) else "silent"
    return "told" if codes & set(TOLD) else "silent"


MENDED = ("text.nfc", "text.invisible", "text.spaces", "text.line_ends", "text.unusable")


def _sentence(rng: Rng, *, rare: bool) -> str:
    words = [_WORDS[i] for i in rng.integers(0, len(_WORDS), rng.integers(3, 9))]
    if rare and rng.random() < 0.1:
        words.append(_RARE[rng.integers(0, len(_RARE))])
    return " ".join(words)


def _lines(texts: Sequence[str]) -> list[str]:
    return ["text,label\n", *(f"{text},{at % 3 + 1}\n" for at, text in enumerate(texts))]


def _saved(texts: Sequence[str], encoding: str) -> bytes:
    mark, codec = ENCODINGS[encoding]
    return mark + "".join(_lines(texts)).encode(codec)


def _whole(texts: list[str], encoding: str, rng: Rng) -> bytes:
    return _saved(texts, encoding)


def _mixed(other: str) -> Damage:
    """Return a damage that writes some lines in another encoding."""

    def mixed(texts: list[str], encoding: str, rng: Rng) -> bytes:
        mark, codec = ENCODINGS[encoding]
        lines = _lines(texts)
        foreign = set((1 + rng.permutation(len(texts))[: rng.integers(1, len(texts))]).tolist())
        return mark + b"".join(line.encode(other if at in foreign else codec) for at, line in enumerate(lines))

    return mixed


def _mixed_in_line(texts: list[str], encoding: str, rng: Rng) -> bytes:
    """Write half of one line in another encoding."""
    mark, codec = ENCODINGS[encoding]
    other = "cp949" if codec == "utf-8" else "utf-8"
    lines = _lines(texts)
    at = int(rng.integers(1, len(lines)))
    half = max(1, len(lines[at]) // 2)
    parts = [line.encode(codec) for line in lines]
    parts[at] = lines[at][:half].encode(codec) + lines[at][half:].encode(other)
    return mark + b"".join(parts)


def _cut(texts: list[str], encoding: str, rng: Rng) -> bytes:
    """Break off inside the last line, inside a letter where the encoding allows it."""
    made = _saved(texts, encoding)
    last = len(f"{texts[-1]},1\n".encode(ENCODINGS[encoding][1]))
    return made[: len(made) - int(rng.integers(3, last))]


def _byte(change: Callable[[bytearray, int, Rng], None]) -> Damage:
    """Return a damage to one byte of one Hangul letter."""

    def damaged(texts: list[str], encoding: str, rng: Rng) -> bytes | None:
        if change is _blank and encoding.startswith("UTF-16"):
            return None  # another letter stands there then, as good as any: no reader can know
        made = bytearray(_saved(texts, encoding))
        high = [at for at in range(12, len(made)) if made[at] >= 0x80] or list(range(12, len(made)))
        change(made, int(rng.choice(high)), rng)
        return bytes(made)

    return damaged


def _inserted(made: bytearray, at: int, rng: Rng) -> None:
    made.insert(at, 0xFF)


def _deleted(made: bytearray, at: int, rng: Rng) -> None:
    del made[at]


def _blank(made: bytearray, at: int, rng: Rng) -> None:
    made[at] = 0x20


def _rewritten(change: Callable[[str], str]) -> Damage:
    """Return a damage that was done to a third of the texts before they were saved; they are what is to be read."""

    def rewritten(texts: list[str], encoding: str, rng: Rng) -> bytes:
        for at in rng.permutation(len(texts))[: len(texts) // 3].tolist():
            texts[at] = change(texts[at])
        return _saved(texts, encoding)

    return rewritten


def _misread(written: str, read: str) -> Damage:
    """Return a damage an earlier program did: it read some texts in the wrong encoding and saved what it saw."""

    def misread(texts: list[str], encoding: str, rng: Rng) -> bytes:
        seen = list(texts)
        for at in rng.permutation(len(texts))[: 1 + len(texts) // 3].tolist():
            seen[at] = seen[at].encode(written).decode(read, "replace").replace(",", " ").replace('"', " ")
            seen[at] = "".join(letter if letter.isprintable() else "\ufffd" for letter in seen[at])
        return _saved(seen, encoding)

    return misread


DAMAGES: dict[str, Damage] = {
    "none": _whole,
    "lines in UTF-8": _mixed("utf-8"),
    "lines in CP949": _mixed("cp949"),
    "lines in Johab": _mixed("johab"),
    "lines in UTF-16": _mixed("utf-16-le"),
    "half a line in another": _mixed_in_line,
    "cut off": _cut,
    "a byte inserted": _byte(_inserted),
    "a byte deleted": _byte(_deleted),
    "a byte blanked": _byte(_blank),
    "decomposed (NFD)": _rewritten(lambda text: unicodedata.normalize("NFD", text)),
    "zero-width spaces": _rewritten(lambda text: "\u200b".join(text)),
    "no-break spaces": _rewritten(lambda text: text.replace(" ", "\u00a0")),
    "NUL characters": _rewritten(lambda text: text[:3] + "\x00" + text[3:]),
    "letters lost": _misread("cp949", "utf-8"),
    "UTF-8 read as Latin-1": _misread("utf-8", "latin-1"),
    "UTF-8 read as CP1252": _misread("utf-8", "cp1252"),
    "CP949 read as Latin-1": _misread("euc_kr", "latin-1"),
    "UTF-8 read as CP949": _misread("utf-8", "cp949"),
}


if __name__ == "__main__":
    for result in campaign(0, quick="--quick" in sys.argv):
        print(result)
