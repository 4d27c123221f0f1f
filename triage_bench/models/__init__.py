"""Complete text classifiers: raw strings in, labels and probabilities out; each beside its search space."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from triage_bench.core.errors import InputError
from triage_bench.core.registry import Entry, Registry

BROUGHT = "brought"
"""Tag of a user's own model from a file."""

PRETRAINED = "pretrained"
"""Tag of a model that needs a pre-trained one, which the user names."""


class ModelRegistry(Registry):
    """Registered models, and those a user brought from a file, under ``FILE.py:NAME``."""

    def __init__(self, kind: str, group: str) -> None:
        super().__init__(kind, group)
        self._files: dict[str, Path] = {}

    @property
    def brought(self) -> tuple[tuple[Path, str], ...]:
        """File and name of every brought model: what another process needs to know them as well."""
        return tuple((path, name.rpartition(":")[2]) for name, path in self._files.items())

    def bring(self, path: Path, attribute: str) -> Entry:
        """Make a file's class known; its bytes are read, nothing of it is executed here.

        The entry's version is made of the file's content, so that a changed file is another model.

        Raises
        ------
        InputError
            If there is no such file.
        """
        from triage_bench.core.digest import digest_bytes  # needs numpy, which listing models does not

        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(f"cannot read the model file {str(path)!r}: {error.strerror or error}.") from error
        entry = Entry(
            f"{path.name}:{attribute}",
            f"{path.stem}:{attribute}",
            "brought by the user",
            version=int(digest_bytes(content)[:12], 16),
            tags=frozenset({BROUGHT}),
        )
        if entry.name in self._files:  # a notebook edits its model and asks again
            del self._entries[entry.name]
        self.register(entry)
        self._files[entry.name] = path.resolve()
        return entry

    def load(self, name: str) -> Any:
        """As `Registry.load`; a brought model's file is executed, once per process."""
        if name not in self._files:
            return super().load(name)
        from triage_bench.models.foreign import load_brought  # needs numpy, which listing models does not

        return load_brought(self._files[name], name.rpartition(":")[2])


MODELS = ModelRegistry("model", "triage_bench.models")
"""Each target is called with parameters and gives an estimator (see `triage_bench.models.contract`)."""

_HERE = "triage_bench.models"

for _entry in (
    Entry("majority", f"{_HERE}.dummy:Majority", "always the most frequent label", tags=frozenset({"baseline"})),
    Entry("stratified", f"{_HERE}.dummy:Stratified", "labels drawn by their shares", tags=frozenset({"baseline"})),
    Entry(
        "tfidf-lr",
        f"{_HERE}.linear:TfidfLogisticRegression",
        "TF-IDF of n-grams and logistic regression",
        version=3,
        tags=frozenset({"classical", "linear"}),
    ),
    Entry(
        "char-ridge",
        f"{_HERE}.char_ridge:CharRidge",
        "TF-IDF of character n-grams and ridge regression: the yardstick of the controls",
        tags=frozenset({"classical", "ridge", "shares-work"}),
    ),
    Entry(
        "token-ridge",
        f"{_HERE}.char_ridge:TokenRidge",
        "TF-IDF of tokens and ridge regression: one learner to compare tokenizers with",
        tags=frozenset({"classical", "ridge", "shares-work"}),
    ),
    Entry(
        "linear-svm",
        f"{_HERE}.svm:LinearSVM",
        "TF-IDF of n-grams and a linear SVM, probabilities calibrated",
        tags=frozenset({"classical", "linear"}),
    ),
    Entry(
        "nb-svm",
        f"{_HERE}.nbsvm:NBSVM",
        "linear SVM over n-grams weighted by naive Bayes' log-count ratios",
        tags=frozenset({"classical", "linear"}),
    ),
    Entry(
        "complement-nb",
        f"{_HERE}.naive_bayes:ComplementNaiveBayes",
        "complement naive Bayes over TF-IDF, probabilities calibrated",
        tags=frozenset({"classical", "linear"}),
    ),
    Entry(
        "knn",
        f"{_HERE}.neighbours:NearestNeighbours",
        "nearest neighbours by cosine of TF-IDF, nearer ones counting more",
        tags=frozenset({"classical", "neighbours"}),
    ),
    Entry(
        "ordinal-lr",
        f"{_HERE}.ordinal:OrdinalLogisticRegression",
        "proportional-odds logistic regression for ordered labels",
        version=2,
        tags=frozenset({"classical", "linear", "ordinal"}),
    ),
    Entry(
        "lightgbm",
        f"{_HERE}.lightgbm:TfidfLightGBM",
        "gradient-boosted trees (LightGBM) over TF-IDF",
        version=2,
        tags=frozenset({"classical", "boosting"}),
    ),
    Entry(
        "lightgbm-svd",
        f"{_HERE}.lightgbm_svd:SVDLightGBM",
        "gradient-boosted trees (LightGBM) over SVD axes of TF-IDF",
        tags=frozenset({"classical", "boosting"}),
    ),
    Entry(
        "mlp",
        f"{_HERE}.neural.families:MLPClassifier",
        "multi-layer perceptron over a bag of words and n-grams",
        version=3,
        tags=frozenset({"network"}),
    ),
    Entry(
        "fasttext",
        f"{_HERE}.neural.families:FastTextClassifier",
        "averaged embeddings of words and of n-grams inside them",
        version=3,
        tags=frozenset({"network"}),
    ),
    Entry(
        "rnn",
        f"{_HERE}.neural.families:RNNClassifier",
        "simple recurrent network over learned embeddings",
        version=4,
        tags=frozenset({"network", "sequence"}),
    ),
    Entry(
        "gru",
        f"{_HERE}.neural.families:GRUClassifier",
        "gated recurrent units over learned embeddings",
        version=3,
        tags=frozenset({"network", "sequence"}),
    ),
    Entry(
        "lstm",
        f"{_HERE}.neural.families:LSTMClassifier",
        "LSTM over learned embeddings, early stopping",
        version=3,
        tags=frozenset({"network", "sequence"}),
    ),
    Entry(
        "lstm-attention",
        f"{_HERE}.neural.families:AttentiveLSTMClassifier",
        "LSTM whose states are weighted by additive attention",
        version=3,
        tags=frozenset({"network", "sequence"}),
    ),
    Entry(
        "textcnn",
        f"{_HERE}.neural.families:TextCNNClassifier",
        "convolutions of several widths, each filter's largest value",
        version=3,
        tags=frozenset({"network", "sequence"}),
    ),
    Entry(
        "cnn-lstm",
        f"{_HERE}.neural.families:CNNLSTMClassifier",
        "convolutions along the sequence, read by an LSTM",
        version=3,
        tags=frozenset({"network", "sequence"}),
    ),
    Entry(
        "transformer",
        f"{_HERE}.neural.transformer:TransformerClassifier",
        "a pre-trained Transformer, named with --pretrain, fine-tuned as a whole or by LoRA",
        tags=frozenset({PRETRAINED}),
        extra="transformers",
    ),
    Entry(
        "transformer-lr",
        f"{_HERE}.neural.transformer_features:TransformerFeaturesClassifier",
        "logistic regression on the states of a pre-trained Transformer, named with --pretrain",
        tags=frozenset({PRETRAINED, "frozen"}),
        extra="transformers",
    ),
):
    MODELS.register(_entry)
