"""What the SQL of a file does to data, through splitting, embedding and judging together."""

from __future__ import annotations

import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.sql import splitting
from agentguard.sql.files import effects_of
from agentguard.sql.splitting import statements

# Characters, and seconds of CPU that they may take. A square of the length would take a hundred
# times as long at the first size already.
SHORT, LARGEST = 1 << 16, splitting.LARGEST
ALLOWED = 60.0
WORST = ("'\\'", "(", "\nDELETE FROM x")
UNITS = (
    "'", '"', "`", "$a$", "$", "$a$$b$", "(", ")", "[", "[a", "[a]", "--\n", "--\n;", "/*",
    "/*!", "*/", "\\'", "'\\'", "\n", "'\n\n", "\nDELETE FROM x", "DELETE FROM x;", "a ",
    "(DELETE FROM x ", "CASE ", "BEGIN ", "EXECUTE '' ", "x,DROP COLUMN ", "\nUPDATE \n",
    "ALTER TABLE x ", "<<EOF\n", '"DELETE ', '"DELETE \\"', "'''DELETE ", "def down\n",
    "INSERT INTO a SELECT ", "INSERT INTO a SELECT coalesce()", "ALTER TABLE a ADD a, ADD a",
    "echo ;", "#", "DROP TABLE a,", "WHERE ", "EXECUTE 'DROP TABLE a' ", "-- +goose Down\n",
    "GRANT ALL ",
)  # fmt: skip


def does(text: str, path: str = "a.sql") -> list[tuple[str, str]]:
    return [(effect.kind, effect.table) for effect in effects_of(path, text.encode())]


@pytest.mark.parametrize(
    ("text", "kind", "table"),
    [
        ("DROP DATABASE portal", "drop-database", ""),
        ("drop schema if exists shop cascade;", "drop-database", ""),
        ("DROP TABLE users;", "drop-table", "users"),
        ("DROP TABLE IF EXISTS users;", "drop-table", "users"),
        ("DROP TABLE IF EXISTS a; CREATE TABLE a (b int);", "remake-table", "a"),
        ("DROP TABLE a; CREATE TABLE a (b int);", "drop-table", "a"),
        ("ALTER TABLE users\n  ADD a int,\n  DROP COLUMN b;", "drop-column", "users"),
        ("ALTER TABLE log DROP PARTITION p1;", "drop-partition", ""),
        ("GRANT ALL PRIVILEGES ON ALL TABLES IN SCHEMA shop TO PUBLIC;", "grant-everybody", ""),
        ("GRANT SELECT, DELETE\n ON users\n TO PUBLIC", "grant-everybody", ""),
        ("GRANT ALL ON *.* TO 'app'@'%' WITH GRANT OPTION;", "superuser", ""),
        ("alter role app with login superuser;", "superuser", ""),
        ("ALTER TABLE ONLY orders DISABLE ROW LEVEL SECURITY", "row-security-off", "orders"),
        ("-- +goose Up\nSELECT 1;\n-- +goose Down\nALTER TABLE a DISABLE ROW LEVEL SECURITY;",
         "row-security-off", "a"),
        ("TRUNCATE users", "truncate", "users"),
        ('TRUNCATE TABLE ONLY "users", carts;', "truncate", "users"),
        ("DELETE\nFROM\n  users -- WHERE a\n;", "delete-all", "users"),
        ("DELETE FROM [dbo].[users]\nGO\n", "delete-all", "dbo.users"),
        ("DELETE FROM users WHERE 1=1", "delete-all", "users"),
        ("DELETE FROM users WHERE true;", "delete-all", "users"),
        ("DELETE FROM users USING (SELECT 1 FROM a WHERE b) c;", "delete-all", "users"),
        ('DELETE FROM "where"', "delete-all", "x"),
        ("UPDATE users u SET a = (SELECT b FROM c WHERE d)", "update-all", "users"),
        ("UPDATE `users`\nSET a = CASE WHEN b THEN 1 ELSE 2 END", "update-all", "users"),
        ("SELECT 1\nDELETE FROM users", "delete-all", "users"),
        ("WITH x AS (DELETE FROM users RETURNING *) SELECT 1 FROM x WHERE y", "delete-all", "users"),
        ("DO $$ BEGIN DELETE FROM users; END $$;", "delete-all", "users"),
        ("IF a THEN DELETE FROM users; END IF;", "delete-all", "users"),
        ("DELIMITER //\nCREATE PROCEDURE p() BEGIN TRUNCATE a; END //\n", "truncate", "a"),
        ("EXECUTE 'DELETE FROM users';", "delete-all", "users"),
        ("SELECT 'a\nDELETE FROM users\n'", "delete-all", "users"),
        ("/*!50000 DELETE FROM users */;", "delete-all", "users"),
        ("SELECT '\\'; DELETE FROM users; --'", "delete-all", "users"),
        ("SELECT 'it\\'s'; DELETE FROM users;", "delete-all", "users"),
        ("SELECT $$'$$; DELETE FROM users; SELECT $$'$$", "delete-all", "users"),
        ("SELECT '; DELETE FROM a; SELECT 1", "delete-all", "a"),
        ("-- migrate:up\nDROP TABLE a\n-- migrate:down\nCREATE TABLE a (b int);",
         "drop-table", "a"),
        ("-- +goose Up\nCREATE TABLE a (b int);\nDROP TABLE a\n-- +goose Down\nSELECT 1;",
         "drop-table", "a"),
        ("-- +goose Up\nSELECT 1;\n-- +goose Down\nDROP TABLE a;", "drop-table", "a"),
        ("-- +goose Down\nDROP TABLE a;\n-- +goose Up\nDROP TABLE b; CREATE TABLE a (x int);",
         "drop-table", "b"),
    ],
)  # fmt: skip
def test_what_statements_do(text: str, kind: str, table: str) -> None:
    assert does(text) == [(kind, table)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-- DROP TABLE a;\n# TRUNCATE a\n/* DELETE FROM a;\nDELETE FROM b; */ SELECT 1",
        "DELETE FROM users\n USING carts\n WHERE a = b;",
        "UPDATE users SET a = CASE WHEN b THEN 1 ELSE 2 END WHERE c",
        "INSERT INTO a VALUES ('DROP TABLE b; DELETE FROM c')",
        "INSERT INTO a VALUES (1) ON CONFLICT (b) DO UPDATE SET c = 1",
        "MERGE INTO a USING b ON (c) WHEN MATCHED THEN UPDATE SET x = 1 WHEN NOT MATCHED THEN DELETE",
        "CREATE TRIGGER t AFTER DELETE ON users EXECUTE FUNCTION f();",
        "CREATE TABLE a (b int REFERENCES c ON DELETE CASCADE\nON UPDATE SET NULL)",
        "GRANT SELECT, DELETE ON users TO shop",
        "GRANT USAGE ON SCHEMA shop TO PUBLIC; GRANT SELECT ON updates TO PUBLIC",
        "CREATE ROLE app NOSUPERUSER; GRANT ALL ON shop.* TO app; GRANT ALL ON a TO public_api",
        "ALTER TABLE a ENABLE ROW LEVEL SECURITY; ALTER TABLE a FORCE ROW LEVEL SECURITY;",
        (
            "--!Up\nALTER TABLE a ENABLE ROW LEVEL SECURITY;\n--!Down\n"
            "ALTER TABLE a DISABLE ROW LEVEL SECURITY"
        ),
        "DELETE FROM tmp_import; TRUNCATE staging_a; DROP TABLE shop.temp_b; DELETE FROM #c;",
        "-- +goose Up\nCREATE TABLE IF NOT EXISTS a (b int);\n-- +goose Down\nDROP TABLE a;",
        "-- Up Migration\nALTER TABLE a ADD b int;\n-- Down Migration\nALTER TABLE a DROP COLUMN b;",
        "# --- !Ups\nCREATE TABLE a (b int);\n# --- !Downs\nDROP TABLE a;",
    ],
)
def test_what_does_little(text: str) -> None:
    assert does(text) == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ('psql -c "TRUNCATE TABLE sessions CASCADE"', ["truncate"]),
        ('psql -c "DELETE FROM \\"users\\""', ["delete-all"]),
        ('psql -c "DELETE FROM \\"users\\" WHERE a"', []),
        ('op.execute("""\n  DELETE\n  FROM users\n""")', ["delete-all"]),
        ("psql <<EOF\nDELETE FROM a;\nDROP TABLE b;\nEOF\nls", ["delete-all", "drop-table"]),
        ("execute <<~SQL\n  TRUNCATE a\nSQL\n", ["truncate"]),
        ("x <<SQL\nTRUNCATE a\n", ["truncate"]),
        ("cat <<EOF\nDROP TABLE a;\nEOF\n", []),
        ("# psql -c 'DROP TABLE a'\necho 'DROP TABLE b'\n// 'DROP TABLE c'\n", []),
        ("echo 'DROP TABLE b' | psql", ["drop-table"]),
        ("query('DROP TABLE a", ["drop-table"]),
        ("def upgrade():\n  a('DROP TABLE a')\ndef downgrade():\n  a('DROP TABLE b')", ["drop-table"]),
        ("def down\n execute 'DROP TABLE a'\nend\ndef up\n execute 'TRUNCATE b'\nend\n", ["truncate"]),
        ("public async down(q) {\n await q.query(`DROP TABLE a`)\n}", []),
        ("exports.down = (k) => k.raw('DELETE FROM a')", []),
        ("RunSQL('TRUNCATE a', reverse_sql='DELETE FROM a')", ["truncate"]),
        ("print('please DROP TABLE a')", []),
    ],
)  # fmt: skip
def test_sql_in_code(text: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in does(text, "a.py")] == kinds


def test_a_file_that_is_too_long_is_read_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting, "LARGEST", 20)
    assert does("DELETE FROM users ;\n'\nDELETE\nFROM carts;\n") == [("delete-all", "users")]


def test_what_is_nested_too_deep_is_left() -> None:
    text = "TRUNCATE a;"
    for number in range(splitting.DEEPEST):
        text = f"$x{number}$ {text} $x{number}$"
    assert does(text) == [("truncate", "a")]
    assert does(f"$y$ {text} $y$") == []


@given(st.text(alphabet="'\"`[]()$;\\/*-#\nab DELETEFROMdropTABLE<", max_size=200), st.booleans())
def test_any_text_is_read(text: str, sql: bool) -> None:
    effects_of("a.sql" if sql else "a.py", text.encode())
    assert all(each.text == " ".join(each.text.split()) for each in statements(text))


@given(st.binary(max_size=100))
def test_any_bytes_are_read(content: bytes) -> None:
    effects_of("a.sql", content)


def stop(*_: object) -> None:
    raise AssertionError("it takes too long")


@pytest.mark.parametrize(
    ("unit", "size"), [*((unit, SHORT) for unit in UNITS), *((unit, LARGEST) for unit in WORST)]
)
def test_a_megabyte_of_anything_takes_no_square_of_its_length(unit: str, size: int) -> None:
    content = (unit * (size // len(unit))).encode()
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, ALLOWED)
    try:
        for path in ("a.sql", "a.py"):
            effects_of(path, content)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
