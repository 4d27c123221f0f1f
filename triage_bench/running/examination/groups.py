"""Which probes belong together: one group is one job, so that a model that hangs in one loses that group only."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from triage_bench.core.errors import UnknownNameError
from triage_bench.running.examination import company, edits, fitting, forms, reading, refits, small, weights, window
from triage_bench.running.examination.subject import Seen, Subject
from triage_bench.tuning import one_line

Probe = Callable[[Subject], Seen]

GROUPS: Mapping[str, tuple[Probe, ...]] = {
    "answers": (
        forms.probabilities,
        fitting.training_rows,
        fitting.answers,
        company.twice,
        company.company,
        weights.untrained,
    ),
    "texts": (window.filled, reading.words, reading.reach, reading.hangul, edits.small_edits, edits.red_flags),
    "small": (small.thirty_two,),
    "refits": (refits.refits,),
}
"""Name of a group (`Protocol.probes`) → its probes, the most telling first."""


def examine(group: str, subject: Subject) -> Seen:
    """Put a model through one group of probes.

    A probe that makes the model raise leaves a fact ``NAME.error`` with one line, and the next one goes on.

    Raises
    ------
    UnknownNameError
        If there is no such group.
    """
    if group not in GROUPS:
        raise UnknownNameError("group of probes", group, GROUPS)
    seen = Seen()
    for probe in GROUPS[group]:
        try:
            seen |= probe(subject)
        except Exception as error:
            name = f"{probe.__module__.rpartition('.')[2]}.{probe.__name__}"
            seen |= Seen({f"{name}.error": one_line(error)})
    return seen
