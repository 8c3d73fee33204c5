"""What names a deleted file, and what only looks as if it did."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentguard.references import Mention, references

PAGE = "portal/templates/auth/login.html"
MODULE = "portal/auth/login.py"
SCRIPT = "web/src/auth/login.ts"
KLASS = "src/main/java/com/acme/auth/Login.java"


def mentions(deleted: str | list[str], by: str, text: str, *left: str) -> list[Mention]:
    """What `text`, the whole content of the file `by`, mentions; `left` are other files."""
    gone = [deleted] if isinstance(deleted, str) else deleted
    found = references(gone, [by, *left])
    return list(found.mentions(by, enumerate(text.split("\n"), 1)))


def named(deleted: str | list[str], by: str, text: str, *left: str) -> list[str]:
    return [mention.path for mention in mentions(deleted, by, text, *left)]


@pytest.mark.parametrize(
    ("deleted", "by", "text", "near_miss"),
    [
        # The path, its ends, and its name.
        (PAGE, "a.py", f"open('{PAGE}')", f"open('{PAGE}.bak')"),
        (PAGE, "a.py", "render('auth/login.html')", "render('auth/mylogin.html')"),
        (PAGE, "a.py", "render('login.html')", "render('login.htm')"),
        (PAGE, "a.txt", "/login.html", "my-login.html"),
        (PAGE, "a.txt", "(login.html)", "login.html-old"),
        (PAGE, "a.txt", 'see "login.html".', "login.html.j2"),
        (PAGE, "a.txt", "login.html?v=1", "alogin.html?v=1"),
        (PAGE, "a.txt", "login.html#form", "login_html#form"),
        (PAGE, "a.txt", "See “login.html”…", "See “login”…"),
        (PAGE, "a.txt", "https://x.org/auth/login.html", "https://x.org/login.html"),
        (MODULE, "a.txt", "portal/auth/login.py:12", "portal/auth/login.pyc"),
        ("src/auth.py", "a.txt", "src/auth.py", "src/author.py"),
        ("bin/serve", "Procfile", "web: bin/serve --all", "web: serve --all"),
        ("bin/serve", "a.sh", "exec ../bin/serve", "exec ../bin/serve-all"),
        # Names that texts use without meaning this file.
        ("docs/README.md", "a.txt", "docs/README.md", "README.md"),
        ("web/package.json", "a.txt", "web/package.json", "package.json"),
        ("web/index.html", "a.txt", "web/index.html", "index.html"),
        ("a/b.py", "c.txt", "a/b.py", "b.py"),
        # Python.
        (MODULE, "x.py", "import portal.auth.login", "import portal.auth.logins"),
        (MODULE, "x.py", "import os, portal.auth.login as l", "import os, other.portal.auth.login"),
        (MODULE, "x.py", "from portal.auth.login import form", "from auth.logins import form"),
        (MODULE, "x.py", "from portal.auth import login", "from portal.auth import logins"),
        (MODULE, "x.py", "from auth import (a, login)", "from django.auth import (a, login)"),
        (MODULE, "portal/auth/x.py", "from .login import form", "from ..login import form"),
        (MODULE, "portal/auth/x.py", "    from . import a, login as l", "from .. import login"),
        (MODULE, "portal/x.py", "from .auth import login", "from . import login"),
        (MODULE, "portal/shop/x.py", "from ..auth.login import f", "from ...auth.login import f"),
        (MODULE, "portal/auth/x.py", "from . import (\n    a,\n    login,\n)", "login(login)"),
        (MODULE, "x.py", "patch('portal.auth.login.form')", "self.portal.auth.login.form()"),
        (MODULE, "x.py", "portal.auth.login.form()", "auth.login(request)"),
        ("auth/login.py", "x.py", "patch('auth.login.form')", "auth.login.form()"),
        ("db.py", "x.py", "import db", "import database.db"),
        ("src/db.py", "tests/x.py", "from db import connect", "connect(db)"),
        ("portal/auth/__init__.py", "x.py", "from portal.auth import login", "import portal.auth.x"),
        ("portal/auth/__init__.py", "x.py", "import portal.auth", "portal.auth.login.form()"),
        # Others that write modules with dots.
        (KLASS, "A.java", "import com.acme.auth.Login;", "import com.acme.auth.LoginForm;"),
        (KLASS, "A.kt", "val a = com.acme.auth.Login()", "val a = auth.Login()"),
        (KLASS, "A.scala", "import com.acme.auth.Login.form", "import com.acme.auth._"),
        (KLASS, "web.xml", "<class>com.acme.auth.Login</class>", "com.acme.auth.Login-2"),
        ("src/Acme/Login.cs", "A.cs", "using L = Acme.Login;", "var l = Acme.Login;"),
        # Scripts: as they are imported, with or without the extension they are compiled to.
        (SCRIPT, "web/src/auth/a.ts", "import a from './login'", "import a from './logins'"),
        (SCRIPT, "web/src/auth/a.ts", 'import "./login.js"', 'import "./login.json"'),
        (SCRIPT, "web/src/a.tsx", "lazy(() => import('./auth/login'))", "import('./login')"),
        (SCRIPT, "web/src/shop/a.ts", 'require("../auth/login")', 'require("../../auth/login")'),
        (SCRIPT, "web/src/a.js", "import a from '@/auth/login'", "fetch('/auth/login')"),
        (SCRIPT, "web/src/a.vue", "import a from 'auth/login'", "import a from 'next-auth/login'"),
        (SCRIPT, "web/src/a.ts", "import 'src/auth/login'", "import '@acme/auth/login'"),
        (SCRIPT, "a.ts", "import 'auth/login'", "// the auth/login flow"),
        ("web/auth/index.ts", "web/a.ts", "import a from './auth'", "import a from './author'"),
        ("web/auth/index.ts", "web/shop/a.ts", "import '../auth/index'", "import './auth'"),
        ("web/types.d.ts", "web/a.ts", "import './types'", "types"),
        # Pages and styles.
        (PAGE, "x.html", '{% include "auth/login.html" %}', '{% include "auth/login.htm" %}'),
        ("web/index.html", "web/a.html", '<a href="index.html">', '<a href="../index.html">'),
        ("web/img/bg.png", "web/css/a.css", "url(../img/bg.png)", "url(../img/bg.png2)"),
        ("web/css/_base.scss", "web/css/a.scss", "@use 'base';", "@use 'sass:base';"),
        ("web/css/_base.scss", "web/a.scss", '@import "css/base"', '@import "base"'),
        # The directory is what Go imports.
        ("internal/auth/a.go", "b.go", '\t"acme.dev/x/internal/auth"', '\t"acme.dev/internal/author"'),
        ("pkg/errors/a.go", "b.go", '"github.com/acme/x/pkg/errors"', '"github.com/pkg/errors"'),
        # The module beside, or below, is what Rust declares.
        ("src/login.rs", "src/lib.rs", "pub mod login;", "mod login {"),
        ("src/auth/login.rs", "src/auth.rs", "mod login;", "use login;"),
        ("src/auth/mod.rs", "src/main.rs", "mod auth;", "mod author;"),
        ("lib/auth/login.rb", "lib/auth/a.rb", "require_relative 'login'", "render 'login'"),
        ("lib/auth/login.rb", "a.rb", "require 'auth/login'", "get '/auth/login'"),
        # Configuration and what runs it.
        ("scripts/x1.py", ".github/workflows/ci.yml", "run: python scripts/x1.py", "run: x1.pyc"),
        ("deploy/app.toml", "Dockerfile", "COPY ./deploy/app.toml /etc/", "COPY app.toml /etc/"),
        ("scripts/x.sh", "a.json", '{"test": "./scripts/x.sh -v"}', '{"test": "./other/x.sh -v"}'),
        (MODULE, "pyproject.toml", 'login = "portal.auth.login:main"', 'login = "portal.auth:login"'),
        ("portal/wsgi.py", "Procfile", "web: gunicorn portal.wsgi:app", "web: run portal.wsgi"),
        ("portal/wsgi.py", "a.yml", "run: python -m portal.wsgi", "portal.wsgi: Sign in"),
        # Names that are not one word.
        ("app/[id].tsx", "a.ts", "open('app/[id].tsx')", "open('app/x[id].tsx')"),
        ("app/[id]/index.ts", "a.js", "'./app/[id]/index.ts'", "'./app/[ids]/index.ts'"),
        ("docs/My Guide.pdf", "a.md", "see [it](docs/My Guide.pdf)", "see docs/Guide.pdf"),
        ("docs/gr\udcfcn.txt", "a.md", "docs/gr\udcfcn.txt", "docs/gr\udcfdn.txt"),
    ],
)  # fmt: skip
def test_what_mentions_a_deleted_file(deleted: str, by: str, text: str, near_miss: str) -> None:
    line = 3 if text.startswith("from . import (") else 1
    assert mentions(deleted, by, text) == [Mention(deleted, by, line)]
    assert mentions(deleted, by, near_miss) == []


@pytest.mark.parametrize(
    ("deleted", "by", "text", "left"),
    [
        (PAGE, "a.py", "render('login.html')", "shop/login.html"),
        (PAGE, "a.py", "render('auth/login.html')", "shop/auth/login.html"),
        (MODULE, "x.py", "from auth.login import f", "shop/auth/login.py"),
        (MODULE, "x.py", "import portal.auth.login", "portal/auth/login/__init__.py"),
        (MODULE, "portal/auth/x.py", "from .login import f", "portal/auth/login/__init__.py"),
        (SCRIPT, "web/src/auth/a.ts", "import './login'", "web/src/auth/login.tsx"),
        (SCRIPT, "web/src/auth/a.ts", "import './login'", "web/src/auth/login/index.js"),
        ("internal/auth/a.go", "b.go", '"acme.dev/x/internal/auth"', "internal/auth/b.go"),
        ("src/login.rs", "src/lib.rs", "mod login;", "src/login/mod.rs"),
    ],
)
def test_a_name_that_another_file_answers_to_does_not_count(
    deleted: str, by: str, text: str, left: str
) -> None:
    assert named(deleted, by, text) == [deleted]
    assert named(deleted, by, text, left) == []


def test_a_relative_path_tells_files_of_one_name_apart() -> None:
    gone = "portal/login.html"
    assert named(gone, "portal/a.md", "[x](./login.html)", "shop/login.html") == [gone]
    assert named(gone, "shop/a.md", "[x](./login.html)", "shop/login.html") == []


def test_the_longest_path_says_which_of_the_deleted_files_is_meant() -> None:
    gone = ["de/mail/hello.html", "fr/mail/hello.html"]
    assert named(gone, "a.py", "'fr/mail/hello.html'") == ["fr/mail/hello.html"]
    assert named(gone, "a.py", "f'{language}/mail/hello.html'") == gone


def test_all_files_of_a_go_package_are_imported_but_its_tests() -> None:
    gone = ["internal/auth/a.go", "internal/auth/b.go", "internal/auth/a_test.go"]
    assert named(gone, "x.go", '"acme.dev/x/internal/auth"') == gone[:2]


def test_a_line_counts_once_and_a_file_does_not_mention_itself() -> None:
    found = mentions(MODULE, "x.py", f"import portal.auth.login  # {MODULE}\n\nlogin.py login.py")
    assert [mention.line for mention in found] == [1, 3]
    assert mentions(MODULE, MODULE, "portal/auth/login.py") == []


def test_an_import_ends_where_its_parenthesis_does() -> None:
    text = "from . import (  # what for\n    a,\n)\n\ndef f():\n    login,\n"
    assert mentions(MODULE, "portal/auth/x.py", text) == []


def test_more_dots_than_directories_import_nothing() -> None:
    assert mentions("login.py", "x.py", "from .. import login") == []


@pytest.mark.parametrize(
    ("by", "prose"),
    [
        ("README.md", True),
        ("CHANGELOG.rst", True),
        ("docs/example.py", True),
        ("portal/locale/de/LC_MESSAGES/django.po", True),
        ("portal.pot", True),
        ("i18n/messages.de.xlf", True),
        ("src/portal.pony", False),
        ("src/docs.py", False),
        ("src/portal.py", False),
    ],
)
def test_documentation_is_told_from_code(by: str, prose: bool) -> None:
    assert Mention("a.py", by, 1).prose is prose


PARTS = st.sampled_from(["auth", "login", "index", "__init__", "mod", "a b", "[x]", "\udcff", "é"])
ENDS = st.sampled_from(["", ".py", ".ts", ".d.ts", ".scss", ".go", ".rs", ".rb", ".java", ".md"])
PATHS = st.builds("{}{}".format, st.lists(PARTS, min_size=1, max_size=5).map("/".join), ENDS)


@settings(deadline=None)
@given(st.lists(PATHS, min_size=1, max_size=5), st.lists(PATHS, max_size=5), PATHS, st.text())
def test_whatever_a_line_holds_only_deleted_files_are_mentioned(
    deleted: list[str], left: list[str], by: str, text: str
) -> None:
    found = mentions(deleted, by, text, *left)
    assert {mention.path for mention in found} <= set(deleted) - {by}


@settings(deadline=None)
@given(PATHS, st.lists(PATHS, max_size=5), st.sampled_from(["a.c", "b/c.py", "d/e.ts", "f.md"]))
def test_a_whole_path_is_always_a_mention(directory: str, left: list[str], by: str) -> None:
    deleted = f"top/{directory}"
    assert named(deleted, by, f"'{deleted}'", *left) == [deleted]


def test_a_very_deep_path_costs_no_more_than_another() -> None:
    deep = "/".join(["d"] * 4000) + "/login.html"
    found = references([deep], [])
    assert len(found.known) < 20
    assert list(found.mentions("a.py", [(1, "d/d/login.html")])) == [Mention(deep, "a.py", 1)]
    assert posixpath.basename(deep) in found.bases
