"""A run made by hand: planned jobs with records, as every reader of records needs one."""

from __future__ import annotations

import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray

from triage_bench.core.dataset import DatasetSummary, Scale
from triage_bench.core.job import Job, Recipe
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.record import Predictions, RunRecord, Status
from triage_bench.core.run import Run
from triage_bench.datasets import download as downloads

# How long a draw takes says how busy the machine is, and nothing of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# What a shell starts in the background, or under nohup, has these ignored, and hands that on to its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# ``benchmarks/`` is content beside the package: it is never installed, only found from the repository's root.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[type[BaseHTTPRequestHandler]], str]]:
    """Return what starts a server on this machine and tells its address; downloads wait for it as long as it takes."""
    monkeypatch.setattr(downloads, "_unreachable_since", {})
    for limit in ("CONNECT_SECONDS", "ANSWER_SECONDS", "READ_SECONDS"):
        monkeypatch.setattr(downloads, limit, 120.0)
    monkeypatch.setenv("NO_PROXY", "*")
    with ExitStack() as running:

        def started(handler: type[BaseHTTPRequestHandler]) -> str:
            loopback = running.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), handler))
            threading.Thread(target=loopback.serve_forever, daemon=True).start()
            running.callback(loopback.shutdown)
            return f"http://127.0.0.1:{loopback.server_port}"

        yield started


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests: with a worker per core the longest may not come last."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


# How often a made-up model is right; or the status it ends with; or None: it did not run.
Skill = float | str | None
MODELS: Mapping[str, Skill] = {"tfidf-lr": 0.8, "lightgbm": 0.7, "majority": 0.3}


def answers(labels: NDArray[np.int64], skill: float, classes: int, seed: int) -> NDArray[np.int64]:
    """Answer rightly with probability `skill`, else anything; equal seeds err on the same rows."""
    draw = np.random.default_rng(seed)
    return np.where(draw.random(len(labels)) < skill, labels, draw.integers(0, classes, len(labels))).astype(np.int64)


def predictions(
    rows: NDArray[np.int64],
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64],
    units: NDArray[np.int64],
    classes: int,
) -> Predictions:
    """Complete answers by probabilities of 0.7 for the answer."""
    probabilities = np.full((len(rows), classes), 0.3 / max(classes - 1, 1), dtype=np.float32)
    probabilities[np.arange(len(rows)), predicted] = 0.7
    return Predictions(rows, labels, predicted, probabilities, units)


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a BERT and its WordPiece vocabulary: the real classes, two layers of 32 numbers, weights at random."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel, BertTokenizerFast
    from transformers.utils import logging

    from triage_bench.testing import easy_sentences

    folder = tmp_path_factory.mktemp("hub") / "tiny-bert"
    folder.mkdir()
    learner = BertWordPieceTokenizer(lowercase=False, strip_accents=False)
    learner.train_from_iterator(easy_sentences(300, seed=7)[0], vocab_size=300, min_frequency=1, show_progress=False)
    learner.save_model(str(folder))
    reader = BertTokenizerFast(vocab=str(folder / "vocab.txt"), do_lower_case=False, strip_accents=False)
    reader.save_pretrained(str(folder))
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    logging.disable_progress_bar()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = BertModel(BertConfig(vocab_size=len(reader), max_position_embeddings=64, **sizes))
    model.save_pretrained(str(folder))
    return folder


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """Return a function that makes a run of made-up models on one data set."""

    def make(
        models: Mapping[str, Skill] = MODELS,
        *,
        rows: int = 300,
        unit_size: int = 1,
        scale: Scale = "triage",
        names: tuple[str, ...] = ("1", "2", "3", "4", "5"),
        protocol: Protocol | None = None,
        dataset: str = "ktas-sim",
        trials: int = 0,
        seed: int = 0,
    ) -> Run:
        protocol = protocol or Protocol("near-duplicate", tuning=Tuning(trials=trials))
        draw, classes = np.random.default_rng(seed), len(names)
        labels = draw.integers(0, classes, rows).astype(np.int64)
        units = (np.arange(rows) // unit_size).astype(np.int64)
        counts = np.bincount(labels, minlength=classes)
        summary = DatasetSummary(
            dataset, f"digest of {dataset}", rows, dict(zip(names, map(int, counts), strict=True)), scale=scale
        )
        jobs, records = [], {}
        for place, (model, skill) in enumerate(models.items()):
            unit = "" if model in ("majority", "stratified") else "char_wb"
            recipe = Recipe(model, {"tokenizer": unit} if unit else {})
            for repeat in range(protocol.repeats):
                side = np.random.default_rng((seed, repeat)).permutation(np.arange(rows) % protocol.folds)[units]
                for fold in range(protocol.folds):
                    job = Job(dataset, summary.digest, recipe, protocol, repeat, fold, seed)
                    kept = np.flatnonzero(side == fold).astype(np.int64)
                    jobs.append(job)
                    if skill is None:
                        continue
                    if isinstance(skill, str):
                        records[job.key] = RunRecord(job, cast(Status, skill), "it broke")
                        continue
                    said = answers(labels[kept], skill, classes, 1000 * place + 10 * repeat + fold)
                    records[job.key] = RunRecord(
                        job,
                        "ok",
                        predictions=predictions(kept, labels[kept], said, units[kept], classes),
                        inner_score=0.9 if trials else None,
                        timings={"fit": 2.0, "predict": 0.5, **({"tune": 8.0} if trials else {})},
                    )
        return Run(Plan("made-up", "quick", seed, (), (summary,), tuple(jobs)), records)

    return make
