"""The results as a table, and whom we are ahead of."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.peers.plan import METRICS, OURS
from benchmarks.peers.running import Result


def rendered(results: Sequence[Result]) -> str:
    """Return one line per tool and task, the best by the task's metric first, and who is ahead."""
    figures = f"{'accuracy':>9}{'macro-F1':>9}{'fit s':>8}{'predict s':>10}{'peak MiB':>9}"
    lines = [f"{'task':5}{'tool':18}{'budget s':>9}{figures}"]
    for task in sorted({one.task for one in results}):
        some = sorted((one for one in results if one.task == task), key=lambda one: -_score(one))
        lines += [_line(one) for one in some]
        lines += [_ahead(ours, some) for ours in some if ours.peer == OURS] + [""]
    return "\n".join(lines)


def _line(one: Result) -> str:
    begin = f"{one.task:5}{one.peer:18}{one.seconds:9.0f}"
    if one.outcome != "answered":
        return f"{begin}  {one.outcome} {one.said}"
    assert one.accuracy is not None and one.macro_f1 is not None
    assert one.fit_seconds is not None and one.predict_seconds is not None and one.peak_mib is not None
    figures = f"{one.accuracy:9.4f}{one.macro_f1:9.4f}{one.fit_seconds:8.1f}{one.predict_seconds:10.1f}"
    return f"{begin}{figures}{one.peak_mib:9.0f}  {one.said}"


def _ahead(ours: Result, some: Sequence[Result]) -> str:
    """Return a sentence on one of our rows; a tool that did not answer is nobody to be ahead of."""
    peers = [one for one in some if one.peer != OURS and one.outcome == "answered"]
    behind = [one.peer for one in peers if _score(one) < _score(ours)]
    ahead = [one.peer for one in peers if _score(one) >= _score(ours)]
    said = f"{ours.task}: ours within {ours.seconds:.0f} s, by {METRICS[ours.task]}, "
    said += f"is ahead of {len(behind)} of {len(peers)}: {', '.join(behind) or 'nobody'}"
    return said + (f"; not ahead of {', '.join(ahead)}" if ahead else "")


def _score(one: Result) -> float:
    score = one.accuracy if METRICS[one.task] == "accuracy" else one.macro_f1
    return -1.0 if score is None else score
