"""The examples of a rule, run through real git: each is a small push, judged by that rule alone.

The form is described in `docs/writing-a-rule.md`.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from agentguard.actors import attribute, bundled_markers
from agentguard.change import SYMLINK, RefUpdate
from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.example_keys import SIGNERS, key_of, sign_as
from agentguard.gate import Gate
from agentguard.makers import Judged
from agentguard.measures.sizes import NOTHING, Sizes
from agentguard.policy.load import built_in, load_policy
from agentguard.policy.model import Approver, ApproverKey, Policy
from agentguard.policy.people import read_accounts
from agentguard.policy.rules import load_rule
from agentguard.policy.stack import Stack
from agentguard.reading import read_file
from agentguard.repo.fast_import import SCRATCH, File, NewCommit, Store, new_store
from agentguard.repo.reader import Known
from agentguard.rules import Rule
from agentguard.settings import Table, parse_toml
from agentguard.windows import Earlier, contributions, judge_windows

MAIN = "refs/heads/main"
UPDATES = ("push", "create", "delete", "rewind", "move")
EXPECTATIONS = ("match", "no match")
# Data that lies among the built-in rules and is none.
BESIDE_RULES = ("actors.toml", "paths.toml")
RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")
MOST = 100_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SOMEBODY = "Sam Developer <sam@example.com>"
AGENTS_ACCOUNT = "svc-agent"

Files = Mapping[str, File | None]


@dataclass(frozen=True, slots=True)
class Example:
    """One example, read: what stood there, what pushes before this one changed without anybody's
    approval, the commits that change it, and what is pushed where, by whom. The first `known`
    commits are on another ref already."""

    name: str
    matches: bool
    ref: str
    update: str
    earlier: Files
    before: Files
    commits: Sequence[NewCommit]
    accepted: Sequence[NewCommit] = ()
    known: int = 0
    pusher: str = ""
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


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
    source, path = f"{rule.id}.toml", f"examples[{number}]"
    example = read_example(rule.examples[number], source, path)
    if example.accepted and not rule.scope.adds_up:
        raise ConfigurationError(f'{source}: {path}.accepted: goes with per = "window" only')
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
        *accepted, (update, known) = _pushes(store, example)
        policy = _policy(rule, base, example)
        if rule.scope.adds_up:
            earlier = _sums([_judged(store, *push, policy) for push in accepted], policy)
            return bool(judge_windows(_judged(store, update, known, policy), policy, earlier))
        gate = Gate(store.repository, Stack((policy,), "example"), known, NOW, example.pusher)
        [decided] = gate.judge([update]).updates
        if decided.errors:
            raise EvaluationError("; ".join(decided.errors))
        return bool(decided.findings)


def _judged(store: Store, update: RefUpdate, known: Known, policy: Policy) -> Judged:
    """A push as the rules see it."""
    change = Gate(store.repository, Stack((policy,), "example"), known, NOW).change(update)
    markers = bundled_markers()
    made = {each.id: attribute(each, markers, policy, NOW) for each in change.commits}
    return Judged(change, made, policy.actors.unproven)


def _sums(accepted: Iterable[Judged], policy: Policy) -> Mapping[str, Sequence[Earlier]]:
    """What the pushes before come to, by the names of the sums."""
    sums: dict[str, Sizes] = {}
    for judged in accepted:
        for key, sizes in contributions(judged, policy).items():
            sums[key] = sums.get(key, NOTHING) + sizes
    return {key: (Earlier(sizes),) for key, sizes in sums.items()}


def _policy(rule: Rule, base: Policy, example: Example) -> Policy:
    """The rule alone, with a human and an agent whose keys are known, and an agent's account."""
    jane = Approver("jane@example.com", (ApproverKey(key_of("human")),))
    pushers = base.actors.agent_pushers | {AGENTS_ACCOUNT}
    actors = replace(base.actors, agent_keys=(key_of("agent"),), agent_pushers=pushers)
    accounts = {**base.accounts, **example.accounts}
    return replace(base, rules=(rule,), approvers={jane.id: jane}, actors=actors, accounts=accounts)


def _pushes(store: Store, example: Example) -> Iterator[tuple[RefUpdate, Known]]:
    """The example in a repository: the updates that were accepted, and the one that is pushed."""
    base = _base(store, example)
    for commit in example.accepted:
        tip = store.commit(commit, [base])
        yield RefUpdate(base, tip, example.ref), Known(base, (base,))
        base = tip
    yield _pushed(store, example, base)


def _pushed(store: Store, example: Example, base: str) -> tuple[RefUpdate, Known]:
    """The update that the example is about."""
    tips = [base]
    for commit in example.commits:
        tips.append(store.commit(commit, tips[-1:]))
    store.set(MAIN, base)
    store.set(SCRATCH, tips[example.known])
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
    standing = dict(before)
    accepted = [_finished(entry, standing) for entry in table.tables("accepted")]
    listed = [_finished(entry, standing) for entry in table.tables("commits")]
    commits = listed if "commits" in table else [_commit(table, standing)]
    update = table.choice("update", UPDATES, "push")
    known = table.integer("known", 0)
    if known > len(commits):
        table.fail("known", f"expected a number of its commits, {len(commits)} at most")
    ref = table.string("ref", default="refs/tags/v1" if update == "move" else MAIN)
    name, pusher = table.string("name"), table.string("pusher", default="")
    accounts = read_accounts(table.table("accounts"))
    table.finish()
    return Example(
        name, matches, ref, update, earlier, before, commits, accepted, known, pusher, accounts
    )


def _finished(table: Table, standing: dict[str, File | None]) -> NewCommit:
    """A commit that has a table of its own; what it changes then stands."""
    commit = _commit(table, standing)
    table.finish()
    standing.update(commit.files)
    return commit


def _commit(table: Table, standing: Files) -> NewCommit:
    signer = table.choice("signed", SIGNERS) if "signed" in table else None
    return NewCommit(
        author=table.string("author", default=SOMEBODY),
        message=table.string("message", default="Change") + "\n",
        files=_files(table.table("after"), standing),
        sign=partial(sign_as, signer) if signer else None,
        committer=table.string("committer", default=""),
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
