"""Finding mentions in real trees: what git is asked finds all that a reading of every file would."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentguard.change import Mentions
from agentguard.deadline import deadline
from agentguard.errors import DeadlineError, EvaluationError
from agentguard.references import Mention, references
from agentguard.repo import mentions
from agentguard.repo.git import Git, text
from agentguard.repo.mentions import find_mentions, pattern
from agentguard.repo.repository import open_repository
from tests import kit
from tests.repo.crafted import Crafted, Files, link

GONE = ("portal/auth/login.py", "portal/templates/auth/login.html", "web/src/login.ts")
MANY = [
    *GONE,
    "README.md",
    "bin/serve",
    "db.py",
    "portal/shop/__init__.py",
    "internal/auth/a.go",
    "src/login.rs",
    "web/auth/index.ts",
    "web/css/_base.scss",
    "lib/auth/user.rb",
    "java/com/acme/Login.java",
    "app/[id].tsx",
    "docs/a+b (copy).txt",
    "docs/gr\udcfcn.txt",
    "docs/x\\bar.txt",
    "odd\nname.txt",
    "odd\nplace/file.txt",
]
TREE: Files = {
    "portal/urls.py": "import os\nfrom portal.auth import (\n    logout,\n    login,\n)\nimport db\n",
    "portal/auth/views.py": "from .login import form\n\n\ndef page():\n    from . import login\n",
    "portal/x.py": "import portal.shop\nrender('auth/login.html')\nx = author.login\n",
    "portal/templates/base.html": '{% include "auth/login.html" %}\r\n<p>login.html</p>\r\n',
    "web/src/app.ts": "import a from './login'\nimport b from './login.js'\nimport '../auth/index'\n",
    "web/page.vue": "<style>\n@import 'css/base';\n</style>\n<a href='./auth'>\n",
    "web/a.ts": "import './auth';\nimport '@/src/login?raw';\nopen('/app/[id].tsx')\n",
    "web/css/site.scss": "@use 'base';\n",
    "main.go": 'import (\n\t"acme.dev/x/internal/auth"\n)\n',
    "src/lib.rs": "pub mod login;\n",
    "lib/auth/all.rb": "require_relative 'user'\nrequire 'auth/user'\n",
    "java/A.java": "import com.acme.Login;\n",
    "Procfile": "web: bin/serve\nrun: python -m portal.shop\n",
    "docs/guide.md": "See [it](../README.md), login.html, docs/a+b (copy).txt or docs/aab (copy).txt\n",
    "docs/latin.txt": b"docs/gr\xfcn.txt\nx docs/x\\bar.txt\n",
    "new\nline/\xe9 b.txt": "login.html, no end of line",
    "binary": b"login.html\0\n",
    "link": link("portal/templates/auth/login.html"),
    "other/author.py": "portal/auth/logins.py web/src/login.tsx my-login.html\n",
}  # fmt: skip


def by_hand(tree: Files, deleted: list[str]) -> set[Mention]:
    """The mentions in every line of every file."""
    names = references(deleted, tree)
    return {
        mention
        for by, content in tree.items()
        if isinstance(content, str | bytes) and by != "binary"
        for mention in names.mentions(by, enumerate(as_text(content).split("\n"), 1))
    }


def as_text(content: str | bytes) -> str:
    return text(content) if isinstance(content, bytes) else content


def search(made: Crafted, files: Files, deleted: list[str]) -> Mentions:
    return find_mentions(open_repository(made.directory).git, made.tree(files), deleted)


def lines(found: Mentions) -> list[tuple[str, str, int]]:
    return [(mention.path, mention.by, mention.line) for mention in found.found]


@pytest.fixture(params=["sha1", "sha256"])
def made(tmp_path: Path, request: pytest.FixtureRequest) -> Crafted:
    """A bare repository of either kind of object ids."""
    work = kit.init(tmp_path / "bare.git", "--bare", f"--object-format={request.param}")
    return Crafted(work, work.path, request.param)


def test_all_is_found_that_reading_every_file_finds(made: Crafted) -> None:
    found = search(made, TREE, MANY)
    assert set(found.found) == by_hand(TREE, MANY)
    assert len(found.found) == len(set(found.found)) > 25
    assert (found.searched, found.complete) == (len(MANY), True)
    quiet = {"odd\nname.txt", "odd\nplace/file.txt"}
    assert {mention.path for mention in found.found} == {*MANY} - quiet


def test_a_git_without_perls_expressions_finds_the_same(
    made: Crafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def without(git: Git, root: str, syntax: str, expression: str) -> CompletedProcess[bytes]:
        asked.append(syntax)
        return ask(git, root, syntax, "(" if syntax == "-P" else expression)

    expected = search(made, TREE, MANY)
    ask = mentions._ask
    monkeypatch.setattr(mentions, "_ask", without)
    assert search(made, TREE, MANY) == expected
    assert asked == ["-P", "-E"]


def test_code_comes_before_prose_and_what_was_named_first_before_the_rest(made: Crafted) -> None:
    files = {
        "CHANGES.md": "login.html\n",
        "a.py": "import db\nrender('login.html')\n",
        "docs/a.py": "import db\n",
    }
    assert lines(search(made, files, ["x/login.html", "db.py"])) == [
        ("x/login.html", "a.py", 2),
        ("db.py", "a.py", 1),
        ("x/login.html", "CHANGES.md", 1),
        ("db.py", "docs/a.py", 1),
    ]


def test_attributes_of_the_tree_hide_nothing(repo: kit.Work) -> None:
    repo.commit("Start", {".gitattributes": "* binary -diff\n", "a.py": "open('x/login.html')\n"})
    git = open_repository(repo.path / ".git").git
    assert lines(find_mentions(git, repo.tip(), ["x/login.html"])) == [("x/login.html", "a.py", 1)]


def test_configuration_changes_nothing(repo: kit.Work) -> None:
    for setting in ("color.ui=always", "grep.column=true", "grep.patternType=perl",
                    "grep.fullName=false", "grep.lineNumber=false"):  # fmt: skip
        repo.git("config", *setting.split("="))
    repo.commit("Start", {"a.py": "open('x/login.html')\n"})
    git = open_repository(repo.path / ".git").git
    assert lines(find_mentions(git, repo.tip(), ["x/login.html"])) == [("x/login.html", "a.py", 1)]


def test_nothing_deleted_and_nothing_left(made: Crafted) -> None:
    assert search(made, TREE, []) == Mentions((), 0, complete=True)
    assert search(made, {}, ["a/login.py"]) == Mentions((), 1, complete=True)
    assert search(made, {"a": "x\n"}, ["a\nb"]) == Mentions((), 1, complete=True)


def test_a_tree_that_is_not_there_is_an_error(made: Crafted) -> None:
    git = open_repository(made.directory).git
    with pytest.raises(EvaluationError):
        find_mentions(git, "1" * len(made.tree({})), ["a/login.py"])


def test_files_that_cannot_be_read_are_not_passed_over_in_silence(made: Crafted) -> None:
    files = {f"{number}.py": f"login.html {number}\n" for number in range(1000)}
    tree = made.tree(files)
    for number in range(1, 1000):
        made.object(made.put("blob", f"login.html {number}\n".encode())).unlink()
    found = find_mentions(open_repository(made.directory).git, tree, ["x/login.html"])
    assert lines(found) == [("x/login.html", "0.py", 1)]
    assert not found.complete


def test_a_directory_that_cannot_be_read_is_an_error(made: Crafted) -> None:
    tree = made.tree({"a/b.py": "login.html\n"})
    made.object(made.tree({"b.py": "login.html\n"})).unlink()
    with pytest.raises(EvaluationError, match="git ls-tree failed"):
        find_mentions(open_repository(made.directory).git, tree, ["x/login.html"])


def test_a_git_that_fails_is_an_error(made: Crafted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mentions, "pattern", lambda _names: "(")
    with pytest.raises(EvaluationError, match="git grep failed with status 128: fatal: "):
        search(made, {"a.py": "login.html\n"}, ["x/login.html"])


def test_only_so_many_files_are_looked_for(made: Crafted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mentions, "MOST_DELETED", 1)
    found = search(made, {"a.py": "x/one.html y/two.html\n"}, ["x/one.html", "y/two.html"])
    assert lines(found) == [("x/one.html", "a.py", 1)]
    assert (found.searched, found.complete) == (1, False)


def test_only_so_many_lines_are_read(made: Crafted, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"a.py": "login.html\n" * 4}
    monkeypatch.setattr(mentions, "MOST_LINES", 4)
    assert search(made, files, ["x/login.html"]).complete
    monkeypatch.setattr(mentions, "MOST_LINES", 3)
    found = search(made, files, ["x/login.html"])
    assert (len(found.found), found.complete) == (3, False)


def test_only_so_much_is_read(made: Crafted, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"{number}.py": "login.html\n" * 10_000 for number in range(10)}
    monkeypatch.setattr(mentions, "MOST_BYTES", 200)
    found = search(made, files, ["x/login.html"])
    assert 0 < len(found.found) < 10
    assert not found.complete


def test_a_name_that_no_file_system_takes_is_not_looked_for(made: Crafted) -> None:
    found = search(made, {"a.py": "x/one.html\n"}, ["x/" + "y" * 300 + ".html", "x/one.html"])
    assert lines(found) == [("x/one.html", "a.py", 1)]
    assert (found.searched, found.complete) == (1, False)


def test_names_full_of_signs_are_taken_as_they_are(made: Crafted) -> None:
    name = "x/^a.b*c$[d]{e}(f)|g\\h+i?.txt"
    files = {"a.txt": f"{name}\nx/^aXb*c$[d]{{e}}(f)|g\\h+i?.txt\n"}
    assert lines(search(made, files, [name])) == [(name, "a.txt", 1)]


def test_a_search_that_takes_too_long_ends_with_git(
    made: Crafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    process = Git._process

    def slow(git: Git, command: list[str], stderr: int) -> subprocess.Popen[bytes]:
        command = ["sleep", "60"] if "grep" in command else command
        started.append(process(git, command, stderr))
        return started[-1]

    git, tree = open_repository(made.directory).git, made.tree(TREE)
    monkeypatch.setattr(Git, "_process", slow)
    with pytest.raises(DeadlineError), deadline(0.5):
        find_mentions(git, tree, MANY)
    assert [each.poll() for each in started] == [0, -9]


PIECES = ["x", " ", "\t", ".", "/", "@", '"', "'", "(", ")", ",", ";", "#", "\\", " as ", "?", "_"]
CORES = [
    "login",
    "./login",
    "../auth",
    "auth/login",
    "portal/auth",
    "auth/index.js",
    "portal/auth/login",
]
CORES += ["from .login import x", "from ..auth import login", "from . import login", "import auth"]
CORES += [
    "from portal.auth import x, login",
    "import portal.auth.login",
    "from login import (",
    "mod login;",
]
CORES += [
    "portal.auth.login",
    "'./login'",
    '"../auth/login"',
    "'auth/_login'",
    "login.py",
    "auth/login.ts",
]
PATHS = ["login.py", "src/login.rs", "auth/__init__.py", "auth/index.ts", "auth/_login.scss"]
PATHS += [f"portal/auth/login{end}" for end in ("", ".py", ".ts", ".go", ".rb", ".java", ".html")]
PLACES = ["portal/auth/x.{}", "auth/x.{}", "src/lib.{}", "x.{}"]
ENDS = ["py", "ts", "scss", "go", "rb", "java", "rs", "html", "md"]

AROUND = st.lists(st.sampled_from(PIECES), max_size=2).map("".join)
LINES = st.tuples(AROUND, st.sampled_from(CORES), AROUND).map("".join)
BY = st.builds(str.format, st.sampled_from(PLACES), st.sampled_from(ENDS))


@settings(max_examples=300, deadline=None)
@given(BY, LINES)
def test_git_looks_for_every_line_that_mentions(by: str, line: str) -> None:
    for path in PATHS:
        names = references([path], [by])
        if list(names.mentions(by, [(1, line)])):
            assert re.search(pattern(names.known), line)


def test_the_tree_of_a_commit_is_searched_to_its_end(repo: kit.Work) -> None:
    """Git must have nothing to say beside its answer, or it would count as cut short."""
    repo.commit("Start", {"a.py": "open('x/login.html')\n"})
    git = open_repository(repo.path / ".git").git
    assert find_mentions(git, repo.tip(), ["x/login.html"]).complete
