"""Faulty networks differ from their sound twins by what they say, and can be brought as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.faults import catalogue, networks, pipelines

HERE = Path(networks.__file__).parent
RED, BLUE = ("가슴이 아파요", "숨이 차요", "의식이 없어요"), ("감기 기운", "약 처방", "상처 소독")


def rows(count: int) -> tuple[list[str], np.ndarray]:
    texts = [f"{RED[i % 3] if i % 2 else BLUE[i % 3]} {'조금' * (i % 5)} 그래요 {i}" for i in range(count)]
    return texts, np.array(["급함" if i % 2 else "아님" for i in range(count)])


@pytest.fixture(scope="module")
def sound() -> networks.SoundBag:
    return networks.SoundBag().fit(*rows(48))


def test_every_named_model_stands_in_its_file():
    for model in (*catalogue.FAULTY_MODELS, *catalogue.SOUND_MODELS):
        module = {"networks.py": networks, "pipelines.py": pipelines}[model.file]
        assert callable(getattr(module, model.name))


def test_the_files_stand_alone():
    for name in ("networks.py", "pipelines.py"):
        text = (HERE / name).read_text(encoding="utf-8")
        assert "import triage_bench" not in text
        assert "from triage_bench" not in text
        assert "from benchmarks" not in text


def test_a_sound_network_learns_and_answers_alike_alone_and_in_company(sound):
    texts, labels = rows(48)
    together = sound.predict_proba(texts)
    assert (sound.predict(texts) == labels).mean() > 0.9
    assert together.sum(1) == pytest.approx(1)
    assert np.concatenate([sound.predict_proba([text]) for text in texts]) == pytest.approx(together, abs=1e-5)
    assert {"loss", "val_loss", "accuracy", "val_accuracy"} == set(sound.history_[0])


@pytest.mark.parametrize("name", ["DropoutAtPrediction", "BatchStatistics"])
def test_an_answer_that_depends_on_chance_or_company(name):
    texts, labels = rows(48)
    network = getattr(networks, name)().fit(texts, labels)
    alone, again = network.predict_proba(texts[:9]), network.predict_proba([*texts[20:40], *texts[:9]])[-9:]
    assert np.abs(alone - again).max() > 1e-3


def test_shifted_labels_are_all_wrong_where_the_twin_is_right(sound):
    texts, labels = rows(48)
    network = networks.ShiftedLabels().fit(texts, labels)
    assert (network.predict(texts) == labels).mean() < 0.1


def test_a_step_of_next_to_nothing_leaves_the_loss_where_it_was():
    history = networks.TinySteps().fit(*rows(48)).history_
    assert history[-1]["val_loss"] == pytest.approx(history[0]["val_loss"], abs=1e-3)


def test_stripping_hangul_leaves_nothing_to_tell_texts_apart():
    network = networks.StripsHangul().fit(*rows(48))
    assert network.predict_proba(["숨이 차요 7", "감기 기운 7"]) == pytest.approx(network.predict_proba(["7", "7"]))


def test_three_tokens_are_all_that_is_read():
    network = networks.ThreeTokens().fit(*rows(48))
    assert network.predict_proba(["가슴이 아파요"]) == pytest.approx(network.predict_proba(["가슴이 괜찮아요"]))
    pipeline = pipelines.first_characters().fit(*rows(48))
    assert pipeline.predict_proba(["가슴이 아파요"]) == pytest.approx(pipeline.predict_proba(["가슴이 아파서요"]))


def test_frozen_weights_stay():
    texts, labels = rows(24)
    one, other = networks.FrozenEmbedding(), networks.FrozenEmbedding()
    one.epochs, other.epochs = 1, 2
    weights = [net.fit(texts, labels).network_.embedding.weight.detach().numpy() for net in (one, other)]
    assert np.array_equal(*weights)
