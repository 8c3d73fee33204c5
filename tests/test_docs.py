"""What the pages say is true: generated ones are up to date, links resolve, examples run."""

from __future__ import annotations

import ast
import importlib.util
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from agentguard import errors
from agentguard.approvals.digest import change_digest
from agentguard.approvals.statement import parse
from agentguard.boundary import BROKEN, INTERRUPTED
from agentguard.decision import EXIT_CODES
from agentguard.ledger.opening import FILE
from agentguard.measures import MEASURES
from agentguard.policy.load import built_in, load_policy
from agentguard.pusher import PLATFORMS
from agentguard.rules import Rule
from tests import kit

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
RULES = built_in().rules
# Pages whose paths are those of this repository; others speak of a reader's own.
ABOUT_THIS_REPOSITORY = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/approvals.md",
    "docs/architecture.md",
    "docs/glossary.md",
    "docs/policy.md",
    "docs/threat-model.md",
)
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
NAMED = re.compile(
    r"`((?:src|tests|docs|rules|hooks|demo|benchmarks)/[\w./-]*|\.ci/run)(?:::(\w+))?`"
)
TARGET = re.compile(r"^make ([a-z-]+)", re.MULTILINE)


def pages() -> list[Path]:
    """Every page of the repository, but for what lies in an environment or a build."""
    found = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
    return sorted(page.relative_to(ROOT) for page in found)


def fenced(page: Path, language: str) -> Iterator[str]:
    """The code blocks of a page in one language."""
    text = (ROOT / page).read_text(encoding="utf-8")
    yield from (match[3] for match in FENCE.finditer(text) if match[2] == language)


def rows(page: str, heading: str) -> dict[str, list[str]]:
    """The first table below a heading: the first cell of each row, and the others."""
    text = (ROOT / page).read_text(encoding="utf-8")
    below = text.partition(f"{heading}\n")[2]
    lines = [line for line in below.split("\n\n#")[0].splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]
    return {row[0].strip("` "): row[1:] for row in cells}


@cache
def generator() -> ModuleType:
    """`docs/generate.py`, which is no module of the package."""
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---------------------------------------------------------------- generated pages


def test_generated_pages_are_up_to_date() -> None:
    outdated = list(generator().outdated(DOCS, generator().pages()))

    assert not outdated, f"out of date: {', '.join(outdated)}. Run `make docs` and commit the pages"


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    written = {page.stem for page in (DOCS / "rules").glob("*.md")} - {"index"}

    assert written == {rule.id for rule in RULES}, "run `make docs`"


def test_pages_are_written_and_left_overs_removed(tmp_path: Path) -> None:
    wanted = {"rules/new-rule.md": "new\n", "cli.md": "commands\n"}
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "old-rule.md").write_text("old\n")

    generator().write(tmp_path, wanted)

    found = {str(page.relative_to(tmp_path)) for page in tmp_path.rglob("*.md")}
    assert found == set(wanted)
    assert not list(generator().outdated(tmp_path, wanted))


def test_every_command_is_in_the_reference_and_fits_a_terminal() -> None:
    from agentguard.cli import COMMANDS

    text = (DOCS / "cli.md").read_text(encoding="utf-8")

    assert [c.name for c in COMMANDS if f"## agentguard {c.name}\n" not in text] == []
    assert (
        max(
            len(line) for block in fenced(Path("docs/cli.md"), "text") for line in block.split("\n")
        )
        < 80
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_incident_a_rule_refers_to_is_told(rule: Rule) -> None:
    told = anchors(DOCS / "incidents.md")
    page = (DOCS / "incidents.md").read_text(encoding="utf-8")

    for reference in rule.references:
        incident = reference.removeprefix("incident:")
        assert incident in told
        section = page.partition(f"## {incident}\n")[2].partition("\n## ")[0]
        assert f"(rules/{rule.id}.md)" in section, f"{incident} does not name {rule.id}"


# ---------------------------------------------------------------- links and names


def anchors(page: Path) -> set[str]:
    """What a link may name behind `#`, as the usual renderers make it from headings."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {_slug(heading) for heading in headings}


def _slug(heading: str) -> str:
    kept = (c for c in heading.lower() if c in " -_" or unicodedata.category(c)[0] in "LN")
    return "".join(kept).replace(" ", "-")


@pytest.mark.parametrize("page", pages(), ids=str)
def test_internal_links_resolve(page: Path) -> None:
    text = CODE.sub("", FENCE.sub("", (ROOT / page).read_text(encoding="utf-8")))
    for link in LINK.findall(text):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (ROOT / page).parent / name if name else ROOT / page
        assert target.is_file(), f"{page} links to {link}, which does not exist"
        assert not anchor or anchor in anchors(target), f"{page} links to {link}: no such heading"


@pytest.mark.parametrize("page", ABOUT_THIS_REPOSITORY)
def test_every_path_that_is_named_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for name, function in NAMED.findall(text):
        assert (ROOT / name).exists(), f"{page} names {name}, which does not exist"
        if function:
            defined = {
                node.name
                for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8")))
                if isinstance(node, ast.FunctionDef)
            }
            assert function in defined, f"{page} names {name}::{function}, which does not exist"


def test_architecture_names_every_module_and_package() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    package = ROOT / "src" / "agentguard"
    found = [f"{path.name}/" for path in package.iterdir() if (path / "__init__.py").is_file()]
    found += [path.name for path in package.glob("*.py") if path.name != "__init__.py"]

    assert [name for name in found if f"`src/agentguard/{name}`" not in text] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_make_targets_that_are_named_exist(page: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = [name for block in fenced(Path(page), "sh") for name in TARGET.findall(block)]

    assert named
    assert set(named) <= set(targets)


def test_every_hook_id_is_in_the_readme() -> None:
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    ids = re.findall(r"^- id: (\S+)$", hooks, re.MULTILINE)

    assert len(ids) == 3
    assert [name for name in ids if f"id: {name}" not in readme] == []


def test_the_refusal_in_the_readme_is_a_real_one(tmp_path: Path) -> None:
    """Each line that is shown was printed, in this order; … stands for lines left out."""
    before = {f"src/shop/page{i}.html": _lines(f"page {i} line {{}}", 30) for i in range(1, 41)}
    before |= {
        "src/auth/login.py": _lines("check({})", 60),
        "firebase.json": '{"run": "portal"}\n',
    }
    server = kit.make_server(tmp_path, before)
    after: dict[str, str | bytes | None] = dict.fromkeys(p for p in before if "shop" in p)
    after |= {
        "src/auth/login.py": _lines("check({})", 61),
        "firebase.json": '{"run": "portal2"}\n',
    }
    server.work.git("checkout", "-q", "-b", "login-fix")
    server.work.commit("Fix login link\n\nCo-Authored-By: Claude <noreply@anthropic.com>", after)
    printed = [line.rstrip() for line in server.work.push("login-fix:main").stderr.splitlines()]
    shown = next(iter(fenced(Path("README.md"), "text"))).splitlines()[1:]

    at = 0
    for line in shown:
        start = "remote: Agentguard-Expires:" if "Expires" in line else line.removesuffix("…")
        if not start:
            continue
        found = (n for n in range(at, len(printed)) if printed[n].startswith(start))
        at = next(found, -1) + 1
        assert at, f"the refusal does not say, or not there: {line}\n" + "\n".join(printed)


def _lines(pattern: str, count: int) -> str:
    return "".join(pattern.format(number) + "\n" for number in range(1, count + 1))


# ---------------------------------------------------------------- exit codes


def test_documented_codes_are_those_there_are() -> None:
    codes = {int(code) for code in rows("docs/exit-codes.md", "# Exit codes")}
    kinds: list[type[errors.AgentguardError]] = [errors.AgentguardError]
    kinds += errors.AgentguardError.__subclasses__()

    assert codes == {*EXIT_CODES.values(), *(k.exit_code for k in kinds), BROKEN, INTERRUPTED}


def test_documented_verdicts_have_these_codes() -> None:
    table = rows("docs/exit-codes.md", "## Verdicts")

    assert {name: int(cells[0]) for name, cells in table.items()} == dict(EXIT_CODES)


def test_documented_situations_end_with_these_codes(tmp_path: Path) -> None:
    table = {name: int(cells[0]) for name, cells in rows("docs/exit-codes.md", "## Errors").items()}
    server = kit.make_server(tmp_path / "server")
    kit.run("git", "clone", "-q", "--depth=1", server.bare.path.as_uri(), "s", cwd=tmp_path)
    (tmp_path / "p.toml").write_text("version = 2\n")
    found = {
        "outside of a git repository": kit.agentguard("check", cwd=tmp_path, check=False),
        "an option that does not exist": kit.agentguard("check", "--no", cwd=tmp_path, check=False),
        "a policy that is not valid": kit.agentguard(
            "policy", "validate", "p.toml", cwd=tmp_path, check=False
        ),
        "a shallow clone": kit.agentguard("check", cwd=tmp_path / "s", check=False),
        "reading a ledger that is not there": kit.agentguard(
            "audit", "verify", "--repository", _without_ledger(tmp_path), cwd=tmp_path, check=False
        ),
        "on a server: a policy that is not valid or cannot be read": _broken_policy(server),
        "on a server: a push to a protected ref that cannot be recorded": _broken_ledger(
            kit.make_server(tmp_path / "other")
        ),
    }

    assert {name: result.status for name, result in found.items()} == table


def _without_ledger(folder: Path) -> Path:
    return kit.init(folder / "bare.git", "--bare").path


def _broken_policy(server: kit.Server) -> kit.Result:
    """What the hook says on a server whose policy is damaged."""
    server.add_policy("nonsense = 1")
    return _judged(server, server.work.commit("Change", {"a.txt": "a\n"}))


def _broken_ledger(server: kit.Server) -> kit.Result:
    """What the hook says of a change it would accept, on a server whose ledger is damaged."""
    tip = server.work.commit("Change", {"a.txt": "a\n"})
    server.accepted("HEAD:refs/heads/topic")
    assert not _judged(server, tip).status
    (server.bare.path / FILE).write_bytes(b"no database")
    return _judged(server, tip)


def _judged(server: kit.Server, tip: str) -> kit.Result:
    line = f"{server.tip()} {tip} refs/heads/main\n"
    return kit.agentguard("hook", "pre-receive", cwd=server.bare.path, check=False, stdin=line)


# ---------------------------------------------------------------- policies and rules


def policies() -> list[tuple[Path, str]]:
    return [(p, b) for p in pages() for b in fenced(p, "toml") if b.startswith("version = 1")]


@pytest.mark.parametrize(("page", "block"), policies(), ids=lambda value: str(value)[:24])
def test_policies_on_the_pages_are_valid(page: Path, block: str) -> None:
    load_policy(block.encode(), str(page), built_in())


def test_there_is_a_complete_policy() -> None:
    assert [page for page, _ in policies()].count(Path("docs/policy.md")) == 1


def test_the_complete_policy_has_every_key_of_the_reference() -> None:
    text = (DOCS / "policy.md").read_text(encoding="utf-8")
    [example] = [block for page, block in policies() if page == Path("docs/policy.md")]
    sections = re.split(r"^## ", text, flags=re.MULTILINE)
    keys = {
        key
        for section in sections
        if section.startswith(("Top", "`[", "`[["))
        for cell in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section, re.MULTILINE)
        for key in re.findall(r"`(\w+)`", cell)
    }
    missing = {
        key
        for key in keys
        if not re.search(rf"^{key} =|\{{ {key} =|\b{key} =", example, re.MULTILINE)
    }

    assert len(keys) > 25
    # Tables of a rule and platforms are explained, and not all shown.
    assert missing - set(PLATFORMS) <= {
            "effects", "severity", "scope", "when", "rules", "revocation_file", "openpgp_file",
        }  # fmt: skip


def test_every_platform_is_documented() -> None:
    text = (DOCS / "policy.md").read_text(encoding="utf-8")

    rows_wanted = [f"| `{name}` | `{value}` |" for name, value in PLATFORMS.items() if value]
    assert [row for row in rows_wanted if row not in text] == []


def test_the_rule_on_the_page_passes_its_own_examples(tmp_path: Path) -> None:
    blocks = [b for b in fenced(Path("docs/writing-a-rule.md"), "toml") if b.startswith("id = ")]
    assert blocks
    for block in blocks:
        name = re.match(r'id = "([^"]+)"', block)
        assert name is not None
        file = tmp_path / f"{name[1]}.toml"
        file.write_text(block)

        tested = kit.agentguard("rules", "test", file, cwd=tmp_path, check=False)

        assert tested.status == 0, tested.text


def test_every_measure_is_documented() -> None:
    text = (DOCS / "writing-a-rule.md").read_text(encoding="utf-8")

    missing = [name for name in MEASURES if f"`{name.removeprefix('source_')}`" not in text]
    assert missing == []


# ---------------------------------------------------------------- reports


def test_the_json_on_the_page_has_the_keys_of_a_real_report() -> None:
    import json

    from agentguard.decision import Decision
    from agentguard.reports import FORMATS
    from tests.reports.decisions import finding, update

    [block] = fenced(Path("docs/json.md"), "json")
    decided = update(verdict="needs-approval", findings=(finding(paths=()),))
    shown, real = json.loads(block), json.loads(FORMATS["json"](Decision((decided,))))

    assert list(shown) == list(real)
    [shown], [real] = shown["updates"], real["updates"]
    assert list(shown) == list(real)
    assert list(shown["change"]) == list(real["change"])
    assert list(shown["findings"][0]) == list(real["findings"][0])


# ---------------------------------------------------------------- approvals


@pytest.mark.parametrize("page", ["README.md", "docs/approvals.md"])
def test_statements_on_the_pages_are_written_the_one_way(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(r"^Agentguard-Approval: v1\n(?:Agentguard-.*\n){6}", text, re.MULTILINE)

    assert found
    for statement in found:
        assert parse(statement).approver == "jane@example.com"


def test_verification_steps_on_the_page_are_numbered_as_in_the_code() -> None:
    from agentguard.approvals import verify

    steps = re.findall(r"^\((\d+)\) ", str(verify.__doc__), re.MULTILINE)
    section = (DOCS / "approvals.md").read_text(encoding="utf-8").partition("## Verification\n")[2]
    listed = re.findall(r"^(\d+)\. ", section.partition("\n## ")[0], re.MULTILINE)

    assert listed == steps


def test_the_digest_of_the_page_is_that_of_the_code() -> None:
    """The encoding as docs/approvals.md describes it, done again by hand."""
    import hashlib

    from agentguard.change import FileChange

    old, new = "1" * 40, "2" * 40
    file = FileChange("a.txt", "modified", 0o100644, 0o100755, old, new)
    record = f"100644\0{100755}\0{old}\0{new}\0a.txt\0".encode()
    moved = f"ids\0{old}\0{new}\0".encode()
    by_hand = hashlib.sha256(record + moved + b"vanished\0" + record).hexdigest()

    assert change_digest([file], "sha1", ids=(old, new), vanished=[record]) == f"sha256:{by_hand}"
