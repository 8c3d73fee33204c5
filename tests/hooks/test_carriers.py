"""Every way in which an honest approval may come, through real pushes.

Each with git and OpenSSH alone and with `agentguard approve`, and in repositories of both object
formats. Their forged twins are in `test_forgeries`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import kit
from tests.hooks import approving
from tests.hooks.approving import FORMATS, Asked, needs_ssh_keygen

pytestmark = needs_ssh_keygen

MERGES = 'carriers = ["commit", "signature", "merge"]\n'


@pytest.fixture(scope="module", params=FORMATS)
def _of_both_formats(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Asked:
    return approving.prepare(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture
def either(_of_both_formats: Asked, tmp_path: Path) -> Asked:
    """A refused push, in a repository of each object format."""
    return approving.copied(_of_both_formats, tmp_path)


# ---------------------------------------------------------------- what a person types

Sign = Callable[[Asked], str]
"""Gives the signed statement as lines for a message."""


def by_git(asked: Asked) -> str:
    return asked.signed()


def by_agentguard(asked: Asked) -> str:
    answer = asked.server.approve("--print", statement=asked.text)
    assert not answer.status, answer.text
    return answer.stdout


def commit_by_git(asked: Asked) -> None:
    approving.approval_commit(asked.work, approving.filled(asked.text), asked.key("jane"))


def commit_by_agentguard(asked: Asked) -> None:
    answer = asked.server.approve(statement=asked.text)
    assert not answer.status, answer.text


def option_by_git(asked: Asked) -> str:
    return approving.option(asked.signed())


def option_by_agentguard(asked: Asked) -> str:
    answer = asked.server.approve("--push-option", statement=asked.text)
    assert not answer.status, answer.text
    return answer.stdout.strip()


tools = pytest.mark.parametrize("sign", [by_git, by_agentguard])


# ---------------------------------------------------------------- each carrier


@pytest.mark.parametrize("approve", [commit_by_git, commit_by_agentguard])
def test_an_approval_commit(either: Asked, approve: Callable[[Asked], None]) -> None:
    approve(either)
    assert "✓ auth-paths" in either.server.accepted().remote


@tools
def test_trailers_on_the_tip(either: Asked, sign: Sign) -> None:
    approving.with_trailers(either.work, sign(either))
    assert "Approved by jane@example.com until " in either.server.accepted().remote
    assert either.server.tip() == either.work.tip()


@tools
def test_trailers_on_an_older_commit(either: Asked, sign: Sign) -> None:
    approving.with_trailers(either.work, sign(either))
    either.work.commit("Say why in an empty commit")
    either.server.accepted()


@tools
def test_trailers_of_a_squash_commit(either: Asked, sign: Sign) -> None:
    signed = sign(either)
    either.work.git("switch", "-q", "-c", "feature")
    either.work.commit("Try something", {"src/new.py": "new()\n"})
    either.work.commit("Do not", {"src/new.py": None})
    either.work.git("switch", "-q", "-C", "main", "origin/main")
    either.work.git("merge", "-q", "--squash", "feature")
    either.work.commit(f"Drop the login page\n\nAll of it.\n\n{signed}")
    either.server.accepted()


@pytest.mark.parametrize("make", [option_by_git, option_by_agentguard])
def test_a_push_option(either: Asked, make: Callable[[Asked], str]) -> None:
    either.server.accepted("-o", make(either), "HEAD")
    assert either.server.tip() == either.content


def merged(asked: Asked, statement: str) -> None:
    """The approver's own merge of what was refused, signed, and ending with a statement."""
    work = asked.work
    work.git("branch", "-f", "feature", asked.content)
    work.git("fetch", "-q")
    work.git("reset", "-q", "--hard", "origin/main")
    message = f"Merge the login change\n\n{statement}"
    made = ("merge", "-q", "--no-ff", "-S", "--cleanup=verbatim", "-m", message, "feature")
    work.git(
        *approving.signing(asked.key("jane")),
        *made,
        GIT_AUTHOR_EMAIL=kit.JANE,
        GIT_COMMITTER_EMAIL=kit.JANE,
    )


def test_a_signed_merge(either: Asked) -> None:
    either.policy(MERGES)
    merged(either, approving.filled(either.text))
    assert "approved by jane@example.com" in either.server.accepted().remote


def test_a_signed_merge_into_a_branch_that_moved(asked: Asked) -> None:
    asked.policy(MERGES)
    asked.work.git("reset", "-q", "--hard", "origin/main")
    asked.work.commit("Something else", {"src/app.py": "app(1)\n" * 40})
    asked.server.accepted()
    merged(asked, approving.filled(asked.text))
    asked.server.accepted()


def test_a_merge_that_its_maker_resolved_needs_another_person(asked: Asked) -> None:
    """What stands in it is then by the approver."""
    asked.policy(MERGES)
    work = asked.work
    work.git("switch", "-q", "-c", "feature")
    work.commit("Rework", {"src/app.py": "feature()\n" * 40})
    work.git("switch", "-q", "-C", "main", "origin/main")
    work.commit("Rework as well", {"src/app.py": "main()\n" * 40})
    asked.server.accepted()
    work.git("merge", "-q", "--no-commit", "feature", check=False)
    work.write("src/app.py", "both()\n" * 40)
    work.git("add", "-A")
    work.git("commit", "-q", "-m", "Merge the change", GIT_AUTHOR_EMAIL=kit.JANE)
    text = approving.filled(approving.statement(asked.server.refused()))
    signing = approving.signing(asked.key("jane"))
    message = f"Merge the change\n\n{text}"
    work.git(*signing, "commit", "-q", "--amend", "-S", "--cleanup=verbatim", "-m", message)
    assert "and another person must approve" in approving.said(asked.server.refused())
    asked.policy('self_approval = "allow"\n')  # the last table is still [approvals]
    asked.server.accepted()


# ---------------------------------------------------------------- what a detached approval outlives


def rebased(work: kit.Work) -> None:
    work.git("rebase", "-q", "origin/main", "feature")


def merged_in(work: kit.Work) -> None:
    work.git("merge", "-q", "--no-ff", "-m", "Catch up", "origin/main")


def merged_out(work: kit.Work) -> None:
    work.git("switch", "-q", "-C", "main", "origin/main")
    work.git("merge", "-q", "--no-ff", "-m", "Merge branch 'feature'", "feature")


def reworded(work: kit.Work) -> None:
    message = work.git("log", "-1", "--format=%B").stdout.rstrip() + "\n"
    rebased(work)
    approving.amend(work, message.replace("Drop the login page", "Remove the old login page"))


def squashed(work: kit.Work) -> None:
    """As the platforms do it: one message after another."""
    message = work.git("log", "-1", "--format=%B").stdout.rstrip() + "\n"
    work.git("switch", "-q", "-C", "main", "origin/main")
    work.git("cherry-pick", "-n", "feature")
    work.commit(f"Login (#12)\n\n* {message}")


@pytest.mark.parametrize("rewrite", [rebased, merged_in, merged_out, reworded, squashed])
def test_a_detached_approval_outlives(asked: Asked, rewrite: Callable[[kit.Work], None]) -> None:
    """The default branch moved in other files meanwhile; what is removed is still the same."""
    work = asked.work
    approving.with_trailers(work, asked.signed())
    work.git("branch", "feature")
    work.git("reset", "-q", "--hard", "origin/main")
    work.commit("Something else", {"src/app.py": "app(1)\n" * 40, "docs/new.md": "New\n"})
    asked.server.accepted()
    work.git("switch", "-q", "feature")
    rewrite(work)
    asked.server.accepted("HEAD:main")


def test_the_options_of_others_are_passed_by(asked: Asked) -> None:
    asked.server.accepted("-o", "ci.skip", "-o", option_by_git(asked), "-o", "", "HEAD")


# ---------------------------------------------------------------- other changes than content


@pytest.mark.parametrize("make", [option_by_git, option_by_agentguard])
def test_a_deletion(either: Asked, make: Callable[[Asked], str]) -> None:
    release = "refs/heads/release/1"
    either.server.accepted(f"origin/main:{release}")
    refusal = either.server.refused(f":{release}")
    assert refusal.rules == {"protected-ref-deleted"}
    option = make(Asked(either.server, either.content, approving.statement(refusal)))
    either.server.accepted("-o", option, f":{release}")
    assert not either.server.tip(release)


def test_a_tag_that_moves(asked: Asked) -> None:
    work = asked.work
    work.git("tag", "v1", "origin/main~0")
    asked.server.accepted("v1")
    work.git("tag", "-f", "-a", "-m", "v1 again", "v1", "HEAD")
    refusal = asked.server.refused("-f", "v1")
    option = option_by_git(Asked(asked.server, asked.content, approving.statement(refusal)))
    asked.server.accepted("-o", option, "-f", "v1")
    assert asked.server.tip("refs/tags/v1^{commit}") == asked.content


# ---------------------------------------------------------------- OpenPGP


@pytest.fixture
def gpg_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A keyring of its own, with one key of Jane's."""
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed")
    pytest.importorskip("pysequoia")
    home = tmp_path_factory.mktemp("g")
    home.chmod(0o700)
    unattended = ("gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", "")
    env = kit.environment(GNUPGHOME=str(home))
    kit.run(*unattended, "--quick-gen-key", kit.JANE, "ed25519", "sign", "1y", cwd=home, env=env)
    yield home
    kit.run("gpgconf", "--kill", "all", cwd=home, check=False, env=env)


def test_an_approval_commit_signed_with_openpgp(asked: Asked, gpg_home: Path) -> None:
    env = kit.environment(GNUPGHOME=str(gpg_home))
    listed = kit.run("gpg", "--with-colons", "-K", kit.JANE, cwd=gpg_home, env=env).stdout
    fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
    public = kit.run("gpg", "--export", "--armor", kit.JANE, cwd=gpg_home, env=env).stdout
    (asked.server.policy.parent / "jane.asc").write_text(public)
    text = asked.server.policy.read_text().replace("keys = [", f'keys = ["{fingerprint}", ', 1)
    asked.server.policy.write_text(text + 'openpgp_file = "agentguard/jane.asc"\n')
    message = f"Agentguard approval\n\n{approving.filled(asked.text)}"
    signing = ("-c", "gpg.format=openpgp", "-c", f"user.signingkey={fingerprint}")
    made = ("commit", "-q", "--allow-empty", "-S", "--cleanup=verbatim", "-F", "-")
    asked.work.git(*signing, *made, stdin=message, GNUPGHOME=str(gpg_home))
    assert "Approved by jane@example.com" in asked.server.accepted().remote
