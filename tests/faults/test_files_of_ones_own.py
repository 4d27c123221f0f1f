"""Files as people have them: read rightly, or refused with the place; the long campaigns are in ``benchmarks``."""

from __future__ import annotations

import pytest

from benchmarks.reliability import encodings, reader


def test_damaged_encodings_are_read_rightly_or_refused_with_their_place() -> None:
    (result,) = encodings.campaign(seed=1, quick=True)
    assert result.tried > 100 and result.survived == result.tried, result.note


@pytest.mark.slow
def test_whatever_hypothesis_writes_is_read_or_refused() -> None:
    (result,) = reader.campaign(seed=1, quick=True)
    assert result.tried >= 190 and result.survived == result.tried, result.note
