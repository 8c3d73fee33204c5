"""Who pushes, as the platform says."""

from __future__ import annotations

import os
import pwd

import pytest

from agentguard.pusher import PLATFORMS, pusher


@pytest.mark.parametrize("platform", [name for name, variable in PLATFORMS.items() if variable])
def test_a_platform_says_in_its_own_variable(platform: str) -> None:
    said = {PLATFORMS[platform]: "SVC-Claude", "LOGNAME": "other", "USER": "other"}
    assert pusher(platform, said) == "svc-claude"
    assert pusher(platform, {}) == ""


def test_the_account_is_the_operating_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pusher("account", {"USER": "forged"}) == pwd.getpwuid(os.getuid()).pw_name.lower()
    monkeypatch.setattr(os, "getuid", lambda: 987_654_321)
    assert pusher("account", {"USER": "forged"}) == ""
