"""An approval is for one push: what was used is spent, unless the push it approved did not land."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import kit
from tests.hooks import approving
from tests.hooks.approving import LOGIN, Asked, needs_ssh_keygen

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
    return asked.server.bare.path / "agentguard" / "approvals.jsonl"


def events(asked: Asked) -> list[str]:
    lines = store(asked).read_text().splitlines()
    records: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return [record["event"] for record in records]


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
    assert events(asked) == ["used", "used", "landed", "landed"]
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


@pytest.mark.parametrize("left", [0, 30], ids=["nothing of it", "half a line"])
def test_a_crash_before_it_was_noted_that_the_push_landed(asked: Asked, left: int) -> None:
    """The next push finds out."""
    option = used(asked)
    first, second = store(asked).read_bytes().splitlines(keepends=True)
    store(asked).write_bytes(first + second[:left])
    asked.work.git("revert", "--no-edit", "HEAD")
    asked.server.accepted()
    asked.work.git("revert", "--no-edit", "HEAD")
    refusal = asked.server.refused("-o", option, "HEAD")
    assert SPENT in approving.said(refusal)
    asked.server.accepted("-o", approve(asked, refusal), "HEAD")
    lines = store(asked).read_bytes().splitlines()
    assert lines[1:-2] == [*([second[:left]] if left else []), second.strip()]
    assert [json.loads(line)["event"] for line in lines[-2:]] == ["used", "landed"]


def test_a_crash_while_the_use_was_noted(asked: Asked) -> None:
    """A push whose use is not on the disk as a whole was not let through."""
    used(asked)
    store(asked).write_bytes(store(asked).read_bytes()[:50])
    asked.server.bare.git("update-ref", "refs/heads/main", "HEAD~1")
    asked.server.accepted("-o", approving.option(asked.signed()), "HEAD")


# ---------------------------------------------------------------- the file itself


def test_without_the_file_nothing_that_needs_it_is_let_through(asked: Asked) -> None:
    store(asked).unlink()
    store(asked).mkdir()
    refusal = asked.server.refused("-o", approving.option(asked.signed()), "HEAD")
    assert "approvals.jsonl cannot be read: Is a directory" in approving.said(refusal)
    asked.work.git("reset", "-q", "--hard", "origin/main")
    asked.work.commit("Something ordinary", {"src/app.py": "app(1)\n" * 40})
    asked.server.accepted()


def test_a_file_that_cannot_be_written(asked: Asked) -> None:
    store(asked).unlink()
    store(asked).symlink_to("nowhere/approvals.jsonl")
    refusal = asked.server.refused("-o", approving.option(asked.signed()), "HEAD")
    assert "approvals.jsonl cannot be written: No such file" in approving.said(refusal)
    store(asked).unlink()
    asked.server.accepted("-o", approving.option(asked.signed()), "HEAD")


def test_a_file_that_does_not_exist_yet(asked: Asked) -> None:
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
