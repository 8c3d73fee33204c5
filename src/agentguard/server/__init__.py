"""What the commands do that are run on a server, by whoever runs it."""
