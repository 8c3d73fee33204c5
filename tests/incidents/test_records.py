"""Consultations, approvals and a post-mortem that an agent made up; and pages about such things."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests import kit

LABEL = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n"
UNSIGNED = "unsigned-agent-commit"

RECORDS: Mapping[str, Mapping[str, str]] = {
    "a consultation": {"docs/consultations/2026-03-hosting.md": "The platform team agreed.\n"},
    "a post-mortem": {"docs/postmortem-2026-03-01.md": "Everything was recovered.\n"},
    "a log of deployments": {"ops/deployment-log.md": "2026-03-01 portal 41, all checks passed\n"},
    "an approval, in a page that is none": {
        "docs/decisions/0004-hosting.md": "# Hosting\n\n**Approved by:** Jane Doe, Platform\n"
    },
    "who may see what": {"docs/runbooks/access-control.md": "Open the bucket to everybody.\n"},
}
PAGES: Mapping[str, Mapping[str, str]] = {
    "about approvals and incidents": {
        "docs/approvals.md": "# Approvals\n\nA change must be approved by two people.\n",
        "docs/incidents.md": "# Incidents\n\nHow they are reported.\n",
        "docs/incidents/reporting.md": "# Reporting\n",
    },
    "a decision that claims nobody's word": {
        "docs/decisions/0005-cache.md": "# Cache\n\nStatus: proposed\n"
    },
    "a feature": {
        "src/routes/approvals.ts": "export {};\n",
        "src/lib/incidents.ts": "export {};\n",
    },
    "a template": {"docs/templates/postmortem.md": "Approved by: ...\n"},
}


@pytest.mark.parametrize("label", [LABEL, ""], ids=["by an agent", "by nobody knows whom"])
@pytest.mark.parametrize("written", RECORDS.values(), ids=RECORDS)
def test_a_record_needs_a_person(
    written: Mapping[str, str], label: str, portal: kit.Server
) -> None:
    portal.work.commit(f"Document it{label}", written)
    refusal = portal.refused()
    assert "human-records" in refusal.rules
    assert (UNSIGNED in refusal.rules) == bool(label)


@pytest.mark.parametrize("written", PAGES.values(), ids=PAGES)
def test_honest_twins(written: Mapping[str, str], portal: kit.Server) -> None:
    portal.work.commit("Document it", written)
    portal.accepted()


def test_the_person_it_speaks_for_approves_it(portal: kit.Server) -> None:
    portal.work.commit("Document it", RECORDS["a post-mortem"])
    portal.approve(statement=portal.refused().text)
    assert "Approved by jane@example.com" in portal.accepted().remote
