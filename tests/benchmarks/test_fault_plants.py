"""Planted faults are what they say, and as strong."""

from __future__ import annotations

import unicodedata
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest

from benchmarks.faults import catalogue
from benchmarks.faults.plants import copies, labels, letters, shape, shortcuts
from benchmarks.faults.rows import Rows, written
from triage_bench.datasets import read_file, read_pair
from triage_bench.datasets.ktas_sim import KtasSim


@pytest.fixture(scope="module")
def rows() -> Rows:
    drawn = KtasSim(rows=300, seed=77).draw()
    return Rows(drawn.texts, tuple(drawn.label_names[code] for code in drawn.labels))


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.mark.parametrize("share", [0.1, 0.45])
@pytest.mark.parametrize("plant", [labels.uniform_noise, labels.neighbour_noise])
def test_noise_changes_exactly_its_share_of_the_labels(rows, random, plant, share):
    found = plant(rows, share, random)
    assert sum(one != other for one, other in zip(found.labels, rows.labels, strict=True)) == round(share * len(rows))
    assert found.texts == rows.texts


def test_neighbour_noise_never_leaps(rows, random):
    found = labels.neighbour_noise(rows, 0.45, random)
    assert max(abs(int(one) - int(other)) for one, other in zip(found.labels, rows.labels, strict=True)) == 1


def test_shuffling_keeps_how_many_rows_a_label_has(rows, random):
    found = labels.shuffled(rows, 1.0, random)
    assert sorted(found.labels) == sorted(rows.labels)
    assert found.labels != rows.labels


def test_copies_carry_the_label_of_their_source_and_are_not_equal_to_it(rows, random):
    found = copies.copied_in_groups(rows, 10, random)
    by_group: dict[str, set[str]] = {}
    for group, label in zip(found.groups, found.labels, strict=True):
        by_group.setdefault(group, set()).add(label)
    assert len(found) == len(rows)
    assert len(by_group) == len(rows) // 10
    assert all(len(one) == 1 for one in by_group.values())
    assert len(set(found.texts)) > 0.9 * len(rows)


def test_copies_stand_in_both_files_of_a_planted_split(rows, random):
    found = copies.copied_across(rows, 5, random)
    test = {text[:4] for text, one in zip(found.texts, found.test, strict=True) if one}
    train = {text[:4] for text, one in zip(found.texts, found.test, strict=True) if not one}
    assert len(test & train) > len(test) / 2


def test_a_shortcut_word_stands_in_its_share_of_the_texts_and_under_one_label(rows, random):
    found = shortcuts.token(rows, 0.4, random)
    labels_of = {word: set() for word in shortcuts.WORDS}
    marked = 0
    for text, label in zip(found.texts, found.labels, strict=True):
        present = [word for word in shortcuts.WORDS if word in text.split(" ")]
        marked += bool(present)
        for word in present:
            labels_of[word].add(label)
    assert marked / len(rows) == pytest.approx(0.4, abs=0.08)
    assert max(map(len, labels_of.values())) == 1


def test_templates_leave_few_openings(rows, random):
    found = shortcuts.template(rows, 1.0, random)
    frames = {frame.split("{}")[0] for frame in shortcuts.FRAMES}
    assert all(any(text.startswith(one) for one in frames if one) for text in found.texts)
    assert len({text[:3] for text in found.texts}) <= 2 * len(rows.label_names)


def test_a_writer_is_named_and_mostly_writes_one_label(rows, random):
    found = shortcuts.writer(rows, 0.9, random)
    pairs = list(zip(found.sources, found.labels, strict=True))
    most = sum(max(pairs.count((source, label)) for label in found.label_names) for source in set(found.sources))
    assert most / len(rows) > 0.85


@pytest.mark.parametrize("majority", [0.9, 0.97])
def test_the_majority_is_as_large_as_planted(rows, random, majority):
    found = shape.lopsided(rows, majority, random)
    assert found.labels.count(shape.REST) / len(found) == pytest.approx(majority, abs=0.01)
    assert len(found) == len(rows) // 2


def test_short_tests_hold_the_shortest_texts(rows, random):
    found = shape.short_test(rows, 1.0, random)
    longest_in_test = max(len(text) for text, one in zip(found.texts, found.test, strict=True) if one)
    assert longest_in_test <= min(len(text) for text, one in zip(found.texts, found.test, strict=True) if not one)


def test_only_the_test_texts_are_of_another_kind(rows, random):
    for plant in (shape.spoken_test, shape.foreign_test, shape.damaged_test):
        found = plant(rows, 1.0, random)
        changed = [one != other for one, other in zip(found.texts, rows.texts, strict=True)]
        assert changed == list(found.test)


@pytest.mark.parametrize("plant", [letters.read_as_latin, letters.read_as_cp949, letters.lost, letters.stripped])
def test_damage_leaves_no_syllable_of_the_damaged_texts_as_it_was(rows, random, plant):
    found = plant(rows, 1.0, random)
    assert all(text for text in found.texts)
    assert not any(
        set(one) & set(other) & set("가나다라마바사아자차카타파하")
        for one, other in zip(found.texts, rows.texts, strict=True)
    )


def test_nfd_is_the_same_text_decomposed(rows, random):
    found = letters.decomposed(rows, 0.5, random)
    assert [unicodedata.normalize("NFC", text) for text in found.texts] == [
        unicodedata.normalize("NFC", text) for text in rows.texts
    ]
    assert 0.3 < sum(one != other for one, other in zip(found.texts, rows.texts, strict=True)) / len(rows) < 0.7


def test_sound_data_keeps_every_label_with_its_text(rows, random):
    truth = dict(zip(rows.texts, rows.labels, strict=True))
    for sound in catalogue.SOUND_DATA:
        found = sound.plant(rows, sound.strengths[0], random)
        assert all(truth[text] == label for text, label in zip(found.texts, found.labels, strict=True))


def test_what_is_written_can_be_read_as_a_users_file(rows, random, tmp_path):
    data, test = written(copies.copied_in_groups(rows, 5, random), tmp_path)
    read = read_file(data, text="text", label="label", group="group")
    assert test is None
    assert len(read) == len(rows)
    data, test = written(shape.split(rows, 0.25, random), tmp_path)
    both = read_pair(data, test, text="text", label="label")
    assert len(both) == len(rows)
    assert 0 < (both.official == 1).sum() < len(rows) / 2


@pytest.mark.parametrize(
    "planted", [*catalogue.FAULTS, *catalogue.SOUND_DATA, *catalogue.FAULTY_MODELS, *catalogue.SOUND_MODELS]
)
def test_what_is_planted_can_travel_to_a_worker_process(planted):
    assert ForkingPickler.loads(ForkingPickler.dumps(planted)) == planted
