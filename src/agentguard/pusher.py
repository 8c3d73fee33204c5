"""Who is pushing, as the platform says: read where the server's own policy says to look."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping

# The variable in which each platform tells a hook the account. `account` is the operating
# system's: right where everybody has their own.
PLATFORMS: Mapping[str, str] = {
    "account": "",
    "gitolite": "GL_USER",
    "gitlab": "GL_USERNAME",
    "gitea": "GITEA_PUSHER_NAME",
    "github": "GITHUB_USER_LOGIN",
    "bitbucket": "BB_USER_NAME",
    "soft-serve": "SOFT_SERVE_USERNAME",
    "http": "REMOTE_USER",
}


def pusher(platform: str, environment: Mapping[str, str]) -> str:
    """The pushing account, lower-case, "" when the platform did not say."""
    variable = PLATFORMS[platform]
    if variable:
        return environment.get(variable, "").lower()
    try:
        return pwd.getpwuid(os.getuid()).pw_name.lower()
    except KeyError:
        return ""
