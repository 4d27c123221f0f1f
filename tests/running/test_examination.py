"""Probes see what was planted, and see nothing in sound models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sound_model import DATA, Sound, subject

from triage_bench.core.dataset import Dataset
from triage_bench.running.examination import company, edits, fitting, forms, reading, refits, small, window
from triage_bench.running.examination.groups import GROUPS, examine


def test_a_sound_model_gives_every_text_one_answer() -> None:
    facts = (company.twice(subject(Sound)) | company.company(subject(Sound))).facts
    assert not [name for name, value in facts.items() if name.endswith((".moved", ".flipped")) and value]


def test_chance_at_prediction_is_seen() -> None:
    class Dropout(Sound):
        def predict_proba(self, X: Any) -> Any:
            noise = np.random.default_rng().uniform(-0.2, 0.2, (len(X), 1))
            return np.clip(super().predict_proba(X) + noise * [[1, -1]], 0, 1)

    seen = company.twice(subject(Dropout))
    assert seen.facts["twice.moved"] >= 24  # type: ignore[operator]
    assert seen.notices and "row" in seen.notices[0].text.en


def test_statistics_of_the_batch_are_seen() -> None:
    class Batch(Sound):
        def predict_proba(self, X: Any) -> Any:
            found = super().predict_proba(X)[:, 0]
            shifted = 1 / (1 + np.exp(-5 * (found - found.mean())))
            return np.column_stack([shifted, 1 - shifted])

    facts = company.company(subject(Batch)).facts
    assert facts["alone.moved"] == facts["alone.of"]
    assert facts["order.moved"] == 0.0


def test_padding_to_the_longest_of_the_batch_is_seen() -> None:
    class Padded(Sound):
        def predict_proba(self, X: Any) -> Any:
            found = super().predict_proba(X)
            lengths = np.array([len(text) for text in X])
            fade = np.exp(-(lengths.max() - lengths) / 50)[:, None]
            return 0.5 + fade * (found - 0.5)

    facts = company.company(subject(Padded)).facts
    assert facts["neighbours.moved"] > 0.8 * facts["neighbours.of"]  # type: ignore[operator]


def test_columns_in_the_wrong_order_contradict_the_answers() -> None:
    class Swapped(Sound):
        def predict(self, X: Any) -> Any:
            return self.classes_[1 - self.predict_proba(X).argmax(axis=1)]

    facts = forms.probabilities(subject(Swapped)).facts
    assert facts["form.disagree"] == facts["form.of"]
    assert facts["form.likeliest_score"] - facts["form.predict_score"] > 0.8  # type: ignore[operator]


def test_a_softmax_of_a_softmax_piles_up_at_its_bound() -> None:
    class Twice(Sound):
        def predict_proba(self, X: Any) -> Any:
            hard = np.eye(2)[super().predict_proba(X).argmax(axis=1)]
            return np.exp(hard) / np.exp(hard).sum(axis=1, keepdims=True)

    facts = forms.probabilities(subject(Twice)).facts
    assert facts["form.at_bound"] == facts["form.of"] and facts["form.above_bound"] == 0.0
    assert forms.probabilities(subject(Sound)).facts["form.at_bound"] < 0.2 * 160  # type: ignore[operator]


def test_slipped_label_codes_come_right_by_renaming() -> None:
    class Slipped(Sound):
        def fit(self, X: Any, y: Any) -> Sound:
            return super().fit(X, 1 - np.asarray(y))

    facts = fitting.training_rows(subject(Slipped)).facts
    assert facts["train.score"] == 0.0 and facts["train.renamed_score"] == 1.0


def test_a_class_that_is_never_answered_is_counted_and_left_out() -> None:
    class Even(Sound):
        def predict(self, X: Any) -> Any:
            return np.full(len(X), self.classes_[0])

    facts = fitting.training_rows(subject(Even)).facts
    assert 0 < facts["train.unanswered"] < facts["train.of"]  # type: ignore[operator]
    assert (facts["train.score"], facts["train.answered_score"]) == (0.5, 1.0)


def test_a_model_that_learns_nothing_has_no_lead_and_one_that_crawls_has() -> None:
    class Crawls(Sound):
        def predict_proba(self, X: Any) -> Any:
            return 0.5 + 1e-4 * (super().predict_proba(X) - 0.5)

    class Nothing(Sound):
        def predict_proba(self, X: Any) -> Any:
            return np.column_stack([half := 0.5 + 1e-4 * np.sin([len(text) for text in X]), 1 - half])

    assert fitting.training_rows(subject(Crawls)).facts["train.lead_z"] > 4.0  # type: ignore[operator]
    assert abs(fitting.training_rows(subject(Nothing)).facts["train.lead_z"]) < 4.0  # type: ignore[arg-type]


def test_one_answer_for_all_has_no_entropy() -> None:
    class Majority(Sound):
        def predict(self, X: Any) -> Any:
            return np.zeros(len(X), dtype=np.int64)

    facts = fitting.answers(subject(Majority)).facts
    assert facts["answers.classes"] == 1.0 and facts["answers.entropy"] == 0.0


class Words(Sound):
    """Whole words only: any other word is unknown."""

    def __init__(self, seed: int = 0, most: int | None = None) -> None:
        super().__init__(seed)
        vectors = CountVectorizer(token_pattern=r"\S+", max_features=most)
        self.pipe = make_pipeline(vectors, LogisticRegression(C=100.0))


def test_unknown_words_are_those_of_new_texts_only() -> None:
    facts = reading.words(subject(Words)).facts
    assert facts["words.train_ignored"] == 0.0
    assert facts["words.test_ignored"] > 0.1 * facts["words.test_places"]  # type: ignore[operator]
    assert reading.words(subject(Sound)).facts["words.test_ignored"] == 0.0


def test_a_vocabulary_of_a_few_words_is_blind_on_its_own_training_texts() -> None:
    facts = reading.words(subject(lambda seed: Words(seed, most=3))).facts
    assert facts["words.train_blind"] > 0.2 * facts["words.train_of"]  # type: ignore[operator]


@pytest.mark.parametrize(("end", "kept"), [("first", slice(2)), ("last", slice(-2, None))])
def test_the_reach_of_a_truncated_model_is_found(end: str, kept: slice) -> None:
    class Cut(Sound):
        def read(self, text: str) -> str:
            return " ".join(text.split()[kept])

    facts = reading.reach(subject(Cut)).facts
    assert facts[f"reach.{end}"] == 2.0
    assert facts[f"reach.{'last' if end == 'first' else 'first'}"] == 0.0
    assert reading.reach(subject(Sound)).facts["reach.first"] == 0.0


def test_stripped_hangul_is_seen() -> None:
    import re

    class Stripped(Sound):
        def read(self, text: str) -> str:
            return re.sub(r"[^a-zA-Z0-9 ]", "", text)

    facts = reading.hangul(subject(Stripped)).facts
    assert facts["hangul.unmoved"] == facts["hangul.of"] and facts["hangul.bare_kinds"] > 1  # type: ignore[operator]
    assert reading.hangul(subject(Sound)).facts["hangul.unmoved"] == 0.0


class WashedOut(Words):
    """What a recurrent network does that reads on through padding: it learns nothing through a long window."""

    def fit(self, X: Any, y: Any) -> Sound:
        lengths = [len(text.split()) for text in X]
        self.washed = max(lengths) > 2 * np.median(lengths) + 6
        return super().fit(X, y)

    def predict_proba(self, X: Any) -> Any:
        found = super().predict_proba(X)
        return np.tile(found.mean(axis=0), (len(X), 1)) if self.washed else found


def test_one_long_row_undoes_a_model_that_reads_padding_and_no_other() -> None:
    facts = small.thirty_two(subject(WashedOut, rows=32)).facts
    assert facts["small.right"] == 32.0 and facts["small.long.right"] <= 20.0  # type: ignore[operator]
    for sound in (Sound, Words):
        assert small.thirty_two(subject(sound, rows=32)).facts["small.long.right"] == 32.0


def test_a_model_that_lost_the_rows_by_bad_luck_is_asked_again_with_more_steps() -> None:
    class Unlucky(WashedOut):
        def fit(self, X: Any, y: Any) -> Sound:
            super().fit(X, y)
            self.washed = self.washed and len(X) < 100
            return self

    assert small.thirty_two(subject(Unlucky, rows=32)).facts["small.long.right"] == 32.0


class Started(Sound):
    """A start that no text decides, and as much of what was learnt as the steps were worth."""

    worth = 0.0

    def fit(self, X: Any, y: Any) -> Sound:
        self.moved = self.worth * len(X)
        return super().fit(X, y)

    def predict_proba(self, X: Any) -> Any:
        start = np.array([[np.sin(7.0 * len(text)), np.cos(5.0 * len(text))] for text in X])
        scores = np.exp(start + self.moved * np.log(super().predict_proba(X)))
        return scores / scores.sum(axis=1, keepdims=True)


def test_training_that_crawls_shows_in_what_more_steps_add() -> None:
    class Crawls(Started):
        worth = 1e-6

    facts = small.thirty_two(subject(Crawls, rows=32)).facts
    assert facts["small.copies.right"] < 29.0 and facts["small.led_z"] > 6.0  # type: ignore[operator]
    assert 4.0 < facts["small.pace"] < 7.0 and facts["small.straight"] > 0.95  # type: ignore[operator]
    still = small.thirty_two(subject(Started, rows=32)).facts
    assert still["small.copies.right"] < 29.0 and still["small.led_z"] == 0.0  # type: ignore[operator]


def test_a_model_at_its_limit_goes_no_further_however_many_the_steps() -> None:
    class Limited(Started):
        def fit(self, X: Any, y: Any) -> Sound:
            super().fit(X, y)
            self.moved = 1e-3 * min(len(X), 64)
            return self

    facts = small.thirty_two(subject(Limited, rows=32)).facts
    assert facts["small.led_z"] > 6.0 and facts["small.pace"] < 2.0  # type: ignore[operator]


def test_a_window_that_is_always_too_long_is_seen_by_filling_it() -> None:
    class Fixed(Words):
        def predict_proba(self, X: Any) -> Any:
            found, filled = super().predict_proba(X), [len(text.split()) >= 50 for text in X]
            return np.where(np.array(filled)[:, None], found, 0.5)

    facts = small.thirty_two(subject(Fixed, rows=32)).facts
    assert facts["small.copies.right"] <= 20.0 and facts["small.filled.right"] == 32.0  # type: ignore[operator]
    spread = window.filled(subject(Fixed)).facts
    assert spread["window.spread_once"] == 0.0 and spread["window.spread_filled"] > 1.0  # type: ignore[operator]


def test_codes_given_by_first_appearance_are_undone_by_another_order() -> None:
    class FirstSeen(Sound):
        def fit(self, X: Any, y: Any) -> Sound:
            first = list(dict.fromkeys(np.asarray(y).tolist()))
            return super().fit(X, np.array([first.index(label) for label in y]))

    def seen(make: Any) -> dict[str, Any]:
        return dict(refits.refits(subject(make)).facts)

    sound, faulty = seen(Sound), seen(FirstSeen)
    assert min(sound[f"refits.{name}_score"] for name in ("rows", "labels", "doubled")) >= sound["refits.lowest"] - 0.05
    assert min(faulty["refits.rows_score"], faulty["refits.labels_score"]) <= faulty["refits.lowest"] - 0.5


def test_red_flags_are_asked_of_urgency_only() -> None:
    facts = edits.red_flags(subject(Sound)).facts
    assert facts["flags.shift"] < facts["flags.plain_shift"]  # type: ignore[operator]
    nominal = Dataset("n", DATA.texts, DATA.labels, DATA.label_names)
    assert edits.red_flags(subject(Sound, nominal)).facts == {}


def test_an_inverted_scale_lowers_the_urgency() -> None:
    class Inverted(Sound):
        def predict_proba(self, X: Any) -> Any:
            return super().predict_proba(X)[:, ::-1]

    facts = edits.red_flags(subject(Inverted)).facts
    assert facts["flags.shift"] > facts["flags.plain_shift"] + 0.1  # type: ignore[operator]


def test_small_edits_change_what_they_say_and_nothing_else() -> None:
    assert edits.EDITS["particle"]("비가 와요") == "비가 와요"  # after one syllable it may be part of the word
    assert edits.EDITS["particle"]("어머니는 옵니다") == "어머니가 옵니다"
    assert edits.EDITS["ending"]("많이 아픕니다 했습니다") == "많이 아픕니다 했어요"
    assert edits.EDITS["nfd"]("가") != "가" and len(edits.EDITS["nfd"]("가")) == 2
    facts = edits.small_edits(subject(Sound)).facts
    assert facts["edits.spaces_of"] == 80.0


def test_breaking_on_one_text_alone_counts_as_another_answer() -> None:
    class Fragile(Sound):
        def predict_proba(self, X: Any) -> Any:
            if len(X) == 1:
                raise ValueError("expected more than 1 value per channel")
            return super().predict_proba(X)

    facts = company.company(subject(Fragile)).facts
    assert "expected more than 1 value" in str(facts["alone.broken"])
    assert facts["alone.moved"] == facts["alone.of"] > 0
    assert facts["order.moved"] == 0.0


def test_a_probe_that_breaks_leaves_its_reason_and_the_others_go_on() -> None:
    class Choosy(Sound):
        def predict_proba(self, X: Any) -> Any:
            if len(set(X)) < len(X):
                raise ValueError("duplicates are not allowed")
            return super().predict_proba(X)

    facts = examine("answers", subject(Choosy)).facts
    assert "duplicates are not allowed" in str(facts["company.company.error"])
    assert facts["train.of"] == 160.0


def test_every_group_says_something_about_a_sound_model() -> None:
    for group in GROUPS:
        facts = examine(group, subject(Sound, rows=32 if group == "small" else 160)).facts
        assert facts and not [name for name in facts if name.endswith(".error")], facts
