"""What a pusher, an agent or a careless administrator can set changes nothing that is read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentguard.change import Change
from agentguard.errors import EvaluationError
from agentguard.repo.git import git_program
from tests.repo.crafted import (
    MAIN,
    Crafted,
    Files,
    craft,
    lines,
    link,
    program,
    statuses,
    submodule,
)

TOUCH = "touch {mark} #"

# Settings of a repository, each of which changes what some git command says.
SETTINGS = {
    "diff.external": TOUCH,
    "diff.x.command": TOUCH,
    "diff.x.textconv": TOUCH,
    "diff.x.binary": "true",
    "diff.x.algorithm": "patience",
    "diff.x.xfuncname": ".*",
    "diff.renames": "copies",
    "diff.renameLimit": "1",
    "diff.orderFile": "/does/not/exist",
    "diff.algorithm": "patience",
    "diff.noprefix": "true",
    "diff.mnemonicPrefix": "true",
    "diff.srcPrefix": "x/",
    "diff.context": "9",
    "diff.interHunkContext": "9",
    "diff.suppressBlankEmpty": "true",
    "diff.ignoreSubmodules": "all",
    "diff.submodule": "log",
    "diff.relative": "true",
    "diff.wordRegex": ".",
    "diff.wsErrorHighlight": "all",
    "diff.colorMoved": "zebra",
    "diff.indentHeuristic": "false",
    "diff.trustExitCode": "true",
    "color.ui": "always",
    "color.diff": "always",
    "core.abbrev": "4",
    "core.alternateRefsCommand": TOUCH,
    "core.attributesFile": "{attributes}",
    "core.autocrlf": "true",
    "core.bigFileThreshold": "1",
    "core.commentChar": "A",
    "core.fsmonitor": TOUCH,
    "core.hooksPath": "{hooks}",
    "core.ignoreCase": "true",
    "core.notesRef": MAIN,
    "core.pager": TOUCH,
    "core.precomposeUnicode": "true",
    "core.quotePath": "true",
    "core.useReplaceRefs": "true",
    "core.whitespace": "cr-at-eol",
    "core.worktree": "..",
    "alias.diff-tree": "!" + TOUCH,
    "alias.log": "log --reverse",
    "attr.tree": MAIN,
    "format.pretty": "raw",
    "format.notes": "true",
    "gpg.program": TOUCH,
    "gpg.ssh.program": TOUCH,
    "i18n.commitEncoding": "latin-1",
    "i18n.logOutputEncoding": "utf-16",
    "log.abbrevCommit": "true",
    "log.date": "relative",
    "log.decorate": "full",
    "log.diffMerges": "first-parent",
    "log.follow": "true",
    "log.mailmap": "true",
    "log.showRoot": "false",
    "log.showSignature": "true",
    "mailmap.blob": MAIN + ":.mailmap",
    "merge.conflictStyle": "diff3",
    "merge.default": "x",
    "merge.directoryRenames": "true",
    "merge.renameLimit": "1",
    "merge.renames": "false",
    "merge.renormalize": "true",
    "notes.displayRef": MAIN,
    "pager.log": TOUCH,
    "pager.diff-tree": TOUCH,
    "submodule.recurse": "true",
    "submodule.sub.ignore": "all",
    "trailer.separators": "#",
    "trailer.where": "start",
    "trailer.ifexists": "replace",
    "transfer.hideRefs": "refs",
    "uploadpack.hideRefs": "refs",
}

# Variables a pusher may be able to set; `{mark}` is a file that must not come into being.
VARIABLES = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/does/not/exist",
    "GIT_ATTR_SOURCE": MAIN,
    "GIT_CEILING_DIRECTORIES": "/",
    "GIT_COMMON_DIR": "/tmp",
    "GIT_CONFIG": "/does/not/exist",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_GLOBAL": "{config}",
    "GIT_CONFIG_KEY_0": "diff.external",
    "GIT_CONFIG_NOSYSTEM": "0",
    "GIT_CONFIG_PARAMETERS": "'diff.external=touch {mark} #'",
    "GIT_CONFIG_SYSTEM": "{config}",
    "GIT_CONFIG_VALUE_0": TOUCH,
    "GIT_DEFAULT_HASH": "sha256",
    "GIT_DIFF_OPTS": "-u0",
    "GIT_DIR": "/tmp",
    "GIT_EXEC_PATH": "/tmp",
    "GIT_EXTERNAL_DIFF": TOUCH,
    "GIT_FLUSH": "0",
    "GIT_GLOB_PATHSPECS": "1",
    "GIT_GRAFT_FILE": "/does/not/exist",
    "GIT_ICASE_PATHSPECS": "1",
    "GIT_INDEX_FILE": "/does/not/exist",
    "GIT_LITERAL_PATHSPECS": "0",
    "GIT_NAMESPACE": "elsewhere",
    "GIT_NOGLOB_PATHSPECS": "0",
    "GIT_NOTES_DISPLAY_REF": MAIN,
    "GIT_NO_REPLACE_OBJECTS": "0",
    "GIT_OBJECT_DIRECTORY": "/does/not/exist",
    "GIT_PAGER": TOUCH,
    "GIT_PREFIX": "src/",
    "GIT_QUARANTINE_PATH": "",
    "GIT_REPLACE_REF_BASE": "refs/heads/",
    "GIT_SHALLOW_FILE": "/dev/null",
    "GIT_TRACE": "{mark}",
    "GIT_TRACE2_EVENT": "{mark}",
    "GIT_WORK_TREE": "/tmp",
    "HOME": "{home}",
    "LANG": "de_DE.ISO-8859-1",
    "LC_ALL": "tr_TR.UTF-8",
    "LD_LIBRARY_PATH": "/tmp",
    "XDG_CONFIG_HOME": "{home}",
}


@dataclass(frozen=True)
class Rich:
    """A repository where every setting would have something to change."""

    crafted: Crafted
    old: str
    new: str

    def read(self) -> Change:
        return self.crafted.read(self.old, self.new)

    @property
    def mark(self) -> Path:
        """What a program that ought not to run would leave behind."""
        return self.crafted.directory.parent / "mark"

    def fill(self, value: str) -> str:
        """A setting's value, with the places of this repository filled in."""
        folder = self.crafted.directory.parent
        for name in ("mark", "config", "home", "hooks", "attributes"):
            value = value.replace(f"{{{name}}}", str(folder / name))
        return value


def text(*numbers: int) -> str:
    return "".join(f"{{\n\n{number}\n}}\n" for number in numbers)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Rich:
    folder = tmp_path_factory.mktemp("rich")
    crafted = craft(folder / "rich.git")
    base: Files = {
        "src/a": text(*range(12)),
        "src/caf\u00e9": "1\n",
        "src/moved": lines(30),
        "src/mostly": lines(30),
        "src/conflict": "1\n2\n3\n",
        "src/b": b"\0\n" + lines(5).encode(),
        "old/x": lines(20, "x"),
        "sub": submodule("1"),
        "run": "1\n",
        ".gitattributes": "* -diff merge=x\n",
        ".mailmap": "Claude <noreply@anthropic.com> <sam@example.com>\n",
    }
    start = crafted.commit({**base, "src/a": "0\n"})
    old = crafted.commit(base, start)
    message = "Subject\n\nprose\nprose\nprose\nprose\nprose\nFoo: bar\n"
    ours: Files = {key: value for key, value in base.items() if key not in {"src/moved", "old/x"}}
    ours = {
        **ours,
        "lib/moved": lines(30),
        "new/x": lines(20, "x"),
        "lib/mostly": lines(29),
        "src/conflict": "1\nours\n3\n",
        "src/a": text(*range(5), 50, *range(5, 12)) + "{\r\n",
        "sub": submodule("2"),
        "run": program("1\n"),
        "src/link": link("../run"),
    }
    one = crafted.commit(ours, old, message=message)
    theirs: Files = {**base, "src/conflict": "1\ntheirs\n3\n", "old/y": "y\n"}
    two = crafted.commit(theirs, old, message="caf\u00e9\n\nCo-authored-by: Jos\u00e9\nB# c\n")
    merged: Files = {**ours, "old/y": "y\n", "src/conflict": "1\nboth\n3\n", "src/b": b"\0\n"}
    merge = crafted.commit(merged, one, two)
    new = crafted.commit({**merged, "src/a": "0\n", "src/caf\u00e9": "2\n"}, merge)
    crafted.ref(MAIN, old)
    (folder / "attributes").write_text("* diff=x merge=x binary\n")
    (folder / "config").write_text(f"[diff]\n\texternal = touch {folder}/mark #\n")
    (folder / "home" / "git").mkdir(parents=True)
    (folder / "home" / "git" / "attributes").write_text("* -diff\n")
    (folder / "home" / ".gitconfig").write_text(f"[diff]\n\texternal = touch {folder}/mark #\n")
    (folder / "hooks").mkdir()
    return Rich(crafted, old, new)


@pytest.fixture(scope="module")
def truth(rich: Rich) -> Change:
    return rich.read()


def test_the_truth(truth: Change) -> None:
    assert statuses(truth) == {
        "lib/mostly": "added",
        "lib/moved": "renamed",
        "new/x": "renamed",
        "old/y": "added",
        "run": "mode",
        "src/a": "modified",
        "src/b": "modified",
        "src/caf\u00e9": "modified",
        "src/conflict": "modified",
        "src/link": "added",
        "sub": "modified",
    }
    assert truth.put_back == {"src/a"}
    assert [commit.merge for commit in truth.commits] == ["none", "none", "own", "none"]
    assert truth.commits[0].trailers == ()
    assert [file.path for file in truth.commits[2].files] == ["old/y", "src/b", "src/conflict"]


@pytest.mark.parametrize("name", SETTINGS)
def test_setting_changes_nothing(rich: Rich, truth: Change, name: str) -> None:
    config = rich.crafted.directory / "config"
    before = config.read_text()
    section, _, key = name.rpartition(".")
    section, _, sub = section.partition(".")
    header = f'[{section} "{sub}"]' if sub else f"[{section}]"
    value = rich.fill(SETTINGS[name]).replace("#", "\\\\#")
    config.write_text(f'{before}{header}\n\t{key} = "{value}"\n')
    try:
        assert rich.crafted.naive("config", "--get", name)
        assert rich.read() == truth
    finally:
        config.write_text(before)
    assert not rich.mark.exists()


def test_attributes_of_the_repository_change_no_more_than_what_is_binary(
    rich: Rich, truth: Change
) -> None:
    info = rich.crafted.directory / "info"
    info.mkdir(exist_ok=True)
    place = info / "attributes"
    place.write_text("* diff=x merge=union text working-tree-encoding=utf-16 export-ignore\n")
    try:
        found = rich.read()
    finally:
        place.unlink()
    assert found.files == truth.files
    assert found.patches == truth.patches


def test_environment_changes_nothing(
    rich: Rich, truth: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    git_program()
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, rich.fill(value))
    assert rich.read() == truth
    assert not rich.mark.exists()


def test_environment_of_git_is_made_from_nothing(
    rich: Rich, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, rich.fill(value))
    environment = rich.crafted.repository().git.environment
    taken = {name for name in VARIABLES if environment.get(name) == os.environ[name]}
    assert taken == set()


def test_replaced_objects_are_not_looked_at(crafted: Crafted) -> None:
    old, evil = crafted.history({"auth": lines(9), "b": "1\n"}, {"b": "2\n"})
    innocent = crafted.commit({"auth": lines(9), "b": "2\n"}, old)
    crafted.ref(f"refs/replace/{evil}", innocent)
    assert crafted.naive("diff", "--name-only", old, evil) == "b"
    assert statuses(crafted.read(old, evil)) == {"auth": "deleted", "b": "modified"}


def test_replaced_trees_and_blobs_are_not_looked_at(crafted: Crafted) -> None:
    before, after = {"d/a": "1\n"}, {"d/a": "2\n"}
    old, new = crafted.history(before, after)
    crafted.ref(f"refs/replace/{crafted.tree(after)}", crafted.tree(before))
    crafted.ref(
        f"refs/replace/{crafted.put('blob', b'2' + bytes([10]))}",
        crafted.put("blob", b"1" + bytes([10])),
    )
    assert crafted.naive("diff", "--name-only", old, new) == ""
    assert crafted.read(old, new).patches["d/a"].added == ("2",)


def test_grafts_do_not_hide_commits(crafted: Crafted) -> None:
    old, evil, new = crafted.history({"a": "1\n"}, {"a": "2\n"}, {"a": "3\n"})
    (crafted.directory / "info").mkdir(exist_ok=True)
    (crafted.directory / "info" / "grafts").write_text(f"{new} {old}\n")
    assert crafted.naive("rev-list", f"{old}..{new}") == new
    assert [commit.id for commit in crafted.read(old, new).commits] == [evil, new]


def test_commit_graph_that_lies_about_parents_is_found_out(crafted: Crafted) -> None:
    """Git believes its cache of parents blindly."""
    old, evil, new = crafted.history({"a": "1\n"}, {"a": "2\n"}, {"a": "3\n"})
    crafted.ref(MAIN, new)
    crafted.work.git("commit-graph", "write", "--reachable")
    graph = crafted.directory / "objects" / "info" / "commit-graph"
    content = bytearray(graph.read_bytes())
    parent = content.index(bytes.fromhex(crafted.tree({"a": "3\n"}))) + 20
    content[parent : parent + 4] = sorted([old, evil, new]).index(old).to_bytes(4, "big")
    graph.chmod(0o644)
    graph.write_bytes(content)
    assert crafted.naive("rev-list", new) == f"{new}\n{old}"
    with pytest.raises(EvaluationError, match="unclear way"):
        crafted.read(old, new)
