"""Path classes: what is in them, however it is spelt, and what a policy adds and takes away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentguard.change import Followed
from agentguard.errors import ConfigurationError
from agentguard.names import fold
from agentguard.paths import PathClasses, load_classes
from agentguard.patterns import check_pattern
from tests.changes import BASE
from tests.measured_paths import MEASURED
from tests.test_patterns import oracle

if TYPE_CHECKING:
    from agentguard.paths import PathClass

CLASSES = BASE.classes

# For every class: paths that are in it, and near misses.
KNOWN: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "auth": (
        ["src/auth/login.py", "firestore.rules", "config/initializers/devise.rb"],
        ["src/authors/list.py", "tests/auth/test_login.py", "docs/auth.md"],
    ),
    "credentials": (
        [".env", "app/.env.production", "deploy/server.pem", "config/master.key", ".npmrc"],
        [".env.example", ".env.test", "tests/server.pem", "src/credentials/form.tsx"],
    ),
    "routing": (
        ["firebase.json", "infra/nginx/site.conf", "vercel.json", "k8s/ingress.yaml", "docs/CNAME"],
        ["tests/firebase.json", "src/redirects.py"],
    ),
    "app-routes": (
        ["config/routes.rb", "shop/urls.py", "src/router.ts", "routes/web.php"],
        ["src/routes/item.tsx", "tests/urls.py"],
    ),
    "ci": (
        [".github/workflows/ci.yml", ".gitlab-ci.yml", "Jenkinsfile", ".circleci/config.yml"],
        ["sub/.github/workflows/ci.yml", ".github/workflows/README.md", "docs/Jenkinsfile"],
    ),
    "deploy": (
        [
            "Dockerfile",
            "api/Dockerfile.prod",
            "docker-compose.prod.yml",
            "deploy/run.sh",
            "Procfile",
        ],
        ["tests/Dockerfile", "src/deploy_button.tsx"],
    ),
    "infra": (["main.tf", "infra/net.tf", "k8s/app.yaml", "charts/values.yaml"], ["src/main.py"]),
    "migrations": (
        ["app/migrations/0001_initial.py", "db/migrate/20200101_x.rb", "V1__init.sql"],
        ["app/migrations/__init__.py", "tests/migrations/0001.py"],
    ),
    "schema": (["db/schema.rb", "prisma/schema.prisma"], ["tests/schema.sql", "src/schema.py"]),
    "agent-rules": (
        ["CLAUDE.md", "api/AGENTS.md", ".cursor/rules/a.mdc", ".mcp.json", ".vscode/mcp.json"],
        ["docs/agents.md", "src/i18n/de/mcp.json", "llms.txt"],
    ),
    "records": (
        [
            "docs/postmortems/2026.md",
            "incidents/1.md",
            "consultation-log.md",
            "docs/approvals/2026-03-hosting.txt",
            "docs/incidents/2026-03-01-outage.md",
            "ops/runbooks/access.md",
            "deployment-log.csv",
        ],
        [
            "src/incidents/view.py",
            "src/approval.ts",
            "docs/approvals.md",
            "docs/incidents.md",
            "docs/approvals/overview.md",
            "docs/incidents/creating.md",
            "incidents/models.py",
            "docs/access-control.md",
            "docs/postmortem-template.md",
        ],
    ),
    "gate": (
        [
            ".agentguard.toml",
            ".gitattributes",
            "sub/.gitattributes",
            ".github/CODEOWNERS",
            ".husky/pre-push",
        ],
        ["src/agentguard.py", "docs/husky.md"],
    ),
    "gate-hooks-config": ([".pre-commit-config.yaml"], ["sub/.pre-commit-config.yaml"]),
    "containers": (
        ("Dockerfile", "api/Dockerfile.prod", "docker-compose.yml", "compose.prod.yaml"),
        ("src/docker.py", ".devcontainer/Dockerfile", "tests/Dockerfile"),
    ),
    "stacks": (("lib/data-stack.ts", "infra/index.ts"), ("src/stack.ts", "lib/data-stack.test.ts")),
    "state": (
        ("terraform.tfstate", "a/.terraform/x", "prod.tfplan", "terraform.tfstate.1712.backup"),
        (".terraform.lock.hcl", ".terraform-version", "tests/a.tfstate", "src/tfstate.go"),
    ),
    "iam": (
        ("iam.tf", "infra/ci-iam.tf", "iam/ci.json", "trust-policy.json", "k8s/web-rbac.yaml"),
        ("diamond.tf", "privacy-policy.json", "src/iam.ts"),
    ),
    "gateway": (("kong.yml", "gateway/krakend.json"), ("src/gateway.ts", "docs/kong.yml")),
    "dns": (("example.org.zone", "Corefile", "dns/zones/a"), ("src/zones/a.ts", "src/dns/a.go")),
    "feature-flags": (
        ("feature-flags.json", "config/flags.production.yaml"),
        ("feature-flags.dev.json", "src/feature-flags.ts", "src/flags.json"),
    ),
    "sql": (
        ("sql/fix.sql", "db/migrations/0001.sql"),
        (
            *("000003_carts.down.sql", "undo/a.sql", "db/a_undo.sql", "db/rollbacks/a.sql"),
            *("tests/a.sql", "db/dump.sql", "db/structure.sql"),
        ),
    ),
    "jobs": (
        ("scripts/nightly.sh", "Makefile", "jobs/tidy.ts", "lib/tasks/x.rake"),
        ("src/jobs.ts", "tests/run.sh", "docs/run.sh"),
    ),
    "backup": (
        ("k8s/postgres-backup.yaml", "backup.sh", "infra/backups.tf"),
        ("src/backup-codes.tsx", "page.html.backup", "scripts/restore.sh"),
    ),
    "database": (
        ("config/database.yml", "values-production.yaml", ".env.production"),
        ("values-dev.yaml", ".env.example", "src/database.ts"),
    ),
    "agent-settings": (
        [".claude/settings.json", ".codex/config.toml"],
        ["src/settings.json", "tests/.claude.json"],
    ),
    "agent-workflows": ([".github/workflows/ci.yml"], ["docs/workflows/ci.md"]),
    "agent-reviewers": ([".coderabbit.yaml"], ["src/coderabbit.yaml.ts"]),
    # What agents' files lead to is known of a push only.
    "agent-links": ([], ["docs/agents.md", "CLAUDE.md"]),
    "agent-imports": ([], ["README.md", "docs/style.md"]),
}
NOISE = [
    "package-lock.json",
    "web/node_modules/x/index.js",
    "dist/app.js",
    "a/b.min.js",
    "locales/de.json",
    "x.snap",
]
PIECES = [
    ".github",
    "workflows",
    "src",
    "auth",
    "login",
    "docs",
    "tests",
    "vendor",
    "deploy",
    "db",
    "migrate",
    "migrations",
    "ci.yml",
    "login.py",
    "values.yaml",
    "main.tf",
    "server.pem",
    ".env",
    ".env.prod",
    "Dockerfile",
    "urls.py",
    "x.md",
    "nginx",
    "site.conf",
    "incidents",
    "AGENTS.md",
    ".cursor",
    "locales",
    "de.json",
    "test_a.py",
    "jwt_utils.go",
    "password-reset.ts",
    "k8s",
    "ingress.yaml",
    "a_2fa_b.py",
    "V1__a.sql",
    "roles",
    "tasks",
    "main.yml",
    "index.js",
]


def in_class(found: PathClass, path: str) -> bool:
    """The answer as pathspec gives it, set by set."""
    sets = {**CLASSES.helpers, **CLASSES.noise_sets}
    exclude = [
        p for entry in found.exclude for p in (sets[entry[1:]] if entry[0] == "@" else [entry])
    ]

    def holds(wanted: Sequence[str]) -> bool:
        return bool(wanted) and oracle([pattern.lower() for pattern in wanted], path)

    return holds(found.always) or (holds(found.include) and not holds(exclude))


def test_every_class_has_paths_to_try() -> None:
    assert set(KNOWN) == set(CLASSES.classes)


@pytest.mark.parametrize(
    ("name", "path"),
    [(n, p) for t in (KNOWN, MEASURED) for n, (paths, _) in t.items() for p in paths],
)
def test_a_path_is_in_its_class(name: str, path: str) -> None:
    assert CLASSES.contains(name, path)
    assert CLASSES.contains(name, path.upper())
    assert in_class(CLASSES.classes[name], fold(path))


@pytest.mark.parametrize(
    ("name", "path"),
    [(n, p) for t in (KNOWN, MEASURED) for n, (_, paths) in t.items() for p in paths],
)
def test_a_near_miss_is_not(name: str, path: str) -> None:
    assert not CLASSES.contains(name, path)
    assert not in_class(CLASSES.classes[name], fold(path))


@pytest.mark.parametrize("path", NOISE)
def test_noise(path: str) -> None:
    assert CLASSES.noise(path)
    assert CLASSES.noise(path.upper())
    assert not CLASSES.noise("src/app.py")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("/".join))
def test_every_class_answers_as_pathspec_does(path: str) -> None:
    folded = fold(path)
    ours = {name for name in CLASSES.classes if CLASSES.contains(name, path)}
    assert ours == {name for name, found in CLASSES.classes.items() if in_class(found, folded)}
    patterns = [p.lower() for patterns in CLASSES.noise_sets.values() for p in patterns]
    assert CLASSES.noise(path) == oracle(patterns, folded)


def test_every_bundled_pattern_is_one() -> None:
    found = CLASSES.classes.values()
    sets = [*CLASSES.helpers.values(), *CLASSES.noise_sets.values()]
    listed = [patterns for each in found for patterns in (each.include, each.always, each.exclude)]
    for pattern in (pattern for patterns in (*sets, *listed) for pattern in patterns):
        assert not pattern.startswith("!")
        if not pattern.startswith("@"):
            check_pattern(pattern)


@pytest.mark.parametrize(
    "path",
    [
        "src/\u0430uth/login.py",
        "src/au\u200bth/login.py",
        "SRC/AUTH/LOGIN.PY",
        "src/auth./login.py",
        "src\\auth\\login.py",
        "src/auth::$INDEX_ALLOCATION/login.py",
        "sr\nc/auth/login.py",
        "src/auth",
        "\udcff/auth/login.py",
    ],
)
def test_twins_of_a_path_are_in_its_class(path: str) -> None:
    assert CLASSES.contains("auth", path)


def test_the_class_of_a_path_as_it_is_spelt() -> None:
    assert CLASSES.class_of("src/auth/login.py") == "auth"
    assert CLASSES.class_of("SRC/AUTH/LOGIN.PY") is None
    assert CLASSES.class_of("src/app.py") is None


FOLLOWED = Followed({"docs/agents.md": "CLAUDE.md"}, {"readme.md": "CLAUDE.md"})


@pytest.mark.parametrize(
    ("wanted", "path", "inside"),
    [
        (["@agent-links"], "docs/agents.md", True),
        (["@agent-links"], "Docs/AGENTS.md", True),
        (["@agent-links"], "README.md", False),
        (["@agent-imports"], "README.md", True),
        (["@agent-imports", "!@agent-links"], "docs/agents.md", False),
        (["?*", "!@agent-imports"], "README.md", False),
        (["@agent-rules"], "docs/agents.md", False),
        (["@agent-links", "@auth"], "src/auth/a.py", True),
    ],
)
def test_what_agents_files_lead_to(wanted: list[str], path: str, *, inside: bool) -> None:
    before = CLASSES.selector(wanted)(path)
    assert CLASSES.knowing(FOLLOWED).selector(wanted)(path) == inside
    assert CLASSES.selector(wanted)(path) == before


def test_a_policy_adds_to_what_they_lead_to_and_takes_away() -> None:
    classes = CLASSES.extended("agent-links", ["/prompts/"], ["/docs/"]).knowing(FOLLOWED)
    assert classes.contains("agent-links", "prompts/a.md")
    assert not classes.contains("agent-links", "docs/agents.md")


def test_what_was_compiled_before_is_kept() -> None:
    classes = replace(CLASSES, _compiled={})
    kept, anew = classes.selector(["@auth"]), classes.selector(["@auth", "@agent-links"])
    knowing = classes.knowing(FOLLOWED)
    assert knowing.selector(["@auth"]) is kept
    assert knowing.selector(["@auth", "@agent-links"]) is not anew
    assert classes.knowing(Followed(unknown=(("CLAUDE.md", "is too large"),))) is classes


def test_a_member_for_one_push_says_nothing_about_the_place() -> None:
    assert CLASSES.knowing(FOLLOWED).class_of("docs/agents.md") is None


@pytest.mark.parametrize(
    ("wanted", "path", "inside"),
    [
        pytest.param(["@auth"], "src/auth/a.py", True, id="class"),
        pytest.param(["@auth", "src/x/"], "src/x/a.py", True, id="class or pattern"),
        pytest.param(["@auth", "!src/auth/old/"], "src/auth/old/a.py", False, id="out of a class"),
        pytest.param(["@auth", "!src/auth/old/"], "src/auth/a.py", True, id="the rest stays"),
        pytest.param(["?*", "!@auth"], "src/auth/a.py", False, id="a class taken away"),
        pytest.param(["?*", "!*.svg"], "a/b.svg", False, id="taken away"),
        pytest.param(["?*", "!*.svg"], "a/b.py", True, id="not taken away"),
        pytest.param(["?*", "!*.svg", "logo.svg"], "a/logo.svg", True, id="the last one decides"),
        pytest.param(["tests/", "!*.md"], "tests/a.md", False, id="below a directory too"),
        pytest.param(["src/"], "SRC/a", True, id="folded"),
    ],
)
def test_a_rule_selects_paths(wanted: list[str], path: str, *, inside: bool) -> None:
    assert CLASSES.selector(wanted)(path) is inside
    assert CLASSES.selector(wanted)(path) is inside  # and again, from what was compiled


def test_a_policy_makes_a_class_wider_and_narrower() -> None:
    wider = CLASSES.extended("auth", ["services/Login/**"], ["src/auth/legacy/**"])
    assert wider.contains("auth", "services/login/main.go")
    assert wider.contains("auth", "src/auth/a.py")
    assert not wider.contains("auth", "src/auth/legacy/a.py")
    assert not CLASSES.contains("auth", "services/login/main.go")


def test_what_a_policy_includes_is_not_narrowed_by_the_built_in_excludes() -> None:
    assert CLASSES.extended("auth", ["docs/login/"], []).contains("auth", "docs/login/flow.md")


def test_what_only_an_exclusion_keeps_out_is_known() -> None:
    narrower = CLASSES.extended("auth", [], ["src/auth/legacy/**"])
    for path in ("src/test/Auth/check.py", "docs/auth.md", "src/auth/legacy/a.py"):
        assert narrower.left_out("auth", path)
    for path in ("src/auth/a.py", "src/test/check.py", "src/authors.py"):
        assert not narrower.left_out("auth", path)


def test_a_new_class() -> None:
    assert CLASSES.extended("payments", ["pay/"], []).contains("payments", "pay/a.py")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[class.a]\ninclude = ['x']", "class.a.why: is missing"),
        ("[class.a]\nwhy = 'w'\ninclude = 1", "class.a.include: expected a string or a list"),
        ("[class.a]\nwhy = 'w'\nexclude = ['@b']", "class.a.exclude: there is no set named @b"),
        (
            "[class.a]\nwhy = 'w'\nincludes = ['b']",
            "class.a.includes: unknown key; did you mean include?",
        ),
        ("[noise.a]\npaths = ['b']", "noise.a.paths: unknown key"),
        ("[klass.a]", "klass: unknown key; did you mean class?"),
    ],
)
def test_a_broken_file_of_classes_is_named(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(f"paths.toml: {fault}")):
        load_classes(text.encode(), "paths.toml")


def test_sets_are_shared() -> None:
    text = (
        b"[noise.n]\ninclude = ['n/']\n[helper.h]\ninclude = ['h/']\n"
        b"[class.c]\nwhy = 'w'\ninclude = ['*.x']\nexclude = ['@n', '@h', 'o/']"
    )
    classes: PathClasses = load_classes(text, "paths.toml")
    inside = [path for path in ("a.x", "n/a.x", "h/a.x", "o/a.x") if classes.contains("c", path)]
    assert inside == ["a.x"]
