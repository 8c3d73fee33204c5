"""Whose an address is, seen from who pushes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.accounts import account_of
from agentguard.errors import ConfigurationError
from agentguard.policy.people import read_accounts
from agentguard.settings import Table
from tests.changes import policy
from tests.policy.test_load import key

TABLE = f"""
[actors]
automation_emails = ["bot@example.com", "shared@example.com"]
[accounts]
JDoe = ["Jane@work.example.com", "shared@example.com"]
bob = ["bob@example.com", "shared@example.com"]
li = ["li@work.example.com"]
[approvers."jane@example.com"]
keys = ["{key(1)}"]
aliases = ["JANE@work.example.com", "jane@home.example.com"]
[approvers."li@example.com"]
keys = ["{key(2)}"]
aliases = ["LI"]
[approvers."kim@example.com"]
keys = ["{key(3)}"]
"""


@pytest.mark.parametrize(
    ("email", "whose"),
    [
        pytest.param("jane@work.example.com", "pusher", id="listed"),
        pytest.param("JANE@Work.example.com", "pusher", id="whatever the case"),
        pytest.param("jane@example.com", "pusher", id="as an approver"),
        pytest.param("jane@home.example.com", "pusher", id="by another name of the approver"),
        pytest.param("shared@example.com", "pusher", id="shared with a colleague and a bot"),
        pytest.param("bob@example.com", "other", id="of another account"),
        pytest.param("b\u043eb@example.com", "other", id="in look-alike letters"),
        pytest.param("li@example.com", "other", id="of an approver with another account"),
        pytest.param("kim@example.com", "other", id="of an approver without any"),
        pytest.param("bot@example.com", "automation", id="of a bot"),
        pytest.param("ada@example.org", "stranger", id="of nobody here"),
        pytest.param("", "stranger", id="none"),
    ],
)
def test_whose_an_address_is(email: str, whose: str) -> None:
    account = account_of("jdoe", policy(TABLE))
    assert account is not None
    assert account.whose(email) == whose


def test_an_alias_may_be_the_account_itself() -> None:
    account = account_of("LI", policy(TABLE))
    assert account is not None
    assert account.name == "li"
    assert account.whose("li@example.com") == "pusher"
    assert account.whose("jane@home.example.com") == "other"


@pytest.mark.parametrize("pusher", ["", "kim", "kim@example.com", "jd\u043ee"])
def test_who_is_not_listed_is_not_known(pusher: str) -> None:
    assert account_of(pusher, policy(TABLE)) is None
    assert account_of(pusher, policy()) is None


VALUES = st.one_of(st.emails(), st.lists(st.emails(), min_size=1), st.lists(st.text()), st.text())


@given(st.dictionaries(st.text(), VALUES), st.text())
def test_a_table_is_read_or_refused(values: dict[str, object], email: str) -> None:
    try:
        found = read_accounts(Table(values, "policy.toml", "accounts"))
    except ConfigurationError:
        return
    assert found.keys() == {name.lower() for name in values}
    for name in found:
        account = account_of(name, replace(policy(), accounts=found))
        assert account is not None
        assert all(account.whose(each) == "pusher" for each in found[name])
        assert account.whose(email) in {"pusher", "other", "stranger"}
