"""Pushes that cannot be judged: refused with a reason, and nothing changes on the server."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard.hook.updates import MOST_BYTES, MOST_UPDATES
from tests import kit
from tests.hooks import crafted

LOGIN = "src/auth/login.py"
FAULT = "a fault in agentguard itself"
Break = Callable[[kit.Server], dict[str, str]]
BROKEN: dict[str, tuple[Break, str]] = {}


def broken(name: str, reason: str) -> Callable[[Break], Break]:
    def enter(make: Break) -> Break:
        BROKEN[name] = (make, reason)
        return make

    return enter


@pytest.mark.parametrize("name", BROKEN)
def test_refused_with_a_reason(name: str, server: kit.Server) -> None:
    make, reason = BROKEN[name]
    server.work.commit("Fix", {LOGIN: "check(0)\n"})
    environment = make(server)
    refusal = server.refused(**environment)
    assert reason in " ".join(refusal.remote.split()), refusal.text
    assert "Traceback" not in refusal.text


def interpreter(server: kit.Server, script: str) -> None:
    """Another Python for the hook: a script that gets the arguments of the real one."""
    program = server.bare.path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    hook = server.bare.path / "hooks" / "pre-receive"
    lines = hook.read_text().splitlines()
    lines = [f"python='{program}'" if line.startswith("python=") else line for line in lines]
    hook.write_text("\n".join(lines) + "\n")


def patched(server: kit.Server, statement: str) -> None:
    """The real program, with something wrong in it."""
    code = (
        "import sys; from agentguard import gate; from agentguard.__main__ import main; "
        f"exec({statement!r}); sys.argv[1:] = ['hook', 'pre-receive']; sys.exit(main())"
    )
    (server.bare.path / "code.py").write_text(code)
    interpreter(server, f'exec "{kit.PYTHON}" -I "$(dirname "$0")/code.py"')


def raising(server: kit.Server, error: str) -> dict[str, str]:
    patched(
        server,
        f"def broken(*_):\n    raise {error}\ngate.Gate.decide = broken",
    )
    return {}


def git_that(server: kit.Server, *conditions: str) -> dict[str, str]:
    """An exec path whose `git` does what `conditions` say, and is git otherwise."""
    real = Path(server.work.out("--exec-path"))
    folder = server.bare.path.parent / "exec"
    folder.mkdir()
    for program in real.iterdir():
        if program.name != "git":
            (folder / program.name).symlink_to(program)
    git = folder / "git"
    lines = "\n".join(conditions)
    git.write_text(f'#!/bin/sh\ncase " $* " in\n{lines}\nesac\nexec "{real / "git"}" "$@"\n')
    git.chmod(0o755)
    return {"GIT_EXEC_PATH": str(folder)}


# ---------------------------------------------------------------- the repository


@broken("an object on the server is damaged", "unable to read")
def _(server: kit.Server) -> dict[str, str]:
    damage(server, b"damaged")
    return {}


@broken("an object on the server is missing", "unable to read")
def _(server: kit.Server) -> dict[str, str]:
    damage(server, None)
    return {}


def damage(server: kit.Server, content: bytes | None) -> None:
    """The old login page is no longer what it was."""
    blob = server.bare.tip(f"main:{LOGIN}")
    packs = server.bare.path / "objects" / "pack"
    for pack in [*packs.glob("*.pack")]:
        moved = pack.rename(server.bare.path / pack.name)
        server.bare.git("unpack-objects", "-q", stdin=moved.read_bytes())
    for left in packs.iterdir():
        left.unlink()
    loose = server.bare.path / "objects" / blob[:2] / blob[2:]
    loose.unlink()
    if content is not None:
        loose.write_bytes(content)


@broken("the repository is shallow", "its history is cut off")
def _(server: kit.Server) -> dict[str, str]:
    (server.bare.path / "shallow").write_text(server.tip() + "\n")
    return {}


# ---------------------------------------------------------------- the policy


@broken("the server's policy is no TOML", "agentguard/policy.toml")
def _(server: kit.Server) -> dict[str, str]:
    server.add_policy("[[[")
    return {}


@broken("the server's policy says what cannot be meant", "many-files-delted")
def _(server: kit.Server) -> dict[str, str]:
    server.add_policy("[rules.many-files-delted]\neffect = 'warn'\n")
    return {}


@broken("the server's policy cannot be read", "cannot be read: Is a directory")
def _(server: kit.Server) -> dict[str, str]:
    server.policy.unlink()
    server.policy.mkdir()
    return {}


@broken("everybody may write the server's policy", "can be written by everyone: chmod o-w")
def _(server: kit.Server) -> dict[str, str]:
    server.policy.chmod(0o666)
    return {}


@broken("the policy at the old tip is invalid", ".agentguard.toml: version")
def _(server: kit.Server) -> dict[str, str]:
    server.work.git("checkout", "-q", "-b", "policy", "origin/main")
    server.work.commit("Policy", {".agentguard.toml": "version = 99\n"})
    server.seed("policy:main")
    server.work.git("checkout", "-q", "main")
    server.work.git("rebase", "-q", "policy")
    return {}


@broken("the policy at the old tip is a link", ".agentguard.toml")
def _(server: kit.Server) -> dict[str, str]:
    server.work.git("checkout", "-q", "-b", "policy", "origin/main")
    (server.work.path / ".agentguard.toml").symlink_to("README.md")
    server.work.commit("Policy")
    server.seed("policy:main")
    server.work.git("checkout", "-q", "main")
    server.work.git("rebase", "-q", "policy")
    return {}


# ---------------------------------------------------------------- the program


@broken("the deadline passes", "took longer than 0.001 seconds")
def _(server: kit.Server) -> dict[str, str]:
    server.add_policy('[limits]\ndeadline = "1ms"\n')
    return {}


@broken("the interpreter is gone", "the gate cannot start, its Python is gone")
def _(server: kit.Server) -> dict[str, str]:
    interpreter(server, "exit 0")
    (server.bare.path / "python").unlink()
    return {}


@broken("the interpreter cannot be started", "the gate ended early (status 12")
def _(server: kit.Server) -> dict[str, str]:
    interpreter(server, "")
    (server.bare.path / "python").write_text("#!/nonexistent/python\n")
    return {}


@broken("the interpreter knows no agentguard", "the gate is gone from its Python")
def _(server: kit.Server) -> dict[str, str]:
    interpreter(server, f'exec "{sys.executable}" -I -S "$@"')
    return {}


@broken("the gate is killed", "the gate ended early (status 137)")
def _(server: kit.Server) -> dict[str, str]:
    interpreter(server, "kill -9 $$")
    return {}


@broken("the gate ends with a status that wraps round to 0", "agentguard")
def _(server: kit.Server) -> dict[str, str]:
    return raising(server, "SystemExit(256)")


@broken("git is killed while it reads", "git cat-file was killed by signal 9")
def _(server: kit.Server) -> dict[str, str]:
    return git_that(server, '*" cat-file "*) kill -9 $$ ;;')


@broken("git fails while it compares", "git diff-tree failed with status 128")
def _(server: kit.Server) -> dict[str, str]:
    return git_that(server, '*" diff-tree "*) echo "fatal: out of luck" >&2; exit 128 ;;')


@broken("git says nothing, and that it is fine", "agentguard: could not be judged")
def _(server: kit.Server) -> dict[str, str]:
    return git_that(server, '*" cat-file "* | *" diff-tree "*) exit 0 ;;')


@broken("agentguard has a fault", f"{FAULT} (ValueError): boom")
def _(server: kit.Server) -> dict[str, str]:
    return raising(server, "ValueError('boom')")


@broken("agentguard runs out of memory", f"{FAULT} (MemoryError)")
def _(server: kit.Server) -> dict[str, str]:
    return raising(server, "MemoryError")


@broken("agentguard descends without end", f"{FAULT} (RecursionError)")
def _(server: kit.Server) -> dict[str, str]:
    patched(server, "def broken(*_):\n    return broken()\ngate.Gate.decide = broken")
    return {}


@broken("agentguard is interrupted", "agentguard: interrupted")
def _(server: kit.Server) -> dict[str, str]:
    return raising(server, "KeyboardInterrupt")


@broken("agentguard decides nothing", FAULT)
def _(server: kit.Server) -> dict[str, str]:
    patched(server, "gate.Gate.decide = lambda *_: None")
    return {}


@broken("the rules are gone", "has no rules folder")
def _(server: kit.Server) -> dict[str, str]:
    patched(
        server,
        "from agentguard import bundled; bundled.PACKAGE = bundled.PACKAGE / 'a' / 'b' / 'c'",
    )
    return {}


# ---------------------------------------------------------------- what git hands over


@pytest.mark.parametrize(
    ("stdin", "reason"),
    [
        pytest.param(b"", "git named no ref to update", id="nothing"),
        pytest.param(b"\n", "cannot be read", id="an empty line"),
        pytest.param(b"abc\n", "cannot be read", id="no ids"),
        pytest.param(b"OLD NEW\n", "cannot be read", id="no ref"),
        pytest.param(b"OLD NEW refs/heads/main extra\n", "cannot be read", id="a fourth field"),
        pytest.param(b"OLD OLD refs/heads/main\n", "cannot be read", id="no change"),
        pytest.param(b"OLD NEW refs/heads/main\n\n", "cannot be read", id="an empty line more"),
        pytest.param(b"OLD NEW refs/heads/ma\0in\n", "cannot be read", id="NUL"),
        pytest.param(b"x" * (MOST_BYTES + 1), "too many refs", id="a flood of bytes"),
        pytest.param(
            b"".join(b"OLD NEW refs/heads/t%d\n" % n for n in range(MOST_UPDATES + 1)),
            "more than 5,000 refs in one push",
            id="a flood of refs",
        ),
        pytest.param(
            b"OLD " + b"1" * 40 + b" refs/heads/main\n", "is missing from the repository",
            id="an object that nobody has",
        ),
    ],
)  # fmt: skip
def test_what_git_would_never_say(stdin: bytes, reason: str, server: kit.Server) -> None:
    new = server.work.commit("New", {"new.py": "new\n"})
    server.accepted("HEAD:refs/heads/topic")
    before = server.state()
    line = stdin.replace(b"OLD", server.tip().encode()).replace(b"NEW", new.encode())
    hook = server.bare.path / "hooks" / "pre-receive"
    answer = kit.run(hook, cwd=server.bare.path, check=False, stdin=line)
    assert answer.status == 3
    assert reason in " ".join(answer.text.split())
    assert server.state() == before


@pytest.mark.parametrize("place", ["/tmp", "objects", "../other.git/objects"])
def test_a_quarantine_elsewhere_is_refused(place: str, server: kit.Server) -> None:
    new = server.work.commit("New", {"new.py": "new\n"})
    server.accepted("HEAD:refs/heads/topic")
    elsewhere = {"GIT_QUARANTINE_PATH": place, "GIT_OBJECT_DIRECTORY": "/nonexistent"}
    line = f"{server.tip()} {new} refs/heads/main\n"
    answer = kit.agentguard(
        "hook", "pre-receive", cwd=server.bare.path, check=False, stdin=line, **elsewhere
    )
    assert answer.status == 3
    assert "the quarantine of this push is not inside the repository" in answer.text


# ---------------------------------------------------------------- refs that nobody protects

SOFT: dict[str, Break] = {
    "the deadline passes": BROKEN["the deadline passes"][0],
    "git is killed": BROKEN["git is killed while it reads"][0],
    "the repository is shallow": BROKEN["the repository is shallow"][0],
}


@pytest.mark.parametrize("fault", SOFT.values(), ids=SOFT)
def test_development_refs_pass_with_a_note(fault: Break, server: kit.Server) -> None:
    server.work.commit("Fix", {LOGIN: "check(0)\n"})
    answer = server.accepted("HEAD:refs/heads/topic", **fault(server))
    assert "note: not judged, and let through because it is no protected ref" in answer.remote
    assert server.tip("refs/heads/topic") == server.work.tip()


@pytest.mark.parametrize("fault", SOFT.values(), ids=SOFT)
@pytest.mark.parametrize("ref", ["refs/replace/" + "1" * 40, "refs/agentguard/keep/x"])
def test_reserved_refs_never_pass(fault: Break, ref: str, server: kit.Server) -> None:
    server.refused(f"HEAD:{ref}", **fault(server))


@pytest.mark.parametrize("fault", SOFT.values(), ids=SOFT)
def test_a_frozen_ref_does_not_pass_either(fault: Break, server: kit.Server) -> None:
    freeze = '[[freeze]]\nfrom = 2000-01-01\nuntil = 2199-01-01\nrefs = ["refs/heads/topic"]\n'
    server.add_policy(freeze)
    server.work.commit("Fix", {LOGIN: "check(0)\n"})
    server.refused("HEAD:refs/heads/topic", **fault(server))


def test_a_note_beside_a_refusal(server: kit.Server) -> None:
    server.work.commit("Fix", {LOGIN: "check(0)\n"})
    broken_git = SOFT["git is killed"](server)
    answer = server.refused("HEAD:refs/heads/topic", "HEAD:main", **broken_git)
    assert "agentguard: could not be judged: refs/heads/main" in answer.remote
    assert "agentguard: no objection to refs/heads/topic" in answer.remote


def test_an_author_line_that_git_cannot_read_is_judged(server: kit.Server) -> None:
    commit = crafted.commit(server.work, author=b"nobody at all")
    server.accepted(f"{commit}:main")


def test_installing_again_makes_the_hook_executable(server: kit.Server) -> None:
    """Git would skip it, silently."""
    hook = server.bare.path / "hooks" / "pre-receive"
    hook.chmod(0o644)
    kit.agentguard("install", "--server", server.bare.path, cwd=server.bare.path)
    assert shutil.which(hook)
