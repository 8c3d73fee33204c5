"""Tests of what happens in a developer's clone."""
