"""A freeze, made-up results, and tests that were made to pass."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests import kit

LABEL = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n"
UNSIGNED = "unsigned-agent-commit"
TEST = "tests/auth/redirect.test.ts"
Files = Mapping[str, str | None]

REFUSED: Mapping[str, tuple[Files, Files, set[str]]] = {
    "a report of tests that never ran": (
        {},
        {"test-results/junit.xml": '<testsuite tests="128" failures="0"/>\n'},
        {"test-results-committed"},
    ),
    "the figures of a coverage report": (
        {"coverage.xml": '<coverage line-rate="0.61"/>\n'},
        {"coverage.xml": '<coverage line-rate="0.98"/>\n'},
        {"test-results-committed"},
    ),
    "the limit that failed": (
        {"pyproject.toml": "[tool.coverage.report]\nfail_under = 90\n"},
        {"pyproject.toml": "[tool.coverage.report]\nfail_under = 20\n"},
        {"coverage-threshold-lowered"},
    ),
    "the check that failed": (
        {".github/workflows/test.yml": "jobs:\n  test:\n    steps:\n      - run: pytest\n"},
        {".github/workflows/test.yml": "jobs:\n  test:\n    steps:\n      - run: pytest || true\n"},
        {"check-weakened"},
    ),
}
TESTS = "".join(f"  expect(f({n})).toBe({n});\n" for n in range(6))
WARNED: Mapping[str, tuple[Files, Files, str]] = {
    "a test is skipped": (
        {TEST: f"it('works', () => {{\n{TESTS}}});\n"},
        {TEST: f"it.skip('works', () => {{\n{TESTS}}});\n"},
        "tests-skipped",
    ),
    "a test checks nothing any more": (
        {TEST: f"it('works', () => {{\n{TESTS}}});\n"},
        {TEST: "it('works', () => {});\n"},
        "assertions-removed",
    ),
}
TWINS: Mapping[str, tuple[Files, Files]] = {
    "a report that a parser is tested with": (
        {},
        {"tests/fixtures/junit.xml": '<testsuite tests="1"/>\n'},
    ),
    "an old report is taken out": ({"coverage.xml": "<coverage/>\n"}, {"coverage.xml": None}),
    "the limit is raised": (
        {"pyproject.toml": "[tool.coverage.report]\nfail_under = 80\n"},
        {"pyproject.toml": "[tool.coverage.report]\nfail_under = 90\n"},
    ),
    "a test is written anew, and checks as much": (
        {TEST: f"it('works', () => {{\n{TESTS}}});\n"},
        {TEST: f"describe('f', () => it('still works', () => {{\n{TESTS}}}));\n"},
    ),
}


def pushed(portal: kit.Server, before: Files, after: Files, label: str) -> None:
    if before:
        portal.work.commit("Before", before)
        portal.seed()
    portal.work.commit(f"Make the build green{label}", after)


@pytest.mark.parametrize(("before", "after", "rules"), REFUSED.values(), ids=REFUSED)
def test_made_to_look_well(
    before: Files, after: Files, rules: set[str], portal: kit.Server
) -> None:
    pushed(portal, before, after, LABEL)
    assert portal.refused().rules == rules | {UNSIGNED}


@pytest.mark.parametrize(("before", "after", "rule"), WARNED.values(), ids=WARNED)
def test_what_is_pointed_out(before: Files, after: Files, rule: str, portal: kit.Server) -> None:
    pushed(portal, before, after, "")
    assert portal.accepted().warnings == {rule}


@pytest.mark.parametrize(("before", "after"), TWINS.values(), ids=TWINS)
def test_honest_twins(before: Files, after: Files, portal: kit.Server) -> None:
    pushed(portal, before, after, "")
    assert not portal.accepted().warnings
