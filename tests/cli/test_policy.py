"""`agentguard policy show` and `validate`."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests import kit
from tests.cli.conftest import Cli, said


def public_key(number: int) -> str:
    """A line that is well formed; nothing is ever signed with it."""
    parts = (b"ssh-ed25519", bytes([number]) * 32)
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}"


KEY, OTHER, THIRD = map(public_key, (1, 2, 3))
POLICY = f"""
version = 1
repository = "acme/portal"
[environments.staging]
refs = ["refs/heads/next"]
agents = "approve"
[environments.production]
accepts_from = ["staging"]
[actors]
agent_pushers = ["svc-claude"]
agent_keys = ["{OTHER}"]
[accounts]
jdoe = ["Jane@example.com", "jane@old.example.com"]
"Svc[bot]" = "bot@example.com"
[approvers."jane@example.com"]
keys = [{{ key = "{KEY}", valid_after = 2026-01-01, valid_before = 2027-01-01 }}]
aliases = ["jane@old.example.com"]
teams = ["platform"]
[approvers."sue@example.com"]
keys = ["{THIRD}"]
[approvals]
max_age = "30m"
require_presence = true
[paths.auth]
include = ["services/login/**"]
exclude = ["services/login/docs/**"]
[rules.mass-deletion]
approvals = 2
teams = ["platform"]
[rules.mass-deletion.when]
deleted_lines = ">= 300"
[rules.tests-deleted]
enabled = false
[rules.gutting-adds-up.scope]
window = "36h"
[environments.staging.rules.mass-deletion]
effect = "warn"
[[freeze]]
from = 2026-12-20T00:00:00Z
until = 2027-01-04T00:00:00Z
refs = ["refs/heads/main"]
reason = "off"
"""


def in_force(clone: kit.Work, policy: str = POLICY) -> None:
    clone.git("checkout", "-q", "main")
    clone.commit("Policy", {".agentguard.toml": policy})
    clone.push("main", check=True)
    clone.git("checkout", "-q", "topic")


def block(shown: str, key: str) -> list[str]:
    """The lines below a key."""
    lines = shown.splitlines()
    [start] = [at for at, line in enumerate(lines) if line.split("   # ")[0] == f"  {key}"]
    rest = lines[start + 1 :]
    end = next((at for at, line in enumerate(rest) if not line.startswith("    ")), len(rest))
    return [line.strip() for line in rest[:end]]


class TestShow:
    def test_the_built_in_rules(self, cli: Cli, clone: kit.Work) -> None:
        result = cli(clone, "policy", "show")
        assert (result.status, result.stderr) == (0, "")
        assert result.stdout.startswith("repository  acme/portal\ndeadline    ")
        assert "\npolicy built-in rules\n" in result.stdout
        assert block(result.stdout, "approvers") == [
            "nobody: nothing can be approved under this policy"
        ]
        assert "accounts" not in result.stdout
        assert "#" not in result.stdout.split("rules.agent-rule-files")[0]

    @pytest.mark.parametrize(
        ("key", "lines"),
        [
            ("environments.staging.refs", ["refs/heads/next"]),
            ("environments.staging.agents", ["approve"]),
            ("environments.production.accepts_from", ["staging"]),
            ("actors.agent_pushers", ["svc-claude"]),
            ("actors.unproven", ["unknown"]),
            (
                "accounts",
                ["jdoe as jane@example.com, jane@old.example.com", "svc[bot] as bot@example.com"],
            ),
            ("approvals.max_age", ["0.5h"]),
            ("approvals.require_presence", ["true"]),
            ("approvals.carriers", ["commit", "signature"]),
            ("paths.auth", ["also services/login/**", "not services/login/docs/**"]),
            ("rules.tests-deleted", ["off"]),
            (
                "rules.gutting-adds-up",
                [
                    "approve, warn if made by human in production, staging, added up over 36h",
                    "when source_gutted_files >= 5",
                ],
            ),
            (
                "rules.mass-deletion",
                [
                    "approve, 2 people, from platform in production, staging",
                    "when deleted_lines >= 300",
                ],
            ),
            ("rules.tag-moved", ["approve in production, staging", "when tag_moved true"]),
            (
                "environments.staging.rules.mass-deletion",
                [
                    "warn, 2 people, from platform in staging",
                    "when deleted_lines >= 300",
                ],
            ),
            (
                "freeze[0]",
                ["deny from 2026-12-20 00:00 until 2027-01-04 00:00 UTC for refs/heads/main (off)"],
            ),
        ],
    )
    def test_what_a_policy_sets(
        self, cli: Cli, clone: kit.Work, key: str, lines: list[str]
    ) -> None:
        in_force(clone)
        assert block(cli(clone, "policy", "show").stdout, key) == lines

    def test_people(self, cli: Cli, clone: kit.Work) -> None:
        in_force(clone)
        shown = cli(clone, "policy", "show").stdout
        key, also, teams = block(shown, "approvers.jane@example.com")
        assert key.startswith("ssh-ed25519 SHA256:")
        assert key.endswith(" from 2026-01-01 00:00 until 2027-01-01 00:00")
        assert (also, teams) == ("also jane@old.example.com", "of platform")
        assert len(block(shown, "approvers.sue@example.com")) == 1
        [agent] = block(shown, "actors.agent_keys")
        assert agent.startswith("SHA256:")

    def test_explain(self, cli: Cli, clone: kit.Work) -> None:
        in_force(clone)
        shown = cli(clone, "policy", "show", "--explain").stdout
        for key, source in (
            ("rules.mass-deletion", ".agentguard.toml"),
            ("environments.staging.rules.mass-deletion", ".agentguard.toml"),
            ("rules.tag-moved", "built-in rules"),
            ("environments.staging.refs", ".agentguard.toml"),
            ("environments.production.refs", "built-in rules"),
            ("environments.production.accepts_from", ".agentguard.toml"),
            ("accounts", ".agentguard.toml"),
            ("approvers.jane@example.com", ".agentguard.toml"),
            ("approvals.max_age", ".agentguard.toml"),
            ("approvals.self_approval", "built-in rules"),
            ("freeze[0]", ".agentguard.toml"),
            ("paths.auth", ".agentguard.toml"),
        ):
            assert f"\n  {key}   # {source}\n" in shown

    def test_several_policies(self, cli: Cli, clone: kit.Work) -> None:
        in_force(clone)
        beside = clone.path / ".git" / "agentguard" / "policy.toml"
        beside.parent.mkdir()
        beside.write_text('version = 1\nrepository = "acme/server"\n')
        shown = cli(clone, "policy", "show").stdout
        assert shown.startswith("repository  acme/server\n")
        assert "A push has to pass each of these policies:\n" in shown
        assert "\npolicy agentguard/policy.toml\n" in shown
        assert "\npolicy .agentguard.toml\n" in shown

    def test_of_another_branch(self, cli: Cli, clone: kit.Work) -> None:
        clone.commit("Policy", {".agentguard.toml": POLICY})
        assert "policy built-in rules" in cli(clone, "policy", "show").stdout
        assert "policy .agentguard.toml" in cli(clone, "policy", "show", "--onto", "topic").stdout

    def test_hostile_names(self, cli: Cli, clone: kit.Work) -> None:
        in_force(
            clone, 'version = 1\n[environments.staging]\nrefs = ["refs/heads/\\u202e\\u001b"]\n'
        )
        result = cli(clone, "policy", "show", "--explain")
        assert "\x1b" not in result.text
        assert "\u202e" not in result.text

    def test_outside(self, cli: Cli, tmp_path: Path) -> None:
        assert cli(tmp_path, "policy", "show").status == 2


class TestValidate:
    def test_of_this_work_tree(self, cli: Cli, clone: kit.Work) -> None:
        clone.write(".agentguard.toml", POLICY)
        result = cli(clone.path / "src", "policy", "validate")
        assert (result.status, result.stderr) == (0, "")
        assert result.stdout == f"agentguard: {clone.path / '.agentguard.toml'} is valid\n"

    def test_there_is_none(self, cli: Cli, clone: kit.Work) -> None:
        result = cli(clone, "policy", "validate")
        assert result.status == 2
        assert ".agentguard.toml cannot be read: No such file or directory" in said(result)

    def test_all_are_looked_at(self, cli: Cli, tmp_path: Path) -> None:
        for name, content in (("a", "version = 2"), ("b", "version = 1"), ("c", "x")):
            (tmp_path / name).write_text(content)
        result = cli(tmp_path, "policy", "validate", "a", "b", "c")
        assert result.status == 2
        assert result.stdout == "agentguard: b is valid\n"
        assert "a: version: " in said(result)
        assert "c: not TOML: " in said(result)

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("[environments.prod]\nrefs = ['refs/heads/x']", "environments.prod: "),
            ("[environments.prod]\nrefs = ['refs/heads/x']", "allowed: production, staging"),
            ("[environments.staging]\nrefs = ['main']", "environments.staging.refs: 'main' is not"),
            ("[environments.staging]\nrefs = ['main']", "such as 'refs/heads/release/*'"),
            ("[environments.staging]", "environments.staging.refs: is missing"),
            ("[actors]\nunproven = 'human'", "actors.unproven: 'human' is not allowed"),
            ("[actors]\nunproven = 'human'", "allowed: unknown, agent"),
            ("[actors]\nagent_key = []", "actors.agent_key: unknown key; did you mean agent_keys?"),
            ("[actors]\nagent_keys = ['x']", "actors.agent_keys"),
            ("[approvers.jane]", "approvers.jane.keys: expected a list"),
            ("[approvers.jane]\nkeys = ['ssh-dss AAAA']", "expected one line that begins with"),
            ("[approvers.jane]\nkeys = ['ssh-dss AAAA']", "approvers.jane.keys"),
            ("[approvers.jane]\nkeys = [1]", "expected a public key as one line"),
            ("[approvals]\ntrust = 'nobody'", "approvals.trust: 'nobody' is not allowed"),
            ("[approvals]\ntrust = 'nobody'", "allowed: signature, trailer"),
            ("[approvals]\nbreak_glass_max_age = '8h'", "allowed: up to '4h'"),
            ("[approvals]\nopenpgp_file = 'nowhere'", "approvals.openpgp_file: "),
            ("[approvals]\ncarriers = ['note']", "allowed: commit, signature, merge"),
            ("[approvals]\nself_approval = true", "allowed: never, presence, allow"),
            ("[approvals]\nmax_age = '1 year'", "approvals.max_age: '1 year' is not a length"),
            ("[approvals]\nrequire_presence = 1", "approvals.require_presence: expected true or false"),
            ("[approvals]\nrevoked = ['x']", "approvals.revoked"),
            ("[rules.mass-deletions]\neffect = 'warn'", "did you mean mass-deletion?"),
            ("[rules.mass-deletion]\neffect = 'block'", "rules.mass-deletion.effect: 'block'"),
            ("[rules.mass-deletion]\neffect = 'block'", "allowed: warn, approve, deny"),
            ("[rules.mass-deletion]\napprovals = 0", "rules.mass-deletion.approvals: expected"),
            ("[rules.mass-deletion.when]\ndeleted_line = '>= 1'", "did you mean deleted_lines?"),
            ("[rules.mass-deletion.when]\ndeleted_lines = 1", "mass-deletion.when.deleted_lines: "),
            ("[rules.mass-deletion.when]\ndeleted_lines = '> x'", "mass-deletion.when.deleted_lines"),
            ("[rules.mass-deletion.scope]\nactors = ['bot']", "allowed: human, agent, automation"),
            ("[rules.mass-deletion.scope]\npaths = ['@nope']", "@nope"),
            ("[rules.mass-deletion.scope]\nwindow = '1h'", "rules.mass-deletion.scope.window"),
            ("[[freeze]]\nrefs = ['refs/heads/main']", "freeze[0].until: a freeze needs `from`"),
            ("[limits]\ndeadline = 4", "limits.deadline: expected a string"),
            ("[server]\nplatform = 'sourceforge'", "server.platform: 'sourceforge' is not allowed"),
            ("[ledgers]\nurl = 'x'", "ledgers: unknown key"),
            ("repository = 1", "repository: expected a string, found 1"),
            ("repository = 'x'\nrepository = 'y'", "not TOML"),
        ],
    )  # fmt: skip
    def test_errors_name_file_key_and_what_is_allowed(
        self, cli: Cli, tmp_path: Path, text: str, complaint: str
    ) -> None:
        (tmp_path / "policy.toml").write_text(f"version = 1\n{text}\n")
        result = cli(tmp_path, "policy", "validate", "policy.toml")
        assert (result.status, result.stdout) == (2, "")
        assert said(result).startswith("policy.toml: ")
        assert complaint in said(result)

    @pytest.mark.parametrize("content", [b"version = 1\n# \xff", b"\xef\xbb\xbfversion = 1", b"["])
    def test_what_is_no_toml(self, cli: Cli, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "policy.toml").write_bytes(content)
        result = cli(tmp_path, "policy", "validate", "policy.toml")
        assert result.status == 2
        assert said(result).startswith("policy.toml: not ")
