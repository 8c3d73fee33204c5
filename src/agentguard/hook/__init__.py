"""What git runs: each hook as one function from its input to an exit code."""
