"""Where policies are: in the tree, beside a server repository, and on the machine."""

from __future__ import annotations

from pathlib import Path

IN_TREE = ".agentguard.toml"
BESIDE = Path("agentguard", "policy.toml")
MACHINE = Path("/etc/agentguard/policy.toml")
