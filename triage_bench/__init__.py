"""Benchmark and diagnose small-data Korean text classification, classical machine learning first."""

__version__ = "0.1.0"
