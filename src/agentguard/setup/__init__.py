"""Putting agentguard in place: hooks, a first policy, the pre-commit entry."""
