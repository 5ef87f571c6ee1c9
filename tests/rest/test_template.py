"""Path templates: what they take, what they refuse, and that they never disagree with themselves."""

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmgrpc_rest.errors import Problem
from bpmgrpc_rest.router import Router
from bpmgrpc_rest.template import Template, TemplateError

LITERALS = st.text("abcXYZ0159-_.~", min_size=1, max_size=6).filter(lambda text: text not in (".", ".."))
NAMES = st.from_regex(r"[a-z][a-z_]{0,8}(\.[a-z]{1,4})?", fullmatch=True)
VALUES = st.text(min_size=1, max_size=12).filter(lambda text: not any("\ud800" <= sign <= "\udfff" for sign in text))


@st.composite
def templates(draw: st.DrawFn) -> str:
    names = draw(st.lists(NAMES, unique=True, max_size=3))
    pieces = [f"{{{name}}}" for name in names] + draw(st.lists(st.one_of(LITERALS, st.just("*")), max_size=3))
    pieces = draw(st.permutations(pieces)) or ["a"]
    if draw(st.booleans()):
        pieces.append(draw(st.sampled_from(["**", "{rest=**}", "{rest=a/*/**}"])))
    verb = draw(st.one_of(st.just(""), LITERALS.map(lambda text: f":{text}")))
    return "/" + "/".join(pieces) + verb


def found(template: str, path: str, method: str = "GET") -> dict[str, str] | None:
    router = Router([(method, Template.parse(template), "it")])
    try:
        return router.find(method, [piece.encode() for piece in path[1:].split("/")])[1]
    except Problem:
        return None


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    (
        ("/v1/a", "/v1/a", {}),
        ("/v1/a", "/v1/A", None),
        ("/v1/a", "/v1/a/", None),
        ("/v1/{id}", "/v1/x", {"id": "x"}),
        ("/v1/{id}", "/v1/", None),
        ("/v1/{id}", "/v1/x/y", None),
        ("/v1/{id}", "/v1/a%2Fb%20c%25", {"id": "a/b c%"}),
        ("/v1/{id}", "/v1/a+b", {"id": "a+b"}),
        ("/v1/{id}", "/v1/a:b:c", {"id": "a:b:c"}),
        ("/v1/{id}:go", "/v1/a:b:go", {"id": "a:b"}),
        ("/v1/{id}:go", "/v1/a%3Ago", None),
        ("/v1/{id}:go", "/v1/:go", None),
        ("/v1/{id}:go", "/v1/a:gone", None),
        ("/v1/{name=users/*}", "/v1/users/x%2Fy", {"name": "users/x%2Fy"}),
        ("/v1/{name=users/*}", "/v1/groups/x", None),
        ("/v1/{name=a/*/b/*}:go", "/v1/a/1/b/2:go", {"name": "a/1/b/2"}),
        ("/v1/{rest=**}", "/v1/a/b%20c/d%2Fe", {"rest": "a/b c/d%2Fe"}),
        ("/v1/{rest=**}:go", "/v1/a/b:go", {"rest": "a/b"}),
        ("/v1/**", "/v1/a/b/c", {}),
        ("/v1/*/c", "/v1/b/c", {}),
        ("/v1/{a.b}/{c}", "/v1/x/y", {"a.b": "x", "c": "y"}),
    ),
)
def test_template_takes_these_paths_and_no_others(template: str, path: str, expected: dict[str, str] | None) -> None:
    """A template takes a path with these values, or does not take it."""
    assert found(template, path) == expected


@pytest.mark.parametrize(
    ("template", "reason"),
    (
        ("v1/a", "it must start with a slash"),
        ("/", "it has an empty segment"),
        ("/v1//a", "it has an empty segment"),
        ("/v1/{a", "a brace is not closed"),
        ("/v1/{}", "a variable has no field path"),
        ("/v1/{1a}", "a variable has no field path"),
        ("/v1/{a={b}}", "a variable is inside another"),
        ("/v1/{a=}", "it has an empty segment"),
        ("/v1/**/a", "** must be the last segment"),
        ("/v1/{a=**}/{b=**}", "** must be the last segment"),
        ("/v1/{a}/{a}", "a variable is bound twice"),
        ("/v1/a:", "its verb must be a literal"),
        ("/v1/a:*", "its verb must be a literal"),
        ("/v1/a}b", "'}' is out of place"),
        ("/v1/a{b}", "'{' is out of place"),
    ),
)
def test_malformed_template_is_refused(template: str, reason: str) -> None:
    """A template that breaks the grammar is refused with the reason when it is read."""
    with pytest.raises(TemplateError) as error:
        Template.parse(template)

    assert str(error.value) == f"path template {template!r}: {reason}"


def test_more_specific_template_comes_first() -> None:
    """A verb goes before none, a literal before a variable, one segment before many; the order of rows does not
    matter.
    """
    rows = ["/v1/{rest=**}", "/v1/{id}", "/v1/count", "/v1/{id}:go", "/v1/count:go"]
    router = Router(("GET", Template.parse(row), row) for row in rows)

    assert router.find("GET", [b"v1", b"count"])[0] == "/v1/count"
    assert router.find("GET", [b"v1", b"other"])[0] == "/v1/{id}"
    assert router.find("GET", [b"v1", b"count:go"])[0] == "/v1/count:go"
    assert router.find("GET", [b"v1", b"other:go"])[0] == "/v1/{id}:go"
    assert router.find("GET", [b"v1", b"a", b"b"])[0] == "/v1/{rest=**}"
    assert router.find("GET", [b"v1"])[0] == "/v1/{rest=**}"


def test_two_templates_for_the_same_requests_are_refused() -> None:
    """Two templates that take the same paths with the same method cannot both be served."""
    with pytest.raises(TemplateError, match=r"GET /v1/\{a\} is bound twice"):
        Router([("GET", Template.parse("/v1/{a}"), 1), ("GET", Template.parse("/v1/{b}"), 2)])


def test_any_method_is_served_after_the_named_ones() -> None:
    """A custom pattern of kind `*` takes every method that no other pattern names."""
    router = Router([("*", Template.parse("/a"), "any"), ("GET", Template.parse("/a"), "get")])

    assert router.find("GET", [b"a"])[0] == "get"
    assert router.find("BREW", [b"a"])[0] == "any"


@settings(deadline=None)
@given(st.data(), templates())
def test_template_gives_back_the_values_that_were_put_in(data: st.DataObject, text: str) -> None:
    """Values put into a template by percent-encoding come out of it as they were, whatever letters they hold."""
    template = Template.parse(text)
    pieces = [segment if segment is not None else data.draw(VALUES) for segment in template.segments]
    if template.open_ended:
        pieces += data.draw(st.lists(VALUES, max_size=3))
    path = "/" + "/".join(quote(piece, safe="") for piece in pieces) + (f":{template.verb}" if template.verb else "")

    values = found(text, path)

    assert values is not None
    assert set(values) == {variable.field_path for variable in template.variables}
    for variable in template.variables:
        taken = pieces[variable.start : variable.end]
        if variable.takes_one:
            assert values[variable.field_path] == taken[0]
        else:
            assert values[variable.field_path].replace("%2F", "/") == "/".join(taken).replace("%2F", "/")


@settings(deadline=None)
@given(st.text(max_size=30))
def test_template_parser_ends_in_a_template_or_an_error(text: str) -> None:
    """Whatever text it is given, the parser gives a template or TemplateError."""
    try:
        template = Template.parse(text)
    except TemplateError:
        return
    assert template.text == text


@settings(deadline=None)
@given(st.binary(max_size=40).filter(lambda path: b"?" not in path))
def test_router_ends_in_a_target_or_a_problem(path: bytes) -> None:
    """Whatever bytes a path holds, the router finds a target or tells a problem."""
    router = Router([("GET", Template.parse("/v1/{id}:go"), 1), ("GET", Template.parse("/{rest=**}"), 2)])
    outcome = 0
    try:
        router.find("GET", path.split(b"/"))
    except Problem as problem:
        outcome = problem.number

    assert outcome in (0, 3, 5)
