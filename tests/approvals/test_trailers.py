"""What is taken for a trailer of ours: less than any reader of trailers would take."""

from __future__ import annotations

import hashlib
import re
import subprocess
import zlib
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentguard.approvals.statement import SIGNATURE_KEY
from agentguard.approvals.trailers import Block, approved_by, statements, text_of
from agentguard.change import Commit
from agentguard.repo.commits import read_commits
from agentguard.repo.objects import open_objects
from agentguard.repo.repository import open_repository
from tests import kit
from tests.approvals.makers import STATEMENT, work_commit

TEXT = STATEMENT.render()
SIGNED = f"{TEXT}{SIGNATURE_KEY}: U1NIU0lH\n"
PLAIN = "Agentguard-Approved-by: Jane <jane@example.com>\n"


def reads(message: str) -> Commit:
    """A commit with this message, whose trailers are its last paragraph, as git would mostly say."""
    last = message.rstrip("\n").rpartition("\n\n")[2]
    pairs = (line.partition(": ") for line in last.split("\n"))
    trailers = tuple((key, value) for key, colon, value in pairs if colon)
    return replace(work_commit(message), trailers=trailers)


def found(message: str) -> list[Block]:
    return list(statements(reads(message)))


# ---------------------------------------------------------------- statements


def test_a_block_in_the_last_paragraph_has_no_fault() -> None:
    [block] = found(f"Fix\n\n{SIGNED}")
    assert (block.fault, block.signed, block.stated) == ("", True, True)
    assert text_of(block.lines) == (TEXT, "U1NIU0lH")


def test_a_statement_without_signature() -> None:
    [block] = found(f"Fix\n\n{TEXT}")
    assert (block.fault, block.signed, block.stated) == ("", False, True)
    assert text_of(block.lines) == (TEXT, "")


def test_each_statement_begins_a_block() -> None:
    first, second = found(f"Fix\n\n{SIGNED}{SIGNED}")
    assert first == second


def test_other_trailers_may_stand_around_it() -> None:
    [block] = found(f"Fix\n\nReviewed-by: J <j@x>\n{SIGNED}Signed-off-by: J <j@x>\n")
    assert (block.fault, text_of(block.lines)[0]) == ("", TEXT)


def test_a_line_of_ours_alone_is_a_block_that_states_nothing() -> None:
    [block] = found("Fix\n\nAgentguard-Ref: refs/heads/main\n")
    assert (block.signed, block.stated) == (False, False)


def test_a_signature_that_is_not_last_stays_in_the_text() -> None:
    lines = SIGNED.splitlines()
    text, signature = text_of((lines[-1], *lines[:-1]))
    assert (signature, text.startswith(SIGNATURE_KEY)) == ("", True)


@pytest.mark.parametrize("message", ["", "Fix\n", "agentguard is nice\n", "Fix\n\nFixes: #1\n"])
def test_other_messages_hold_none(message: str) -> None:
    assert found(message) == []
    assert list(approved_by(reads(message))) == []


FAULTS = {
    "CRLF": (SIGNED.replace("\n", "\r\n"), "end with CR LF"),
    "CR on one line": (SIGNED.replace("v1\n", "v1\r\n"), "end with CR LF"),
    "quoted": (re.sub("(?m)^(?=.)", "> ", SIGNED), "quoted or indented"),
    "quoted twice": (re.sub("(?m)^(?=.)", ">> ", SIGNED), "quoted or indented"),
    "in a list": (re.sub("(?m)^(?=.)", "* ", SIGNED), "quoted or indented"),
    "commented out": (re.sub("(?m)^(?=.)", "# ", SIGNED), "quoted or indented"),
    "in a table": (re.sub("(?m)^(?=.)", "| ", SIGNED), "quoted or indented"),
    "indented by a tab": (re.sub("(?m)^(?=.)", "\t", SIGNED), "quoted or indented"),
    "a space before the colon": (SIGNED.replace("Ref:", "Ref :"), "'Agentguard-Ref ' only looks"),
    "upper case": (SIGNED.replace("Agentguard-Ref", "AGENTGUARD-REF"), "only looks like Agentg"),
    "Greek": (SIGNED.replace("Agentguard-Ref", "\u0391gentguard-Ref"), r"'\\u0391gentguard-Ref'"),
    "full width": (SIGNED.replace("Ref:", "Ref\uff1a"), "only looks like Agentguard-Ref"),
    "other hyphen": (SIGNED.replace("d-Ref", "d\u2010Ref"), "only looks like Agentguard-Ref"),
    "zero width": (SIGNED.replace("Agentguard-Ref", "\u200bAgentguard-Ref"), "only looks like"),
    "folded": (SIGNED.replace("Rules: ", "Rules:\n "), "is folded"),
    "folded signature": (SIGNED.replace("U1NI", "U1NI\n "), "is folded"),
    "in the middle": (f"{SIGNED}\nMore.\n", "middle of the message"),
    "below dashes": (f"---\n\n{SIGNED}", "line of dashes"),
    "above dashes": (f"{SIGNED}---\nSigned-off-by: J <j@x>\n", "line of dashes follows"),
    "below dashes with words": (f"--- 8< cut here\n\n{SIGNED}", "line of dashes"),
}


@pytest.mark.parametrize(("body", "fault"), FAULTS.values(), ids=FAULTS)
def test_what_only_looks_like_one_says_why(body: str, fault: str) -> None:
    blocks = found(f"Fix\n\n{body}")
    assert blocks
    assert re.search(fault, blocks[0].fault), blocks
    assert all(block.fault.isascii() and block.fault.isprintable() for block in blocks)


def test_what_git_does_not_read_is_none() -> None:
    commit = replace(reads(f"Fix\n\nAs agreed:\n{SIGNED}"), trailers=())
    assert [block.fault for block in statements(commit)] == [
        "git does not read the last paragraph as trailers; put nothing else there"
    ]


def test_many_lines_take_no_longer_each() -> None:
    """Looking at the whole message for each of them would take a minute."""
    assert len(found("Fix\n\n" + "Agentguard-Approval: v1\n" * 20_000)) == 20_000


# ---------------------------------------------------------------- plain text


def test_plain_lines_name_whom_they_name() -> None:
    message = f"Fix\n\n{PLAIN}Agentguard-Approved-by: bob\n"
    assert list(approved_by(reads(message))) == [("Jane <jane@example.com>", ""), ("bob", "")]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (f"> {PLAIN}", "quoted"),
        (f"{PLAIN}\nMore.\n", "middle"),
        (f"{PLAIN[:-1]}\n  of the team\n", "folded"),
        (PLAIN.lower(), "only looks like"),
        (PLAIN.replace("\n", "\r\n"), "CR LF"),
    ],
)
def test_plain_lines_have_faults_as_well(body: str, fault: str) -> None:
    [(_, why)] = approved_by(reads(f"Fix\n\n{body}"))
    assert fault in why


# ---------------------------------------------------------------- any text

PIECES = st.sampled_from(
    [
        *SIGNED.splitlines(), PLAIN.rstrip(), "", "", "---", "--- more", "Fix", "Signed-off-by: J <j@x>",
        "(cherry picked from commit 1234567)", "# a comment", "> quoted", " folded", "\tfolded", "\r",
        "# ------------------------ >8 ------------------------", "Conflicts:", "diff --git a/a b/a",
        "> Agentguard-Approval: v1", "agentguard-ref: x", "Agentguard-Ref : x", "Fixes: #1",
    ]
)  # fmt: skip
WHOLE = st.just(SIGNED.rstrip())
MESSAGES = st.lists(PIECES | WHOLE | st.text(max_size=8), max_size=12).map("\n".join)


@given(message=MESSAGES | st.text())
def test_any_text_is_read_without_an_exception(message: str) -> None:
    commit = work_commit(message)
    for block in statements(commit):
        assert block.lines
        assert block.fault.isascii()
        text_of(block.lines)
        # Git read no trailers in this commit, so nothing may pass for one.
        assert block.fault
    assert all(fault for _, fault in approved_by(commit))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> kit.Work:
    return kit.init(tmp_path_factory.mktemp("trailers"))


def written(work: kit.Work, messages: Sequence[str]) -> list[Commit]:
    """Commits with these messages as the gate reads them, trailers by git."""
    tree = work.out("hash-object", "-t", "tree", "-w", "--stdin")
    head = f"tree {tree}\nauthor S <s@x> 1 +0000\ncommitter S <s@x> 1 +0000\n\n"
    ids = [loose(work, head.encode() + message.encode()) for message in messages]
    repository = open_repository(work.path / ".git", kit.environment())
    with open_objects(repository.git) as objects:
        return list(read_commits(repository.git, objects, ids))


def loose(work: kit.Work, body: bytes) -> str:
    """A commit object, written without a process of its own."""
    content = b"commit %d\0" % len(body) + body
    name = hashlib.sha1(content).hexdigest()
    path = work.path / ".git" / "objects" / name[:2] / name[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(content))
    return name


def parsed(message: str) -> list[str]:
    """The trailers of a message by git's other reader, which stops at dashes."""
    command = ("git", "interpret-trailers", "--parse")
    done = subprocess.run(command, input=message.encode(), capture_output=True, check=True)
    return done.stdout.decode().split("\n")


@settings(max_examples=60, deadline=None)
@given(messages=st.lists(MESSAGES.filter(lambda m: "\0" not in m), max_size=12, unique=True))
def test_what_counts_both_readers_of_git_list_as_well(
    scratch: kit.Work, messages: list[str]
) -> None:
    for message, commit in zip(messages, written(scratch, messages), strict=True):
        good = [line for block in statements(commit) if not block.fault for line in block.lines]
        good += [
            f"Agentguard-Approved-by: {who}" for who, fault in approved_by(commit) if not fault
        ]
        if good:
            listed = parsed(message)
            assert set(good) <= set(listed), message
            assert {line.partition(": ")[::2] for line in good} <= {*commit.trailers}


@pytest.mark.parametrize(
    ("message", "counts"),
    [
        (f"Fix\n\n{SIGNED}", True),
        (f"Fix\n\nSigned-off-by: J <j@x>\n{SIGNED}", True),
        (f"Fix\n\n{SIGNED}# a comment\n", True),
        (f"Fix\n\n{SIGNED}\n\n\n", True),
        (f"{SIGNED}", False),
        (f"Fix\n{SIGNED}", False),
        (f"Fix\n\nprose\n{SIGNED}", False),
        (f"Fix\n\n{SIGNED}---\nmore\n", False),
        (f"Fix\n\n{SIGNED}\n# a comment\n", False),
    ],
)
def test_what_git_itself_makes_of_it(scratch: kit.Work, message: str, *, counts: bool) -> None:
    [commit] = written(scratch, [message])
    assert [not block.fault for block in statements(commit)] == [counts]
