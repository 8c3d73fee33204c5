"""Git hooks that stop an AI agent's destructive push until a human approved exactly that change."""

__version__ = "0.1.0"
