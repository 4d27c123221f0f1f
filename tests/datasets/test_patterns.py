"""Frames, telling tokens, telling columns and new tokens: found where planted, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from triage_bench.datasets.files import read_file
from triage_bench.datasets.frames import frame_facts
from triage_bench.datasets.ktas_sim import KtasSim
from triage_bench.datasets.novelty import novelty_facts
from triage_bench.datasets.shortcuts import find_shortcut
from triage_bench.datasets.telling_columns import telling_columns, told_share
from triage_bench.diagnosis.patterns import COVERAGE, FRAMED, PRECISION

SYLLABLES = [chr(code) for code in range(0xAC00, 0xAC00 + 600, 7)]


def noise_words(count: int, seed: int, length: int = 6) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join("".join(rng.choice(SYLLABLES, 3)) for _ in range(length)) for _ in range(count)]


def test_frames_are_counted_by_hand() -> None:
    texts = [f"환자는 {word} 증상을 보임." for word in noise_words(60, 1)] + noise_words(40, 2)
    facts = frame_facts([*texts, texts[0]])
    assert facts["opening_share"] == pytest.approx(0.6 + 11 / 100, abs=0.01)
    assert facts["frame_share"] == min(facts["opening_share"], facts["ending_share"])
    assert facts["openings_for_half"] == 1


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_planted_token_is_found_out_of_fold(share: float) -> None:
    rng = np.random.default_rng(3)
    labels = np.arange(400) % 2
    texts = noise_words(400, 4)
    marks = ("하늘길", "바닷길")
    texts = [f"{marks[c]} {t}" if rng.random() < share else t for t, c in zip(texts, labels.tolist(), strict=True)]
    found = find_shortcut(texts, labels, np.arange(400))
    assert found.coverage == pytest.approx(share, abs=0.08) and found.precision > 0.97
    assert {label for token, label in zip(found.tokens, found.labels, strict=True) if token in marks[label]} == {0, 1}


def test_chance_gives_nothing_away() -> None:
    found = find_shortcut(noise_words(400, 5, length=12), np.arange(400) % 2, np.arange(400))
    assert found.coverage < COVERAGE


def test_rows_that_are_not_named_teach_nothing() -> None:
    """Tokens of official test rows stay unknown."""
    texts = noise_words(300, 6)
    labels = np.arange(300) % 2
    marked = [*texts[:200], *(f"시험표{row % 2} {text}" for row, text in enumerate(texts[200:]))]
    assert find_shortcut(marked, labels, np.arange(200)) == find_shortcut(texts, labels, np.arange(200))


def test_a_token_stands_in_at_least_five_texts() -> None:
    texts = ["김아무개 " + text if row < 4 else text for row, text in enumerate(noise_words(60, 7))]
    found = find_shortcut(texts, (np.arange(60) >= 4).astype(np.int64), np.arange(60))
    assert not any("김아" in token for token in found.tokens)


def lopsided(marked: float) -> tuple[list[str], np.ndarray]:
    """A thousand texts, one label in twenty rare; a word of the label's own in this share of the texts."""
    rng = np.random.default_rng(8)
    labels = (np.arange(1000) % 20 == 0).astype(np.int64)
    texts = noise_words(1000, 9)
    marks = ("하늘길", "바닷길")
    return [f"{marks[c]} {t}" if rng.random() < marked else t for t, c in zip(texts, labels, strict=True)], labels


def test_of_a_class_nearly_all_rows_have_no_word_tells_but_of_the_others_it_does() -> None:
    texts, labels = lopsided(0.7)
    found = find_shortcut(texts, labels, np.arange(1000))
    assert found.coverage < 0.05 and set(found.labels) == {1}
    assert found.rare_coverage == pytest.approx(0.7, abs=0.15) and found.precision > 0.97
    texts, _ = lopsided(0.0)
    assert find_shortcut(texts, labels, np.arange(1000)).rare_coverage == 0.0
    assert find_shortcut(texts, np.arange(1000) % 2, np.arange(1000)).rare_coverage is None


@pytest.mark.parametrize("rows", [500, 1000])
def test_template_poverty_of_ktas_sim_is_told_from_sound_ktas_sim(rows: int) -> None:
    def seen(poverty: float) -> tuple[bool, bool]:
        data = KtasSim(rows=rows, template_poverty=poverty, seed=11).draw()
        found = find_shortcut(data.texts, data.labels, np.arange(rows))
        return frame_facts(data.texts)["frame_share"] >= FRAMED, (
            found.coverage >= COVERAGE and found.precision >= PRECISION
        )

    assert seen(0.0) == (False, False)
    assert seen(0.6) == (True, True)


def test_a_column_tells_the_label_only_if_other_rows_with_its_value_agree() -> None:
    labels = np.arange(100) % 4
    columns = {
        "등급": [f"등급 {label}" for label in labels],
        "번호": list(range(100)),
        "성별": ["남", "여"] * 50,
        "상수": [1] * 100,
    }
    assert telling_columns(columns, labels) == {"등급": 1.0}
    assert told_share(columns["번호"], labels) is None and told_share(columns["상수"], labels) is None
    assert not telling_columns({"열": [0] * 99 + [1]}, np.array([0] * 99 + [1]))


def test_a_file_says_which_of_its_columns_tell_the_label(tmp_path) -> None:  # type: ignore[no-untyped-def]
    lines = [f"문장 {text},{label},{'위급' if label else '보통'},{row}" for row, (text, label) in enumerate(
        zip(noise_words(40, 8), np.arange(40) % 2, strict=True)
    )]  # fmt: skip
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["글,라벨,말,번호", *lines]), encoding="utf-8")
    (notice,) = [one for one in read_file(path, text="글", label="라벨").notices if one.code == "labels.column"]
    assert (notice.count, notice.of) == (1, 2) and "'말'" in notice.text.ko


def test_new_tokens_are_counted_beside_a_random_cut() -> None:
    texts = [*noise_words(300, 9), *("ABCD EFGH" for _ in range(60))]
    facts = novelty_facts(texts, np.arange(300), np.arange(300, 360))
    assert facts["new_bigram_share"] == 1.0 and facts["new_bigram_expected"] < 0.9
    same = novelty_facts(texts, np.arange(240), np.arange(240, 300))
    assert same["new_bigram_share"] == pytest.approx(same["new_bigram_expected"], abs=0.05)
