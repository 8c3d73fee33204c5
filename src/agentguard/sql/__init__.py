"""SQL in scripts and in the code around it: its statements, and what they do to data."""
