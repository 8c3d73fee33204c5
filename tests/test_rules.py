"""Every built-in rule: what its file must hold, and its examples through real git."""

from __future__ import annotations

import re

import pytest

from agentguard.bundled import folder
from agentguard.examples import EXPECTATIONS, failures
from agentguard.policy.load import built_in
from agentguard.rules import Rule

RULES = built_in().rules
BY_ID = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
REFERENCE = re.compile(r"incident:[a-z0-9]+(?:-[a-z0-9]+)*")
PRESCRIBING = ("no-", "disallow-", "forbid-", "require-", "keep-", "avoid-", "prevent-")


def test_every_file_is_a_rule_and_the_other_way_round() -> None:
    files = {path.stem: path.parent.name for path in folder("rules").glob("*/*")}
    assert files == {rule.id: rule.pack for rule in RULES}
    beside = {path.name for path in folder("rules").glob("*.toml")}
    assert beside == {"actors.toml", "paths.toml"}


@BY_ID
def test_examples_come_out_as_they_say(rule: Rule) -> None:
    assert failures(rule, built_in("refs/heads/main")) == []


@BY_ID
def test_there_is_an_example_of_each_kind(rule: Rule) -> None:
    assert len(rule.examples) >= 2
    assert {example["expect"] for example in rule.examples} == set(EXPECTATIONS)
    names = [example["name"] for example in rule.examples]
    assert len(set(names)) == len(names)


@BY_ID
def test_the_name_says_what_is_bad(rule: Rule) -> None:
    assert not rule.id.startswith(PRESCRIBING)


@BY_ID
def test_it_explains_itself(rule: Rule) -> None:
    assert rule.title == rule.title.strip()
    assert not rule.title.endswith(".")
    for words in (rule.why, rule.fix):
        assert len(words.split()) >= 8
        assert words.endswith(".")
    assert rule.since


@BY_ID
def test_it_never_mentions_a_way_round(rule: Rule) -> None:
    words = f"{rule.title} {rule.why} {rule.fix}".lower()
    for way in ("--no-verify", "agentguard.toml", "enabled = false", "uninstall", "split the push"):
        assert way not in words


def references() -> list[tuple[str, str]]:
    return [(rule.id, reference) for rule in RULES for reference in rule.references]


@pytest.mark.parametrize(("rule", "reference"), references())
def test_references_are_known(rule: str, reference: str) -> None:
    assert REFERENCE.fullmatch(reference)
    page = folder("rules").parent / "docs" / "incidents.md"
    if not page.is_file():
        pytest.skip("the documentation is not here")
    anchor = reference.partition(":")[2]
    headings = re.findall(r"^#+ +(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings
    }
    ids = set(re.findall(r'id="([a-z0-9-]+)"', page.read_text(encoding="utf-8")))
    assert anchor in anchors | ids


@BY_ID
def test_examples_name_no_real_person_or_place(rule: Rule) -> None:
    for example in rule.examples:
        for address in re.findall(r"[\w.+-]+@[\w-]+\.[\w.-]+", str(example)):
            assert address.partition("@")[2].endswith(
                ("example.com", "example.org", "anthropic.com", "github.com", "cursor.com")
            ), address
