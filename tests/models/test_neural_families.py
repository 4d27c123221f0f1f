"""Every network keeps the contract and uses what its parameters say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from triage_bench import testing
from triage_bench.core.errors import UnknownNameError
from triage_bench.core.space import Choice, Int
from triage_bench.models import MODELS
from triage_bench.models.dummy import Majority
from triage_bench.models.keeping import save_model
from triage_bench.models.neural.families import MLPClassifier
from triage_bench.models.neural.subwords import Subwords, bags
from triage_bench.models.neural.vocabulary import UNKNOWN, Vocabulary
from triage_bench.testing import easy_sentences, estimator_checks, scikit_learn_checks
from triage_bench.text.ragged import Ragged

NAMES = tuple(entry.name for entry in MODELS if "network" in entry.tags)
QUICK: dict[str, Any] = {
    "epochs": 10,
    "learning_rate": 2e-2,
    "word_dropout": 0.1,
    "tokenizer": "eojeol",
    "refit": False,
}
NARROW: dict[str, Any] = {"embedding": 16, "hidden": 8}
TECHNIQUES: tuple[dict[str, Any], ...] = (
    {"optimiser": "adam", "schedule": "one-cycle"},
    {"optimiser": "rmsprop", "schedule": "plateau"},
    {"optimiser": "sgd", "schedule": "constant"},
    {"loss": "focal", "class_weight": "balanced"},
    {"loss": "soft-ordinal", "class_weight": "root"},
    {"loss": "corn"},
    {"label_smoothing": 0.1, "normalisation": "layer"},
    {"initialisation": "he", "normalisation": "batch"},
    {"initialisation": "orthogonal", "batch_size": "full", "epochs": 80, "patience": 80},
    {"refit": True, "class_weight": None},
)


def quick(name: str, **params: Any) -> Any:
    filters = {"filters": 8} if name in ("textcnn", "cnn-lstm") else {}
    return MODELS.load(name)(**{**QUICK, **NARROW, **filters, **params})


def contract_cases() -> Iterator[Any]:
    for name in NAMES:
        if name == "lstm":
            continue  # test_contract.py has it
        for title, check in estimator_checks(quick(name, epochs=2), learns=False):
            yield pytest.param(check, id=f"{name}-{title}")


def scikit_learn_cases() -> Iterator[Any]:
    for name in NAMES:
        if name == "lstm":
            continue  # test_contract.py has it
        for title, check in scikit_learn_checks(quick(name, embedding=4, hidden=4, epochs=1)):
            yield pytest.param(check, id=f"{name}-{title}")


@pytest.mark.parametrize("check", list(contract_cases()))
def test_a_network_keeps_the_contract(check: Callable[[], None]) -> None:
    check()


@pytest.mark.parametrize("name", [entry.name for entry in MODELS if entry.name not in ("majority", "stratified")])
def test_the_contract_searches_over_two_values_that_the_models_space_offers(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, list[Any]]] = []

    def search(model: Any, grid: dict[str, list[Any]], **_: Any) -> None:
        asked.append(grid)
        raise SearchedError

    monkeypatch.setattr(testing, "GridSearchCV", search)
    with pytest.raises(SearchedError):
        dict(estimator_checks(MODELS.load(name)()))["works_in_a_grid_search"]()
    ((parameter, (first, second)),) = asked[0].items()
    dimension = MODELS.load(name).space.dimensions[parameter]
    assert first != second
    for value in (first, second):
        if isinstance(dimension, Choice):
            assert value in dimension.options
        else:
            assert dimension.low <= value <= dimension.high
        assert not isinstance(dimension, Int) or (value - dimension.low) % dimension.step == 0


class SearchedError(Exception):
    pass


def test_a_model_that_fails_at_a_value_of_its_own_space_breaks_the_contract() -> None:
    class Tame(MLPClassifier):
        def fit(self, X: Any, y: Any) -> Tame:
            if self.weight_decay == 1e-4:  # the lowest that the networks' space offers
                raise ValueError("too wild")
            return super().fit(X, y)

    checks = dict(estimator_checks(Tame(**QUICK, **NARROW)))
    checks["fit_returns_self_and_keeps_parameters"]()
    with pytest.raises(ValueError, match="too wild"):
        checks["works_in_a_grid_search"]()


def test_a_model_without_a_space_is_searched_over_its_seed_or_at_a_value_of_its_own() -> None:
    class Plain(Majority):
        def __init__(self, wish: str = "none") -> None:
            self.wish = wish

    for model in (Plain(), Plain("other"), Majority(), MODELS.load("stratified")()):
        dict(estimator_checks(model, learns=False))["works_in_a_grid_search"]()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("check", list(scikit_learn_cases()))
def test_a_network_passes_scikit_learns_own_checks(check: Callable[[], None]) -> None:
    check()


@pytest.mark.parametrize("name", NAMES)
def test_a_text_has_the_same_probabilities_alone_and_beside_a_long_one(name: str) -> None:
    model = quick(name, epochs=2).fit(*easy_sentences(60))
    texts = [*easy_sentences(12, seed=3)[0], "", "처음 보는 낱말"]
    together = model.predict_proba([*texts, "가 나 " * 900])[: len(texts)]
    alone = np.concatenate([model.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(alone, together, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_lie_inside_the_space_and_every_parameter_is_known(name: str) -> None:
    model = MODELS.load(name)
    defaults = model().get_params()
    for parameter, dimension in model.space.dimensions.items():
        if isinstance(dimension, Choice):
            assert defaults[parameter] in dimension.options
        else:
            assert dimension.low <= defaults[parameter] <= dimension.high
    assert set(vars(model())) == set(defaults)
    assert clone(model(patience=3, word_dropout=0.05)).get_params()["word_dropout"] == 0.05


@pytest.mark.parametrize("name", NAMES)
def test_every_network_learns_easy_sentences(name: str) -> None:
    texts, labels = easy_sentences(60, seed=3)
    assert np.mean(quick(name, epochs=20).fit(*easy_sentences(120)).predict(texts) == labels) >= 0.9


@pytest.mark.parametrize("technique", TECHNIQUES, ids=lambda one: "-".join(map(str, one.values())))
def test_a_network_learns_with_every_technique(technique: dict[str, Any]) -> None:
    texts, labels = easy_sentences(120)
    others, truth = easy_sentences(60, seed=3)
    model = quick("gru", **{"epochs": 20, **technique}).fit(texts, labels)
    assert np.mean(model.predict(others) == truth) >= 0.85
    assert model.facts_["initial_loss"] == pytest.approx(np.log(3), rel=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_of_the_parts_sum_to_the_whole_in_the_facts_and_in_the_card(name: str, tmp_path: Path) -> None:
    model = quick(name, epochs=1, normalisation="layer").fit(*easy_sentences(30))
    counts = {part: int(value) for part, value in model.facts_.items() if part.startswith("parameters_")}
    total = int(model.facts_["parameters"])
    assert len(counts) >= 3 and sum(counts.values()) == total
    card = "\n".join(path.read_text("utf-8") for path in save_model(model, tmp_path / "kept").glob("*.md"))
    assert f"{total:,} weights:" in card or f"가중치 {total:,}개:" in card
    for part, count in counts.items():
        assert f"| {part.removeprefix('parameters_')} | {count:,} |" in card


@pytest.mark.parametrize(
    ("params", "error", "said"),
    [
        ({"class_weight": "heavy"}, ValueError, "'root'"),
        ({"schedule": "cosin"}, UnknownNameError, "Did you mean 'cosine'"),
        ({"batch_size": "all"}, ValueError, "'full'"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_would_do(params: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        quick("mlp", **params).fit(*easy_sentences(30))


def test_refitting_sees_every_row_for_the_epochs_that_were_found() -> None:
    texts, labels = easy_sentences(150)
    stopped, again = (quick("fasttext", refit=refit).fit(texts, labels) for refit in (False, True))
    assert again.facts_["best_epoch"] == stopped.facts_["best_epoch"]
    assert again.history_ == stopped.history_
    assert again.facts_["vocabulary"] >= stopped.facts_["vocabulary"]


def test_bags_hold_each_token_and_gram_once_and_only_known_ones() -> None:
    train = Ragged.of([["가나", "가나", "다"], ["나다"]])
    vocabulary, subwords = Vocabulary.learnt(train, 1, None), Subwords.learnt(train, 2, 3, 1)
    grams = {"<가", "가나", "나>", "<가나", "가나>", "<다", "다>", "<나", "나다", "<나다", "나다>"}
    assert len(subwords) == len(grams)
    rows = Ragged.of([["가나", "가나"], ["없음"], [], ["가다"]])
    found = bags(vocabulary, subwords, rows, 10)
    assert found.lengths.tolist() == [6, 1, 1, 2]  # 가다: <가 and 다>
    assert found.values[6:8].tolist() == [UNKNOWN, UNKNOWN]
    assert len(bags(vocabulary, Subwords.learnt(train, 2, 0, 1), rows, 10).values) == 4
