"""Noise is seeded, proportionate, Korean, and never more than noise."""

from __future__ import annotations

import unicodedata
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bench.text.augmentation import (
    NEIGHBOURS,
    Augmentation,
    jamo_typos,
    keyboard_typos,
    particle_noise,
    spacing_noise,
    word_dropout,
    word_swap,
)
from triage_bench.text.jamo import is_syllable, letters_of, syllable_of

TECHNIQUES = (particle_noise, spacing_noise, keyboard_typos, jamo_typos, word_dropout, word_swap)
SENTENCE = "어제 저녁부터 가슴이 아프고 숨을 쉬기가 힘들어서 병원에 왔습니다"
TEXTS = st.text(alphabet=st.sampled_from("가각힣은는이를에서 \tab.ㅋ🚑\u1100"), max_size=30)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("syllable", ["가", "힣", "값", "쀍", "의"])
def test_a_syllable_is_put_together_again_as_unicode_does(syllable: str) -> None:
    assert syllable_of(*letters_of(syllable)) == syllable
    assert len(unicodedata.normalize("NFD", syllable)) == sum(map(bool, letters_of(syllable)))


@pytest.mark.parametrize("change", TECHNIQUES)
def test_strength_nought_changes_nothing_and_full_strength_something(change) -> None:  # type: ignore[no-untyped-def]
    assert change(SENTENCE, 0.0, rng()) == SENTENCE
    assert change(SENTENCE, 1.0, rng()) != SENTENCE


@given(TEXTS, st.integers(0, 5))
def test_no_technique_raises_or_empties_a_text_and_the_same_seed_repeats_it(text: str, seed: int) -> None:
    for change in TECHNIQUES:
        found = change(text, 0.7, rng(seed))
        assert found == change(text, 0.7, rng(seed))
        assert bool(found.strip()) or not text.strip()


def test_a_particle_is_dropped_or_changed_to_one_that_fits_the_sound_before_it() -> None:
    found = {particle_noise("가슴이", 1.0, rng(seed)) for seed in range(40)}
    assert found == {"가슴", "가슴은", "가슴을"}
    assert {particle_noise("머리가", 1.0, rng(seed)) for seed in range(40)} == {"머리", "머리는", "머리를"}
    assert {particle_noise("병원에서.", 1.0, rng(seed)) for seed in range(40)} == {"병원.", "병원에."}


@pytest.mark.parametrize("word", ["많이", "먹는", "아이", "ok", "왔습니다", "이", "3"])
def test_what_is_no_particle_stays(word: str) -> None:
    assert all(particle_noise(word, 1.0, rng(seed)) == word for seed in range(10))


def test_keyboard_typos_hit_a_key_beside_the_right_one() -> None:
    assert set(NEIGHBOURS["ㅎ"]) == set("ㅅㄹㅗㅛㅍㅠ")
    assert all(key in NEIGHBOURS[other] for key, others in NEIGHBOURS.items() for other in others)
    for seed in range(50):
        found = keyboard_typos("하", 1.0, rng(seed))
        changed = [(a, b) for a, b in zip(letters_of("하"), letters_of(found), strict=True) if a != b]
        assert len(changed) == 1 and changed[0][1] in NEIGHBOURS[changed[0][0]]


def test_jamo_typos_drop_a_final_or_confuse_letters_that_sound_alike() -> None:
    assert {jamo_typos("값", 1.0, rng(seed)) for seed in range(40)} == {"깞", "갑"}
    assert {jamo_typos("애", 1.0, rng(seed)) for seed in range(10)} == {"에"}
    assert all(is_syllable(jamo_typos("않", 1.0, rng(seed))) for seed in range(20))


def test_spaces_go_and_come_while_letters_stay() -> None:
    found = spacing_noise(SENTENCE, 0.5, rng(1))
    assert found.replace(" ", "") == SENTENCE.replace(" ", "") and found != SENTENCE


def test_words_go_or_change_places_but_none_comes() -> None:
    assert word_dropout("하나", 1.0, rng()) == "하나"
    dropped = word_dropout(SENTENCE, 0.4, rng()).split()
    assert 0 < len(dropped) < len(SENTENCE.split()) and set(dropped) < set(SENTENCE.split())
    assert sorted(word_swap(SENTENCE, 0.4, rng()).split()) == sorted(SENTENCE.split())


def test_strength_is_the_share_of_places_that_change() -> None:
    text = "가" * 20_000
    changed = np.mean([a != b for a, b in zip(text, keyboard_typos(text, 0.1, rng()), strict=True)])
    assert changed == pytest.approx(0.1, abs=0.01)


def test_a_copy_depends_on_its_text_and_seed_alone() -> None:
    noise = Augmentation(0.2, 0.2, 0.2, 0.2, 0.2, 0.2)
    alone = noise.copies([SENTENCE], 2, 7, "training")
    beside = noise.copies(["다른 문장입니다", SENTENCE], 2, 7, "training")
    assert [beside[1], beside[3]] == alone and alone[0] != alone[1]
    assert noise.copies([SENTENCE], 2, 8, "training") != alone


@pytest.mark.parametrize("name", [field.name for field in fields(Augmentation)])
def test_a_strength_outside_its_range_is_refused_by_its_parameter_s_name(name: str) -> None:
    with pytest.raises(ValueError, match=rf"augment_{name} .* got 1\.5"):
        Augmentation(**{name: 1.5})
