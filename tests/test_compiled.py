"""The cache of parsed files: right whatever lies there, and never stale."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentguard import compiled
from agentguard.bundled import data, folder
from agentguard.settings import parse_toml


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    place = tmp_path / "__pycache__" / "bundled.json"
    monkeypatch.setattr(compiled, "CACHE", place)
    compiled._known.cache_clear()
    yield place
    compiled._known.cache_clear()


def test_what_is_remembered_is_what_the_files_say(cache: Path) -> None:
    compiled.compile_bundled()
    assert cache.is_file()
    files = sorted(folder("rules").rglob("*.toml"))
    assert len(files) > 60
    for path in files:
        content = path.read_bytes()
        assert compiled.parsed(content) == tomllib.loads(content.decode())


def test_a_file_that_changed_is_parsed_again(cache: Path) -> None:
    compiled.compile_bundled()
    content = data("rules", "paths.toml") + b"\n# changed\n"
    assert compiled.parsed(content) is None
    assert parse_toml(content, "paths.toml") == tomllib.loads(content.decode())


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b"\xff", b'{"x": 1}'])
def test_a_damaged_cache_is_none(cache: Path, rubbish: bytes) -> None:
    cache.parent.mkdir()
    cache.write_bytes(rubbish)
    assert compiled.parsed(data("rules", "paths.toml")) is None


def test_what_json_cannot_say_is_not_remembered(cache: Path) -> None:
    assert not compiled._survives({"from": tomllib.loads("a = 2026-01-01")["a"]})
    assert compiled._survives({"a": [1, 2.5, "x", {"b": True}]})


def test_a_place_that_cannot_be_written(cache: Path) -> None:
    cache.parent.write_text("a file where a folder should be")
    compiled.compile_bundled()
    assert compiled.parsed(data("rules", "paths.toml")) is None


def test_an_entry_of_another_kind_is_none(cache: Path) -> None:
    content = data("rules", "paths.toml")
    cache.parent.mkdir()
    cache.write_text(json.dumps({compiled._name(content): ["no table"]}))
    assert compiled.parsed(content) is None
