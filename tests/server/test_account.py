"""Whose account it is."""

from __future__ import annotations

import os
import pwd

import pytest

from agentguard.server.account import account


def test_an_account_and_who_became_it() -> None:
    name = pwd.getpwuid(os.geteuid()).pw_name
    assert account({}) == name
    assert account({"SUDO_USER": " "}) == name
    assert account({"SUDO_USER": "jane"}) == f"{name} (sudo: jane)"


def test_an_account_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 2**31 - 7)
    assert account({}) == f"account {2**31 - 7}"
