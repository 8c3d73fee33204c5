"""Round the gate: its files, its hooks, its checks, its branches, and keys left lying about."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests import kit

LABEL = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n"
UNSIGNED = "unsigned-agent-commit"
TOKEN = "gh" + "p_q7Rt2Vx9Lm4Kc8Zn3Wp6Yd5Bf7Hj2Sg9Ta4U"
KEY = """-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2
-----END OPENSSH PRIVATE KEY-----
"""
Files = Mapping[str, str | None]
GATE_JOB = (
    "jobs:\n  gate:\n    steps:\n      - run: agentguard check\n  b:\n    steps:\n      - run: ls\n"
)
PROTECTION = 'resource "github_branch_protection" "main" {\n  pattern = "main"\n}\n'

REFUSED: Mapping[str, tuple[Files, Files, set[str]]] = {
    "the policy": ({}, {".agentguard.toml": "version = 1\n"}, {"gate-files"}),
    "a script without hooks": (
        {},
        {"scripts/ship.sh": "git commit -am ship --no-verify\n"},
        {"hooks-bypassed"},
    ),
    "the job that runs the gate": (
        {".github/workflows/gate.yml": GATE_JOB},
        {".github/workflows/gate.yml": "jobs:\n  b:\n    steps:\n      - run: ls\n"},
        {"check-weakened"},
    ),
    "the branch's protection": (
        {"repos/main.tf": f"{PROTECTION}# more\n"},
        {"repos/main.tf": "# more\n"},
        {"branch-protection-removed"},
    ),
    "a token": ({}, {"src/lib/client.ts": f"const token = '{TOKEN}';\n"}, {"provider-token"}),
    "a key under a harmless name": ({}, {"config/connect.txt": KEY}, {"private-key-content"}),
}
TWINS: Mapping[str, tuple[Files, Files]] = {
    "a script that says what not to do": (
        {},
        {"scripts/ship.sh": "# never with --no-verify\ngit commit -am ship\n"},
    ),
    "a token for the reader to replace": (
        {},
        {"docs/client.md": "TOKEN=" + "gh" + f"p_{'x' * 36}\n"},
    ),
    "code that knows what a key looks like": (
        {},
        {"src/lib/keys.ts": "const head = '-----BEGIN OPENSSH PRIVATE KEY-----';\n"},
    ),
}


@pytest.mark.parametrize(("before", "after", "rules"), REFUSED.values(), ids=REFUSED)
def test_round_the_gate(before: Files, after: Files, rules: set[str], portal: kit.Server) -> None:
    if before:
        portal.work.commit("Before", before)
        portal.seed()
    portal.work.commit(f"Tidy{LABEL}", after)
    refusal = portal.refused()
    assert rules | {UNSIGNED} <= refusal.rules
    assert TOKEN[4:] not in refusal.text
    assert KEY.splitlines()[1] not in refusal.text


@pytest.mark.parametrize(("before", "after"), TWINS.values(), ids=TWINS)
def test_honest_twins(before: Files, after: Files, portal: kit.Server) -> None:
    portal.work.commit("Tidy", after)
    portal.accepted()


@pytest.mark.parametrize(
    "ref",
    [
        "refs/heads/Main",
        "refs/heads/ma\u200bin",
        "refs/heads/origin/main",
        "refs/heads/HEAD",
        "refs/tags/main",
    ],
)
def test_a_ref_that_passes_for_the_protected_one(ref: str, portal: kit.Server) -> None:
    portal.work.commit("Notes", {"docs/notes.md": "Notes\n"})
    refusal = portal.refused(f"HEAD:{ref}")
    assert "ref-imitates-protected" in refusal.rules
    portal.accepted("HEAD:refs/heads/feature/main")


def test_a_narrow_request_that_became_a_sweeping_change(
    portal: kit.Server, files: Mapping[str, str]
) -> None:
    login, routes = "src/auth/redirect.ts", "src/routes/members.ts"
    scope = f"{LABEL}Agentguard-Scope: src/auth/ tests/auth/\n"
    portal.work.commit(f"Fix login{scope}", {login: files[login] + "// a\n"})
    assert "out-of-scope" not in portal.refused().rules
    portal.work.commit(f"Fix login{scope}", {routes: files[routes] + "// b\n"})
    refusal = portal.refused()
    assert "out-of-scope" in refusal.rules
    assert routes in refusal.remote
