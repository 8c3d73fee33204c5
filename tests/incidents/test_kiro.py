"""`kiro-rebuild`: an environment is deleted and built anew, with one person's agreement or none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import kit

CLAUDE = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n"

SETTINGS = (
    "branches:\n  - name: main\n    protection:\n      enforce_admins: true\n"
    "      required_pull_request_reviews:\n        required_approving_review_count: 2\n"
    "        require_code_owner_reviews: true\n"
)
ENVIRONMENT = (
    'resource "github_repository_environment" "production" {\n  environment = "production"\n'
    "  prevent_self_review = true\n  reviewers {\n    teams = [7]\n  }\n}\n"
)
STACK = {
    f"stack/part{number}.tf": f'resource "aws_instance" "part{number}" {{\n  n = {number}\n}}\n'
    for number in range(12)
}
DATA = 'resource "aws_dynamodb_table" "costs" {\n  name = "costs"\n}\n'
ROLE = 'resource "aws_iam_role_policy_attachment" "agent" {\n  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"\n}\n'  # noqa: E501
DEPLOY = "on: push\njobs:\n  release:\n    environment: production\n    steps:\n      - run: make\n"
FILES: Mapping[str, str] = {
    **STACK,
    "stack/data.tf": DATA,
    "stack/role.tf": ROLE,
    "stack/github.tf": ENVIRONMENT,
    ".github/settings.yml": SETTINGS,
    ".github/workflows/release.yml": DEPLOY,
    **{f"src/page{number}.py": f"page = {number}\n" for number in range(300)},
}

STEPS: Mapping[str, tuple[Mapping[str, str | None], set[str]]] = {
    "the environment is deleted to be built anew": (
        {
            **dict.fromkeys([*STACK, "stack/data.tf"]),
            **{f"rebuilt/new{number}.tf": f"# part {number}\n" for number in range(4)},
        },
        {"many-files-deleted", "stack-resources-removed"},
    ),
    "a script does it": (
        {"scripts/rebuild.sh": "#!/bin/sh\nterraform destroy -auto-approve && make stack\n"},
        {"destroy-in-pipeline"},
    ),
    "two approvals become one": (
        {".github/settings.yml": SETTINGS.replace("count: 2", "count: 1")},
        {"approvals-lowered"},
    ),
    "the rule goes altogether": (
        {".github/settings.yml": "branches: []\n"},
        {"approvals-lowered"},
    ),
    "production no longer asks anybody": (
        {"stack/github.tf": ENVIRONMENT.partition("  reviewers")[0] + "}\n"},
        {"approvals-lowered"},
    ),
    "the release no longer waits for the environment": (
        {".github/workflows/release.yml": DEPLOY.replace("    environment: production\n", "")},
        {"ci-paths"},
    ),
    "the agent's role may do everything": (
        {"stack/role.tf": ROLE.replace("ReadOnlyAccess", "AdministratorAccess")},
        {"iam-widened"},
    ),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> kit.Server:
    return kit.make_template(tmp_path_factory.mktemp("costs"), FILES)


@pytest.fixture
def costs(built: kit.Server, tmp_path: Path) -> kit.Server:
    """A server that holds a service, its stack and the rules for merging."""
    return kit.copy_server(built, tmp_path / "costs")


@pytest.mark.parametrize(("files", "rules"), STEPS.values(), ids=STEPS)
def test_each_step_is_refused(
    files: Mapping[str, str | None], rules: set[str], costs: kit.Server
) -> None:
    """Pushed by a person, made by an agent that holds that person's rights."""
    costs.work.commit(f"Fix configuration{CLAUDE}", files)
    assert rules | {"unsigned-agent-commit"} <= costs.refused().rules


def test_the_configuration_is_fixed(costs: kit.Server) -> None:
    """The benign twin: the one setting that was wrong, and a third person who has to agree."""
    costs.work.commit(
        "Fix configuration",
        {
            "stack/part3.tf": STACK["stack/part3.tf"].replace("n = 3", "n = 33"),
            "stack/data.tf": DATA.replace('"costs"\n}', '"costs"\n  hash_key = "id"\n}'),
            "stack/github.tf": ENVIRONMENT.replace("[7]", "[7, 8]"),
        },
    )
    assert not costs.accepted().warnings
