"""Names and links that pass for others are found; their honest twins are not."""

from __future__ import annotations

import pytest

from agentguard.change import SYMLINK, Change, FileChange, FileStatus, NewName, RefUpdate
from agentguard.measures.suspicious import suspicious_paths

UPDATE = RefUpdate("1" * 40, "2" * 40, "refs/heads/main")


def protected(path: str) -> str | None:
    """What the tests protect; compares plainly, as the path given is folded already."""
    if path.startswith("src/auth/"):
        return "auth"
    if path.startswith((".github/workflows/", "deploy/")):
        return "ci"
    return None


def file(path: str, status: FileStatus = "added", mode: int = 0o100644) -> FileChange:
    return FileChange(path, status, 0, mode, "", "3" * 40)


def link(path: str, target: str | None, status: FileStatus = "added") -> FileChange:
    return FileChange(path, status, 0, SYMLINK, "", "3" * 40, target=target)


def reasons(*files: FileChange, names: tuple[NewName, ...] = ()) -> dict[str, tuple[str, ...]]:
    return suspicious_paths(Change(UPDATE, files=files, new_names=names), protected)


@pytest.mark.parametrize("status", ["added", "renamed", "typechange"])
def test_a_new_name_is_looked_at(status: FileStatus) -> None:
    found = reasons(file("src/\u202egpj.py", status))
    assert found == {
        "src/\u202egpj.py": ("has a character that turns the reading direction (U+202E)",)
    }


@pytest.mark.parametrize("status", ["modified", "deleted", "mode"])
def test_a_name_that_is_not_new_is_not(status: FileStatus) -> None:
    assert reasons(file("src/aux.c", status)) == {}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/\u0430uth/login.py", "auth"),
        ("src/au\u200cth/login.py", "auth"),
        ("src/auth./login.py", "auth"),
        ("src/auth::$INDEX_ALLOCATION/login.py", "auth"),
        ("src\\auth\\login.py", "auth"),
        (".github/workflows\u200b/ci.yml", "ci"),
    ],
)
def test_an_imitation_of_a_protected_path(path: str, kind: str) -> None:
    assert f"imitates a protected path ({kind})" in reasons(file(path))[path]


@pytest.mark.parametrize(
    "path",
    [
        "src/auth/login.py",
        "src/Auth/Login.py",
        "src/auth/stra\u00dfe.py",
        "docs/\u0430uth.md",
        "src/oauth/login.py",
    ],
)
def test_no_imitation(path: str) -> None:
    assert reasons(file(path)) == {}


@pytest.mark.parametrize(
    ("path", "exact"),
    [
        (".AgentGuard.toml", ".agentguard.toml"),
        ("docs/codeowners", "CODEOWNERS"),
        ("C\u041eDEOWNERS", "CODEOWNERS"),
        ("a/.GitAttributes", ".gitattributes"),
        (".GitHub/workflows/ci.yml", ".github"),
        ("vendor/.Git/config", ".git"),
    ],
)
def test_a_spelling_that_nothing_reads(path: str, exact: str) -> None:
    assert f"is not {exact}, but passes for it" in reasons(file(path))[path]


@pytest.mark.parametrize(
    "path",
    ["CODEOWNERS", ".github/CODEOWNERS", ".gitattributes", "internal/codeowners/parse.go", "x"],
)
def test_the_exact_spelling_and_folders_of_that_name_are_honest(path: str) -> None:
    assert reasons(file(path)) == {}


@pytest.mark.parametrize(
    ("name", "sibling", "words"),
    [
        ("Login.py", "login.py", "only in case"),
        ("cafe\u0301", "caf\u00e9", "only in how accents are encoded"),
        ("l\u043egin.py", "login.py", "passes for its neighbour login.py"),
        ("login.py ", "login.py", "passes for its neighbour login.py"),
        ("auth\u200b", "auth", "passes for its neighbour auth"),
    ],
)
def test_a_twin_is_named(name: str, sibling: str, words: str) -> None:
    new = NewName("src", name, frozenset({sibling, "other.py"}))
    [(path, [reason])] = reasons(names=(new,)).items()
    assert path == f"src/{name}"
    assert words in reason
    assert sibling in reason


def test_two_new_names_can_be_twins_of_each_other() -> None:
    names = (
        NewName("", "README", frozenset({"readme", "src"})),
        NewName("", "readme", frozenset({"README", "src"})),
    )
    assert set(reasons(names=names)) == {"README", "readme"}


def test_siblings_may_hold_the_name_itself() -> None:
    shared = frozenset({"a.py", "b.py", "B.py"})
    names = tuple(NewName("src", name, shared) for name in ("a.py", "b.py"))
    assert set(reasons(names=names)) == {"src/b.py"}


@pytest.mark.parametrize(
    ("name", "sibling"),
    [("login.py", "logout.py"), ("naive", "naïve"), ("a1", "al"), ("Foo::Bar", "Foo::Baz")],
)
def test_no_twin(name: str, sibling: str) -> None:
    assert reasons(names=(NewName("src", name, frozenset({sibling})),)) == {}


@pytest.mark.parametrize("status", ["added", "modified", "typechange", "renamed"])
@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("/etc/passwd", "is a link to an absolute path"),
        ("C:\\Windows", "is a link to an absolute path"),
        ("\\\\server\\share", "is a link to an absolute path"),
        ("../../outside", "is a link that leaves the repository"),
        ("..\\..\\outside", "is a link that leaves the repository"),
        ("../src/auth/login.py", "is a link into a protected path (auth)"),
        ("../src/auth", "is a link into a protected path (auth)"),
        ("../SRC/\u0430uth", "is a link into a protected path (auth)"),
        ("../.git/hooks", "is a link into git's own folder .git"),
        ("../.GIT", "is a link into git's own folder .git"),
        (
            "vendor/../../x",
            "is a link that climbs back out of a folder, which another link can bend",
        ),
        (None, "is a link whose target could not be read"),
    ],
)
def test_a_link_that_leads_astray(status: FileStatus, target: str | None, reason: str) -> None:
    assert reasons(link("lib/link", target, status)) == {"lib/link": (reason,)}


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("lib/link", "other"),
        ("lib/link", "./deep/other"),
        ("lib/link", "../README.md"),
        ("lib/link", ".."),
        ("lib/link", ""),
        ("link", "src/oauth"),
        ("link", ".github/dependabot.yml"),
        ("src/auth/link", "login.py"),
        ("src/auth/sub/link", "../login.py"),
        ("deploy/link", "../.github/workflows/deploy.yml"),
    ],
)
def test_an_honest_link(path: str, target: str) -> None:
    assert reasons(link(path, target)) == {}


def test_a_deleted_link_or_one_with_new_mode_bits_is_honest() -> None:
    gone = FileChange("link", "deleted", SYMLINK, 0, "3" * 40, "")
    assert reasons(gone, link("other", "/etc", "mode")) == {}


def test_a_link_between_two_protected_classes_is_found() -> None:
    found = reasons(link("src/auth/link", "../../deploy/key"))
    assert found == {"src/auth/link": ("is a link into a protected path (ci)",)}


def test_a_large_directory_is_folded_once() -> None:
    shared = frozenset(f"file{number}.py" for number in range(20_000))
    names = tuple(NewName("src", name, shared) for name in shared)
    assert reasons(names=names) == {}
