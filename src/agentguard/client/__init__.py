"""What happens in a developer's clone: advice before a commit or push, and a human's approval."""
