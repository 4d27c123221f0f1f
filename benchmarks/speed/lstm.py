"""Seconds per epoch of one LSTM: our loop, the padded PyTorch loop of the tutorials, and Keras.

    TRIAGE_BENCH_DATA=… python -m benchmarks.speed.lstm [--epochs 3] [--keras-python PATH]

Embedding 128, hidden 128, one direction, vocabulary 20,000, batch 64, 20,000 nsmc rows in eojeol
without punctuation and rare words (as Keras's tokenizer makes them), 5,000 others to validate on, all
of them from the training file; one thread each, one after the other in one run. ``--keras-python``
names a Python that has keras and tensorflow-cpu; without it Keras is left out. Ours takes the last
state of the LSTM, as the others do; its epoch holds no validation, nor does theirs.

Ours has its own rate (5e-3, cosine), smaller first embeddings and dropout, chosen on other rows of the
training file (seed 1); the tutorials have Adam at 1e-3 and neither. The seconds compare like with
like, the accuracies do not.
"""

# ruff: noqa: E402  The threads are fixed before NumPy starts.
from __future__ import annotations

import argparse
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.families.classical import rows_of
from triage_bench.models.neural.device import reproducible
from triage_bench.models.neural.encoders import RecurrentEncoder
from triage_bench.models.neural.initialisation import initialise
from triage_bench.models.neural.loop import LabelledRows, Trainer, Training, answers
from triage_bench.models.neural.losses import objective_for
from triage_bench.models.neural.network import TextNetwork
from triage_bench.models.neural.vocabulary import Vocabulary
from triage_bench.text.ragged import Ragged

PUNCTUATION = re.compile(r"[!\"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~\t\n]")
"""As Keras's tokenizer: words without punctuation, and those out of the vocabulary dropped."""
ROWS, HELD_OUT, VOCABULARY, WIDTH, BATCH = 20_000, 5_000, 20_000, 128, 64

KERAS = """
import os, sys, time
os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3")
import numpy as np, tensorflow as tf, keras
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
data = np.load(sys.argv[1])
keras.utils.set_random_seed(0)
model = keras.Sequential([
    keras.layers.Embedding(int(sys.argv[3]), 128), keras.layers.LSTM(128), keras.layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
for epoch in range(int(sys.argv[2])):
    begin = time.perf_counter()
    model.fit(data["x"], data["y"], batch_size=64, epochs=1, verbose=0)
    seconds = time.perf_counter() - begin
    print(seconds, model.evaluate(data["x_test"], data["y_test"], batch_size=256, verbose=0)[1], flush=True)
"""

Epoch = tuple[float, float]


class Tutorial(nn.Module):
    """The network as tutorials write it: every row padded to the longest, the last position's state."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, WIDTH)
        self.lstm = nn.LSTM(WIDTH, WIDTH, batch_first=True)
        self.output = nn.Linear(WIDTH, 2)

    def forward(self, tokens: Tensor) -> Tensor:
        states: Tensor = self.lstm(self.embedding(tokens))[0]
        return self.output(states[:, -1])


def ours(train: LabelledRows, test: LabelledRows, tokens: int, epochs: int) -> list[Epoch]:
    """Train by our loop; return seconds and accuracy of each epoch."""
    objective, found = objective_for("cross-entropy", 2), []
    with reproducible(0):
        encoder = RecurrentEncoder("lstm", WIDTH, WIDTH, 1, bidirectional=False, dropout=0.0, pooling="last")
        initialise(encoder, "xavier")
        network = TextNetwork(tokens, WIDTH, encoder, objective.first_bias, word_dropout=0.4, dropout=0.3)
        network.embedding.weight.data *= 0.3
        training = Training(epochs=epochs, patience=epochs, batch_size=BATCH, learning_rate=5e-3)
        trainer = Trainer(network, objective, training, np.random.default_rng(0))
        for _ in range(epochs):
            begin = time.perf_counter()
            trainer.train_epoch(train)
            seconds = time.perf_counter() - begin
            chosen = answers(network, test.sequences, torch.device("cpu")).argmax(dim=1).numpy()
            found.append((seconds, float(np.mean(chosen == test.codes))))
    return found


def tutorial(train: LabelledRows, test: LabelledRows, tokens: int, epochs: int) -> list[Epoch]:
    """Train as PyTorch tutorials do; return seconds and accuracy of each epoch."""
    torch.manual_seed(0)
    rows, others = (torch.as_tensor(table) for table in _padded(train, test))
    codes = torch.as_tensor(train.codes)
    loader = DataLoader(TensorDataset(rows, codes), batch_size=BATCH, shuffle=True)
    network, loss_of, found = Tutorial(tokens), nn.CrossEntropyLoss(), []
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(epochs):
        begin = time.perf_counter()
        network.train()
        for some, wanted in loader:
            optimiser.zero_grad()
            loss = loss_of(network(some), wanted)
            loss.backward()
            optimiser.step()
        seconds = time.perf_counter() - begin
        network.eval()
        with torch.inference_mode():
            chosen = torch.cat([network(part).argmax(dim=1) for part in torch.split(others, 500)]).numpy()
        found.append((seconds, float(np.mean(chosen == test.codes))))
    return found


def keras(train: LabelledRows, test: LabelledRows, tokens: int, epochs: int, python: Path) -> list[Epoch]:
    """Train as Keras tutorials do, in a Python of its own; return seconds and accuracy of each epoch."""
    rows, others = _padded(train, test)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.npz"
        np.savez(file, x=rows, y=train.codes, x_test=others, y_test=test.codes)
        command = [str(python), "-c", KERAS, str(file), str(epochs), str(tokens)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [(float(one), float(two)) for one, two in (line.split() for line in done.stdout.splitlines())]


def _padded(train: LabelledRows, test: LabelledRows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return both tables padded to the longest training row."""
    longest = int(train.sequences.lengths.max())
    tables = []
    for rows in (train, test):
        table = rows.sequences.padded(np.arange(len(rows.codes)))[:, :longest]
        tables.append(np.pad(table, ((0, 0), (0, longest - table.shape[1]))))
    return tables[0], tables[1]


def main() -> None:
    """Print seconds and accuracy per epoch of each, and the ratios."""
    wanted = _arguments()
    torch.set_num_threads(1)
    train, test, tokens = _rows()
    lengths = train.sequences.lengths
    print(f"{len(lengths):,} rows, {lengths.mean():.1f} eojeol on average, {lengths.max()} at most; one thread each")
    results: dict[str, list[Epoch]] = {
        "ours": ours(train, test, tokens, wanted.epochs),
        "PyTorch, padded": tutorial(train, test, tokens, wanted.epochs),
    }
    if wanted.keras_python is not None:
        results["Keras, padded"] = keras(train, test, tokens, wanted.epochs, wanted.keras_python)
    best = min(seconds for seconds, _ in results["ours"])
    print(f"{'':18}{'s per epoch':>12}{'ours / it':>11}   seconds and validation accuracy of each epoch")
    for name, epochs in results.items():
        least = min(seconds for seconds, _ in epochs)
        told = "  ".join(f"{seconds:.2f} s {accuracy:.3f}" for seconds, accuracy in epochs)
        print(f"{name:18}{least:12.2f}{best / least:11.3f}   {told}")


def _rows() -> tuple[LabelledRows, LabelledRows, int]:
    rows: Any = rows_of("nsmc")
    order = np.random.default_rng(0).permutation(rows.train)
    chosen = order[:ROWS], order[ROWS : ROWS + HELD_OUT]
    tokens = [Ragged.of(PUNCTUATION.sub(" ", text.lower()).split() for text in rows.corpus[part]) for part in chosen]
    vocabulary = Vocabulary.learnt(tokens[0], 1, VOCABULARY - 2)
    known = set(vocabulary.tokens)
    tokens = [Ragged.of([one for one in part.row(i) if one in known] for i in range(len(part))) for part in tokens]
    longest = int(tokens[0].lengths.max())
    parts = [
        LabelledRows(vocabulary.encode(one, longest), rows.labels[part])
        for one, part in zip(tokens, chosen, strict=True)
    ]
    return parts[0], parts[1], len(vocabulary)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--keras-python", type=Path, default=None)
    return parser.parse_args()


if __name__ == "__main__":
    main()
