"""Work that reaches beyond what it was meant to touch, as real pushes."""

from __future__ import annotations

import pytest

from tests import kit

BRANCH = "refs/heads/fix/login"
SCOPED = '[branches."refs/heads/fix/*"]\nscope = ["src/auth/**"]\n'
TRAILER = "\n\nAgentguard-Scope: src/auth/session.py\n"
INSIDE, OUTSIDE = "src/auth/session.py", "src/app/page1.py"


def work(server: kit.Server, *paths: str, message: str = "Fix login", by: str = kit.AGENT) -> None:
    server.work.git("checkout", "-q", "-b", "fix/login")
    server.work.commit(message, dict.fromkeys(paths, f"changed by {by}\n" * 30), author=by)


@pytest.mark.parametrize(
    ("paths", "message", "stopped"),
    [
        ((INSIDE,), "Fix login", False),
        ((INSIDE, OUTSIDE), "Fix login", True),
        ((INSIDE,), "Fix login" + TRAILER, False),
        (("src/auth/login.py",), "Fix login" + TRAILER, True),
        ((OUTSIDE,), "Fix login\n\nAgentguard-Scope: src/**\n", True),
    ],
    ids=["inside", "outside", "its own scope", "outside its own scope", "a wider scope of its own"],
)
def test_a_branch_stays_in_its_paths(
    server: kit.Server, paths: tuple[str, ...], message: str, *, stopped: bool
) -> None:
    server.add_policy(SCOPED)
    work(server, *paths, message=message)
    if stopped:
        assert server.refused(f"HEAD:{BRANCH}").rules == {"out-of-scope"}
        if "Scope" not in message:
            server.accepted("HEAD:refs/heads/other")
    else:
        server.accepted(f"HEAD:{BRANCH}")


def test_without_a_policy_for_branches_work_on_them_is_free(server: kit.Server) -> None:
    work(server, OUTSIDE, message="Fix login" + TRAILER)
    server.accepted(f"HEAD:{BRANCH}")
    assert "out-of-scope" in server.refused("HEAD:refs/heads/main").rules


def test_what_reaches_beyond_can_be_approved(server: kit.Server) -> None:
    server.add_policy(SCOPED)
    work(server, INSIDE, OUTSIDE)
    refused = server.refused(f"HEAD:{BRANCH}")
    assert server.approve("--push-option", statement=refused.stderr).status == 0
    option = server.approve("--push-option", statement=refused.stderr).stdout.split()[-1]
    server.accepted("-o", option, f"HEAD:{BRANCH}")
