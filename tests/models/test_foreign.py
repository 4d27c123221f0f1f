"""A user's model behind our contract: it sees label names, we see label codes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triage_bench.core.errors import InputError, InvalidOutputError, UnknownNameError
from triage_bench.models import MODELS, ModelRegistry
from triage_bench.models.foreign import Brought, label_values, load_brought
from triage_bench.models.own_history import NOT_FINITE, epochs_of

TEXTS = ["숨이 차요", "괜찮아요", "숨이 막혀요", "좋아요"]
CODES = np.array([1, 0, 1, 0])


class Keeps:
    """Learns texts by heart and keeps what it was given."""

    def fit(self, X: Any, y: Any) -> Keeps:
        self.seen = (X, y)
        self.known = dict(zip(X, y, strict=True))
        return self

    def predict(self, X: Any) -> Any:
        return np.array([self.known.get(text, next(iter(self.known.values()))) for text in X])


class Probable(Keeps):
    classes_: Any

    def fit(self, X: Any, y: Any) -> Probable:
        super().fit(X, y)
        self.classes_ = np.array(sorted(set(y.tolist()), reverse=True))  # columns in an order of its own
        return self

    def predict_proba(self, X: Any) -> Any:
        return np.array([[0.75 if label == self.known.get(text) else 0.25 for label in self.classes_] for text in X])


def fitted(make: Any, names: tuple[str, ...] = ("보통", "응급"), **params: Any) -> Any:
    model = Brought(make, "file.py:Model")(**params)
    model.name_labels(names)
    return model.set_params(random_state=3).fit(TEXTS, CODES)


def test_the_model_is_trained_on_the_names_of_the_labels() -> None:
    assert fitted(Keeps).model_.seen[1].tolist() == ["응급", "보통", "응급", "보통"]
    assert fitted(Keeps).model_.seen[0] == TEXTS


def test_whole_numbers_are_given_as_numbers_as_a_data_files_reader_would() -> None:
    assert fitted(Keeps, ("1", "2")).model_.seen[1].tolist() == [2, 1, 2, 1]
    assert label_values(("1", "02")) == ["1", "02"]
    assert label_values(("-1", "0")) == [-1, 0]


def test_answers_come_back_as_codes() -> None:
    assert fitted(Keeps).predict(TEXTS).tolist() == CODES.tolist()
    assert fitted(Keeps, ("1", "2")).predict(TEXTS).tolist() == CODES.tolist()


def test_columns_are_put_into_the_order_of_the_codes() -> None:
    model = fitted(Probable)
    np.testing.assert_allclose(model.predict_proba(TEXTS), [[0.25, 0.75], [0.75, 0.25]] * 2)


def test_a_model_without_probabilities_answers_with_certainty_and_says_so() -> None:
    model = fitted(Keeps)
    assert model.predict_proba(TEXTS).tolist() == [[0.0, 1.0], [1.0, 0.0]] * 2
    assert model.facts_["one_hot"] == 1.0


def test_one_sigmoid_is_the_probability_of_the_second_label() -> None:
    class Sigmoid(Keeps):
        def predict_proba(self, X: Any) -> Any:
            return np.full((len(X), 1), 0.9)

    np.testing.assert_allclose(fitted(Sigmoid).predict_proba(TEXTS[:1]), [[0.1, 0.9]])


def test_keras_predictions_are_taken_as_probabilities() -> None:
    class Keras(Keeps):
        def predict(self, X: Any) -> Any:
            return np.tile(np.array([[0.3, 0.7]], dtype=np.float32), (len(X), 1))

    model = fitted(Keras)
    np.testing.assert_allclose(model.predict_proba(TEXTS[:1]), [[0.3, 0.7]], rtol=1e-6)
    assert model.predict(TEXTS).tolist() == [1, 1, 1, 1]


def test_an_unknown_answer_is_named_with_the_known_labels() -> None:
    class Odd(Keeps):
        def predict(self, X: Any) -> Any:
            return np.full(len(X), 7)

    with pytest.raises(InvalidOutputError, match="answered 7; the labels it was trained on are '보통', '응급'"):
        fitted(Odd).predict(TEXTS)


def test_a_wrong_number_of_columns_is_refused() -> None:
    class Wide(Keeps):
        def predict_proba(self, X: Any) -> Any:
            return np.full((len(X), 3), 1 / 3)

    with pytest.raises(InvalidOutputError, match=r"shape \(4, 3\); expected \(4, 2\)"):
        fitted(Wide).predict_proba(TEXTS)


def test_the_seed_reaches_whoever_takes_one() -> None:
    class Seeded(Keeps):
        def __init__(self, random_state: int = 0) -> None:
            self.random_state = random_state

    class Attribute(Keeps):
        random_state = 0

    assert fitted(Seeded).model_.random_state == 3
    assert fitted(Attribute).model_.random_state == 3
    assert fitted(Seeded, random_state=9).model_.random_state == 9


def test_a_pipelines_steps_are_seeded() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    model = fitted(lambda: make_pipeline(TfidfVectorizer(), LinearSVC()))
    assert model.model_.get_params()["linearsvc__random_state"] == 3


@pytest.mark.parametrize(
    "own",
    [
        [{"loss": 2.0, "val_accuracy": 0.5}, {"loss": 1.0, "val_accuracy": 0.6}],
        {0: {"loss": 2.0, "val_accuracy": 0.5}, 1: {"loss": 1.0, "val_accuracy": 0.6}},
        {"loss": [2.0, 1.0], "val_accuracy": [0.5, 0.6]},
        type("History", (), {"history": {"loss": [2.0, 1.0], "val_accuracy": [0.5, 0.6]}})(),
    ],
)
def test_a_history_is_read_in_whatever_form_it_comes(own: Any) -> None:
    assert epochs_of(own) == (
        {"epoch": 1.0, "train_loss": 2.0, "validation_score": 0.5},
        {"epoch": 2.0, "train_loss": 1.0, "validation_score": 0.6},
    )


def test_a_loss_that_is_no_number_is_counted_not_stored() -> None:
    broken = [{"loss": float("nan"), "accuracy": 0.5}]
    assert epochs_of(broken) == ({"epoch": 1.0, NOT_FINITE: 1.0, "train_score": 0.5},)
    assert epochs_of("no history") == epochs_of(None) == epochs_of(3) == ()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "my_own_model.py"
    path.write_text("class MyModel:\n    pass\nNUMBER = 3\n", "utf-8")
    yield path
    sys.modules.pop("my_own_model", None)
    sys.path[:] = [one for one in sys.path if one != str(tmp_path)]


def test_a_name_the_file_lacks_names_its_neighbour(file: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'MyModel'"):
        load_brought(file, "MyMode")


def test_what_cannot_be_called_is_refused(file: Path) -> None:
    with pytest.raises(InputError, match="NUMBER is int; expected a class"):
        load_brought(file, "NUMBER")


def test_a_file_that_breaks_says_how(file: Path) -> None:
    file.write_text("import nothing_of_this_name\n", "utf-8")
    with pytest.raises(InputError, match="ModuleNotFoundError: No module named 'nothing_of_this_name'"):
        load_brought(file, "MyModel")


def test_bringing_a_model_executes_nothing_and_its_version_is_its_content(file: Path) -> None:
    file.write_text("raise SystemExit('executed')\n", "utf-8")
    first, second = ModelRegistry("model", "none"), ModelRegistry("model", "none")
    before = first.bring(file, "MyModel")
    file.write_text("raise SystemExit('executed again')\n", "utf-8")
    after = second.bring(file, "MyModel")
    assert before.name == after.name == "my_own_model.py:MyModel"
    assert before.version != after.version
    assert second.brought == ((file.resolve(), "MyModel"),)


def test_registered_models_load_as_before() -> None:
    assert MODELS.load("majority").__name__ == "Majority"
