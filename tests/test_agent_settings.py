"""Each setting by which an agent gets more freedom is found where its tool reads it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from agentguard.change import Change, Content, FileChange, Patch, RefUpdate
from agentguard.measures import MEASURES, View
from agentguard.rules import Rule
from tests.changes import BASE

PLACES = {rule.id: rule for rule in BASE.rules if rule.pack == "agents"}
UPDATE = RefUpdate("a" * 40, "b" * 40, "refs/heads/main")
CLAUDE, VSCODE, CODEX = ".claude/settings.json", ".vscode/settings.json", ".codex/config.toml"
GEMINI, AMAZON_Q, FACTORY = ".gemini/settings.json", ".amazonq/cli-agents/a.json", ".factory/a.json"
WORKFLOW = ".github/workflows/agent.yml"


def found(rule: Rule, path: str, before: str, after: str) -> bool:
    """Whether a rule finds something in one file that is modified so."""
    file = FileChange(path, "modified", 0o100644, 0o100644, "a" * 40, "b" * 40)
    old, new = before.split("\n"), after.split("\n")
    patch = Patch(
        path,
        tuple(line for line in new if line not in old),
        tuple(line for line in old if line not in new),
    )
    change = Change(
        UPDATE,
        files=(file,),
        patches={path: patch},
        contents={path: Content(path, before.encode(), after.encode())},
    )
    view = View(change, (file,), BASE.classes)
    return any(
        all(MEASURES[each.measure].holds(read(view, each), each.limit) for each in when.conditions)
        for when in rule.when
        if all(
            BASE.classes.selector(scope.paths)(path)
            for scope in (rule.scope, when.scope)
            if scope.paths
        )
    )


def read(view: View, condition: Any) -> Any:
    return MEASURES[condition.measure].read(view, condition.limit).value


def at(key: str, value: Any) -> str:
    """JSON with one value below keys parted by slashes."""
    for part in reversed(key.split("/")):
        value = {part: value}
    return json.dumps(value)


def step(**inputs: Any) -> str:
    return json.dumps({"jobs": {"a": {"steps": [{"uses": "acme/agent@v1", "with": inputs}]}}})


def command(line: str) -> str:
    return json.dumps({"jobs": {"a": {"steps": [{"run": line}]}}})


ALLOWED = [
    *("Bash", "Bash(*)", "Bash(:*)", "Bash(python:*)", "Bash(node *)", "Bash(bash:*)"),
    *("Bash(npx:*)", "Bash(curl:*)", "Bash(ssh:*)", "Bash(sudo:*)", "Bash(gh api:*)"),
    *("Write", "Edit", "WebFetch", "mcp__*"),
]
# Path, what is gained; before it there was nothing.
GAINED = [
    *((CLAUDE, at("permissions/allow", [entry])) for entry in ALLOWED),
    *(
        (CLAUDE, at("permissions/defaultMode", mode))
        for mode in ("bypassPermissions", "acceptEdits", "dontAsk")
    ),
    (CLAUDE, at("permissions/additionalDirectories", ["../other"])),
    (CLAUDE, at("enableAllProjectMcpServers", True)),
    (CLAUDE, at("enabledMcpjsonServers", ["db"])),
    (CLAUDE, at("disableAllHooks", True)),
    (CLAUDE, at("sandbox/enabled", False)),
    (CLAUDE, at("sandbox/autoAllowBashIfSandboxed", True)),
    (CLAUDE, at("sandbox/allowUnsandboxedCommands", True)),
    (CLAUDE, at("sandbox/enableWeakerNestedSandbox", True)),
    (CLAUDE, at("sandbox/excludedCommands", ["docker"])),
    ("api/.claude/settings.local.json", at("permissions/defaultMode", "bypassPermissions")),
    (".claude/agents/a.md", "---\npermissionMode: bypassPermissions\n---\nDo.\n"),
    (".claude/skills/a/SKILL.md", "---\nallowed-tools: Bash\n---\nDo.\n"),
    (".claude/commands/a.md", "---\nallowed-tools: Read, Bash, Edit\n---\nDo.\n"),
    (".claude/commands/a.md", "---\nallowed-tools:\n  - Bash\n---\nDo.\n"),
    (CODEX, 'approval_policy = "never"'),
    (CODEX, '[profiles.fast]\nsandbox_mode = "danger-full-access"'),
    (CODEX, "[sandbox_workspace_write]\nnetwork_access = true"),
    (CODEX, '[sandbox_workspace_write]\nwritable_roots = ["/"]'),
    (CODEX, 'approvals_reviewer = "auto_review"'),
    (CODEX, '[projects."/srv"]\ntrust_level = "trusted"'),
    (".codex/rules/a.rules", 'prefix_rule(pattern=["git"], decision="allow")'),
    (".cursor/cli.json", at("permissions/allow", ["Shell(*)"])),
    (".cursor/cli.json", at("permissions/allow", ["Mcp(*:*)"])),
    (".cursor/permissions.json", at("permissions/allow", ["Write(**)"])),
    (".cursor/sandbox.json", at("type", "insecure_none")),
    (".cursor/sandbox.json", at("networkPolicy/default", "allow")),
    (VSCODE, at("chat.tools.global.autoApprove", True)),
    (VSCODE, at("chat.tools.autoApprove", True)),
    (VSCODE, json.dumps({"chat.tools.terminal.autoApprove": {"/.*/": True}})),
    (VSCODE, json.dumps({"chat.tools.edits.autoApprove": {"**/*": True}})),
    (VSCODE, json.dumps({"chat.tools.urls.autoApprove": {"https://example.com": True}})),
    (VSCODE, at("chat.mcp.autoStart", "always")),
    (VSCODE, at("task.allowAutomaticTasks", "on")),
    (VSCODE, at("security.workspace.trust.enabled", False)),
    (VSCODE, at("roo-cline.allowedCommands", ["*"])),
    (VSCODE, at("kiroAgent.trustedCommands", ["*"])),
    (VSCODE, at("windsurf.cascadeCommandsAllowList", ["rm"])),
    ("portal.code-workspace", at("settings/chat.tools.global.autoApprove", True)),
    (
        ".devcontainer/devcontainer.json",
        at("customizations/vscode/settings/chat.tools.autoApprove", True),
    ),
    (GEMINI, at("general/defaultApprovalMode", "auto_edit")),
    (GEMINI, at("tools/allowed", ["run_shell_command"])),
    (GEMINI, at("mcpServers/db/trust", True)),
    (GEMINI, at("security/folderTrust/enabled", False)),
    (GEMINI, at("security/enablePermanentToolApproval", True)),
    (GEMINI, at("security/autoAddToPolicyByDefault", True)),
    (".gemini/policies/a.toml", '[[rule]]\ntoolName = "shell"\ndecision = "allow"'),
    (".qwen/settings.json", at("tools/approvalMode", "yolo")),
    (".qwen/settings.json", at("mcpServers/db/trust", True)),
    (".kiro/settings/mcp.json", at("mcpServers/db/autoApprove", ["query"])),
    (".roo/mcp.json", at("mcpServers/db/alwaysAllow", ["query"])),
    (".kilocode/mcp.json", at("mcpServers/db/alwaysAllow", ["query"])),
    (AMAZON_Q, at("allowedTools", ["execute_bash"])),
    (AMAZON_Q, at("allowedTools", ["@db"])),
    (AMAZON_Q, at("allowedTools", ["use_aws"])),
    (AMAZON_Q, at("toolsSettings/execute_bash/allowedCommands", [".*"])),
    (AMAZON_Q, at("toolsSettings/execute_bash/autoAllowReadonly", True)),
    ("opencode.json", at("permission", "allow")),
    ("opencode.json", at("permission/bash", "allow")),
    ("opencode.jsonc", at("permission/bash/*", "allow")),
    ("crush.json", at("permissions/allowed_tools", ["bash"])),
    (FACTORY, at("sessionDefaultSettings/autonomyLevel", "high")),
    (FACTORY, at("autonomyMode", "auto-high")),
    (FACTORY, at("commandAllowlist", ["ls"])),
    (FACTORY, at("hooksDisabled", True)),
    (FACTORY, at("enableDroidShield", False)),
    (".vibe/config.toml", '[tools.bash]\npermission = "always"'),
    (".vibe/agents/a.toml", "bypass_tool_permissions = true"),
    ("config.toml", "[security]\nconfirmation_mode = false"),
    (".letta/settings.json", at("permissions/defaultMode", "unrestricted")),
    (".aider.conf.yml", "yes-always: true"),
    (".aider.conf.yml", "auto-test: true"),
    (".aider.conf.yml", "git-commit-verify: false"),
    (".goose/config.yaml", "GOOSE_MODE: auto"),
    (".zed/settings.json", at("agent/always_allow_tool_actions", True)),
    (".zed/settings.json", at("agent/tool_permissions/default", "allow")),
    (".amp/settings.json", at("amp.permissions", [{"tool": "Bash", "action": "allow"}])),
    (".augment/settings.json", at("toolPermissions", [{"permission": {"type": "allow"}}])),
    (".continue/permissions.yaml", "allow:\n  - '*'"),
    (WORKFLOW, step(allowed_non_write_users="*")),
    (WORKFLOW, step(allowed_bots="*")),
    (WORKFLOW, step(**{"allow-users": "*"})),
    (WORKFLOW, step(claude_args='--allowedTools "Bash(*)"')),
    (WORKFLOW, step(claude_args="--permission-mode bypassPermissions")),
    (WORKFLOW, step(show_full_output=True)),
    (WORKFLOW, step(**{"safety-strategy": "unsafe"})),
    (WORKFLOW, step(sandbox="danger-full-access")),
    (WORKFLOW, command("claude -p x --dangerously-skip-permissions")),
    (WORKFLOW, command("codex exec --yolo x")),
    (WORKFLOW, command("codex --full-auto x")),
    (WORKFLOW, command("gemini --approval-mode=yolo -p x")),
    (WORKFLOW, command("copilot -p x --allow-all-tools")),
    (WORKFLOW, command("q chat --trust-all-tools")),
    (WORKFLOW, command("opencode run --auto x")),
    (WORKFLOW, command("droid exec --auto high")),
    (WORKFLOW, command("cn -p x --allow '*'")),
]
# Path, what is lost.
LOST = [
    (CLAUDE, at("permissions/deny", ["Bash(sudo:*)"])),
    (CLAUDE, at("permissions/ask", ["Bash(git push:*)"])),
    (CLAUDE, at("permissions/disableBypassPermissionsMode", "disable")),
    (CLAUDE, at("allowManagedHooksOnly", True)),
    (CLAUDE, at("allowManagedPermissionRulesOnly", True)),
    (CLAUDE, at("strictKnownMarketplaces", [])),
    (CLAUDE, at("sandbox/enabled", True)),
    (".cursor/cli.json", at("permissions/deny", ["Shell(rm)"])),
    (VSCODE, at("roo-cline.deniedCommands", ["rm"])),
    (GEMINI, at("security/disableYoloMode", True)),
    (GEMINI, at("security/disableAlwaysAllow", True)),
    (AMAZON_Q, at("toolsSettings/execute_bash/deniedCommands", ["rm"])),
    ("opencode.json", at("permission/bash", "ask")),
    (FACTORY, at("commandDenylist", ["rm"])),
    (FACTORY, at("commandBlocklist", ["rm"])),
]


@pytest.mark.parametrize(("path", "after"), GAINED)
def test_what_is_gained(path: str, after: str) -> None:
    before = "" if path.endswith((".toml", ".md", "ml", ".rules")) else "{}"
    assert found(PLACES["autonomy-widened"], path, before, after)
    assert not found(PLACES["autonomy-widened"], path, after, after)


@pytest.mark.parametrize(("path", "before"), LOST)
def test_what_is_lost(path: str, before: str) -> None:
    assert found(PLACES["autonomy-widened"], path, before, "{}")


@pytest.mark.parametrize(
    ("path", "after"),
    [
        (
            CLAUDE,
            at("permissions/allow", ["Bash(npm run test:*)", "Read", "WebFetch(domain:a.io)"]),
        ),
        (
            CLAUDE,
            at("permissions/allow", ["Bash(git status)", "Bash(nodejs-lint)", "mcp__db__get"]),
        ),
        (CLAUDE, at("hooks/PreToolUse", [{"matcher": "Bash"}])),
        (CLAUDE, at("permissions/defaultMode", "plan")),
        (CLAUDE, at("sandbox/enabled", True)),
        (".claude/agents/a.md", "---\ntools: Bash, Read\n---\nUse bypassPermissions never.\n"),
        (CODEX, 'approval_policy = "on-request"\nsandbox_mode = "workspace-write"'),
        (VSCODE, json.dumps({"chat.tools.edits.autoApprove": {"**/.env": False}})),
        (VSCODE, at("task.allowAutomaticTasks", "off")),
        ("opencode.json", at("permission/bash/git status", "allow")),
        ("opencode.json", at("permission/bash", "ask")),
        ("config.toml", "[security]\nheaders = false"),
        (WORKFLOW, step(args="--force")),
        (WORKFLOW, command("docker compose up --force-recreate && npm ci --yes")),
    ],
)
def test_ordinary_settings(path: str, after: str) -> None:
    assert not found(PLACES["autonomy-widened"], path, "", after)


HOSTILE = ("never ", "do not ask ", '"claude-')


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_line_of_a_megabyte_takes_no_time(unit: str) -> None:
    line = unit * (1_000_000 // len(unit))
    start = time.perf_counter()
    for path in ("CLAUDE.md", "package.json", "requirements.txt"):
        for rule in PLACES.values():
            found(rule, path, "", line)
    assert time.perf_counter() - start < 20
