"""ktas-sim draws what it says it draws, and its ceiling is true."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bench.core.errors import InputError, UnknownNameError
from triage_bench.datasets.ktas_grammar.korean import Clause, fit_particles, with_particle
from triage_bench.datasets.ktas_grammar.law import Said, acuity, cue_law, second_look, world
from triage_bench.datasets.ktas_grammar.tables import axes, complaints, cues, systems
from triage_bench.datasets.ktas_sim import CLASS_MIX, KtasSim, load

SYLLABLES = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)


def complaint(name: str):  # type: ignore[no-untyped-def]
    return next(c for c in complaints() if c.name == name)


@given(st.text(SYLLABLES, min_size=1, max_size=5))
def test_a_particle_fits_the_final_consonant(word: str) -> None:
    import unicodedata

    jamo = unicodedata.normalize("NFD", word[-1])
    closed, rieul = len(jamo) == 3, jamo[-1] == "\u11af"
    assert with_particle(word, "이") == word + ("이" if closed else "가")
    assert with_particle(word, "을") == word + ("을" if closed else "를")
    assert with_particle(word, "은") == word + ("은" if closed else "는")
    assert with_particle(word, "로") == word + ("으로" if closed and not rieul else "로")
    assert fit_particles(f"{word}%과 함께") == word + ("과" if closed else "와") + " 함께"


@pytest.mark.parametrize(("word", "subject"), [("130", "130이"), ("2", "2가"), ("39", "39가"), ("8", "8이")])
def test_digits_take_the_particle_of_how_they_are_read(word: str, subject: str) -> None:
    assert with_particle(word, "이") == subject


@pytest.mark.parametrize(
    ("clause", "ending", "expected"),
    [
        ("머리가 [아프|아파요]", "니다", "머리가 아픕니다"),
        ("머리가 [아프|아파요]", "는데", "머리가 아픈데"),
        ("머리가 [아프|아파요]", "대요", "머리가 아프대요"),
        ("고개만 돌리면 [어지럽|어지러워요]", "는데", "고개만 돌리면 어지러운데"),
        ("기운이 [없|없어요]", "는데", "기운이 없는데"),
        ("입술이 [파랗|파래요]", "는데", "입술이 파란데"),
        ("천장이 [돌~|돌아요]", "니다", "천장이 돕니다"),
        ("천장이 [돌~|돌아요]", "대요", "천장이 돈대요"),
        ("천장이 [돌~|돌아요]", "네요", "천장이 도네요"),
        ("다리를 절면서 [걷~|걸어요]", "다고", "다리를 절면서 걷는다고"),
        ("기침을 [하~|해요]", "다고", "기침을 한다고"),
        ("[쓰러졌|쓰러졌어요]", "대요", "쓰러졌대요"),
        ("참을 만한 [정도이=|정도예요]", "대요", "참을 만한 정도래요"),
        ("체온은 [정상이=|정상이에요]", "다고", "체온은 정상이라고"),
        ("체온은 [정상이=|정상이에요]", "니다", "체온은 정상입니다"),
    ],
)
def test_endings_are_those_of_korean(clause: str, ending: str, expected: str) -> None:
    assert Clause.parse(clause).ending(ending) == expected


def test_a_clause_without_brackets_is_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        Clause.parse("머리가 아파요")


def test_the_grammar_is_rich_enough() -> None:
    assert len(complaints()) >= 60
    assert len(systems()) >= 12
    assert all(len(c.see or c.say) >= 3 or c.note for c in complaints())
    assert len({c.name for c in complaints()}) == len(complaints())


def test_the_law_is_that_of_ktas() -> None:
    def level(name: str, **told: str) -> int:
        found = complaint(name)
        index = [[v.name for v in axes()[axis].values].index(told[axis]) for axis in found.axes]
        return acuity(found, index)

    assert level("epigastric", pain="severe", course="acute", heat="none") == 2
    assert level("epigastric", pain="severe", course="chronic", heat="none") == 3
    assert level("earache", pain="severe", course="acute", heat="none") == 3
    assert level("earache", pain="mild", course="chronic", heat="septic") == 2
    assert level("asthma", breath="severe") == 1
    assert level("arrest") == 1
    assert level("stitches") == 5


def test_equal_settings_give_equal_bytes_in_a_fresh_process() -> None:
    code = (
        "from triage_bench.datasets.ktas_sim import KtasSim;"
        "print(KtasSim(rows=150, noise=0.1, sources=3, paraphrases=2, seed=4).draw().digest)"
    )
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = KtasSim(rows=150, noise=0.1, sources=3, paraphrases=2, seed=4).draw()
    assert fresh.stdout.strip() == here.digest
    assert KtasSim(rows=150, noise=0.1, sources=3, paraphrases=2, seed=5).draw().digest != here.digest


def test_the_class_mix_is_respected_to_the_row() -> None:
    assert list(load().classes.values()) == [round(1000 * share) for share in CLASS_MIX]
    assert list(KtasSim(rows=50, class_mix=(1, 1, 1, 1, 1)).draw().classes.values()) == [10] * 5


def test_noise_moves_the_planted_share_to_neighbours_only() -> None:
    sim = KtasSim(rows=800, noise=0.25)
    step = np.abs(sim.draw().labels - sim.true_levels())
    assert set(step) == {0, 1}
    assert (step == 1).sum() == 200


@pytest.mark.parametrize(
    "settings",
    [{}, {"noise": 0.2}, {"ambiguity": 0.9}, {"template_poverty": 0.5}, {"class_mix": (1, 1, 1, 1, 1)}],
    ids=str,
)
def test_the_stated_ceiling_is_what_the_bayes_rule_reaches(settings: dict[str, float]) -> None:
    sim = KtasSim(rows=1500, seed=11, **settings)  # type: ignore[arg-type]
    posterior, data = sim.posteriors(), sim.draw()
    np.testing.assert_allclose(posterior.sum(axis=1), 1)
    hit = (posterior.argmax(axis=1) == data.labels).mean()
    error = np.sqrt((posterior.max(axis=1) * (1 - posterior.max(axis=1))).sum()) / len(data)
    assert data.provenance.ceiling is not None
    assert abs(hit - data.provenance.ceiling) < 3 * error + 1e-3


def test_the_posterior_equals_summing_over_every_hidden_case() -> None:
    sim = KtasSim(ambiguity=0.6)
    nature, found = sim._nature, complaint("earache")
    place = nature.complaints.index(found)
    said = Said((1, None, None), (3, None, 2))
    slow = np.zeros(5)
    there = world("earache", "adult")
    tables = [axes()[name].values for name in found.axes]
    for values in itertools.product(*(range(len(t)) for t in tables)):
        chance = 1.0
        for table, odds, value, told in zip(tables, there.chances, values, said.values, strict=True):
            unsaid = table[value].unsaid(0.6)
            chance *= odds[value] * (unsaid if told is None else (1 - unsaid) * (value == told))
        law = acuity(found, values) - 1
        for cue in (3, 2):
            chance *= cue_law()[law, cue]
        slow += chance * second_look()[law]
    slow *= nature._tilt
    np.testing.assert_allclose(nature.posterior(place, "adult", said), slow / slow.sum())


def test_paraphrases_share_the_case_but_not_the_text() -> None:
    sim = KtasSim(rows=120, paraphrases=4)
    data = sim.draw()
    assert data.groups is not None
    texts: dict[int, set[str]] = defaultdict(set)
    for row, text in zip(sim._drawn, data.texts, strict=True):
        texts[row.group].add(text)
    assert all(len(group) == 4 for group in texts.values())
    cases = {(row.group, row.case, row.said) for row in sim._drawn}
    assert len(cases) == len(texts) == 30


def test_template_poverty_leaves_a_handful_of_frames_that_give_the_level_away() -> None:
    rich, poor = load(), load(template_poverty=1.0)
    frames = set(zip(poor.columns["frame"], poor.labels, strict=True))
    assert len(set(poor.columns["frame"])) == len(frames) == 10 < len(set(rich.columns["frame"]))
    assert poor.provenance.ceiling == 1


def test_nothing_unsaid_means_only_the_second_look_stays_unknown() -> None:
    assert KtasSim(rows=400, ambiguity=0).ceiling() > KtasSim(rows=400, ambiguity=1).ceiling()


def test_infants_and_the_lifeless_do_not_speak_for_themselves() -> None:
    sim = KtasSim(rows=600, class_mix=(1, 1, 1, 1, 1))
    for row in sim._drawn:
        if row.utterance.speaker == "patient":
            assert row.case.age not in {"infant", "child"}
            assert row.level != 1


def test_texts_are_clean_and_distinct() -> None:
    data = load()
    assert len(set(data.texts)) == len(data)
    for text in data.texts:
        assert not set("[]{}<>%|~") & set(text.replace("%.", "").replace("%,", "").replace("%", "")), text
        assert "  " not in text
        assert text == text.strip()


def test_sources_are_writers_and_topics_are_systems() -> None:
    data = KtasSim(rows=200, sources=4, topics=("소화기", "일반", "심혈관")).draw()
    assert data.sources is not None
    assert len(set(data.sources)) == 4
    assert set(data.topics or ()) == {"소화기", "일반", "심혈관"}
    assert load().sources is None
    assert load().groups is None


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(UnknownNameError, match="소화기"):
        KtasSim(topics=("소화",))
    with pytest.raises(InputError, match="noise"):
        KtasSim(noise=1.5)
    with pytest.raises(InputError, match="no case of level"):
        KtasSim(topics=("안과",))
    with pytest.raises(InputError, match="sources"):
        KtasSim(sources=9)


def test_every_cue_has_words_for_every_speaker() -> None:
    for values in cues().values():
        assert len(values) == 5
        assert all(v.say and v.see and v.child and v.note and v.child_note for v in values)
