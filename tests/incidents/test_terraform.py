"""`terraform-destroy`: a stale state, a plan nobody could read, and a stack with its snapshots gone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import kit

CLAUDE = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n"
UNSIGNED = "unsigned-agent-commit"

DATABASE = """
resource "aws_db_instance" "main" {
  identifier              = "courses"
  deletion_protection     = true
  backup_retention_period = 35
  lifecycle {
    prevent_destroy = true
  }
}
"""
NETWORK = 'resource "aws_vpc" "main" {\n  cidr_block = "10.0.0.0/16"\n}\n'
CLUSTER = 'resource "aws_ecs_cluster" "main" {\n  name = "courses"\n}\n'
PLAN = 'resource "aws_backup_plan" "daily" {\n  name = "daily"\n}\n'
WORKFLOW = "on: push\njobs:\n  apply:\n    steps:\n      - run: terraform apply reviewed.tfplan\n"
DESTROY = WORKFLOW.replace(
    "apply reviewed.tfplan", "destroy -auto-approve\n      - run: terraform apply -auto-approve"
)
FILES: Mapping[str, str] = {
    "infra/database.tf": DATABASE,
    "infra/network.tf": NETWORK,
    "infra/cluster.tf": CLUSTER,
    "infra/backup.tf": PLAN,
    "infra/tags.tf": "# tags\n",
    ".github/workflows/apply.yml": WORKFLOW,
    "src/site.py": "".join(f"page({number})\n" for number in range(200)),
    **{f"src/page{number}.py": f"page = {number}\n" for number in range(200)},
}
UNPROTECTED = DATABASE.replace("deletion_protection     = true", "skip_final_snapshot = true")

STEPS: Mapping[str, tuple[Mapping[str, str | None], set[str]]] = {
    "the state of a laptop is committed": (
        {"infra/terraform.tfstate": '{"version": 4, "serial": 3, "resources": []}\n'},
        {"state-files"},
    ),
    "the plan is committed, which nobody can read": (
        {"infra/approved.tfplan": "PK\x03\x04\n"},
        {"state-files"},
    ),
    "what protected the database goes": (
        {"infra/database.tf": UNPROTECTED.replace("= 35", "= 0")},
        {"guard-rails-removed", "backups-weakened"},
    ),
    "the protection that is left becomes a comment": (
        {"infra/database.tf": DATABASE.replace("    prevent", "    # prevent")},
        {"guard-rails-removed"},
    ),
    "the pipeline destroys first": (
        {".github/workflows/apply.yml": DESTROY},
        {"destroy-in-pipeline"},
    ),
    "database, network, cluster and snapshots leave the stack": (
        dict.fromkeys(path for path in FILES if path.startswith("infra/") and "tags" not in path),
        {"stack-resources-removed", "guard-rails-removed", "backups-weakened"},
    ),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> kit.Server:
    return kit.make_template(tmp_path_factory.mktemp("courses"), FILES)


@pytest.fixture
def courses(built: kit.Server, tmp_path: Path) -> kit.Server:
    """A server that holds a site and its infrastructure."""
    return kit.copy_server(built, tmp_path / "courses")


@pytest.mark.parametrize(("files", "rules"), STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("message", [f"Clean up{CLAUDE}", "Clean up"], ids=["agent", "unknown"])
def test_each_step_is_refused(
    message: str, files: Mapping[str, str | None], rules: set[str], courses: kit.Server
) -> None:
    courses.work.commit(message, files)
    refusal = courses.refused()
    assert rules <= refusal.rules
    assert (UNSIGNED in refusal.rules) == (message != "Clean up")


def test_the_review_says_what_would_be_lost(courses: kit.Server) -> None:
    courses.work.commit("Clean up", {"infra/database.tf": UNPROTECTED.replace("= 35", "= 0")})
    remote = courses.refused().remote
    assert "infra/database.tf" in remote
    [update] = courses.work.check_json("origin/main..HEAD")["updates"]
    told = str([found for found in update["findings"] if found["rule"] == "backups-weakened"])
    assert "backup_retention_period goes from 35 to 0" in told


def test_the_stack_is_put_in_order(courses: kit.Server) -> None:
    """The benign twin: files are sorted, the database grows, a name changes, a plan is shown."""
    larger = DATABASE.replace("courses", "courses-main").replace("= 35", "= 40")
    courses.work.commit(
        "Sort the stack",
        {
            "infra/database.tf": None,
            "infra/data.tf": larger + PLAN.replace("daily", "nightly"),
            "infra/backup.tf": None,
            "infra/tags.tf": "# terraform destroy is never needed for tags\n",
            ".github/workflows/apply.yml": WORKFLOW + "      - run: terraform plan\n",
            ".gitignore": "*.tfstate\n",
        },
    )
    accepted = courses.accepted()
    assert not accepted.warnings & {"infra-paths", "schema-dropped"}
