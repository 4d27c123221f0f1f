"""Judging a run: checks turn records into findings, and findings into a verdict. Nothing is trained here."""

from triage_bench.diagnosis.check import CHECKS, Check, findings_of
from triage_bench.diagnosis.verdict import verdicts_of

__all__ = ["CHECKS", "Check", "findings_of", "verdicts_of"]
