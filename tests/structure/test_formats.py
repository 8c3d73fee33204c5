"""What each format's own ways of writing a setting come to."""

from __future__ import annotations

import pytest

from agentguard.structure import UnreadableError, leaves

JSON = [
    ('{"a": {"b": [1, "x", true, null]}}', "a.b[]=1 a.b[]=x a.b[]=true a.b[]=null"),
    ("[1.50, 1e5, -0]", "[]=1.50 []=1e5 []=-0"),
    ('{"a": 1, "a": 2}', "a=1 a=2"),
    ('{"a": {}, "b": []}', "a={} b=[]"),
    ('{"a.b": 1}', "a.b=1"),
    ('"x"', "=x"),
    ("{}", ""),
    ('// first\n{"a": 1, /* and */ "b": [2,],}', "a=1 b[]=2"),
    ('{"a": "//x", "b": "/*", "c": ",]", "d": "\\"//", }', 'a=//x b=/* c=,] d="//'),
    ("[" + "9" * 5000 + "]", "[]=" + "9" * 5000),
    ("[NaN]", "[]=NaN"),
]

YAML = [
    ("a:\n  b: [1, x, yes, ~]\n", "a.b[]=1 a.b[]=x a.b[]=true a.b[]=null"),
    ("on: push\n", "on=push"),
    ("a: Off\nb: 'off'\nc:\n", "a=false b=off c=null"),
    ("a: 1\na: 2\n", "a=1 a=2"),
    ("a: {}\nb: []\n", "a={} b=[]"),
    ("a: 1\n---\na: 2\n---\n- x\n", "a=1 a=2 []=x"),
    ("a: &a {b: 1}\nc: *a\n", "a.b=1 c.b=1"),
    ("a: &a {b: 1}\nc:\n  <<: *a\n  d: 2\n", "a.b=1 c.b=1 c.d=2"),
    ("a: {<<: [{b: 1}, {c: 2}]}\n", "a.b=1 a.c=2"),
    ("a: {<<: x}\n", "a.<<=x"),
    ("a: !Ref x\nb: !Sub [x]\n", "a=x b[]=x"),
    ("a: 0o17\nb: 1_000\nc: 2026-01-01\n", "a=0o17 b=1_000 c=2026-01-01"),
    ("? [x]\n: 1\n", "?=1"),
    ('{"a": [true]}', "a[]=true"),
]

TOML = [
    ("[a]\nb = [1, 'x', true, 1.50]\n", "a.b[]=1 a.b[]=x a.b[]=true a.b[]=1.50"),
    ("[[a]]\nb = 1\n[[a]]\nb = 2\n", "a[].b=1 a[].b=2"),
    ("a.b.c = 1_000\n", "a.b.c=1000"),
    ("a = 2026-01-01\nb = {}\n", "a=2026-01-01 b={}"),
]

HCL = [
    (
        'resource "db" "main" {\n  protect = true\n  size = 10\n  low = -1\n}\n',
        "resource.db.main.protect=true resource.db.main.size=10 resource.db.main.low=-1",
    ),
    ("a {\n  b {\n    c = 1\n  }\n}\na { b { c = 2 } }\n", "a.b.c=1 a.b.c=2"),
    ('a = ["x", y, 1,\n  2,\n]\n', "a[]=x a[]=y a[]=1 a[]=2"),
    ('a = {\n  b = 1\n  "c" : 2, (d) = 3 }\n', "a.b=1 a.c=2 a.(d)=3"),
    ('a = jsonencode({\n  Statement = [{ Action = "*" }]\n})\n', "a.Statement[].Action=*"),
    ("a = jsonencode({ b = 1 }).x\n", "a=jsonencode({_b_=_1_}).x"),
    ("a = tolist([1])\n", "a[]=1"),
    ("a = x ? 1 : 0\nb = f(1,\n 2)\n", "a=x_?_1_:_0 b=f(1,\n_2)"),
    ("a = [for x in y : x]\nb = {for x in y : x => 1}\n", "a=[for_x_in_y_:_x] b={for_x_in_y_:_x_=>_1}"),
    ("a = [1, 2][0]\n", "a=[1,_2][0]"),
    ('a = "x${f("y", "}")}z" # remark\nb = "q\\"$${x}" // y\n/* c */\n', 'a=x${f("y",_"}")}z b=q"$${x}'),
    ('a = <<EOF\n{"x": 1}\n  EOF\nb = <<-E\ny\nE\n', "a.x=1 b=y\n"),
    ('a = <<EOF\n  {"Effect": "Deny", "x": ["${b}"]}\nEOF\n', "a.Deny().Effect=Deny a.Deny().x[]=${b}"),
    ('a = <<EOF\n{"x": ${b}}\nEOF\n', 'a={"x":_${b}}\n'),
    (r'a = "{\"x\": \"*\"}"', "a.x=*"),
    (r'a = ["[1]", "[x]", "1"]', "a[][]=1 a[]=[x] a[]=1"),
    ("a = f(<<EOF\n{}\nEOF\n)\n", "a=f(<<EOF\n{}\nEOF\n)"),
    ("a = {}\nb = []\nc {}\n", "a={} b=[] c={}"),
]  # fmt: skip

FRONT_MATTER = [
    ("---\nmode: x\ntools:\n- Bash\n---\n# Text\n---\n", "mode=x tools[]=Bash"),
    ("---\nglobs: *.ts,*.tsx\nalwaysApply: true\n---\n", "globs=*.ts,*.tsx alwaysApply=true"),
    ("---\r\na: 1\r\n---\r\n", "a=1"),
    ("# Text\n---\na: 1\n---\n", ""),
    ("---\na: 1\n", ""),
]

SETTINGS = [
    ("[a]\nb = 1\n[c d]\ne: x y ; remark\n", "a.b=1 c_d.e=x_y"),
    ("# a=1\n; b=2\nexport C=3\nD='4 # x' # y\n", "C=3 D=4_#_x"),
    ("a b = 1\nline\n=x\na=\n", "a="),
    ("url = http://x/#a\n", "url=http://x/#a"),
]

CASES = [
    (path, text, expected)
    for path, cases in (
        ("a.json", JSON),
        ("a.yml", YAML),
        ("a.toml", TOML),
        ("a.tf", HCL),
        ("a.md", FRONT_MATTER),
        ("a.ini", SETTINGS),
    )
    for text, expected in cases
]


@pytest.mark.parametrize(("path", "text", "expected"), CASES)
def test_leaves(path: str, text: str, expected: str) -> None:
    found = [f"{key}={value}".replace(" ", "_") for key, value in leaves(path, text.encode())]
    assert " ".join(found) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", "{"),
        ("a.json", '{"a": 1'),
        ("a.json", '{"a": "x}'),
        ("a.json", "{'a': 1}"),
        ("a.json", "{} {}"),
        ("a.yaml", "a: b: c\n"),
        ("a.yaml", "{{- if .x }}\na: 1\n{{- end }}\n"),
        ("a.yaml", "a: *b\n"),
        ("a.yaml", "&a [*a]\n"),
        ("a.yaml", "a: &a 1\n---\nb: *a\n"),
        ("a.yaml", "a: \x07\n"),
        ("a.toml", "a = 1\na = 2\n"),
        ("a.toml", "a\n"),
        ("a.tf", "a = \n"),
        ("a.tf", "a {\n"),
        ("a.tf", "}\n"),
        ("a.tf", 'a = "x\n'),
        ("a.tf", 'a = "${\n'),
        ("a.tf", "a = <<EOF\nx\n"),
        ("a.tf", "a = f(1\n"),
        ("a.tf", "a = [1\n"),
        ("a.tf", "a = { b }\n"),
        ("a.tf", "= 1\n"),
        ("a.tf", "1 + 1\n"),
    ],
)
def test_unreadable(path: str, text: str) -> None:
    with pytest.raises(UnreadableError):
        leaves(path, text.encode())
