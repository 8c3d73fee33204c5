"""Names that routing files newly use, looked for in the rest of the tree."""

from __future__ import annotations

import pytest

from agentguard.errors import EvaluationError
from agentguard.repo import unknown
from agentguard.repo.extras import Wanted
from agentguard.repo.git import raw
from tests.repo.crafted import Crafted, Files, submodule

ASKED = Wanted(references=lambda file: file.path.endswith(("firebase.json", "nginx.conf")))


def hosting(*services: str) -> str:
    rewrites = ", ".join(f'{{"run": {{"serviceId": "{name}"}}}}' for name in services)
    return f'{{"hosting": {{"rewrites": [{rewrites}]}}}}'


def unknown_names(crafted: Crafted, before: Files, after: Files) -> list[tuple[str, str]]:
    old, new = crafted.history(before, after)
    found = crafted.read(old, new, wanted=ASKED).unknown_references
    return [(each.path, each.name) for each in found]


BEFORE = {"firebase.json": hosting("portal"), "a.sh": "deploy portal\n"}
NEW = {**BEFORE, "firebase.json": hosting("portal-web")}


def test_a_name_that_stands_nowhere_else(crafted: Crafted) -> None:
    old, new = crafted.history(BEFORE, NEW)
    [found] = crafted.read(old, new, wanted=ASKED).unknown_references
    assert (found.path, found.name) == ("firebase.json", "portal-web")
    assert found.where == "hosting.rewrites[].run.serviceId"


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"b.sh": "deploy portal-web --now\n"}, id="in another file"),
        pytest.param({"b.sh": "portal-web"}, id="all of a file"),
        pytest.param({"services/portal-web/main.go": "x\n"}, id="a folder"),
        pytest.param({"k8s/portal-web.yaml": "x\n"}, id="a file's name"),
        pytest.param({"k8s/Portal.yaml": "name: 'portal-web'\n"}, id="quoted"),
        pytest.param({"nginx.conf": "upstream portal-web {}\n"}, id="defined by another such file"),
    ],
)
def test_a_name_that_stands_elsewhere(crafted: Crafted, more: Files) -> None:
    assert unknown_names(crafted, BEFORE, {**NEW, **more}) == []


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"b.sh": "deploy portal-web2 my-portal-web\n"}, id="in longer names"),
        pytest.param({"b.sh": "deploy Portal-Web\n"}, id="in other letters"),
        pytest.param({"b.sh": b"\0portal-web\n"}, id="in a binary file"),
        pytest.param({"portal-web": submodule("a"), "b": "\n"}, id="a submodule is no other"),
    ],
)
def test_what_is_no_such_name(crafted: Crafted, more: Files) -> None:
    expected = [] if "portal-web" in more else [("firebase.json", "portal-web")]
    assert unknown_names(crafted, BEFORE, {**NEW, **more}) == expected


def test_the_same_mistake_twice_is_no_proof(crafted: Crafted) -> None:
    after = {**NEW, "nginx.conf": "proxy_pass http://portal-web;\n"}
    assert len(unknown_names(crafted, BEFORE, after)) == 2


def test_an_older_file_that_routes_there_is_one(crafted: Crafted) -> None:
    before = {**BEFORE, "nginx.conf": "proxy_pass http://portal-web;\n"}
    assert (
        unknown_names(crafted, before, {**before, **NEW, "nginx.conf": before["nginx.conf"]}) == []
    )


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(hosting("portal", "portal"), id="a name that was there"),
        pytest.param(hosting(), id="a name less"),
        pytest.param("{", id="a file that cannot be read"),
        pytest.param(None, id="a file that is gone"),
    ],
)
def test_nothing_new(crafted: Crafted, after: str | None) -> None:
    before = {"firebase.json": hosting("portal"), "b": "b\n"}
    files = {"b": "b\n"} | ({"firebase.json": after} if after is not None else {})
    assert unknown_names(crafted, before, files) == []


def test_a_template_may_well_define_what_another_file_uses(crafted: Crafted) -> None:
    after = {**NEW, "x/firebase.json": "{{ if }} portal-web"}
    assert unknown_names(crafted, BEFORE, after) == []


def test_names_that_would_mean_something_to_git(crafted: Crafted) -> None:
    after = {**BEFORE, "firebase.json": hosting("a.c", "a--and", "HEAD"), "b": "abc a-b\n"}
    names = [name for _, name in unknown_names(crafted, BEFORE, after)]
    assert names == ["a.c", "a--and", "HEAD"]


def test_only_so_many_names_are_looked_for(crafted: Crafted) -> None:
    names = [f"service-{number}" for number in range(unknown.MOST_NAMES + 5)]
    after = {**BEFORE, "firebase.json": hosting(*names)}
    assert len(unknown_names(crafted, BEFORE, after)) == unknown.MOST_NAMES


def test_what_the_search_does_not_come_to_is_unknown(
    crafted: Crafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unknown, "MOST_BYTES", 50)
    after = {**NEW, "a/b.sh": "portal-web" + "x " * 100, "b.sh": "portal-web"}
    assert unknown_names(crafted, BEFORE, {**after, "a/b.sh": "not-it portal-web" * 50})


def test_a_path_of_any_bytes(crafted: Crafted) -> None:
    path = raw("caf\udce9 \n\t/x.sh").decode("utf-8", "surrogateescape")
    assert unknown_names(crafted, BEFORE, {**NEW, path: "run portal-web\n"}) == []


def test_nothing_is_searched_when_nobody_asks(
    crafted: Crafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unknown, "_grep", None)
    old, new = crafted.history(BEFORE, NEW)
    assert crafted.read(old, new, wanted=Wanted()).unknown_references == ()
    assert (
        unknown_names(crafted, BEFORE, {**BEFORE, "firebase.json": hosting("portal") + "\n"}) == []
    )


def test_a_git_that_fails(crafted: Crafted, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = crafted.history(BEFORE, NEW)
    monkeypatch.setattr(unknown, "root_of", lambda _tree: "no-such-tree")
    with pytest.raises(EvaluationError, match="git grep failed"):
        crafted.read(old, new, wanted=ASKED)


def test_a_file_too_large_to_be_read_may_name_anything(
    crafted: Crafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unknown, "LARGEST", 50)
    assert ("firebase.json", "") in unknown_names(crafted, BEFORE, NEW)
