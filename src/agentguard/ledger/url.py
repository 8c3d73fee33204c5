"""URLs of databases, and what of them anybody but the database may see."""

from __future__ import annotations

SCHEMES = ("postgresql://", "postgres://")


def fault(url: str) -> str:
    """Why `url` cannot be used, "" if it can. The reason quotes nothing of it.

    A password with a bare `@` or `/` would be taken for a host or a database, and these are shown.
    """
    if not url.startswith(SCHEMES):
        return "expected 'sqlite' or 'postgresql://HOST/DATABASE'"
    before, at, after = url.partition("://")[2].partition("@")
    if at and ("/" in before or "@" in after):
        return "but for one @ before the host, @ is written %40, and / in a password %2F"
    return ""


def without_secrets(url: str) -> str:
    """Server and database alone: no name, no password, no options. `url` has no fault."""
    before, at, after = url.partition("://")[2].partition("@")
    return f"postgresql://{(after if at else before).partition('?')[0]}"
