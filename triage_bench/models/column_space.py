"""What tuning may change where columns are read beside the text. Plain values: runs are planned with them."""

from __future__ import annotations

from triage_bench.core.space import Choice, Dimension, Float

SCALES = ("none", "standard", "minmax", "robust", "log", "quantile", "bins")
"""See `triage_bench.models.columns.ColumnFeatures`."""

COLUMN_DIMENSIONS: dict[str, Dimension] = {
    "column_scale": Choice(SCALES[1:]),
    "column_weight": Float(0.1, 3.0, log=True),
    "rare_below": Choice((2, 5, 10, 20)),
    "columns_kept": Choice((None, 10, 20)),
}
