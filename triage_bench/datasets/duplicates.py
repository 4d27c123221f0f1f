"""Counts that need texts and labels together: repeated texts, contradictions, lonely classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.sentence import Notice, Sentence
from triage_bench.datasets.normalise import ROWS_NAMED


def content_notices(
    texts: Sequence[str], labels: NDArray[np.int64], label_names: Sequence[str], rows: Sequence[int] | None = None
) -> tuple[Notice, ...]:
    """Count duplicated texts, equal texts with different labels, and classes with one member.

    Parameters
    ----------
    texts
        Normalised, one per row.
    labels : ndarray of int64, shape (n,)
        Index into `label_names`.
    label_names
        The classes.
    rows
        Where each stands in its file, for the notices.

    Returns
    -------
    tuple of Notice
        Codes ``text.duplicate`` (rows beyond the first of each text), ``text.conflict`` (rows whose
        text also stands elsewhere with another label) and ``labels.single`` (classes).
    """
    found: dict[str, list[int]] = defaultdict(list)
    for at, words in enumerate(texts):
        found[" ".join(words.split())].append(at)
    codes = labels.tolist()
    duplicates = sorted(at for same in found.values() for at in same[1:])
    conflicts = sorted(at for same in found.values() if len({codes[i] for i in same}) > 1 for at in same)
    sizes = np.bincount(labels, minlength=len(label_names))
    single = [name for name, size in zip(label_names, sizes, strict=True) if size == 1]
    alone = np.flatnonzero(sizes[labels] == 1).tolist()
    where = dict(zip(("text.duplicate", "text.conflict", "labels.single"), (duplicates, conflicts, alone), strict=True))
    notices = _content_notices(len(duplicates), len(conflicts), single, len(texts), len(label_names))
    if rows is None:
        return tuple(notices)
    return tuple(replace(one, rows=tuple(rows[at] for at in where[one.code][:ROWS_NAMED])) for one in notices)


def _content_notices(
    duplicates: int, conflicts: int, single: Sequence[str], rows: int, classes: int
) -> Iterable[Notice]:
    if duplicates:
        yield Notice(
            "text.duplicate",
            duplicates,
            rows,
            Sentence(
                f"{rows:,}행 가운데 {duplicates:,}행은 앞선 행과 문장이 같습니다. 지우지 않고 두었습니다.",
                f"{duplicates:,} of {rows:,} rows repeat the text of an earlier row. They were kept.",
            ),
        )
    if conflicts:
        yield Notice(
            "text.conflict",
            conflicts,
            rows,
            Sentence(
                f"{rows:,}행 가운데 {conflicts:,}행은 문장이 같은데 라벨이 서로 다릅니다.",
                f"{conflicts:,} of {rows:,} rows share their text with a row that carries another label.",
            ),
        )
    if single:
        listed = ", ".join(map(repr, single[:5])) + (", …" if len(single) > 5 else "")
        yield Notice(
            "labels.single",
            len(single),
            classes,
            Sentence(
                f"한 행뿐인 클래스가 {len(single):,}개 있습니다({listed}). 학습과 평가 양쪽에 놓일 수 없어 "
                "점수가 나오지 않습니다. 행을 더 모으거나 다른 클래스와 합치십시오.",
                f"{len(single):,} classes have one row only ({listed}). Such a row cannot be both learnt from and "
                "scored; collect more, or merge the class with another.",
            ),
        )
