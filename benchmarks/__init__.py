"""Timing, which is never asserted: `python -m benchmarks.approvals`."""
