"""What people and tools push every day is taken without a question."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from demo import portal as portal_files

from tests import kit

Push = Callable[[kit.Server, Mapping[str, str]], None]
NEEDS_SSH_KEYGEN = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="git signs with ssh-keygen, which is not installed"
)


def three_file_fix(server: kit.Server, files: Mapping[str, str]) -> None:
    paths = ("src/auth/redirect.ts", "src/routes/members.ts", "tests/auth/redirect.test.ts")
    server.work.commit("Fix login redirect", {path: files[path] + "// fixed\n" for path in paths})
    server.accepted()


def merge_of_an_approved_branch(server: kit.Server, files: Mapping[str, str]) -> None:
    server.work.git("checkout", "-q", "-b", "hosting")
    server.work.commit("Name the service", {"firebase.json": portal_files.firebase("portal-api")})
    refusal = server.refused("HEAD:main")
    server.approve("hosting", statement=refusal.text)
    server.work.git("checkout", "-q", "main")
    server.work.git("merge", "-q", "--no-ff", "-m", "Merge branch hosting", "hosting")
    assert "Approved by jane@example.com" in server.accepted().remote


def merge_of_an_approved_branch_after_others_moved_on(
    server: kit.Server, files: Mapping[str, str]
) -> None:
    server.work.git("checkout", "-q", "-b", "hosting")
    server.work.commit("Name the service", {"firebase.json": portal_files.firebase("portal-api")})
    server.approve("hosting", statement=server.refused("HEAD:main").text)
    server.work.git("checkout", "-q", "main")
    server.work.commit("Meanwhile", {"docs/notes.md": "Notes\n"})
    server.accepted()
    server.work.git("merge", "-q", "--no-ff", "-m", "Merge branch hosting", "hosting")
    assert "Approved by jane@example.com" in server.accepted().remote


def rename_of_a_directory(server: kit.Server, files: Mapping[str, str]) -> None:
    server.work.git("mv", "templates/shop", "templates/store")
    server.work.commit("Call the shop a store")
    assert "196 files" in server.accepted().remote


def lock_file_rewrite(server: kit.Server, files: Mapping[str, str]) -> None:
    lock = portal_files.lock_file("2025-11")
    server.work.commit("Update dependencies", {"package-lock.json": lock[: len(lock) // 3]})
    server.accepted()


def catch_up_merge(server: kit.Server, files: Mapping[str, str]) -> None:
    server.work.git("checkout", "-q", "-b", "topic")
    server.work.commit("Feature", {"src/lib/feature.ts": "export {};\n"})
    server.accepted("HEAD:topic")
    server.work.git("checkout", "-q", "main")
    gone = [path for path in files if path.startswith("src/components/")]
    server.work.commit("Drop old components", dict.fromkeys(gone))
    server.seed()
    server.work.git("checkout", "-q", "topic")
    server.work.git("merge", "-q", "-m", "Catch up", "main")
    server.accepted("HEAD:topic")
    server.accepted("HEAD:main")


def binary_added_and_replaced(server: kit.Server, files: Mapping[str, str]) -> None:
    noise = b"".join(hashlib.sha512(bytes([n % 256, n // 256])).digest() for n in range(2_000))
    server.work.commit("Logo", {"public/logo.png": b"\x89PNG\r\n" + noise})
    server.accepted()
    server.work.commit("Sharper logo", {"public/logo.png": b"\x89PNG\r\n" + noise[::-1][:90_000]})
    server.accepted()


def additions_only(server: kit.Server, files: Mapping[str, str]) -> None:
    page = "".join(f"<p>{n}</p>\n" for n in range(150))
    server.work.commit("Help pages", {f"templates/help/page{n}.html": page for n in range(250)})
    assert "250 files, +37,500 −0" in server.accepted().remote


def revert(server: kit.Server, files: Mapping[str, str]) -> None:
    pages = {path: text + "// new\n" for path, text in files.items() if "/pages/" in path}
    server.work.commit("New footers", pages)
    server.accepted()
    server.work.git("revert", "--no-edit", "HEAD")
    assert not server.accepted().warnings


def fast_forward_of_a_pushed_branch(server: kit.Server, files: Mapping[str, str]) -> None:
    server.work.git("checkout", "-q", "-b", "topic")
    for number in range(3):
        server.work.commit(f"Step {number}", {f"src/lib/step{number}.ts": "export {};\n"})
        server.accepted("HEAD:topic")
    server.accepted("HEAD:main")


def odd_but_honest_names(server: kit.Server, files: Mapping[str, str]) -> None:
    names = (
        "docs/Straße und Größe.md", "docs/日本語/案内.md", "docs/it's (1) [draft] #2.md",
        "src/author.ts", "src/tokenizer.ts", "src/pages/[id]/index.tsx", "docs/-n.md",
        "docs/👩‍💻.md", "docs/a => b.md", 'docs/"quoted".md', "docs/نص.md", "docs/100%.md",
    )  # fmt: skip
    server.work.commit("Names", {name: f"{name}\n" for name in names})
    server.accepted()
    server.work.commit("No names", dict.fromkeys(names[3:5]))
    server.accepted()


def latin_1_message(server: kit.Server, files: Mapping[str, str]) -> None:
    server.work.write("docs/de.md", "Grüße\n")
    server.work.git("add", "-A")
    message = "Grüße hinzugefügt".encode("latin-1")
    setting = "i18n.commitEncoding=ISO-8859-1"
    server.work.git("-c", setting, "commit", "-q", "-F", "-", stdin=message)
    server.accepted()
    server.work.write("docs/de.md", "Grüße!\n")
    server.work.git("commit", "-q", "-a", "-F", "-", stdin=message)
    server.accepted()


def new_tags(server: kit.Server, files: Mapping[str, str]) -> None:
    server.work.commit("Release", {"VERSION": "2\n"})
    server.work.git("tag", "v2")
    server.work.git("tag", "-a", "-m", "Version 2", "v2.0")
    server.accepted("main", "v2", "v2.0")


def new_and_deleted_topic_branch(server: kit.Server, files: Mapping[str, str]) -> None:
    server.work.commit("Try", {path: None for path in files if path.startswith("templates/")})
    server.accepted("HEAD:refs/heads/try/without-shop")
    server.accepted("+HEAD~1:refs/heads/try/without-shop")
    server.accepted(":refs/heads/try/without-shop")


def formatting_of_every_file(server: kit.Server, files: Mapping[str, str]) -> None:
    pages = {path: text for path, text in files.items() if path.endswith((".tsx", ".py"))}
    server.work.commit("Format", {p: text.replace('"', "'") for p, text in pages.items()})
    server.accepted()


BENIGN: tuple[Push, ...] = (
    three_file_fix,
    merge_of_an_approved_branch,
    merge_of_an_approved_branch_after_others_moved_on,
    rename_of_a_directory,
    lock_file_rewrite,
    catch_up_merge,
    binary_added_and_replaced,
    additions_only,
    revert,
    fast_forward_of_a_pushed_branch,
    odd_but_honest_names,
    latin_1_message,
    new_tags,
    new_and_deleted_topic_branch,
    formatting_of_every_file,
)


@pytest.mark.parametrize("push", BENIGN, ids=lambda push: push.__name__)
def test_accepted(push: Push, portal: kit.Server, files: Mapping[str, str]) -> None:
    push(portal, files)


@NEEDS_SSH_KEYGEN
def test_an_agent_with_a_key_of_its_own(portal: kit.Server, files: Mapping[str, str]) -> None:
    key = kit.make_key(portal.bare.path.parent / "keys" / "claude")
    public = Path(f"{key}.pub").read_text().strip()
    portal.add_policy(f'[actors]\nagent_keys = ["{public}"]\n')
    change = {"src/auth/redirect.ts": files["src/auth/redirect.ts"] + "// fixed\n"}
    portal.work.commit("Fix login redirect", change, author=kit.AGENT, key=key)
    portal.accepted()


def test_a_sha256_repository(tmp_path: Path) -> None:
    files = {f"src/f{n}.py": "x = 1\n" * 20 for n in range(30)}
    server = kit.make_server(tmp_path, files, "--object-format=sha256")
    server.work.git("mv", "src", "lib")
    server.work.commit("Move", {"lib/f0.py": "x = 2\n"})
    server.accepted()
