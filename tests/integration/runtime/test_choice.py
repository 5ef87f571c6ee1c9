"""Which version a start means: names are resolved against what is deployed, and nothing is guessed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.runtime.servers import USER_TASK, Server, failure, opened
from tests.support.harness import bpmn, flows

Call = dict[str, Any]


def titled(process: str, title: str, task: str = "t") -> bytes:
    """A process with a display name."""
    content = bpmn(f'<startEvent id="s"/><userTask id="{task}"/>' + flows(f"s -> {task}"), process=process)
    return content.replace(b'isExecutable="true"', f'isExecutable="true" name="{title}"'.encode())


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[Server]:
    """A server with several applications, versions, tags and display names."""
    async with opened(database_url) as (server,):
        await server.deploy(USER_TASK, app="one")
        await server.deploy(USER_TASK, app="two")
        await server.deploy(titled("order", "Bestellung จอง", "t1"), app="shop", tag="v.1")
        await server.deploy(titled("order", "Bestellung จอง", "t2"), app="shop", tag="v.2")
        await server.deploy(titled("order", "Bestellung จอง", "t3"), app="shop", tag="v.1")
        await server.deploy(titled("x", "twins"), titled("y", "twins"), app="shop")
        yield server


@pytest.mark.parametrize(
    ("name", "call", "version"),
    (
        ("order", {}, 3),
        ("order", {"app_name": "shop"}, 3),
        ("order", {"version": 2}, 2),
        ("order", {"version_tag": "v.2"}, 2),
        ("order", {"version_tag": "v.1"}, 3),
        ("order", {"version_tag": "v.1", "version": 1}, 1),
        ("Bestellung จอง", {}, 3),
        ("Bestellung จอง", {"version": 1}, 1),
        ("p", {"app_name": "two"}, 1),
    ),
)
async def test_name_means_the_latest_version_that_fits(world: Server, name: str, call: Call, version: int) -> None:
    """Without version or tag the latest; of several versions under one tag the latest of these."""
    instance = await world.instance(await world.start(name, **call))

    assert instance.version == version


@pytest.mark.parametrize(
    ("name", "call", "expected"),
    (
        (
            "p",
            {},
            (
                "FAILED_PRECONDITION",
                "APPLICATION_AMBIGUOUS",
                "app_name is needed: process 'p' belongs to the applications 'one', 'two'",
            ),
        ),
        (
            "twins",
            {},
            (
                "FAILED_PRECONDITION",
                "PROCESS_NAME_AMBIGUOUS",
                "process_name 'twins' is the display name of the processes 'x', 'y'",
            ),
        ),
        ("z", {}, ("NOT_FOUND", "PROCESS_NOT_FOUND", "process 'z' is not deployed")),
        (
            "p",
            {"app_name": "three"},
            ("NOT_FOUND", "PROCESS_NOT_FOUND", "application 'three' has no process 'p'"),
        ),
        ("order", {"version": 9}, ("NOT_FOUND", "VERSION_NOT_FOUND", "process 'order' has no version 9")),
        (
            "order",
            {"version_tag": "v.9"},
            ("NOT_FOUND", "VERSION_NOT_FOUND", "process 'order' has no version tag 'v.9'"),
        ),
        ("order", {"version": -1}, ("INVALID_ARGUMENT", "INVALID_ARGUMENT", "version: cannot be negative")),
        (
            "",
            {},
            (
                "INVALID_ARGUMENT",
                "INVALID_ARGUMENT",
                "process_name: is required where process_definition_id is not given",
            ),
        ),
        ("a\0b", {}, ("INVALID_ARGUMENT", "INVALID_ARGUMENT", "process_name: holds a NUL character")),
    ),
)
async def test_name_that_means_no_one_process_is_refused(
    world: Server, name: str, call: Call, expected: tuple[str, str, str]
) -> None:
    """An unknown name is NOT_FOUND; one that means several is FAILED_PRECONDITION and lists them."""
    found = await failure(world.start(name, **call))

    assert found == expected
    assert await world.instances() == []


async def test_id_means_its_version(world: Server) -> None:
    """An id alone, or with names that fit it, starts exactly that version."""
    (second,) = await world.deploy(titled("order", "Bestellung จอง", "t4"), app="shop")
    await world.deploy(titled("order", "Bestellung จอง", "t5"), app="shop")
    wanted = second.process_definition_id

    alone = await world.start("", process_definition_id=wanted)
    named = await world.start("order", process_definition_id=wanted, app_name="shop", version=4)
    titled_ = await world.start("Bestellung จอง", process_definition_id=wanted)

    assert [(await world.instance(one)).version for one in (alone, named, titled_)] == [4, 4, 4]


@pytest.mark.parametrize(
    ("call", "field"),
    (
        ({"name": "other"}, "process_name"),
        ({"name": "", "app_name": "two"}, "app_name"),
        ({"name": "", "version": 7}, "version"),
        ({"name": "", "version_tag": "v.1"}, "version_tag"),
    ),
)
async def test_id_that_contradicts_a_name_is_refused(world: Server, call: dict[str, Any], field: str) -> None:
    """Names given together with an id have to be those of its version; the error names the field."""
    (found,) = await world.deploy(USER_TASK, app="one")

    code, reason, text = await failure(world.start(process_definition_id=found.process_definition_id, **call))

    assert (code, reason) == ("INVALID_ARGUMENT", "CONTRADICTION")
    assert text.startswith(f"{field} is ")


async def test_process_that_only_timers_start_is_refused_to_callers(world: Server) -> None:
    """A process without a none start event is started by its events alone."""
    timed = bpmn(
        '<startEvent id="s"><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition></startEvent>'
        '<userTask id="t"/>' + flows("s -> t"),
        process="timed",
    )
    await world.deploy(timed)

    found = await failure(world.start("timed"))

    assert found[:2] == ("FAILED_PRECONDITION", "NO_NONE_START_EVENT")
