"""What is left out of the effects of a script because the script made it itself."""

from __future__ import annotations

import pytest

from agentguard.sql.files import effects_of

COPY = "INSERT INTO n (a) SELECT a FROM users;"
RENAME = "ALTER TABLE n RENAME TO users;"


def does(*statements: str) -> list[tuple[str, str]]:
    found = effects_of("a.sql", "\n".join(statements).encode())
    return [(effect.kind, effect.table) for effect in found]


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TABLE n (a int);", COPY, "DROP TABLE users;", RENAME),
        (COPY, 'DROP TABLE IF EXISTS "users";', 'ALTER TABLE "n" RENAME TO "users";'),
        ("INSERT INTO `n` SELECT * FROM `users`;--> go", "DROP TABLE `users`;--> go", RENAME),
        ("insert into n(a, b) select a, coalesce(b, 0) b from users", "drop table users", RENAME),
    ],
)
def test_a_table_that_is_made_anew_with_its_rows(statements: tuple[str, ...]) -> None:
    assert does(*statements) == [("rebuild-table", "users")]


def test_the_old_table_steps_aside_first() -> None:
    aside = "ALTER TABLE users RENAME TO old; CREATE TABLE users (a int);"
    copy = "INSERT INTO users SELECT * FROM old;"
    assert does(aside, copy, "DROP TABLE old;") == [("rebuild-table", "old")]


@pytest.mark.parametrize(
    "statements",
    [
        (COPY, "DROP TABLE users;"),
        ("DROP TABLE users;", RENAME),
        ("DROP TABLE users;", COPY, RENAME),
        (COPY, "DROP TABLE users;", "ALTER TABLE other RENAME TO users;"),
        ("INSERT INTO n SELECT a FROM users WHERE b;", "DROP TABLE users;", RENAME),
        ("INSERT INTO n SELECT a FROM users LIMIT 1;", "DROP TABLE users;", RENAME),
        ("INSERT INTO n SELECT a FROM users JOIN b ON c;", "DROP TABLE users;", RENAME),
        ("INSERT INTO n SELECT DISTINCT a FROM users;", "DROP TABLE users;", RENAME),
        ("INSERT INTO n SELECT TOP 1 a FROM users;", "DROP TABLE users;", RENAME),
        ("INSERT INTO n SELECT max(a) FROM users;", "DROP TABLE users;", RENAME),
        ("INSERT OR IGNORE INTO n SELECT a FROM users;", "DROP TABLE users;", RENAME),
        (COPY, "DROP TABLE users, carts;", RENAME),
    ],
)
def test_rows_that_are_lost_on_the_way(statements: tuple[str, ...]) -> None:
    assert does(*statements) == [("drop-table", "users")]


def test_one_copy_stands_for_one_drop() -> None:
    drop = "DROP TABLE users;"
    assert does(COPY, drop, RENAME, drop) == [("rebuild-table", "users"), ("drop-table", "users")]


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TEMP TABLE a (b int);", "UPDATE a SET b = 1;", "DELETE FROM a;", "DROP TABLE a;"),
        ("create local temporary table a as select 1;", "truncate a;", "drop table if exists a;"),
        ("ALTER TABLE a ADD COLUMN b int, ADD c int;", "UPDATE a SET b = 0, c = (SELECT d, e);"),
        ('ALTER TABLE "a" ADD "b" int;', "UPDATE `a` SET `b` = CASE WHEN c THEN 1 END;"),
    ],
)
def test_what_held_nothing_before(statements: tuple[str, ...]) -> None:
    assert does(*statements) == []


@pytest.mark.parametrize(
    ("statements", "kind", "table"),
    [
        (("CREATE TEMP TABLE a (b int);", "DROP TABLE a; DROP TABLE a;"), "drop-table", "a"),
        (("DROP TABLE a;", "CREATE TEMPORARY TABLE a (b int);"), "drop-table", "a"),
        (("CREATE TEMP TABLE a (b int);", "DROP TABLE a, c;"), "drop-table", "a"),
        (("ALTER TABLE a ADD b int;", "UPDATE a SET b = 0, c = 1;"), "update-all", "a"),
        (("ALTER TABLE a ADD b int;", "UPDATE c SET b = 0;"), "update-all", "c"),
        (("UPDATE a SET b = 0;", "ALTER TABLE a ADD b int;"), "update-all", "a"),
        (
            ("ALTER TABLE a ADD COLUMN IF NOT EXISTS b int;", "UPDATE a SET b = 0"),
            "update-all",
            "a",
        ),
    ],
)
def test_what_may_have_held_something(statements: tuple[str, ...], kind: str, table: str) -> None:
    assert does(*statements) == [(kind, table)]


@pytest.mark.parametrize(
    ("statements", "kind"),
    [
        (('CREATE TEMP TABLE "my a" (b int);', 'DELETE FROM "my c";'), "delete-all"),
        (('ALTER TABLE "my a" ADD b int;', 'UPDATE "my c" SET b = 0;'), "update-all"),
        (('INSERT INTO n SELECT * FROM "a b";', 'DROP TABLE "c d";', 'ALTER TABLE n RENAME TO "c d";'),
         "drop-table"),
    ],
)  # fmt: skip
def test_names_that_need_their_quotes_may_be_any(statements: tuple[str, ...], kind: str) -> None:
    assert does(*statements) == [(kind, "x")]
