"""Side columns: prepared like scikit-learn does, fitted on training rows only, kept without loss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_selection import SelectKBest, mutual_info_classif
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from triage_bench.core.errors import InputError, UnknownNameError
from triage_bench.core.seeds import seed_for
from triage_bench.core.side_columns import MISSING, SideColumns, category_in, number_in
from triage_bench.models import MODELS
from triage_bench.models.column_space import SCALES
from triage_bench.models.columns import ColumnFeatures
from triage_bench.models.keeping import load_model, save_model
from triage_bench.text.corpus import Corpus

READERS = ("tfidf-lr", "linear-svm", "ordinal-lr", "lightgbm")


def corpus_of(n: int = 120, seed: int = 0) -> tuple[Corpus, np.ndarray]:
    """Return rows whose label needs word and number together: neither tells it alone."""
    rng = np.random.default_rng(seed)
    word, number = rng.integers(0, 2, n), rng.normal(size=n)
    arrival = tuple(rng.choice(["119", "walk", MISSING], n).tolist())
    pulse = np.where(rng.random(n) < 0.1, np.nan, 80 + 20 * number)
    texts = [f"{'가슴이 아파요' if one else '손을 베었어요'} {i % 7}" for i, one in enumerate(word.tolist())]
    return Corpus(texts, side=SideColumns({"pulse": pulse}, {"arrival": arrival})), word * 2 + (number > 0)


def numbers(*columns: list[float]) -> Corpus:
    side = SideColumns({str(i): np.array(one, dtype=float) for i, one in enumerate(columns)}, {})
    return Corpus(["글"] * len(side), side=side)


@pytest.mark.parametrize(
    ("scale", "theirs"),
    [
        ("standard", StandardScaler()),
        ("minmax", MinMaxScaler()),
        ("robust", RobustScaler()),
        ("quantile", QuantileTransformer(n_quantiles=40)),
        ("log", make_pipeline(FunctionTransformer(lambda x: np.sign(x) * np.log1p(np.abs(x))), StandardScaler())),
    ],
)
def test_scales_are_scikit_learns(scale: str, theirs: object) -> None:
    rng = np.random.default_rng(0)
    train, test = rng.integers(60, 75, 40).astype(float), rng.normal(70, 20, 30)
    ours = ColumnFeatures(scale)
    got = np.vstack(
        (ours.fit_transform(numbers(train.tolist()), np.arange(40) % 2), ours.transform(numbers(test.tolist())))
    )
    fitted = theirs.fit(train[:, None])  # type: ignore[attr-defined]
    np.testing.assert_allclose(
        got, np.vstack((fitted.transform(train[:, None]), fitted.transform(test[:, None]))), atol=1e-9
    )


def test_rare_and_unseen_categories_are_those_of_scikit_learns_encoder() -> None:
    train, test = ["a"] * 6 + ["b"] * 5 + ["c"] * 2 + ["d"], ["a", "c", "new", "b"]
    ours = ColumnFeatures(rare_below=5)
    sides = [Corpus(["글"] * len(one), side=SideColumns({}, {"x": tuple(one)})) for one in (train, test)]
    ours.fit_transform(sides[0], np.arange(len(train)) % 2)
    theirs = OneHotEncoder(min_frequency=5, handle_unknown="infrequent_if_exist", sparse_output=False)
    theirs.fit(np.array(train)[:, None])
    np.testing.assert_array_equal(ours.transform(sides[1]), theirs.transform(np.array(test)[:, None]))


def test_features_are_chosen_by_scikit_learns_mutual_information() -> None:
    rng = np.random.default_rng(1)
    codes = np.arange(90) % 3
    columns = [(rng.normal(size=90) + codes * strength).tolist() for strength in (0, 2, 0, 1, 0)]
    ours = ColumnFeatures(kept=2)
    ours.fit_transform(numbers(*columns), codes)
    seed = seed_for(0, "mutual information") % 2**32
    said = mutual_info_classif(StandardScaler().fit_transform(np.array(columns).T), codes, random_state=seed)
    theirs = SelectKBest(lambda X, y: said, k=2).fit(np.array(columns).T, codes)
    assert ours.chosen_.tolist() == theirs.get_support(indices=True).tolist() == [1, 3]


def test_columns_of_few_values_are_chosen_among_without_a_warning() -> None:
    codes = np.arange(90) % 3
    few = [(codes == 1) * 0.37, np.arange(90) % 2 * 0.5, codes * 0.25]
    ours = ColumnFeatures(kept=2)
    ours.fit_transform(numbers(*(one.tolist() for one in few)), codes)
    assert ours.chosen_.tolist() == [0, 2]


def test_a_gap_is_the_training_median_and_is_marked() -> None:
    ours = ColumnFeatures("none")
    got = ours.fit_transform(numbers([1.0, 3.0, np.nan, 8.0]), np.array([0, 1, 0, 1]))
    np.testing.assert_array_equal(got, [[1, 0], [3, 0], [3, 1], [8, 0]])
    np.testing.assert_array_equal(ours.transform(numbers([np.nan])), [[3, 1]])


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("model", READERS)
def test_nothing_is_learnt_from_rows_that_are_only_asked_about(model: str, scale: str) -> None:
    corpus, labels = corpus_of()
    train, asked = np.arange(80), np.arange(80, 120)
    other = SideColumns(
        {"pulse": np.where(np.arange(120) < 80, corpus.side.numeric["pulse"], 1e6)},  # type: ignore[union-attr]
        corpus.side.categorical,  # type: ignore[union-attr]
    )
    made = [
        MODELS.load(model)(columns="both", column_scale=scale, columns_kept=2).fit(whole[train], labels[train])
        for whole in (corpus, Corpus(list(corpus), side=other))
    ]
    np.testing.assert_array_equal(made[0].predict_proba(corpus[asked]), made[1].predict_proba(corpus[asked]))


@pytest.mark.parametrize("model", READERS)
def test_text_and_columns_together_know_what_neither_knows(model: str) -> None:
    corpus, labels = corpus_of(300)
    train, asked = np.arange(200), np.arange(200, 300)
    right = {
        what: (
            MODELS.load(model)(columns=what).fit(corpus[train], labels[train]).predict(corpus[asked]) == labels[asked]
        ).mean()
        for what in ("text", "columns", "both")
    }
    assert right["both"] > max(right["text"], right["columns"]) + 0.2


@pytest.mark.parametrize("scale", ["standard", "quantile", "bins"])
@pytest.mark.parametrize("what", ["columns", "both"])
@pytest.mark.parametrize("model", READERS)
def test_a_kept_model_answers_as_before(model: str, what: str, scale: str, tmp_path: Path) -> None:
    corpus, labels = corpus_of()
    fitted = MODELS.load(model)(columns=what, column_scale=scale).fit(corpus, labels)
    back = load_model(save_model(fitted, tmp_path / "model")).model
    np.testing.assert_array_equal(fitted.predict_proba(corpus), back.predict_proba(corpus))


@pytest.mark.parametrize("model", READERS)
def test_a_model_that_reads_columns_refuses_rows_without_them(model: str) -> None:
    corpus, labels = corpus_of()
    with pytest.raises(InputError, match="--numeric or --categorical"):
        MODELS.load(model)(columns="both").fit(list(corpus), labels)
    fitted = MODELS.load(model)(columns="both").fit(corpus, labels)
    side = SideColumns({"pulse": np.array([80.0])}, {})
    with pytest.raises(InputError, match="'arrival'"):
        fitted.predict(Corpus(["가슴이 아파요"], side=side))
    with pytest.raises(UnknownNameError, match="both"):
        MODELS.load(model)(columns="bth").fit(corpus, labels)


@pytest.mark.parametrize("model", READERS)
def test_grams_are_explained_and_columns_are_not_taken_for_grams(model: str) -> None:
    corpus, labels = corpus_of()
    fitted = MODELS.load(model)(columns="both").fit(corpus, labels)
    both, view = fitted.gram_scores(corpus), fitted.linear_view()
    assert both is not None or model == "ordinal-lr"  # one direction for all classes
    assert both is None or all(one.shape[1] == both.features.width_ for one in both.by_class)
    assert view is None or view.weights.shape[1] == view.features.width_
    alone = MODELS.load(model)(columns="columns").fit(corpus, labels)
    assert alone.gram_scores(corpus) is None and not alone.reads


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_from_its_spelling(number: float) -> None:
    assert number_in(repr(number)) == number_in(number) == number


@pytest.mark.parametrize(
    ("cell", "number"),
    [("36,6", 36.6), ("1,250", 1250.0), (" 80 ", 80.0), (True, 1.0), ("??", np.nan), (None, np.nan), ("inf", np.nan)],
)
def test_cells_are_read_as_people_write_them(cell: object, number: float) -> None:
    np.testing.assert_equal(number_in(cell), number)


def test_one_category_has_one_spelling() -> None:
    assert {category_in(cell) for cell in (3, 3.0, "3", " 3 ", "3.0")} == {"3"}
    assert category_in(None) == category_in(float("nan")) == MISSING


@settings(max_examples=30)
@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(np.nan)), min_size=2, max_size=30), st.sampled_from(SCALES))
def test_features_are_finite_whatever_the_numbers(values: list[float], scale: str) -> None:
    made = ColumnFeatures(scale)
    codes = np.arange(len(values)) % 2
    assert np.isfinite(made.fit_transform(numbers(values), codes)).all()
    assert np.isfinite(made.transform(numbers([0.0, np.nan, 1e9]))).all()
