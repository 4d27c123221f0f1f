"""Scores of predictions: one table of metrics, each computed from stored answers alone.

`score` and `all_scores` are what most callers need; `METRICS` says of each metric what it is
called, what it means and which way is up.
"""

from triage_bench.metrics.counts import confusion
from triage_bench.metrics.table import METRICS, Metric, all_scores, applicable, find, headline, score

__all__ = ["METRICS", "Metric", "all_scores", "applicable", "confusion", "find", "headline", "score"]
