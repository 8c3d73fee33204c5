"""A first policy, and the pre-commit entry."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from agentguard.policy.places import IN_TREE
from agentguard.reading import read_file
from agentguard.repo.clone import HEADS, Clone
from agentguard.setup.files import write_whole
from agentguard.setup.toml import listed, quoted

PRE_COMMIT = ".pre-commit-config.yaml"

POLICY = """\
# What agentguard asks for in this repository. Once committed to the default branch it counts, and
# a change to it needs a human's approval. `agentguard policy validate` checks it.
version = 1
repository = {repository}

[environments.production]
refs = {refs}

# Humans who may approve what the rules refuse. While nobody is listed here, those that the server
# lists may; with none there either, nothing can be approved.
# [approvers."you@example.com"]
# keys = ["ssh-ed25519 AAAA..."]
"""

HOOK = """\
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

# The list of repositories up to its first entry, over comments and empty lines.
EMPTY = rb"[ \t]*(?:#.*)?\r?\n"
LIST = re.compile(rb"^repos:" + EMPTY + rb"(?:" + EMPTY + rb")*?(?=([ \t]*)-[ \t])", re.MULTILINE)
OURS = re.compile(rb"\bid:[ \t]*['\"]?agentguard\b")


def write_policy(clone: Clone) -> Iterator[str]:
    """Write `.agentguard.toml` unless there is one; says what was done."""
    path = clone.work_tree / IN_TREE
    if path.exists():
        yield f"kept {IN_TREE}"
        return
    branch = clone.server_ref(clone.default_branch) or HEADS + (clone.branch or "main")
    refs = [branch, "refs/heads/release/*", "refs/tags/*"]
    named = quoted(clone.repository_name)
    write_whole(path, POLICY.format(repository=named, refs=listed(refs)))
    yield f"wrote {IN_TREE} for {branch}"
    yield "list in it who may approve, then commit it"


def write_pre_commit(clone: Clone) -> Iterator[str]:
    """Add the hook to `.pre-commit-config.yaml` unless it is there; says what was done."""
    path = clone.work_tree / PRE_COMMIT
    before = read_file(path) if path.exists() else b"repos:\n"
    if OURS.search(before):
        yield f"kept {PRE_COMMIT}"
        return
    after = with_hook(before)
    if after is None:
        yield f"{PRE_COMMIT} is not written in the usual way: add this to its list yourself"
        yield from HOOK.splitlines()
        return
    write_whole(path.resolve(), after)  # a link stays one
    yield f"added the hook to {PRE_COMMIT}: `pre-commit install` puts it in place"


def with_hook(before: bytes) -> bytes | None:
    """A configuration with our hook as its first, every other byte as it was; None if its list of
    repositories is not found."""
    if before == b"repos:\n":
        at, indent = len(before), "  "
    elif found := LIST.search(before):
        at, indent = found.end(), found[1].decode()
    else:
        return None
    hook = textwrap.indent(HOOK, indent).encode()
    if b"\r\n" in before:
        hook = hook.replace(b"\n", b"\r\n")
    return before[:at] + hook + before[at:]
