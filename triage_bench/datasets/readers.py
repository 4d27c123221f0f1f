"""One reader per public data set: how its files are written, and what has to be known of them.

Every reader takes its card and the paths of its files by file name, and returns a `Dataset` whose
texts are normalised like those of a user's file.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import TEST, TRAIN, UNUSED, Dataset
from triage_bench.core.errors import DataError
from triage_bench.core.seeds import generator_for
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.datasets.cards import Card
from triage_bench.datasets.duplicates import content_notices
from triage_bench.datasets.normalise import normalise_texts

Files = Mapping[str, Path]

_LEVELS = tuple(f"KTAS {level}" for level in range(1, 6))
_YNAT_TOPICS = ("IT과학", "경제", "사회", "생활문화", "세계", "스포츠", "정치")
_YNAT_FIRST_DEV_ROW = 36_547


@dataclass(frozen=True)
class _Rows:
    """What a reader found, one entry per row."""

    texts: Sequence[str]
    labels: Sequence[int]
    groups: Sequence[int] | None = None
    topics: Sequence[str] | None = None
    official: NDArray[np.int8] | None = None
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def nsmc(card: Card, files: Files, *, train_rows: int | None = None) -> Dataset:
    """Read NSMC: free quotes inside, documents that are empty or read ``NA``.

    Parameters
    ----------
    card, files
        The card, and the paths of ``ratings_train.txt`` and ``ratings_test.txt``.
    train_rows
        Keep a random sample of this many training rows, always the same; the other training rows
        are left out, not marked as unused: nothing would be gained by carrying them along.
    """
    train, test = (_nsmc_file(files[name]) for name in ("ratings_train.txt", "ratings_test.txt"))
    notices: tuple[Notice, ...] = ()
    if train_rows is not None:
        notices = (_sample_notice(train_rows, len(train)),)
        chosen = generator_for("nsmc", "train rows", train_rows).choice(len(train), train_rows, replace=False)
        train = [train[i] for i in np.sort(chosen).tolist()]
    rows = _Rows(
        texts=[text for text, _ in train + test],
        labels=[label for _, label in train + test],
        official=_official(len(train) + len(test), {TEST: range(len(train), len(train) + len(test))}),
    )
    return _dataset(card, rows, ("부정", "긍정"), notices)


def ynat(card: Card, files: Files) -> Dataset:
    """Read YNAT headlines; the rows from 36,547 on are KLUE's official dev set."""
    records = _records(files["train_data.csv"])
    rows = _Rows(
        texts=[record["title"] for record in records],
        labels=[int(record["topic_idx"]) for record in records],
        official=_official(len(records), {TEST: range(_YNAT_FIRST_DEV_ROW, len(records))}),
    )
    return _dataset(card, rows, _YNAT_TOPICS)


def ktas_symptom(card: Card, files: Files, *, official: bool = True) -> Dataset:
    """Read generated symptom texts; paraphrases of one source row share ``original_index``.

    Parameters
    ----------
    card, files
        The card, and the paths of ``ktas_training_data_final.csv`` and ``ktas_split.json``.
    official
        Whether to carry the published split. Its parts dev (choice of the epoch) and calib
        (thresholds) are `UNUSED`, as the published model was trained on train alone.
    """
    records = _records(files["ktas_training_data_final.csv"])
    split = json.loads(files["ktas_split.json"].read_text(encoding="utf-8"))
    unused = [*split["dev"], *split["calib"]]
    rows = _Rows(
        texts=[record["symptom_text"] for record in records],
        labels=[int(record["ktas_level"]) - 1 for record in records],
        groups=[int(record["original_index"]) for record in records],
        topics=[_one_line(record["symptom"]) for record in records],
        official=_official(len(records), {TEST: split["test"], UNUSED: unused}) if official else None,
        columns={name: [_one_line(record[name]) for record in records] for name in ("L_category", "category")},
    )
    return _dataset(card, rows, _LEVELS)


def ktas_table(card: Card, files: Files) -> Dataset:
    """Read the notice's table; age group, category and symptom make the text.

    The same entry for adults and for children forms one group: it is nearly the same text, and
    nearly always the same level. A line break inside a field comes from the narrow cells of the
    printed table and becomes a space.
    """
    records = [
        {name: _one_line(cell) for name, cell in record.items()} for record in _records(files["ktas_dataset.csv"])
    ]
    entries = [(record["L_category"], record["category"], record["symptom"]) for record in records]
    number = {entry: index for index, entry in enumerate(dict.fromkeys(entries))}
    rows = _Rows(
        texts=[", ".join((record["age_group"], *entry)) for record, entry in zip(records, entries, strict=True)],
        labels=[int(record["ktas_level"]) - 1 for record in records],
        groups=[number[entry] for entry in entries],
        topics=[record["symptom"] for record in records],
        columns={name: [record[name] for record in records] for name in ("age_group", "L_category", "category")},
    )
    return _dataset(card, rows, _LEVELS)


def ktas_moon2019(card: Card, files: Files) -> Dataset:
    """Read real patients' chief complaints; the label is the experts' level, the nurses' stands beside it.

    ``#BOÞ!``, ``??`` and an empty field mean missing; numbers have decimal commas.
    """
    records = _records(files["data.csv"], encoding="latin-1", delimiter=";")
    texts = [record["Chief_complain"] for record in records]
    side = [name for name in records[0] if name not in ("Chief_complain", "KTAS_expert")]
    rows = _Rows(
        texts=texts,
        labels=[int(record["KTAS_expert"]) - 1 for record in records],
        columns={name: [_number(record[name]) for record in records] for name in side},
    )
    lost = sum(1 for text in texts if not text.replace("?", "").strip())
    notice = Notice(
        "text.lost",
        lost,
        len(texts),
        Sentence(
            f"{lost:,}행은 한글이 물음표로 바뀌어 원래 내용을 알 수 없습니다. 지우지 않고 두었습니다.",
            f"{lost:,} rows lost their Korean to question marks. They were kept.",
        ),
    )
    return _dataset(card, rows, _LEVELS, (notice,))


def _dataset(card: Card, rows: _Rows, label_names: tuple[str, ...], notices: Iterable[Notice] = ()) -> Dataset:
    """Normalise, set empty texts aside, count what is worth knowing."""
    texts, changes = normalise_texts(rows.texts)
    kept = np.array([i for i, text in enumerate(texts) if text.strip()], dtype=np.int64)
    labels = np.asarray(rows.labels, dtype=np.int64)[kept]
    dataset = Dataset(
        name=card.name,
        texts=tuple(texts[i] for i in kept.tolist()),
        labels=labels,
        label_names=label_names,
        scale=card.scale,
        groups=None if rows.groups is None else np.asarray(rows.groups, dtype=np.int64)[kept],
        topics=None if rows.topics is None else tuple(rows.topics[i] for i in kept.tolist()),
        official=None if rows.official is None else rows.official[kept],
        columns={name: tuple(values[i] for i in kept.tolist()) for name, values in rows.columns.items()},
        provenance=card.provenance,
    )
    empty = len(texts) - len(kept)
    aside = Notice(
        "text.empty",
        empty,
        len(texts),
        Sentence(
            f"문장이 비어 있는 {empty:,}행을 제외했습니다.",
            f"{empty:,} rows with an empty text were set aside.",
        ),
    )
    counted = content_notices(dataset.texts, dataset.labels, label_names)
    return replace(dataset, notices=(*changes, *notices, *((aside,) if empty else ()), *counted))


def _nsmc_file(path: Path) -> list[tuple[str, int]]:
    lines = path.read_bytes().decode("utf-8").split("\n")
    fields = [line.split("\t") for line in lines[1:] if line]
    wrong = next((number for number, parts in enumerate(fields, start=2) if len(parts) != 3), None)
    if wrong is not None:
        raise DataError(f"{path.name}:{wrong}: expected id, document and label between tabs.")
    return [(document, int(label)) for _, document, label in fields]


def _records(path: Path, *, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[dict[str, str]]:
    text = path.read_bytes().decode(encoding)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def _official(rows: int, sides: Mapping[int, Iterable[int]]) -> NDArray[np.int8]:
    """Return `TRAIN` for every row that stands on no other side."""
    official = np.full(rows, TRAIN, dtype=np.int8)
    for side, members in sides.items():
        official[list(members)] = side
    return official


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _number(text: str) -> float | str | None:
    text = text.strip()
    if text in ("", "??", "#BOÞ!"):
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def _sample_notice(train_rows: int, of: int) -> Notice:
    return Notice(
        "rows.sampled",
        train_rows,
        of,
        Sentence(
            f"학습용 {of:,}행 가운데 고정된 시드로 {train_rows:,}행을 뽑았습니다.",
            f"{train_rows:,} of {of:,} training rows were drawn with a fixed seed.",
        ),
    )
