"""A first policy, and the pre-commit entry."""

from __future__ import annotations

import json

from agentguard.errors import ConfigurationError
from agentguard.policy.stack import IN_TREE
from agentguard.repo.client import Clone
from agentguard.setup.files import write_whole

PRE_COMMIT = ".pre-commit-config.yaml"

POLICY = """\
# What agentguard asks for in this repository. Once committed to the default branch it counts, and
# a change to it needs a human's approval. `agentguard policy validate` checks it.
version = 1
repository = {repository}

[environments.production]
refs = {refs}

# Humans who may approve what the rules refuse. Without one nothing can be approved.
# [approvers."you@example.com"]
# keys = ["ssh-ed25519 AAAA..."]
"""

HOOKS = """\
  - repo: local
    hooks:
      - id: agentguard
        name: agentguard
        entry: agentguard hook pre-commit
        language: system
        pass_filenames: false
        always_run: true
        stages: [pre-commit]
"""


def write_policy(clone: Clone) -> str:
    """Write `.agentguard.toml` unless there is one; says what was done."""
    path = clone.work_tree / IN_TREE
    if path.exists():
        return f"kept {IN_TREE}"
    branch = clone.branch_ref(clone.default_branch or "main")
    refs = [branch, "refs/heads/release/*", "refs/tags/*"]
    named = json.dumps(clone.repository_name)
    write_whole(path, POLICY.format(repository=named, refs=json.dumps(refs)))
    return f"wrote {IN_TREE} for {branch}"


def write_pre_commit(clone: Clone) -> str:
    """Add the hook to `.pre-commit-config.yaml` unless it is there; says what was done."""
    path = clone.work_tree / PRE_COMMIT
    before = path.read_text(encoding="utf-8") if path.exists() else "repos:\n"
    if "agentguard" in before:
        return f"kept {PRE_COMMIT}"
    lines = before.splitlines()
    if lines.count("repos:") != 1:
        raise ConfigurationError(
            f"{PRE_COMMIT} has no plain `repos:` line; add this to it:\n{HOOKS}"
        )
    at = lines.index("repos:") + 1
    write_whole(path, "\n".join([*lines[:at], *HOOKS.splitlines(), *lines[at:]]) + "\n")
    return f"added the hook to {PRE_COMMIT}"
