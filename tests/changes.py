"""Changes made by hand, for tests of what is pure: no repository, no git."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from agentguard.actors import Attribution, SignatureState
from agentguard.change import Change, Commit, FileChange, FileStatus, Person, RefUpdate
from agentguard.engine import judge
from agentguard.finding import Finding
from agentguard.makers import Judged
from agentguard.policy.load import built_in, load_policy
from agentguard.policy.model import Policy
from agentguard.rules import Actor

MAIN = "refs/heads/main"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
BASE = built_in(MAIN)


def blob(content: str) -> str:
    """An object id for anything."""
    return hashlib.sha1(content.encode("utf-8", "surrogateescape")).hexdigest()


def file(path: str, status: FileStatus = "modified", **more: Any) -> FileChange:
    """A file record whose sides fit its status."""
    old, new = status != "added", status != "deleted"
    fields: dict[str, Any] = {
        "old_mode": 0o100644 if old else 0,
        "new_mode": 0o100644 if new else 0,
        "old_blob": blob(f"old {path}") if old else "",
        "new_blob": blob(f"new {path}") if new else "",
        "old_size": 1000 if old else 0,
        "new_size": 1000 if new else 0,
    }
    return FileChange(path, status, **{**fields, **more})


def renamed(old: str, new: str, content: str = "moved") -> FileChange:
    """An exact rename."""
    same = blob(content)
    return file(new, "renamed", old_path=old, old_blob=same, new_blob=same)


def commit(name: str, *files: FileChange, message: str = "Change", **more: Any) -> Commit:
    """A commit that does what `files` say."""
    somebody = (Person("Sam", "sam@example.com"),)
    return Commit(
        blob(name),
        blob("tree"),
        (blob("parent"),),
        somebody,
        somebody,
        message,
        files=files,
        **more,
    )


def change(*commits: Commit, files: tuple[FileChange, ...] | None = None, **more: Any) -> Change:
    """A push of commits; the net change is the last record of each path, unless given."""
    if files is None:
        files = tuple({each.path: each for made in commits for each in made.files}.values())
    update = RefUpdate(blob("before"), blob("after"), more.pop("ref", MAIN))
    update = more.pop("update", update)
    return Change(
        update, base=blob("before"), head=blob("after"), files=files, commits=commits, **more
    )


def judged(
    changed: Change,
    actors: Mapping[str, Actor] | None = None,
    unproven: Actor = "unknown",
    signature: SignatureState = "none",
) -> Judged:
    """A change with who made its commits, by name; the others are unknown."""
    by_id = {blob(name): actor for name, actor in (actors or {}).items()}
    attributions = {
        each.id: Attribution(each.id, by_id.get(each.id, "unknown"), signature=signature)
        for each in changed.commits
    }
    return Judged(changed, attributions, unproven)


def policy(text: str = "", *, only_rules: bool = True) -> Policy:
    """A policy from TOML on top of the built-in one, without the built-in rules."""
    base = BASE if not only_rules else _without_rules()
    return load_policy(f"version = 1\n{text}".encode(), "policy.toml", base)


def _without_rules() -> Policy:
    from dataclasses import replace

    return replace(BASE, rules=())


def rule(when: str, *, scope: str = "", effects: str = "", head: str = "", name: str = "r") -> str:
    """The TOML of a rule in a policy. `when` is the text below `[[rules.r.when]]`."""
    alternatives = "".join(f"[[rules.{name}.when]]\n{each}\n" for each in when.split("|"))
    return (
        f"[rules.{name}]\ntitle = 'T'\nseverity = 'high'\neffect = 'approve'\nwhy = 'W'\nfix = 'F'\n"
        f"{head}\n[rules.{name}.scope]\n{scope}\n[rules.{name}.effects]\n{effects}\n{alternatives}"
    )


def findings(
    changed: Change | Judged, text: str, actors: Mapping[str, Actor] | None = None
) -> tuple[Finding, ...]:
    """What the rules of a policy text find in a change."""
    subject = changed if isinstance(changed, Judged) else judged(changed, actors)
    return judge(subject, policy(text), NOW)
