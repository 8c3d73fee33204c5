"""Reading a change: each test shows what a plausible first draft says, and what is true."""
