"""Complete text classifiers: raw strings in, labels and probabilities out; each beside its search space."""

from __future__ import annotations

from triage_bench.core.registry import Entry, Registry

MODELS = Registry("model", "triage_bench.models")
"""Each target is called with parameters and gives an estimator (see `triage_bench.models.contract`)."""

_HERE = "triage_bench.models"

for _entry in (
    Entry("majority", f"{_HERE}.dummy:Majority", "always the most frequent label", tags=frozenset({"baseline"})),
    Entry("stratified", f"{_HERE}.dummy:Stratified", "labels drawn by their shares", tags=frozenset({"baseline"})),
    Entry(
        "tfidf-lr",
        f"{_HERE}.linear:TfidfLogisticRegression",
        "TF-IDF of n-grams and logistic regression",
        tags=frozenset({"classical", "linear"}),
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
        tags=frozenset({"classical", "linear", "ordinal"}),
    ),
    Entry(
        "lightgbm",
        f"{_HERE}.lightgbm:TfidfLightGBM",
        "gradient-boosted trees (LightGBM) over TF-IDF",
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
        tags=frozenset({"network"}),
    ),
    Entry(
        "fasttext",
        f"{_HERE}.neural.families:FastTextClassifier",
        "averaged embeddings of words and of n-grams inside them",
        tags=frozenset({"network"}),
    ),
    Entry(
        "rnn",
        f"{_HERE}.neural.families:RNNClassifier",
        "simple recurrent network over learned embeddings",
        tags=frozenset({"network"}),
    ),
    Entry(
        "gru",
        f"{_HERE}.neural.families:GRUClassifier",
        "gated recurrent units over learned embeddings",
        tags=frozenset({"network"}),
    ),
    Entry(
        "lstm",
        f"{_HERE}.neural.families:LSTMClassifier",
        "LSTM over learned embeddings, early stopping",
        tags=frozenset({"network"}),
    ),
    Entry(
        "lstm-attention",
        f"{_HERE}.neural.families:AttentiveLSTMClassifier",
        "LSTM whose states are weighted by additive attention",
        tags=frozenset({"network"}),
    ),
    Entry(
        "textcnn",
        f"{_HERE}.neural.families:TextCNNClassifier",
        "convolutions of several widths, each filter's largest value",
        tags=frozenset({"network"}),
    ),
    Entry(
        "cnn-lstm",
        f"{_HERE}.neural.families:CNNLSTMClassifier",
        "convolutions along the sequence, read by an LSTM",
        tags=frozenset({"network"}),
    ),
):
    MODELS.register(_entry)
