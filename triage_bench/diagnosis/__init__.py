"""Judging a run: checks turn records into findings, and findings into a verdict. Nothing is trained here.

Codes are stable: a number is never given to another check. The hundreds are the themes.

=====  =======================================  ==============================
codes  theme                                    file
=====  =======================================  ==============================
1xx    better than no model at all              ``baselines.py``
20x    controls: the experiment itself          ``controls.py``
21x    more rows, new topics, sources, copies   ``ladder.py``, ``held_out.py``
22x    signal, luck, drift, merged classes      ``permutation.py``, ``repeats.py``, ``drift.py``, ``merges.py``
3xx    how models train and answer              ``networks.py``, ``answers.py``
31x    a user's own model: wiring              ``model_wiring.py``, ``model_beside.py``
32x    a user's own model: learning            ``model_learning.py``
33x    a user's own model: reading             ``model_reading.py``
34x    a user's own model beside others        ``model_beside.py``
4xx    data that is known to be learnable       ``reference.py``
45x    letters that were damaged                ``encoding.py``
50x    rows: duplicates, leakage                ``duplicates.py``
52x    rows: labels of nearly identical texts   ``nearby.py``
53x    rows: frames and telling tokens          ``patterns.py``
54x    rows: what only the test side says       ``novelty.py``
55x    rows: labels                             ``labels.py``
56x    rows: labels to look at again            ``confident.py``
60x    classes and how many rows they have      ``classes.py``
61x    columns that tell the label, are read    ``side_columns.py``, ``columns_read.py``
7xx    the best that is possible                ``ceiling.py``
75x    what of a text is read                   ``reading.py``
8xx    tuning                                   ``tuning.py``
9xx    jobs that did not come to an end         ``failures.py``
=====  =======================================  ==============================
"""

from triage_bench.core.registry import Entry, Registry

CHECKS = Registry("check", "triage_bench.checks")
"""Every check by code; other packages add theirs through the entry-point group."""


def _register(theme: str, **checks: str) -> None:
    for code, attribute in checks.items():
        target = f"triage_bench.diagnosis.{theme}:{attribute}"
        CHECKS.register(Entry(code, target, attribute.lower().replace("_", " "), tags=frozenset({theme})))


_register("baselines", TB101="BEATS_CHANCE", TB102="BEATS_MAJORITY", TB103="SCORE_IS_SHARP")
_register("controls", TB201="SHUFFLED_LABELS", TB202="FITS_32_ROWS")
_register("ladder", TB211="MORE_ROWS")
_register("held_out", TB212="NEW_TOPICS", TB213="NEW_SOURCES", TB214="ONE_SOURCE", TB215="KEPT_TOGETHER")
_register("permutation", TB221="SIGNAL")
_register("repeats", TB222="ONE_SPLIT")
_register("drift", TB223="SAME_ORIGIN")
_register("merges", TB224="MERGES")
_register("reading", TB751="UNITS", TB752="BEGINNING", TB753="SINGLE_WORDS")
_register("answers", TB302="ANSWERS_EVERY_CLASS", TB306="EARNS_ITS_PLACE")
_register("networks", TB301="INITIAL_LOSS", TB303="OVERFITS", TB304="UNDERFITS", TB305="DIVERGES")
_register(
    "model_wiring",
    TB310="FITS_BY_HEART",
    TB311="SAME_ANSWER",
    TB312="PADDING",
    TB313="PROBABILITIES",
    TB314="LABELS_IN_PLACE",
    TB315="TRAINS_ALIKE",
    TB316="ONE_SOFTMAX",
)
_register("model_weights", TB318="WEIGHTS")
_register("model_beside", TB317="RUNS", TB340="KEEPS_UP", TB341="LEARNS_ELSEWHERE")
_register(
    "model_learning",
    TB320="LEARNS",
    TB321="MEMORISES",
    TB322="EVERY_CLASS",
    TB323="PROCEEDS",
    TB324="OWN_VALIDATION",
)
_register(
    "model_reading",
    TB330="KNOWS_WORDS",
    TB331="KEEPS_WORDS",
    TB332="READS_ON",
    TB333="READS_HANGUL",
    TB334="SMALL_CHANGES",
    TB335="RED_FLAGS",
)
_register("reference", TB401="REFERENCE_BAND")
_register(
    "duplicates",
    TB501="REPEATED_TEXTS",
    TB502="CONFLICTING_LABELS",
    TB503="NEAR_DUPLICATES",
    TB504="COPIES_ACROSS",
    TB505="GROUPED_SCORE",
)
_register("encoding", TB451="DAMAGED_CHARACTERS", TB452="STRIPPED_LETTERS")
_register("nearby", TB521="NEIGHBOURS_AGREE")
_register("patterns", TB531="FRAMES", TB532="SHORTCUT_TOKENS")
_register("novelty", TB541="NEW_BIGRAMS")
_register("labels", TB551="CONFIDENT_ERRORS")
_register("confident", TB561="CONTRADICTIONS")
_register("side_columns", TB611="TELLING_COLUMNS")
_register("columns_read", TB612="AWAY", TB613="IMPOSSIBLE", TB614="GAPS", TB615="DRIFT")
_register("classes", TB601="IMBALANCE", TB602="TINY_CLASSES", TB603="FEW_ROWS_CHECK")
_register("ceiling", TB701="CEILING", TB702="HUMAN")
_register("tuning", TB801="TUNING_HELPS", TB802="OPTIMISM_GAP", TB803="EDGE_OF_SPACE")
_register("failures", TB901="EVERY_JOB_FINISHED")
