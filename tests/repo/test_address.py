"""What a repository is called, by its place and by its address."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.repo.address import name_of, repository_of


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("/srv/git/acme/portal.git", "acme/portal"),
        ("/home/me/acme/portal/.git", "acme/portal"),
        ("/portal.git", "portal"),
        ("/acme/portal", "acme/portal"),
    ],
)
def test_by_place(place: str, name: str) -> None:
    assert name_of(Path(place)) == name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.com/acme/portal.git", "acme/portal"),
        ("https://user@example.com:8443/acme/portal", "acme/portal"),
        ("https://example.com/group/sub/portal.git/", "group/sub/portal"),
        ("ssh://git@example.com:22/acme/portal.git", "acme/portal"),
        ("git@example.com:acme/portal.git", "acme/portal"),
        ("example.com:/acme/portal.git", "acme/portal"),
        ("https://example.com", "example.com"),
        ("/srv/git/acme/portal.git", "acme/portal"),
        ("file:///srv/git/acme/portal.git", "acme/portal"),
        ("./odd:name/portal", "odd:name/portal"),
        ("../acme/portal.git", "acme/portal"),
        ("../../portal", "home/portal"),
    ],
)
def test_by_address(url: str, name: str) -> None:
    assert repository_of(url, Path("/home/me/work")) == name
