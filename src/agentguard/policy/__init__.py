"""What a repository asks for: which refs matter, who may approve, which rules hold."""
