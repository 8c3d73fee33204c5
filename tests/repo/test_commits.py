"""Headers, messages, signatures and trailers of commits, malformed ones too."""

from __future__ import annotations

import pytest

from agentguard.change import Commit
from agentguard.errors import EvaluationError
from agentguard.repo.commits import parse_commit
from tests.repo.crafted import SAM, Crafted

SSH = "-----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n"
PGP = "-----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----\n"
BOT = "Claude <noreply@anthropic.com> 1767225600 +0000"


def head(crafted: Crafted, *lines: str) -> str:
    tree = crafted.tree({"a": "1\n"})
    return "".join(f"{line}\n" for line in (f"tree {tree}", *lines))


def one(crafted: Crafted, commit: str) -> Commit:
    [found] = crafted.read("", commit).commits
    return found


def with_message(crafted: Crafted, message: str | bytes, headers: str = "") -> Commit:
    return one(crafted, crafted.commit({"a": "1\n"}, message=message, headers=headers))


def test_ordinary_commit_has_no_problems(crafted: Crafted) -> None:
    commit = with_message(crafted, "Subject\n\nBody\n")
    assert (commit.problems, commit.signature, commit.subject) == ((), None, "Subject")
    assert (commit.author.name, commit.author.email) == ("Sam Developer", "sam@example.com")
    assert commit.committer.when == 1767225600


def test_two_authors_are_both_known_and_git_reports_the_last(crafted: Crafted) -> None:
    made = crafted.raw_commit(head(crafted, f"author {BOT}", f"author {SAM}", f"committer {SAM}"))
    assert crafted.naive("log", "-1", "--format=%an", made) == "Sam Developer"
    commit = one(crafted, made)
    assert [person.name for person in commit.authors] == ["Claude", "Sam Developer"]
    assert commit.author.name == "Sam Developer"
    assert commit.problems == ("2 author headers",)


def test_commit_without_people(crafted: Crafted) -> None:
    commit = one(crafted, crafted.raw_commit(head(crafted)))
    assert commit.problems == ("0 author headers", "0 committer headers")
    assert (commit.author.name, commit.committer.email) == ("", "")


@pytest.mark.parametrize(
    ("identity", "name", "email"),
    [
        ("Claude noreply@anthropic.com 1 +0000", "Claude noreply@anthropic.com 1 +0000", ""),
        ("Claude <noreply@anthropic.com", "Claude", "noreply@anthropic.com"),
        ("Claude <noreply@anthropic.com> yesterday", "Claude", "noreply@anthropic.com"),
        ("<noreply@anthropic.com>", "", "noreply@anthropic.com"),
        ("", "", ""),
        ("Claude <a> <b@c> 1 +0000", "Claude", "a"),
        ("Claude <a@b> 99999999999999999999 +0000", "Claude", "a@b"),
    ],
)
def test_malformed_identity_still_gives_what_it_says(
    crafted: Crafted, identity: str, name: str, email: str
) -> None:
    made = crafted.raw_commit(head(crafted, f"author {identity}", f"committer {SAM}"))
    commit = one(crafted, made)
    assert (commit.author.name, commit.author.email) == (name, email)
    assert commit.problems in {(), ("malformed author header",)}
    assert bool(commit.problems) == (commit.author.when == 0)


def test_non_utf_8_names_and_messages_lose_nothing(crafted: Crafted) -> None:
    raw_head = head(crafted).encode() + b"author Jos\xe9 <j@x> 1 +0000\ncommitter J <j@x> 1 +0000\n"
    commit = one(crafted, crafted.raw_commit(raw_head, b"caf\xe9\n\nCo-authored-by: Jos\xe9\n"))
    assert commit.author.name == "Jos\udce9"
    assert commit.message == "caf\udce9\n\nCo-authored-by: Jos\udce9\n"
    assert commit.trailers == (("Co-authored-by", "Jos\udce9"),)


def test_message_in_a_declared_encoding_is_read_in_it(crafted: Crafted) -> None:
    message = "caf\u00e9\n\nCo-authored-by: Jos\u00e9\n".encode("latin-1")
    commit = with_message(crafted, message, "encoding ISO-8859-1\n")
    assert commit.subject == "caf\u00e9"
    assert commit.trailers == (("Co-authored-by", "Jos\u00e9"),)


@pytest.mark.parametrize(
    "encoding",
    ["utf-7", "rot13", "hex", "latin-nonsense", "UTF-8", "utf-8\0", "latin\udcff", "utf-16", ""],
)
def test_encoding_cannot_disguise_a_marker(crafted: Crafted, encoding: str) -> None:
    """What a person would read under such an encoding is not what a terminal or git shows."""
    message = b"Subject\n\nCo-authored-by: Claude <noreply@anthropic.com>\nbytes: \xff\n"
    commit = with_message(crafted, message, f"encoding {encoding}\n")
    assert "Co-authored-by: Claude <noreply@anthropic.com>" in commit.message


def test_nul_byte_in_a_message_hides_nothing_from_us(crafted: Crafted) -> None:
    message = b"Subject\n\0\n\nCo-authored-by: Claude <noreply@anthropic.com>\n"
    made = crafted.commit({"a": "1\n"}, message=message)
    assert "Claude" not in crafted.naive("log", "-1", "--format=%B", made)
    assert "Claude" in one(crafted, made).message


def test_nul_byte_in_a_header_is_a_problem(crafted: Crafted) -> None:
    made = crafted.raw_commit(head(crafted, f"author {SAM}", f"committer {SAM}", "x \0y"))
    assert one(crafted, made).problems == ("NUL byte in a header",)


def test_commit_without_a_message(crafted: Crafted) -> None:
    made = crafted.put("commit", head(crafted, f"author {SAM}", f"committer {SAM}").encode())
    commit = one(crafted, made)
    assert (commit.message, commit.subject, commit.problems) == ("", "", ())


def test_headers_that_begin_with_an_empty_line() -> None:
    commit = parse_commit("0" * 40, b"\nSubject\n\nBody\n")
    assert commit.message == "Subject\n\nBody\n"
    assert commit.problems[0] == "0 tree headers"


def test_parents_that_stand_where_git_does_not_look_are_refused(crafted: Crafted) -> None:
    first = crafted.commit({"a": "0\n"})
    made = crafted.raw_commit(head(crafted, f"author {SAM}", f"committer {SAM}", f"parent {first}"))
    assert crafted.naive("rev-list", "--count", made) == "1"
    with pytest.raises(EvaluationError, match="parents in an unclear way"):
        crafted.read("", made)


def test_tree_that_stands_where_git_does_not_look_is_refused(crafted: Crafted) -> None:
    first = crafted.commit({"a": "0\n"})
    tree = crafted.tree({"a": "1\n"})
    made = crafted.raw_commit(f"parent {first}\ntree {tree}\nauthor {SAM}\ncommitter {SAM}\n")
    with pytest.raises(EvaluationError):
        crafted.read("", made)


def test_second_tree_header_is_a_problem(crafted: Crafted) -> None:
    other = crafted.tree({"evil": "1\n"})
    lines = (f"author {SAM}", f"committer {SAM}", f"tree {other}")
    change = crafted.read("", crafted.raw_commit(head(crafted, *lines)))
    assert change.commits[0].problems == ("2 tree headers",)
    assert [file.path for file in change.files] == ["a"]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (SSH, "ssh"),
        (PGP, "openpgp"),
        (PGP.replace("SIGNATURE", "MESSAGE"), "openpgp"),
        ("-----BEGIN SIGNED MESSAGE-----\n AAAA\n -----END SIGNED MESSAGE-----\n", "x509"),
        ("signed, honestly\n", "unknown"),
    ],
)
def test_signature_is_told_by_its_armour_and_covers_the_rest(
    crafted: Crafted, header: str, kind: str
) -> None:
    plain = with_message(crafted, "Signed\n")
    commit = with_message(crafted, "Signed\n", f"gpgsig {header}")
    assert commit.signature is not None
    assert commit.signature.kind == kind
    assert commit.signature.armored == header.replace("\n ", "\n").encode()
    body = crafted.work.git("cat-file", "commit", plain.id).stdout.encode()
    assert commit.signature.payload == body
    assert commit.problems == ()


def test_two_signatures_are_a_problem_and_of_no_known_kind(crafted: Crafted) -> None:
    commit = with_message(crafted, "Signed\n", f"gpgsig {SSH}gpgsig-sha256 {PGP}")
    assert commit.signature is not None
    assert commit.signature.kind == "unknown"
    assert commit.problems == ("2 signatures",)


def test_signature_inside_another_header_is_none(crafted: Crafted) -> None:
    commit = with_message(crafted, "Merge\n", f"mergetag object x\n gpgsig {SSH}")
    assert commit.signature is None


TRAILER = "Co-authored-by: Claude <noreply@anthropic.com>"
MESSAGES = [
    f"Subject\n\nBody\n\n{TRAILER}\n",
    f"Subject\n\n{TRAILER}\n\nLast words\n",
    f"{TRAILER}\n",
    f"Subject\n\n> {TRAILER}\n",
    f"Subject\n\n{TRAILER}\n---\nmore\n",
    f"Subject\n\n---\n{TRAILER}\n",
    f"Subject\r\n\r\n{TRAILER}\r\n",
    "Subject\n\nKey : value\n",
    "Subject\n\nKey:value\n",
    "Subject\n\nKEY: value\n",
    "Subject\n\nKey: one\n  two\n\tthree\n",
    f"Subject\n\nprose\nmore prose\nstill more\nand more\n{TRAILER}\n",
    f"Subject\n\nSigned-off-by: Sam <s@x>\nprose\n{TRAILER}\n",
    f"Subject\n\n{TRAILER}\n# comment\n",
    f"Subject\n\n{TRAILER}\n# ------------------------ >8 ------------------------\ndiff\n",
    "Subject\n\n\u0421o-authored-by: Claude\n",
    "Subject\n\nKey\uff1a value\n",
    f"Subject\n\n\u200b{TRAILER}\n",
    "Subject\n\nKey= value\n",
    "Subject\n\nA: 1\nB: 2: 3\nC:\nA: x: \x01y\x02z\n",
    "Subject\n\nKey: \x1b[31mred\n",
    "",
    "\n\n",
]


@pytest.mark.parametrize("message", MESSAGES, ids=ascii)
def test_trailers_are_what_git_says(crafted: Crafted, message: str) -> None:
    made = crafted.commit({"a": "1\n"}, message=message)
    said = crafted.work.git("log", "-1", "--format=%(trailers:only,unfold)", made).stdout
    expected = [line.partition(": ") for line in said.split("\n") if line]
    assert one(crafted, made).trailers == tuple((key, value) for key, _, value in expected)


def test_trailers_by_the_table(crafted: Crafted) -> None:
    """The rows on which parsers differ, as git reads them."""
    trailers = {message: with_message(crafted, message).trailers for message in MESSAGES}
    claude = (("Co-authored-by", "Claude <noreply@anthropic.com>"),)
    assert trailers[MESSAGES[0]] == claude
    assert trailers[MESSAGES[1]] == trailers[MESSAGES[4]] == trailers[MESSAGES[5]] == ()
    assert trailers[MESSAGES[10]] == (("Key", "one two three"),)
    assert trailers[MESSAGES[12]][-1:] == claude
    assert trailers[MESSAGES[19]] == (("A", "1"), ("B", "2: 3"), ("C", ""), ("A", "x: \x01y\x02z"))


def test_each_commit_keeps_its_own_trailers(crafted: Crafted) -> None:
    tip, wanted = "", []
    for number in range(30):
        files = {"a": f"{number}\n"}
        parents = (tip,) if tip else ()
        tip = crafted.commit(files, *parents, message=f"S\n\nN: {number}\n" * (number % 3))
        wanted.append((("N", str(number)),) if number % 3 else ())
    assert [commit.trailers for commit in crafted.read("", tip).commits] == wanted
