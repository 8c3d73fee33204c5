"""Promises about the source itself: who may do what, how long things are, what a push loads."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentguard.measures import MEASURES
from tests import kit

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "agentguard"
FILES = sorted(SOURCE.rglob("*.py"))
TREES = {path.relative_to(SOURCE).as_posix(): ast.parse(path.read_bytes()) for path in FILES}

LONGEST_FILE = 300
LONGEST_FUNCTION = 60
SHORT_FUNCTION = 20
SHORT_SHARE = 0.80

# Who may start processes or use GitPython: the code that talks to git, and to ssh-keygen.
MAY_RUN = ("repo/", "approvals/sign.py")
PURE = (
    "engine.py",
    "makers.py",
    "finding.py",
    "decision.py",
    "rules.py",
    "change.py",
    "paths.py",
    "patterns.py",
    "names.py",
    "references.py",
    "structure/",
    "outside_names.py",
    "directories.py",
    "measures/",
    "policy/model.py",
    "policy/environments.py",
)
NOT_PURE = (
    "agentguard.repo",
    "agentguard.hook",
    "agentguard.cli",
    "agentguard.client",
    "agentguard.bundled",
    "os",
    "pathlib",
    "subprocess",
    "git",
    "time",
    "io",
    "shutil",
    "tempfile",
    "socket",
)
# What an ordinary push must not pay for.
HEAVY = (
    *("click", "git", "unidiff", "pathspec", "cryptography", "pysequoia"),
    *("detect_secrets", "requests", "yaml", "hypothesis"),
)


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported anywhere in a file, but for types."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def functions() -> Iterator[tuple[str, int]]:
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(name + ".") for name in packages)


def test_there_is_something_to_look_at() -> None:
    assert len(TREES) > 50


def test_only_one_place_talks_to_git() -> None:
    found = [
        (name, module)
        for name, tree in TREES.items()
        for module in imports(tree)
        if within(module, ("subprocess", "git")) and not name.startswith(MAY_RUN)
    ]
    assert found == []


def test_judging_touches_nothing_outside() -> None:
    found = [
        (name, module)
        for name, tree in TREES.items()
        for module in imports(tree)
        if name.startswith(PURE) and within(module, NOT_PURE)
    ]
    assert found == []


def test_no_file_is_long() -> None:
    lengths = {path.relative_to(SOURCE): len(path.read_text().splitlines()) for path in FILES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    lengths = dict(functions())
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}
    short = sum(lines <= SHORT_FUNCTION for lines in lengths.values())
    assert short / len(lengths) >= SHORT_SHARE


def test_nothing_is_printed_past_the_reports() -> None:
    calls = [
        (name, node.lineno)
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert calls == []


@pytest.mark.parametrize("name", [name for name in TREES if TREES[name].body])
def test_every_module_says_what_it_is(name: str) -> None:
    assert ast.get_docstring(TREES[name])


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_is_documented(name: str) -> None:
    page = (ROOT / "docs" / "writing-a-rule.md").read_text()
    rows = re.findall(r"^\|(.+?)\|", page, re.MULTILINE)
    documented = set(re.findall(r"`([a-z_]+)`", " ".join(rows)))
    assert name.removeprefix("source_") in documented


PROBE = """
import io, json, os, sys
os.chdir({directory!r})
sys.stdin = io.TextIOWrapper(io.BytesIO({line!r}.encode()))
from agentguard.hook.{hook} import run
status = run()
sys.stderr.write(json.dumps([status, sorted(sys.modules)]))
"""


def loaded(server: kit.Server, hook: str, line: str) -> set[str]:
    """The modules that a hook has loaded when it has served a push, told on its standard input."""
    probe = PROBE.format(directory=str(server.bare.path), line=line, hook=hook)
    said = kit.run(kit.PYTHON, "-I", "-c", probe, cwd=server.bare.path)
    status, modules = json.loads(said.stderr.splitlines()[-1])
    assert status == 0
    return set(modules)


def test_an_ordinary_push_loads_only_what_it_needs(server: kit.Server) -> None:
    server.work.commit("Change", {"src/app.py": "print()\n", "README.md": "More\n"})
    server.work.push("HEAD:refs/heads/topic", check=True)
    line = f"{server.tip()} {server.tip('refs/heads/topic')} refs/heads/main\n"
    modules = loaded(server, "pre_receive", line)
    assert "agentguard.engine" in modules
    assert {name.partition(".")[0] for name in modules} & {*HEAVY} == set()
    assert modules & {"agentguard.approvals.sshsig", "agentguard.references", "html"} == set()
    modules = loaded(server, "post_receive", line)
    assert "agentguard.ledger.sqlite" in modules
    assert modules & {"agentguard.change", "agentguard.decision", "subprocess", "shutil"} == set()
