"""What an adversary does to a push (THREATS 2.3): each trick, pushed for real, and refused.

A trick prepares a clone and gives what to push; the number is that of the threat.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests import kit
from tests.hooks import crafted
from tests.hooks.conftest import FILES

Trick = Callable[[kit.Server], tuple[str, ...]]
TRICKS: dict[str, tuple[Trick, frozenset[str]]] = {}

MANY = "many-files-deleted"
AUTH = "auth-paths"
LOGIN = "src/auth/login.py"
ANSI = "\x1b[2K\x1b[1A\x1b[32mACCEPTED\x1b[0m"
PAGES: Mapping[str, None] = {f"src/app/page{n}.py": None for n in range(12)}


def trick(name: str, *rules: str) -> Callable[[Trick], Trick]:
    def enter(make: Trick) -> Trick:
        assert name not in TRICKS
        TRICKS[name] = (make, frozenset(rules))
        return make

    return enter


def evil(work: kit.Work, message: str = "Tidy up") -> str:
    """A commit that deletes twelve files."""
    return work.commit(message, PAGES)


@pytest.mark.parametrize("name", TRICKS)
def test_refused(name: str, server: kit.Server) -> None:
    make, rules = TRICKS[name]
    refusal = server.refused(*make(server))
    assert rules <= refusal.rules, refusal.text
    assert "\x1b" not in refusal.text
    assert "fault in agentguard" not in refusal.text


# ---------------------------------------------------------------- what is new, and to what


@trick("01 already on an unprotected branch", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    evil(server.work)
    server.accepted("HEAD:refs/heads/topic")
    return ("HEAD:main",)


@trick("02 a new protected branch", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    evil(server.work)
    return ("HEAD:refs/heads/release/2.0",)


@trick("03 a protected branch is deleted", "protected-ref-deleted")
def _(server: kit.Server) -> tuple[str, ...]:
    server.accepted("HEAD:refs/heads/release/1.0")
    return (":refs/heads/release/1.0",)


@trick("03 the default branch is deleted", "protected-ref-deleted")
def _(server: kit.Server) -> tuple[str, ...]:
    return (":main",)


@trick("04 rewind", "protected-ref-rewound")
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("One more", {"src/new.py": "new\n"})
    server.accepted()
    return ("+HEAD~1:main",)


@trick("05 rewrite of the last commit", "protected-ref-rewound")
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("One more", {"src/new.py": "new\n"})
    server.accepted()
    server.work.git("commit", "-q", "--amend", "-m", "Other words")
    return ("+HEAD:main",)


@trick("14 orphan history", "protected-ref-rewound", MANY, "tree-share-deleted")
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.git("checkout", "-q", "--orphan", "fresh")
    server.work.git("rm", "-q", "-r", "--cached", ".")
    server.work.git("clean", "-f", "-d", "-q")
    server.work.commit("Start afresh", {"README.md": "Fresh\n"})
    return ("+HEAD:main",)


@trick("14 orphan history as a new protected branch beside the honest one", AUTH, MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.git("checkout", "-q", "--orphan", "fresh")
    server.work.commit("Start afresh", {**PAGES, "src/auth": None})
    return ("HEAD:refs/heads/release/9",)


@trick("14 orphan history as a release", AUTH, MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.git("checkout", "-q", "--orphan", "fresh")
    server.work.commit("Start afresh", {**PAGES, "src/auth": None})
    return ("HEAD:refs/tags/v9",)


@trick("14 HEAD of the server names no branch, and the release has no past", AUTH, MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    server.bare.git("symbolic-ref", "HEAD", "refs/heads/nowhere")
    server.work.git("checkout", "-q", "--orphan", "fresh")
    server.work.commit("Start afresh", {**PAGES, "src/auth": None})
    return ("HEAD:refs/heads/release/9",)


@trick("06 the evil ref comes last", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    topics = [f"HEAD:refs/heads/a{n}" for n in range(4)]
    evil(server.work)
    return (*[topic.replace("HEAD", "HEAD~1") for topic in topics], "HEAD:main")


@trick("57 the evil ref stands among many", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    evil(server.work)
    return (*[f"HEAD~1:refs/heads/t{n}" for n in range(60)], "HEAD:main")


@trick("07 split over many commits", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    for path in PAGES:
        server.work.commit("Drop one page", {path: None})
    return ()


@trick("07 deleted and put back inside the push", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    evil(server.work)
    server.work.git("revert", "--no-edit", "HEAD")
    return ()


# ---------------------------------------------------------------- merges


@trick("09 a merge that deletes what neither side did", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.git("checkout", "-q", "-b", "topic")
    server.work.commit("Feature", {"src/feature.py": "feature\n"})
    server.work.git("checkout", "-q", "main")
    server.work.git("merge", "-q", "--no-ff", "--no-commit", "topic")
    evil(server.work, "Merge branch topic")
    return ()


@trick("10 merge -s ours drops upstream work", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.git("checkout", "-q", "-b", "topic")
    server.work.commit("Feature", {"src/feature.py": "feature\n"})
    server.work.git("checkout", "-q", "main")
    server.work.commit("Upstream", {f"src/up{n}.py": f"up{n}\n" * 9 for n in range(40)})
    server.accepted()
    server.work.git("checkout", "-q", "topic")
    server.work.git("merge", "-q", "-s", "ours", "-m", "Catch up", "main")
    return ("HEAD:main",)


@trick("11 a merge brings old authentication back", AUTH)
def _(server: kit.Server) -> tuple[str, ...]:
    old = server.work.tip()
    server.work.commit("Check more", {LOGIN: FILES[LOGIN] + "check_more()\n" * 40})  # type: ignore[operator]
    server.accepted()
    server.work.git("checkout", "-q", "-b", "topic", old)
    server.work.commit("Feature", {"src/feature.py": "feature\n"})
    server.work.git("checkout", "-q", "main")
    server.work.git("merge", "-q", "--no-ff", "--no-commit", "topic")
    server.work.git("checkout", old, "--", LOGIN)
    server.work.git("commit", "-q", "-m", "Merge branch topic")
    return ()


@trick("12 octopus", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    base = server.work.tip()
    for name in ("a", "b"):
        server.work.git("checkout", "-q", "-b", name, base)
        server.work.commit(name, {f"src/{name}.py": f"{name}\n"})
    server.work.git("checkout", "-q", "main")
    server.work.git("merge", "-q", "--no-ff", "--no-commit", "a", "b")
    evil(server.work, "Merge branches a and b")
    return ()


# ---------------------------------------------------------------- refs that are more than they seem


@trick("13 a replace ref is pushed", "reserved-ref")
def _(server: kit.Server) -> tuple[str, ...]:
    return (f"HEAD:refs/replace/{server.work.tip()}",)


@trick("13 a replace ref on the server hides the change", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    good = server.work.tip()
    bad = evil(server.work)
    server.accepted("HEAD:refs/heads/topic")
    server.bare.git("update-ref", f"refs/replace/{bad}", good)
    return ("HEAD:main",)


@trick("18 forged records of the gate", "reserved-ref")
def _(server: kit.Server) -> tuple[str, ...]:
    return ("HEAD:refs/agentguard/keep/main",)


@trick("18 forged records, in other letters", "reserved-ref")
def _(server: kit.Server) -> tuple[str, ...]:
    return ("HEAD:refs/Agent\u200bGuard/keep/main",)


@trick("15 a tag of a tag of an evil commit", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    evil(server.work)
    server.work.git("tag", "-a", "-m", "inner", "inner")
    server.work.git("tag", "-a", "-m", "outer", "v9", "inner")
    return ("v9",)


@trick("16 a tag is moved", "tag-moved")
def _(server: kit.Server) -> tuple[str, ...]:
    server.accepted("HEAD:refs/tags/v1")
    server.work.commit("Newer", {"src/new.py": "new\n"})
    return ("+HEAD:refs/tags/v1",)


@trick("16 a tag is moved to itself, wrapped", "tag-moved")
def _(server: kit.Server) -> tuple[str, ...]:
    server.accepted("HEAD:refs/tags/v1")
    server.work.git("tag", "-a", "-m", "wrapped", "wrapped")
    return ("+wrapped:refs/tags/v1",)


@trick("17 a tag is moved to a tree", "tag-moved")
def _(server: kit.Server) -> tuple[str, ...]:
    server.accepted("HEAD:refs/tags/v1")
    return ("+HEAD^{tree}:refs/tags/v1",)


@trick("17 a tag is moved to a blob", "tag-moved")
def _(server: kit.Server) -> tuple[str, ...]:
    server.accepted("HEAD:refs/tags/v1")
    return ("+HEAD:README.md:refs/tags/v1",)


@trick("17 a tag of a tree brings credentials", "credential-paths")
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Configure", {".env": "TOKEN=1\n"})
    return ("HEAD^{tree}:refs/tags/v7",)


@trick("a tag is deleted", "protected-ref-deleted")
def _(server: kit.Server) -> tuple[str, ...]:
    server.accepted("HEAD:refs/tags/v1")
    return (":refs/tags/v1",)


@trick("19 Main is not main, and as protected", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    evil(server.work)
    return ("HEAD:refs/heads/Main",)


@trick("19 main with a zero-width space", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    evil(server.work)
    return ("HEAD:refs/heads/ma\u200bin",)


# ---------------------------------------------------------------- what a diff does not show


@trick("21 binary files count by their content", "mass-deletion")
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Data", {f"src/d{n}.py": b"\0\n" + b"line\n" * 400 for n in range(4)})
    server.accepted()
    server.work.commit("Drop", {f"src/d{n}.py": None for n in range(4)})
    return ()


@trick("22 attributes hide the lines", AUTH)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.write(".gitattributes", "* -diff\n")
    server.work.commit("Attributes")
    server.seed()
    server.work.commit("Simplify", {LOGIN: "check(0)\n" * 2})
    return ()


@trick("22 the attributes come with the push", AUTH, "gate-files")
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Simplify", {".gitattributes": "* -diff\n", LOGIN: "check(0)\n"})
    return ()


@trick("54 the server repository is configured to see nothing", AUTH, MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    attributes = server.bare.path / "info" / "attributes"
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_text("* -diff\n")
    for name, value in (
        ("core.attributesFile", str(attributes)),
        ("diff.external", "/bin/true"),
        ("diff.renames", "copies"),
        ("diff.orderFile", "/nonexistent"),
        ("diff.noprefix", "true"),
        ("alias.cat-file", "!true"),
        ("core.fsmonitor", "/bin/false"),
        ("core.quotePath", "true"),
    ):
        server.bare.git("config", name, value)
    server.work.commit("Simplify", {**PAGES, LOGIN: None})
    return ()


@trick("23 emptied instead of deleted", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Simplify", dict.fromkeys(PAGES, ""))
    return ()


@trick("23 gutted instead of deleted", "files-gutted")
def _(server: kit.Server) -> tuple[str, ...]:
    bodies = {f"src/long{n}.py": f"line {n}\n" * 80 for n in range(5)}
    server.work.commit("Long files", bodies)
    server.accepted()
    server.work.commit("Simplify", dict.fromkeys(bodies, "# the rest is unchanged\n"))
    return ()


@trick("24 moved out, and changed on the way", AUTH)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Move", {LOGIN: None, "src/old.py": "x" + str(FILES[LOGIN])})
    return ()


@trick("25 authentication is renamed to notes", AUTH)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Rename", {LOGIN: None, "docs/notes.txt": FILES[LOGIN]})
    return ()


@trick("43 a directory becomes a file", AUTH)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Flatten", {"src/auth": None})
    server.work.commit("Flatten", {"src/auth": "from elsewhere import everything\n"})
    server.work.git("reset", "-q", "--soft", "HEAD~2")
    server.work.git("commit", "-q", "-m", "Flatten")
    return ()


@trick("26 a path that git would quote", AUTH)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Drop", {"src/auth/café.py": None})
    return ()


@trick("27 newline, tab and arrow in a path", AUTH)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Drop", {"src/auth/two\nlines\t=> odd.py": None})
    return ()


@trick("28 another case", "suspicious-path")
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Add", {"Src/AUTH/login.py": "return True\n"})
    return ()


@trick("29 an invisible letter", "suspicious-path")
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Add", {"src/au\u200cth/login.py": "return True\n"})
    return ()


@trick("29 bytes that are no text, and a look-alike", "suspicious-path")
def _(server: kit.Server) -> tuple[str, ...]:
    entries = crafted.entries(server.work)
    blob = server.work.tip("HEAD:README.md")
    odd = [("100644", "аuth.py".encode(), blob), ("100644", b"caf\xe9.py", blob)]
    tree = crafted.tree_of(server.work, sorted([*entries, *odd], key=lambda entry: entry[1]))
    return (f"{crafted.commit(server.work, tree=tree)}:main",)


@trick("30 a trailing dot", "suspicious-path")
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Add", {"src/auth./login.py": "return True\n"})
    return ()


@trick("30 a backslash", "suspicious-path")
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Add", {"src\\auth\\login.py": "return True\n"})
    return ()


@trick("30 a stream of another file", "suspicious-path")
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Add", {"src/auth::$INDEX_ALLOCATION/login.py": "return True\n"})
    return ()


@trick("31 a file becomes a link", AUTH)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Link", {LOGIN: None})
    (server.work.path / LOGIN).symlink_to("session.py")
    server.work.git("add", "-A")
    server.work.git("commit", "-q", "--amend", "--no-edit")
    return ()


@trick("32 a link into authentication", "suspicious-path")
def _(server: kit.Server) -> tuple[str, ...]:
    (server.work.path / "src" / "plain.py").symlink_to("auth/login.py")
    server.work.commit("Link")
    return ()


@trick("32 a link out of the repository", "suspicious-path")
def _(server: kit.Server) -> tuple[str, ...]:
    (server.work.path / "data" / "passwd").symlink_to("../../../etc/passwd")
    server.work.commit("Link")
    return ()


@trick("33 authentication becomes a submodule", AUTH)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.git("rm", "-q", "-r", "--cached", "src/auth")
    server.work.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},src/auth")
    server.work.git("commit", "-q", "-m", "Use the module")
    return ()


@trick("34 only a mode", "gate-files")
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.git("update-index", "--chmod=+x", ".gitattributes")
    server.work.git("commit", "-q", "-m", "Mode")
    return ()


@trick("35 files become pointers to large ones", "files-gutted")
def _(server: kit.Server) -> tuple[str, ...]:
    bodies = {f"src/long{n}.py": f"line {n}\n" * 80 for n in range(5)}
    server.work.commit("Long files", bodies)
    server.accepted()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 9\n"
    server.work.commit("Use LFS", dict.fromkeys(bodies, pointer))
    return ()


@trick("36 camouflage of white space", AUTH)
def _(server: kit.Server) -> tuple[str, ...]:
    body = str(FILES[LOGIN]).replace("\n", "  \n").replace("check(7)", "check(0)")
    server.work.commit("Format", {LOGIN: body})
    return ()


@trick("37 a bundle of one line loses everything", "mass-deletion")
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Clean", {"data/bundle.json": "[]"})
    return ()


@trick("38 deletions padded with additions", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    padding = "".join(f"padding {n}\n" for n in range(20_000))
    server.work.commit("Improve", {**PAGES, "src/padding.py": padding})
    return ()


# ---------------------------------------------------------------- objects


@trick("41 a tree that names a path twice")
def _(server: kit.Server) -> tuple[str, ...]:
    entries = crafted.entries(server.work)
    twice = [*entries, *(entry for entry in entries if entry[1] == b"src")]
    tree = crafted.tree_of(server.work, sorted(twice, key=lambda entry: entry[1]))
    return (f"{crafted.commit(server.work, tree=tree)}:main",)


@trick("49 two author headers", "unsigned-agent-commit")
def _(server: kit.Server) -> tuple[str, ...]:
    author = f"Claude <noreply@anthropic.com> {crafted.DATE}\nauthor {crafted.PERSON}"
    return (f"{crafted.commit(server.work, author=author)}:main",)


@trick("50 nothing is UTF-8", "unsigned-agent-commit")
def _(server: kit.Server) -> tuple[str, ...]:
    author = b"J\xfcrgen\xff <j\xfc@example.com> " + crafted.DATE.encode()
    message = b"Gr\xfc\xdfe\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n"
    return (f"{crafted.commit(server.work, message, author=author)}:main",)


# ---------------------------------------------------------------- who made it


@trick("44 an agent's commit below a person's", "unsigned-agent-commit")
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Fix", {"src/new.py": "new\n"}, author=kit.AGENT)
    server.work.commit("Words", {"README.md": "Portal!\n"})
    return ()


@trick("45 the co-author stands above the last paragraph", "unsigned-agent-commit")
def _(server: kit.Server) -> tuple[str, ...]:
    message = "Fix\n\nCo-authored-by: Claude <noreply@anthropic.com>\n\nAll by hand.\n"
    server.work.commit(message, {"src/new.py": "new\n"})
    return ()


@trick("46 look-alike letters in the mark", "unsigned-agent-commit")
def _(server: kit.Server) -> tuple[str, ...]:
    message = "Fix\n\nСо-authored-by: Сlaude <noreply@anthropic.com>\n"
    server.work.commit(message, {"src/new.py": "new\n"})
    return ()


@trick("47 a mailmap makes the agent a person", "unsigned-agent-commit", "gate-files")
def _(server: kit.Server) -> tuple[str, ...]:
    mailmap = "Sam Developer <sam@example.com> <noreply@anthropic.com>\n"
    server.work.commit("Fix", {".mailmap": mailmap}, author=kit.AGENT)
    return ()


@trick("48 a signature that is none", "unsigned-agent-commit", AUTH)
def _(server: kit.Server) -> tuple[str, ...]:
    tree = server.work.tip(f"{server.work.commit('Drop', {LOGIN: None})}^{{tree}}")
    server.work.git("reset", "-q", "--hard", "HEAD~1")
    headers = [b"gpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----"]
    author = f"Claude <noreply@anthropic.com> {crafted.DATE}"
    return (f"{crafted.commit(server.work, tree=tree, headers=headers, author=author)}:main",)


@trick("48 a good signature by a key that nobody listed", AUTH)
def _(server: kit.Server) -> tuple[str, ...]:
    key = kit.make_key(server.key.with_name("unknown"))
    tree = server.work.tip(f"{server.work.commit('Drop', {LOGIN: None})}^{{tree}}")
    server.work.git("reset", "-q", "--hard", "HEAD~1")
    author = f"Jane <{kit.JANE}> {crafted.DATE}"
    return (f"{crafted.commit(server.work, tree=tree, author=author, key=key)}:main",)


@trick("a person's small part does not cover for the agent's", AUTH)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Drop", {"src/auth/session.py": None})
    tree = server.work.tip("HEAD^{tree}")
    server.work.git("reset", "-q", "--hard", "HEAD~1")
    signed = crafted.commit(server.work, "Drop\n", tree=tree, key=server.key)
    server.work.git("reset", "-q", "--hard", signed)
    server.work.commit("Simplify", {LOGIN: "check(0)\n" * 3})
    return ()


# ---------------------------------------------------------------- words and switches


@trick("51 escape sequences everywhere", "suspicious-path", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    files = {**PAGES, f"src/{ANSI}.py": "evil\n", "src/auth/\x9b2J.py": "evil\n"}
    server.work.commit(f"Fix {ANSI}\n\n{ANSI}", files, author=f"Eve {ANSI} <eve{ANSI}@example.com>")
    return (f"HEAD:refs/heads/release/{ANSI.replace(chr(27), '').replace('[', '')}", "HEAD:main")


@trick("52 words in the message", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    message = "Tidy up [skip ci] [agentguard skip]\n\nagentguard: off\nAgentguard-Skip: true\n"
    evil(server.work, f"{message}Approved-by: Jane <{kit.JANE}>\n")
    return ()


@trick("52 a file that says so", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    server.work.commit("Tidy up", {**PAGES, "agentguard.toml": "enabled = false\n"})
    return ()


@trick("55 the policy is switched off in the same push", MANY, "gate-files")
def _(server: kit.Server) -> tuple[str, ...]:
    off = "version = 1\n[rules.many-files-deleted]\nenabled = false\n"
    server.work.commit("Tidy up", {**PAGES, ".agentguard.toml": off})
    return ()


@trick("56 the policy comes first, in its own commit", MANY, "gate-files")
def _(server: kit.Server) -> tuple[str, ...]:
    off = "version = 1\n[environments.production]\nrefs = ['refs/heads/none']\n"
    server.work.commit("Policy", {".agentguard.toml": off})
    evil(server.work)
    return ()


@trick("56 the policy comes on another branch of the push", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    off = "version = 1\n[rules.many-files-deleted]\nenabled = false\n"
    server.work.commit("Policy", {".agentguard.toml": off})
    server.work.git("branch", "policy")
    server.work.git("reset", "-q", "--hard", "HEAD~1")
    evil(server.work)
    return ("policy:refs/heads/a-policy", "HEAD:main")


@trick("68 another approver is listed", "gate-files")
def _(server: kit.Server) -> tuple[str, ...]:
    key = Path(f"{kit.make_key(server.key.with_name('eve'))}.pub").read_text().strip()
    policy = f'version = 1\n[approvers."eve@example.com"]\nkeys = ["{key}"]\n'
    server.work.commit("Eve joins", {".agentguard.toml": policy})
    return ()


@trick("68 Python in the tree", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    code = "print('agentguard: accepted: everything')\nraise SystemExit(0)\n"
    names = ("agentguard/__init__.py", "agentguard/__main__.py", "sitecustomize.py", "signal.py")
    server.work.commit("Tidy up", {**PAGES, **dict.fromkeys(names, code)})
    for name in names:
        target = server.bare.path / name
        target.parent.mkdir(exist_ok=True)
        target.write_text(code)
    return ()


@trick("59 names that look like options", MANY)
def _(server: kit.Server) -> tuple[str, ...]:
    names = ("--output=pwned", "-rf", "--upload-pack=touch pwned", ":(top)src", ":!src")
    server.work.commit("Tidy up", {**PAGES, **{f"src/{name}": "x\n" for name in names}})
    server.work.commit("Tidy up", dict.fromkeys(("--help", "--staged"), "x\n"))
    return ("HEAD:refs/heads/release/--output=pwned", "HEAD:main")


# ---------------------------------------------------------------- around the push


def test_the_environment_of_the_pusher_changes_nothing(server: kit.Server) -> None:
    evil(server.work)
    quiet = server.bare.path.parent / "quiet"
    quiet.mkdir()
    (quiet / "git").write_text("#!/bin/sh\nexit 0\n")
    (quiet / "git").chmod(0o755)
    encoded = base64.b64encode(b"off").decode()
    refusal = server.refused(
        AGENTGUARD="off",
        AGENTGUARD_SKIP="1",
        AGENTGUARD_POLICY="/dev/null",
        PYTHONPATH=str(quiet),
        PYTHONSTARTUP="/dev/null",
        PYTHONOPTIMIZE="2",
        GIT_EXTERNAL_DIFF="/bin/true",
        GIT_DIFF_OPTS="-u0",
        GIT_LITERAL_PATHSPECS="0",
        GIT_CONFIG_COUNT="2",
        GIT_CONFIG_KEY_0="diff.renames",
        GIT_CONFIG_VALUE_0="copies",
        GIT_CONFIG_KEY_1="core.attributesFile",
        GIT_CONFIG_VALUE_1="/dev/null",
        GIT_ATTR_SOURCE="HEAD",
        GL_USER="root",
        GITHUB_USER_LOGIN="admin",
        LC_ALL="C",
        LC_AGENTGUARD=encoded,
        TERM="xterm",
    )
    assert MANY in refusal.rules


@pytest.mark.parametrize("option", ["agentguard.skip", "skip-agentguard", "ci.skip", "--no-verify"])
def test_push_options_change_nothing(option: str, server: kit.Server) -> None:
    server.bare.git("config", "receive.advertisePushOptions", "true")
    evil(server.work)
    assert MANY in server.refused("-o", option, "HEAD").rules


def test_no_verify_does_not_reach_the_server(server: kit.Server) -> None:
    evil(server.work)
    assert MANY in server.refused("--no-verify", "HEAD").rules


def test_a_sha256_repository_is_guarded_as_well(tmp_path: Path) -> None:
    server = kit.make_server(tmp_path, FILES, "--object-format=sha256")
    evil(server.work)
    refusal = server.refused()
    assert MANY in refusal.rules
    server.approve(statement=refusal.text)
    server.accepted()


def test_nothing_is_taken_of_a_push_that_is_refused_in_part(server: kit.Server) -> None:
    server.work.commit("Fine", {"src/new.py": "new\n"})
    server.work.git("branch", "fine")
    server.work.git("tag", "v1")
    evil(server.work)
    refusal = server.refused(
        "fine:refs/heads/release/1", "v1", "HEAD:refs/heads/topic", "HEAD:main"
    )
    assert "agentguard: no objection to refs/heads/release/1" in refusal.remote
    assert "agentguard: no objection to refs/tags/v1" in refusal.remote
    assert "agentguard: no objection to refs/heads/topic" in refusal.remote
    assert "accepted" not in refusal.remote


@pytest.mark.parametrize("kind", ["tree", "blob"])
def test_a_branch_cannot_point_at_anything_but_a_commit(kind: str, server: kit.Server) -> None:
    target = {"tree": "HEAD^{tree}", "blob": "HEAD:README.md"}[kind]
    name = server.work.tip(target)
    line = f"{server.tip()} {name} refs/heads/main\n"
    answer = kit.agentguard("hook", "pre-receive", cwd=server.bare.path, check=False, stdin=line)
    assert answer.status == 3
    assert f"a branch cannot point to a {kind}" in answer.text


def test_new_tags_of_trees_and_blobs_do_no_harm(server: kit.Server) -> None:
    server.accepted("HEAD:lib:refs/tags/tree", "HEAD:README.md:refs/tags/blob")
