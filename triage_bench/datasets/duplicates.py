"""Counts that need texts and labels together: repeated texts, contradictions, lonely classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.sentence import Notice, Sentence


def content_notices(texts: Sequence[str], labels: NDArray[np.int64], label_names: Sequence[str]) -> tuple[Notice, ...]:
    """Count duplicated texts, equal texts with different labels, and classes with one member.

    Parameters
    ----------
    texts
        Normalised, one per row.
    labels : ndarray of int64, shape (n,)
        Index into `label_names`.
    label_names
        The classes.

    Returns
    -------
    tuple of Notice
        Codes ``text.duplicate`` (rows beyond the first of each text), ``text.conflict`` (rows whose
        text also stands elsewhere with another label) and ``labels.single`` (classes).
    """
    found: dict[str, list[int]] = defaultdict(list)
    for words, code in zip(texts, labels.tolist(), strict=True):
        found[" ".join(words.split())].append(code)
    duplicates = sum(len(codes) - 1 for codes in found.values())
    conflicts = sum(len(codes) for codes in found.values() if len(set(codes)) > 1)
    sizes = np.bincount(labels, minlength=len(label_names))
    single = [name for name, size in zip(label_names, sizes, strict=True) if size == 1]
    return tuple(_content_notices(duplicates, conflicts, single, len(texts), len(label_names)))


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
