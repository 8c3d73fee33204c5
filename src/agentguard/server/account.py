"""Whose account a command runs under."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping


def account(environment: Mapping[str, str]) -> str:
    """The account of the operating system, and who became it: `root (sudo: jane)`."""
    number = os.geteuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = f"account {number}"
    before = environment.get("SUDO_USER", "").strip()
    return f"{name} (sudo: {before})" if before else name
