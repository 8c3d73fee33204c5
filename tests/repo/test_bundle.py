"""A repository in a bundle and out of it; `tests/incident/` does it with a server's."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.repo.bundle import existing, heads, refs_of, restore, write_bundle
from tests import kit


def test_a_repository_without_refs_comes_back_empty(tmp_path: Path) -> None:
    bare = kit.init(tmp_path / "empty.git", "--bare").path
    refs = refs_of(bare)

    write_bundle(bare, refs, [], tmp_path / "bundle")

    assert heads(tmp_path / "bundle") == {}
    assert restore(tmp_path / "bundle", refs, "sha1", tmp_path / "out") == refs
    assert refs.head == "refs/heads/main"


def test_nothing_of_the_repository_is_touched(repo: kit.Work, tmp_path: Path) -> None:
    repo.commit("a")
    lost = repo.commit("b")
    repo.git("tag", "-a", "-m", "v", "v1", "HEAD~1")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    git_dir = repo.path / ".git"
    before = sorted((p, p.stat().st_mtime_ns) for p in git_dir.rglob("*"))

    refs = refs_of(git_dir)
    write_bundle(git_dir, refs, [lost], tmp_path / "bundle")

    assert sorted((p, p.stat().st_mtime_ns) for p in git_dir.rglob("*")) == before
    assert heads(tmp_path / "bundle").keys() - refs.ids.keys() == {
        f"refs/agentguard/incident/{lost}"
    }


def test_names_of_any_bytes_survive(repo: kit.Work, tmp_path: Path) -> None:
    tip = repo.commit("a")
    repo.git("update-ref", "refs/heads/caf\udce9", tip)

    refs = refs_of(repo.path / ".git")
    write_bundle(repo.path / ".git", refs, [], tmp_path / "bundle")

    assert restore(tmp_path / "bundle", refs, "sha1", tmp_path / "out").ids == refs.ids
    assert "refs/heads/caf\udce9" in refs.ids


def test_only_commits_and_tags_that_are_there_are_found(repo: kit.Work) -> None:
    tip = repo.commit("a", {"a": "a"})
    blob = repo.out("rev-parse", "HEAD:a")

    assert existing(repo.path / ".git", [tip, blob, "0" * 40, "HEAD", "--all"]) == [tip]


def test_a_place_that_cannot_be_used_is_an_error(repo: kit.Work, tmp_path: Path) -> None:
    repo.commit("a")
    refs = refs_of(repo.path / ".git")
    write_bundle(repo.path / ".git", refs, [], tmp_path / "bundle")
    for place in (repo.path, tmp_path / "bundle", tmp_path / "bundle" / "in"):
        with pytest.raises(ConfigurationError, match=r"is not an empty folder|cannot be made"):
            restore(tmp_path / "bundle", refs, "sha1", place)


def test_a_bundle_that_is_none_is_an_error(repo: kit.Work, tmp_path: Path) -> None:
    repo.commit("a")
    (tmp_path / "bundle").write_text("nonsense")

    with pytest.raises(EvaluationError, match="bundle"):
        restore(tmp_path / "bundle", refs_of(repo.path / ".git"), "sha1", tmp_path / "out")
