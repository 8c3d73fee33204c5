"""What a repository is called when no policy says: the same on a server and in its clones."""

from __future__ import annotations

from pathlib import Path


def name_of(directory: Path) -> str:
    """The name by place: of `/srv/git/acme/portal.git` it is `acme/portal`."""
    place = directory.parent if directory.name == ".git" else directory
    return "/".join(place.parts[-2:]).lstrip("/").removesuffix(".git")


def repository_of(url: str, base: Path) -> str:
    """The name by address, in any form git takes. A relative path starts at `base`."""
    address = url.rstrip("/")
    scheme, separator, rest = address.partition("://")
    if separator and scheme != "file":
        return (rest.partition("/")[2] or rest).removesuffix(".git")
    host, colon, path = address.partition(":")
    if not separator and colon and "/" not in host:
        return path.strip("/").removesuffix(".git")
    return name_of(Path(base, rest if separator else address).resolve())
