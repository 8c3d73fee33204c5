"""Settings files as leaves."""
