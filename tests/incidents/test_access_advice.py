"""`access-advice`: instructions about who may see what, written by an agent and followed by a person."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import kit

LABEL = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n"
UNSIGNED = "unsigned-agent-commit"
POLICY = """\
resource "aws_iam_role_policy" "support" {
  name = "support"
  policy = jsonencode({
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = "arn:aws:s3:::support/*"
    }]
  })
}
"""
BUCKET = """\
resource "aws_s3_bucket_public_access_block" "exports" {
  bucket            = "exports"
  block_public_acls = true
}
"""
FILES: Mapping[str, str] = {
    "infra/iam.tf": POLICY,
    "infra/bucket.tf": BUCKET,
    "docs/runbooks/access-control.md": "# Access\n\nAsk the security team.\n",
    **{f"src/page{number}.py": f"page = {number}\n" for number in range(60)},
}
STEPS: Mapping[str, tuple[Mapping[str, str], set[str]]] = {
    "the runbook": (
        {"docs/runbooks/access-control.md": "# Access\n\nOpen the bucket to everybody.\n"},
        {"human-records"},
    ),
    "the role": (
        {"infra/iam.tf": POLICY.replace('["s3:GetObject"]', '["*"]')},
        {"iam-widened"},
    ),
    "the bucket": (
        {"infra/bucket.tf": BUCKET.replace("= true", "= false")},
        {"publicly-exposed"},
    ),
}
TWINS: Mapping[str, Mapping[str, str]] = {
    "one right more": {
        "infra/iam.tf": POLICY.replace('["s3:GetObject"]', '["s3:GetObject", "s3:ListBucket"]')
    },
    "a comment that warns": {"infra/bucket.tf": "# never block_public_acls = false\n" + BUCKET},
    "code that asks who may": {"src/access_control.py": "def may(user):\n    return False\n"},
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> kit.Server:
    return kit.make_template(tmp_path_factory.mktemp("company"), FILES)


@pytest.fixture
def company(built: kit.Server, tmp_path: Path) -> kit.Server:
    """A server with runbooks and access rules, and a clone."""
    return kit.copy_server(built, tmp_path / "company")


@pytest.mark.parametrize("label", [LABEL, ""], ids=["by an agent", "by nobody knows whom"])
@pytest.mark.parametrize(("written", "rules"), STEPS.values(), ids=STEPS)
def test_each_step_is_refused(
    written: Mapping[str, str], rules: set[str], label: str, company: kit.Server
) -> None:
    company.work.commit(f"Let support see exports{label}", written)
    assert company.refused().rules == rules | ({UNSIGNED} if label else set())


@pytest.mark.parametrize("written", TWINS.values(), ids=TWINS)
def test_honest_twins(written: Mapping[str, str], company: kit.Server) -> None:
    company.work.commit("Let support see more", written)
    assert not company.accepted().warnings
