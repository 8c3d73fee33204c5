"""The cache of parsed files: right whatever lies there, and never stale."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentguard import compiled
from agentguard.bundled import data, folder
from agentguard.errors import ConfigurationError
from agentguard.policy.load import built_in
from agentguard.policy.rules import load_rule
from agentguard.settings import parse_toml
from agentguard.setup import compiling


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    place = tmp_path / "__pycache__" / "bundled.json"
    monkeypatch.setattr(compiled, "CACHE", place)
    compiled.known.cache_clear()
    yield place
    compiled.known.cache_clear()


def test_what_is_remembered_is_what_the_files_say(cache: Path) -> None:
    compiling.compile_bundled()
    assert cache.is_file()
    files = sorted(folder("rules").rglob("*.toml"))
    assert len(files) > 60
    for path in files:
        content = path.read_bytes()
        assert compiled.parsed(content) == tomllib.loads(content.decode())


def test_a_file_that_changed_is_parsed_again(cache: Path) -> None:
    compiling.compile_bundled()
    content = data("rules", "paths.toml") + b"\n# changed\n"
    assert compiled.parsed(content) is None
    assert parse_toml(content, "paths.toml") == tomllib.loads(content.decode())


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b"\xff", b'{"x": 1}'])
def test_a_damaged_cache_is_none(cache: Path, rubbish: bytes) -> None:
    cache.parent.mkdir()
    cache.write_bytes(rubbish)
    assert compiled.parsed(data("rules", "paths.toml")) is None


def test_a_rule_with_a_limit_that_is_none_is_found_at_installation(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(folder("rules"), tmp_path / "rules")
    rule = next((tmp_path / "rules").rglob("too-many-files.toml"))
    rule.write_text(rule.read_text().replace(">= ", "at least "))
    # It was in the cache as it is: whoever wrote it there did not look.
    cache.parent.mkdir()
    document = tomllib.loads(rule.read_text())
    cache.write_text(json.dumps({compiled.content_hash(rule.read_bytes()): document}))
    monkeypatch.setattr(compiling, "folder", lambda _: tmp_path / "rules")
    with pytest.raises(
        ConfigurationError, match=r"too-many-files\.toml: when.*expected a comparison"
    ):
        compiling.compile_bundled()
    assert not cache.exists()


def test_no_push_parses_a_limit_that_it_does_not_need(cache: Path) -> None:
    compiling.compile_bundled()
    path = next(folder("rules").rglob("too-many-files.toml"))
    rule = load_rule(path.read_bytes(), path, built_in().classes)
    conditions = [each for alternative in rule.when for each in alternative.conditions]
    assert not any("limit" in vars(each) for each in conditions)
    assert all(each.limit.holds(10**9) for each in conditions)


def test_what_json_cannot_say_is_not_remembered(cache: Path) -> None:
    assert not compiling._survives({"from": tomllib.loads("a = 2026-01-01")["a"]})
    assert compiling._survives({"a": [1, 2.5, "x", {"b": True}]})


def test_a_place_that_cannot_be_written(cache: Path) -> None:
    cache.parent.write_text("a file where a folder should be")
    compiling.compile_bundled()
    assert compiled.parsed(data("rules", "paths.toml")) is None


def test_an_entry_of_another_kind_is_none(cache: Path) -> None:
    content = data("rules", "paths.toml")
    cache.parent.mkdir()
    cache.write_text(json.dumps({compiled.content_hash(content): ["no table"]}))
    assert compiled.parsed(content) is None
