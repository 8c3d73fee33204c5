"""URLs of databases: what is shown of them holds no password."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agentguard.errors import ConfigurationError
from agentguard.ledger.settings import read_ledger
from agentguard.ledger.url import fault, without_secrets
from agentguard.settings import Table

SECRET = "hunter2"

SHOWN = {
    f"postgresql://gate:{SECRET}@db.example/ledgers": "postgresql://db.example/ledgers",
    f"postgres://gate:{SECRET}@db.example:5433/ledgers": "postgresql://db.example:5433/ledgers",
    f"postgresql://a:1,b:2/ledgers?password={SECRET}": "postgresql://a:1,b:2/ledgers",
    f"postgresql://gate:{SECRET}@/l?host=%2Frun&x=a%40b": "postgresql:///l",
    f"postgresql://gate:{SECRET}?{SECRET}@[::1]/ledgers": "postgresql://[::1]/ledgers",
    "postgresql://db.example": "postgresql://db.example",
}
FAULTY = (
    f"postgresql://gate:p@{SECRET}@db.example/ledgers",
    f"postgresql://gate:p/{SECRET}@db.example/ledgers",
    f"postgresql://gate:{SECRET}@db.example/led@gers",
    f"mysql://gate:{SECRET}@db.example/ledgers",
)


@pytest.mark.parametrize(("url", "shown"), SHOWN.items())
def test_what_is_shown(url: str, shown: str) -> None:
    assert (fault(url), without_secrets(url)) == ("", shown)


@pytest.mark.parametrize("url", FAULTY)
def test_what_would_show_a_part_of_the_password_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"policy.toml: ledger\.url: ") as refused:
        read_ledger(Table({"url": url}, "policy.toml", "ledger"))
    assert SECRET not in str(refused.value)


@given(st.text(min_size=3).filter(lambda text: text not in "gate:@db/ledgers?postgresql://"))
@example("0@?")
@example("?@0")
@example("0?@")
def test_no_password_is_shown(password: str) -> None:
    """Whether it was written as it should be, or not."""
    plain = f"postgresql://gate:{password}@db/ledgers"
    coded = f"postgresql://gate:{quote(password, safe='', errors='replace')}@db/ledgers"
    for url in (plain, coded):
        assert fault(url) or without_secrets(url) == "postgresql://db/ledgers"
    assert not fault(coded)
