"""An approval is for one push: what was used is spent, unless the push it approved did not land."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from agentguard.approvals.statement import parse
from agentguard.decision import Decision
from agentguard.ledger.entries import decision_body
from agentguard.ledger.opening import open_ledger
from agentguard.ledger.record import DECISION
from agentguard.ledger.settings import LedgerSettings
from agentguard.ledger.sql import Ledger
from tests import kit
from tests.approvals.makers import NOW
from tests.hooks import approving
from tests.hooks.approving import LOGIN, Asked, needs_ssh_keygen
from tests.ledger import chain
from tests.ledger.makers import decided, update

pytestmark = needs_ssh_keygen

SPENT = "each push needs one of its own"
FAILS_ONCE = (
    '#!/bin/sh\n[ -e tried ] && exit 0\ntouch tried\necho "another hook says no" >&2\nexit 1\n'
)
# Both pushes are judged before either ref moves, or the second is late and finds it moved.
WAITS = """\
#!/bin/sh
touch "waiting.$$"
for _ in $(seq 100); do
    [ "$(ls waiting.* | wc -l)" -ge 2 ] && exit 0
    sleep 0.1
done
exit 1
"""


def store(asked: Asked) -> Path:
    return asked.server.bare.path / chain.FILE


def events(asked: Asked) -> list[str]:
    """Uses of approvals, and moves that landed after one, as the ledger has them."""
    found: list[str] = []
    for record in chain.verify(asked.server.bare.path):
        found += ["used"] * len(chain.uses(record))
        if record["event"] == "applied" and "used" in found:
            found += ["landed"] * len(record["body"]["moves"])
    return found


def hook(asked: Asked, name: str, script: str) -> Path:
    path = asked.server.bare.path / "hooks" / name
    path.write_text(script)
    path.chmod(0o755)
    return path


def used(asked: Asked) -> str:
    """The approval as a push option, after a push with it landed."""
    option = approving.option(asked.signed())
    asked.server.accepted("-o", option, "HEAD")
    assert events(asked) == ["used", "landed"]
    return option


def approve(asked: Asked, refusal: kit.Result) -> str:
    """The approval of another push, as an option."""
    return approving.option(Asked(asked.server, "", approving.statement(refusal)).signed())


# ---------------------------------------------------------------- spent


def test_not_again_after_a_revert(asked: Asked) -> None:
    option = used(asked)
    asked.work.git("revert", "--no-edit", "HEAD")
    asked.server.accepted()
    asked.work.git("revert", "--no-edit", "HEAD")
    refusal = asked.server.refused("-o", option, "HEAD")
    assert SPENT in approving.said(refusal)
    assert "does not count (use)" in refusal.remote
    asked.server.accepted("-o", approve(asked, refusal), "HEAD")


def test_not_again_from_its_own_trailers(asked: Asked) -> None:
    """The commit that carries it is pushed again by another name."""
    approving.with_trailers(asked.work, asked.signed())
    asked.server.accepted()
    asked.work.git("branch", "old")
    asked.work.git("revert", "--no-edit", "HEAD")
    asked.server.accepted()
    asked.work.commit(asked.work.git("log", "-1", "--format=%B", "old").stdout, {LOGIN: None})
    assert SPENT in approving.said(asked.server.refused())


def test_not_again_after_an_approved_rewind(asked: Asked) -> None:
    option = used(asked)
    refusal = asked.server.refused("+HEAD~1:main")
    asked.server.accepted("-o", approve(asked, refusal), "+HEAD~1:main")
    assert SPENT in approving.said(asked.server.refused("-o", option, "HEAD"))


def test_not_again_after_the_ref_was_put_back_by_hand(asked: Asked) -> None:
    option = used(asked)
    asked.server.bare.git("update-ref", "refs/heads/main", "HEAD~1")
    assert SPENT in approving.said(asked.server.refused("-o", option, "HEAD"))


def test_not_again_for_a_branch_that_was_deleted_and_made_again(asked: Asked) -> None:
    release = "refs/heads/release/1"
    asked.server.accepted(f"origin/main:{release}")
    option = approve(asked, asked.server.refused(f":{release}"))
    asked.server.accepted("-o", option, f":{release}")
    asked.server.accepted(f"origin/main:{release}")
    said = approving.said(asked.server.refused("-o", option, f":{release}"))
    assert "for a deletion; each push needs one of its own" in said


def test_not_again_by_a_second_approval_of_the_same_person(asked: Asked) -> None:
    """Whatever a push brought is used, even what it did not need."""
    first = approving.option(asked.signed())
    second = approving.option(asked.signed(expires=approving.soon()))
    asked.server.accepted("-o", first, "-o", second, "HEAD")
    assert events(asked) == ["used", "used", "landed"]
    asked.work.git("revert", "--no-edit", "HEAD")
    asked.server.accepted()
    asked.work.git("revert", "--no-edit", "HEAD")
    assert SPENT in approving.said(asked.server.refused("-o", second, "HEAD"))


# ---------------------------------------------------------------- not spent


def test_again_when_another_hook_refused_the_push(asked: Asked) -> None:
    hook(asked, "update", FAILS_ONCE)
    option = approving.option(asked.signed())
    failed = asked.work.push("-o", option, "HEAD")
    assert failed.status
    assert "another hook says no" in failed.remote
    assert (asked.server.tip(), events(asked)) == (asked.work.tip("HEAD~1"), ["used"])
    asked.server.accepted("-o", option, "HEAD")
    assert events(asked) == ["used", "used", "landed"]


def test_again_when_another_hook_refused_a_rewind(asked: Asked) -> None:
    """Where a rewind goes to is in the history of what it leaves, landed or not."""
    used(asked)
    hook(asked, "update", FAILS_ONCE)
    option = approve(asked, asked.server.refused("+HEAD~1:main"))
    assert asked.work.push("-o", option, "+HEAD~1:main").status
    asked.server.accepted("-o", option, "+HEAD~1:main")
    assert asked.server.tip() == asked.work.tip("HEAD~1")


def test_of_two_pushes_at_once_one_lands(asked: Asked) -> None:
    option = approving.option(asked.signed())
    hook(asked, "update", WAITS)
    other = kit.Work(asked.work.path.with_name("other"))
    kit.run("git", "clone", "-q", asked.work.path, other.path, cwd=asked.work.path)
    other.git("remote", "set-url", "origin", str(asked.server.bare.path))
    approving.amend(other, "Drop it, said in other words\n")
    pushes = [
        subprocess.Popen(
            ["git", "push", "-o", option, "origin", "HEAD:main"],
            cwd=work.path,
            env=kit.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for work in (asked.work, other)
    ]
    ended = [push.wait(60) for push in pushes]
    assert sorted(map(bool, ended)) == [False, True]
    assert events(asked) == ["used", "used", "landed"]
    winner = (asked.work, other)[ended.index(0)]
    assert asked.server.tip() == winner.tip()


# ---------------------------------------------------------------- crashes


def test_a_crash_before_it_was_noted_that_the_push_landed(asked: Asked) -> None:
    """The next push finds out."""
    noting = hook(asked, "post-receive", "#!/bin/sh\nkill -9 $$\n")
    option = approving.option(asked.signed())
    asked.server.accepted("-o", option, "HEAD")
    assert events(asked) == ["used"]
    noting.unlink()
    asked.work.git("revert", "--no-edit", "HEAD")
    asked.server.accepted()
    assert events(asked) == ["used", "landed"]
    asked.work.git("revert", "--no-edit", "HEAD")
    refusal = asked.server.refused("-o", option, "HEAD")
    assert SPENT in approving.said(refusal)
    asked.server.accepted("-o", approve(asked, refusal), "HEAD")


def test_a_crash_while_the_use_was_noted(asked: Asked) -> None:
    """A push whose use is not on the disk as a whole was not let through."""
    store(asked).unlink()
    with (
        open_ledger(asked.server.bare.path, LedgerSettings()) as ledger,
        suppress(KeyboardInterrupt),
    ):
        interrupted(ledger, asked)
    assert events(asked) == []
    asked.server.accepted("-o", approving.option(asked.signed()), "HEAD")


def interrupted(ledger: Ledger, asked: Asked) -> None:
    """Note the push of what is asked for, and never get to the end of it."""
    moved = update(asked.server.tip(), asked.content)
    signed = parse(approving.filled(asked.text))
    with ledger.writing() as writer:
        body = decision_body(Decision((decided(moved, signed),)), None, "sam")
        writer.append(DECISION, body, NOW)
        raise KeyboardInterrupt


# ---------------------------------------------------------------- the ledger itself


def spoil(asked: Asked, how: str) -> None:
    store(asked).unlink()
    if how == "a folder":
        store(asked).mkdir()
    elif how == "a link to nowhere":
        store(asked).symlink_to("nowhere/records.sqlite3")
    else:
        store(asked).write_bytes(b"no ledger\n" * 1_000)


@pytest.mark.parametrize("how", ["a folder", "a link to nowhere", "no database"])
def test_without_a_ledger_nothing_protected_moves(asked: Asked, how: str) -> None:
    """What needs no approval neither; what is not protected does, and says what is missing."""
    spoil(asked, how)
    refusal = asked.server.refused("-o", approving.option(asked.signed()), "HEAD")
    assert "records.sqlite3 cannot be used: " in approving.said(refusal)
    asked.work.git("reset", "-q", "--hard", "origin/main")
    asked.work.commit("Something ordinary", {"src/app.py": "app(1)\n" * 40})
    assert "records.sqlite3 cannot be used: " in approving.said(asked.server.refused())
    passed = asked.server.accepted("HEAD:refs/heads/topic")
    assert "not recorded: the ledger" in approving.said(passed)
    assert "agentguard: ledger " not in passed.remote


def test_a_ledger_that_is_back(asked: Asked) -> None:
    spoil(asked, "no database")
    option = approving.option(asked.signed())
    asked.server.refused("-o", option, "HEAD")
    store(asked).unlink()
    asked.server.accepted("-o", option, "HEAD")


def test_a_ledger_that_does_not_exist_yet(asked: Asked) -> None:
    store(asked).unlink()
    used(asked)


# ---------------------------------------------------------------- installing


def install(asked: Asked) -> kit.Result:
    bare = asked.server.bare.path
    return kit.agentguard("install", "--server", bare, cwd=bare)


def test_install_lets_approvals_come_as_push_options(asked: Asked) -> None:
    assert asked.server.bare.out("config", "receive.advertisePushOptions") == "true"


def test_install_leaves_the_hook_of_others_alone(asked: Asked) -> None:
    foreign = hook(asked, "post-receive", "#!/bin/sh\necho 'deployed' >&2\n")
    answer = " ".join(install(asked).text.split())
    assert "WARNING: " in answer
    assert "post-receive is a hook of somebody else's and stays as it is" in answer
    assert "Call `agentguard hook post-receive` from it" in answer
    assert foreign.read_text() == "#!/bin/sh\necho 'deployed' >&2\n"
    option = approving.option(asked.signed())
    assert "deployed" in asked.server.accepted("-o", option, "HEAD").remote
    assert events(asked) == ["used"]
    asked.work.git("revert", "--no-edit", "HEAD")
    asked.server.accepted()
    asked.work.git("revert", "--no-edit", "HEAD")
    assert SPENT in approving.said(asked.server.refused("-o", option, "HEAD"))


def test_uninstall_removes_both_hooks(asked: Asked) -> None:
    bare = asked.server.bare.path
    kit.agentguard("uninstall", "--server", bare, cwd=bare)
    assert not (bare / "hooks" / "pre-receive").exists()
    assert not (bare / "hooks" / "post-receive").exists()
    assert store(asked).exists()
