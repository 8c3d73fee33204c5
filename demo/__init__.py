"""The incident agentguard exists for, replayed: `make demo`."""
