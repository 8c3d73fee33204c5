"""The examples of a rule, run through real git: each is a small push, judged by that rule alone.

The form is described in `docs/writing-a-rule.md`.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from agentguard.approvals.sign import public_key_of, sign
from agentguard.change import SYMLINK, RefUpdate
from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.gate import Gate
from agentguard.keys import PublicKey
from agentguard.policy.load import built_in, load_policy
from agentguard.policy.model import Approver, ApproverKey, Policy
from agentguard.policy.rules import load_rule
from agentguard.policy.stack import Stack
from agentguard.reading import read_file
from agentguard.repo.fast_import import File, NewCommit, Store, new_store
from agentguard.repo.reader import Known
from agentguard.rules import Rule
from agentguard.settings import Table, parse_toml

MAIN = "refs/heads/main"
UPDATES = ("push", "create", "delete", "rewind", "move")
SIGNERS = ("human", "agent")
EXPECTATIONS = ("match", "no match")
# Data that lies among the built-in rules and is none.
BESIDE_RULES = ("actors.toml", "paths.toml")
RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")
MOST = 100_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SOMEBODY = "Sam Developer <sam@example.com>"

Files = Mapping[str, File | None]


@dataclass(frozen=True, slots=True)
class Example:
    """One example, read: what stood there, the commits that change it, and what is pushed where."""

    name: str
    matches: bool
    ref: str
    update: str
    earlier: Files
    before: Files
    commits: Sequence[NewCommit]


def rule_files(paths: Sequence[Path]) -> list[Path]:
    """Files among `paths`, folders searched. Raises ConfigurationError when there are none."""
    found = [
        file
        for path in paths
        for file in (sorted(path.rglob("*.toml")) if path.is_dir() else [path])
        if file.name not in BESIDE_RULES
    ]
    if not found:
        raise ConfigurationError("name at least one rule file, or a folder that holds some")
    return found


def rules_in(path: Path) -> list[tuple[Rule, Policy]]:
    """The rule of a rule file, or a policy's own; each with the policy it stands in."""
    content = read_file(path)
    base = built_in(MAIN)
    if "version" not in parse_toml(content, str(path)):
        return [(load_rule(content, path, base.classes), base)]
    policy = load_policy(content, str(path), base)
    known = {rule.id for rule in base.rules}
    return [(rule, policy) for rule in policy.rules if rule.id not in known]


def failures(rule: Rule, base: Policy) -> list[str]:
    """One line for each example of a rule that does not come out as it says, or is missing."""
    lines = [_failure(rule, number, base) for number in range(len(rule.examples))]
    expected = {example.get("expect") for example in rule.examples}
    missing = [each for each in EXPECTATIONS if each not in expected]
    return [line for line in lines if line] + [
        f"{rule.id}: has no example that is a {each}" for each in missing
    ]


def _failure(rule: Rule, number: int, base: Policy) -> str:
    """Why an example fails, "" when it does not."""
    example = read_example(rule.examples[number], f"{rule.id}.toml", f"examples[{number}]")
    try:
        matched = matches(rule, example, base)
    except EvaluationError as error:
        return f"{rule.id}: {example.name!r} could not be judged: {error}"
    if matched == example.matches:
        return ""
    wanted = "match" if example.matches else "no match"
    return f"{rule.id}: {example.name!r} should be a {wanted} and is not"


def matches(rule: Rule, example: Example, base: Policy) -> bool:
    """Whether the rule finds something in the example."""
    with tempfile.TemporaryDirectory(prefix="agentguard-example-") as folder:
        store = new_store(Path(folder), MAIN)
        update, known = _built(store, example)
        policy = _policy(rule, base)
        gate = Gate(store.repository, Stack((policy,), "example"), known, NOW)
        [decided] = gate.judge([update]).updates
        if decided.errors:
            raise EvaluationError("; ".join(decided.errors))
        return bool(decided.findings)


def _policy(rule: Rule, base: Policy) -> Policy:
    """The rule alone, with a human and an agent whose keys are known."""
    jane = Approver("jane@example.com", (ApproverKey(_public_key("human")),))
    actors = replace(base.actors, agent_keys=(_public_key("agent"),))
    return replace(base, rules=(rule,), approvers={jane.id: jane}, actors=actors)


def _built(store: Store, example: Example) -> tuple[RefUpdate, Known]:
    """The example in a repository, and the update that is pushed."""
    base = _base(store, example)
    tips = [base]
    for commit in example.commits:
        tips.append(store.commit(commit, tips[-1:]))
    store.set(MAIN, base)
    known = Known(base, (base,))
    if example.update == "create":
        return RefUpdate("", tips[-1], example.ref), known
    if example.update == "delete":
        return RefUpdate(tips[-1], "", example.ref), known
    if example.update == "rewind":
        return RefUpdate(tips[-1], tips[-2], example.ref), Known(tips[-1], (tips[-1],))
    return RefUpdate(base, tips[-1], example.ref), known


def _base(store: Store, example: Example) -> str:
    """The commit that stands before the push, and the one before that where the example has one."""
    if not example.earlier:
        return store.commit(NewCommit(SOMEBODY, "Before\n", example.before))
    first = store.commit(NewCommit(SOMEBODY, "Earlier\n", example.earlier))
    gone = {path: None for path in example.earlier if path not in example.before}
    return store.commit(NewCommit(SOMEBODY, "Before\n", {**gone, **example.before}), [first])


def read_example(values: Mapping[str, Any], source: str, path: str) -> Example:
    """One `[[examples]]`. Raises ConfigurationError naming file and key."""
    table = Table(values, source, path)
    matches = table.choice("expect", EXPECTATIONS) == "match"
    earlier = _files(table.table("earlier"), {})
    before = _files(table.table("before"), {})
    commits: list[NewCommit] = []
    standing = dict(before)
    entries = table.tables("commits") if "commits" in table else (table,)
    for entry in entries:
        commit = _commit(entry, standing)
        standing.update(commit.files)
        commits.append(commit)
        if entry is not table:
            entry.finish()
    update = table.choice("update", UPDATES, "push")
    ref = table.string("ref", default="refs/tags/v1" if update == "move" else MAIN)
    example = Example(table.string("name"), matches, ref, update, earlier, before, commits)
    table.finish()
    return example


def _commit(table: Table, standing: Files) -> NewCommit:
    signer = table.choice("signed", SIGNERS) if "signed" in table else None
    return NewCommit(
        author=table.string("author", default=SOMEBODY),
        message=table.string("message", default="Change") + "\n",
        files=_files(table.table("after"), standing),
        sign=partial(_sign, signer) if signer else None,
    )


def _files(table: Table, standing: Files) -> dict[str, File | None]:
    found: dict[str, File | None] = {}
    for name in table.values:
        for path, number in _expanded(table, name):
            found[path] = _file(table, name, number, standing)
    table.finish()
    return found


def _expanded(table: Table, name: str) -> Iterator[tuple[str, int]]:
    """`page{1..40}.html` as forty paths with their numbers."""
    match = RANGE.search(name)
    if match is None:
        yield name, 0
        return
    first, last = int(match[1]), int(match[2])
    if not first <= last < first + MOST:
        table.fail(name, "expected a range such as {1..40}")
    for number in range(first, last + 1):
        yield name[: match.start()] + str(number) + name[match.end() :], number


def _file(table: Table, name: str, number: int, standing: Files) -> File | None:
    value = table.take(name)
    if value is False:
        return None
    if isinstance(value, str):
        return File(value.encode())
    if not isinstance(value, dict):
        table.fail(name, "expected text, false, or a table such as { lines = 30 }")
    return _described(Table(value, table.source, f"{table.path}.{name}"), number, standing)


def _described(table: Table, number: int, standing: Files) -> File | None:
    """A file described by a table; the ways are in `docs/writing-a-rule.md`."""
    mode = int(table.choice("mode", ("644", "755"), "644"), 8) | 0o100000
    if "symlink" in table:
        file = File(table.string("symlink").encode(), SYMLINK)
    elif "from" in table:
        origin = RANGE.sub(str(number), table.string("from"))
        if not (found := standing.get(origin)):
            table.fail("from", f"{origin} did not exist before")
        file = replace(found, mode=mode) if "mode" in table else found
    elif "size" in table:
        file = File(b"x" * (table.integer("size", 0, least=1) - 1) + b"\n", mode)
    elif "lines" in table:
        file = File(_lines(table, number), mode)
    else:
        file = File(table.string("text", default="").encode(), mode)
    table.finish(also=["symlink", "from", "size", "lines", "changed", "text"])
    return file


def _lines(table: Table, number: int) -> bytes:
    """Numbered lines, different in each file of a range; the first `changed` say something else."""
    changed = table.integer("changed", 0)
    return "".join(
        f"{'changed' if line < changed else 'line'} {line + 1} of file {number}\n"
        for line in range(table.integer("lines", 0, least=1))
    ).encode()


@cache
def _keys() -> tuple[tempfile.TemporaryDirectory[str], Mapping[str, Path]]:
    """A key for each signer, made for this process and gone with it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    folder = tempfile.TemporaryDirectory(prefix="agentguard-keys-")
    keys = {}
    for who in SIGNERS:
        private = Ed25519PrivateKey.generate()
        keys[who] = Path(folder.name, who)
        form = (Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        keys[who].touch(0o600)
        keys[who].write_bytes(private.private_bytes(*form))
    return folder, keys


def _public_key(who: str) -> PublicKey:
    return public_key_of(_keys()[1][who])


def _sign(who: str, payload: bytes) -> bytes:
    return sign(payload, _keys()[1][who], "git")
