"""The definition cache: bounded, dropped on every server by a refresh, and never in the way of the right version."""

import pytest

from bpmgrpc.runtime import Options
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.integration.runtime.servers import USER_TASK, Server, failure, opened
from tests.support.harness import bpmn, flows

CALLER = bpmn(
    '<startEvent id="s"/><userTask id="first"/><callActivity id="c" calledElement="called"/><userTask id="last"/>'
    + flows("s -> first", "first -> c", "c -> last"),
    process="caller",
)


def called(task: str) -> bytes:
    """The process that is called, with one task."""
    return bpmn(f'<startEvent id="s"/><userTask id="{task}"/>' + flows(f"s -> {task}"), process="called")


async def test_call_activity_calls_the_latest_version_of_that_moment(server: Server) -> None:
    """What is deployed after the start and before the call is what is called; what comes later is not."""
    await server.deploy(CALLER, called("old"))
    instance = await server.start("caller")
    await server.deploy(called("new"))

    await server.complete(await server.open_task(instance))
    await server.deploy(called("later"))
    task = await server.open_task(instance)

    assert task.name == "new"
    await server.complete(task)
    assert (await server.open_task(instance)).name == "last"


async def test_call_activity_calls_what_another_server_deployed(pair: tuple[Server, Server]) -> None:
    """The latest version is read with the state, so a server that cached an older one calls the newer one."""
    await pair[0].deploy(CALLER, called("old"))
    warm = await pair[0].start("caller")
    await pair[0].complete(await pair[0].open_task(warm))
    instance = await pair[0].start("caller")
    await pair[1].deploy(called("new"))

    await pair[0].complete(await pair[0].open_task(instance))

    assert (await pair[0].open_task(instance)).name == "new"


async def test_start_takes_what_another_server_deployed(pair: tuple[Server, Server]) -> None:
    """A new version counts on every server from the answer of its deployment on."""
    await pair[0].deploy(USER_TASK)
    await pair[0].start()
    await pair[1].deploy(bpmn('<startEvent id="s"/><userTask id="new"/>' + flows("s -> new")))

    instance = await pair[0].start()

    assert (await pair[0].open_task(instance)).name == "new"


async def test_cache_of_one_serves_many_definitions(database_url: str) -> None:
    """Instances of several definitions, one calling another, go on though only one definition stays compiled."""
    async with opened(database_url, options=Options(cache_size=1)) as (server,):
        await server.deploy(CALLER, called("inner"), USER_TASK)
        ids = [await server.start(name) for name in ("caller", "p", "called", "caller")]

        for _ in range(3):
            for instance in ids:
                for task in await server.tasks(instance):
                    await server.complete(task)

        assert server.runtime.cache.count() == 1
        assert [(await server.instance(instance)).state for instance in ids] == [ProcessInstance.STATE_COMPLETED] * 4


async def test_refresh_drops_the_definitions_of_every_server(pair: tuple[Server, Server]) -> None:
    """The counts are the asked server's; the other drops what it has before its next command is decided."""
    await pair[0].deploy(USER_TASK, called("t"))
    for server in pair:
        await server.start("p")
        await server.start("called")

    answer = await pair[0].processes.RefreshCache(pb.RefreshCacheRequest())
    here = pair[0].runtime.cache.count()
    await pair[1].start("p")

    assert (answer.process_definition_count, here) == (2, 0)
    assert pair[1].runtime.cache.count() == 1


async def test_refresh_of_one_process_leaves_the_others(pair: tuple[Server, Server]) -> None:
    """Only the versions of that process are dropped, on every server, and they are named with their counts."""
    await pair[0].deploy(USER_TASK, called("t"))
    for server in pair:
        await server.start("p")
        await server.start("called")
    request = pb.RefreshProcessCacheRequest(process_name="p")

    answer = await pair[0].processes.RefreshProcessCache(request)
    again = await pair[0].processes.RefreshProcessCache(request)
    await pair[1].start("called")

    assert [(one.process_name, one.version) for one in answer.process_definitions] == [("p", 1)]
    assert answer.cached_count == 1
    assert again.cached_count == 0
    assert pair[1].runtime.cache.count() == 1


async def test_refresh_tells_about_files_and_touches_nothing(server: Server) -> None:
    """With EVENT_FILE the stored files are named with their sizes, of all versions."""
    await server.deploy(USER_TASK, tag="v.1")
    await server.deploy(USER_TASK, tag="v.2")
    request = pb.RefreshProcessCacheRequest(process_name="p", event=pb.RefreshProcessCacheRequest.EVENT_FILE)

    answer = await server.processes.RefreshProcessCache(request)

    assert [(one.name, one.size_bytes) for one in answer.files] == [("0.bpmn", len(USER_TASK))] * 2


@pytest.mark.parametrize(
    ("archive", "found"),
    (
        ("id.7.my.app.p.v.0.2.0.jar", ["v.0.2.0"]),
        ("my.app.p.v.0.2.0", ["v.0.2.0"]),
        ("x.my.app.p.v.1.jar", ["v.1"]),
    ),
)
async def test_archive_name_is_matched_from_its_end(server: Server, archive: str, found: list[str]) -> None:
    """Application, process and tag may hold dots; what stands before them is not looked at."""
    await server.deploy(USER_TASK, app="my.app", tag="v.0.2.0")
    await server.deploy(USER_TASK, app="my.app", tag="v.1")
    await server.deploy(USER_TASK, app="app", tag="v.2")

    answer = await server.processes.RefreshProcessCache(pb.RefreshProcessCacheRequest(archive_names=[archive]))

    assert [one.version_tag for one in answer.process_definitions] == found


async def test_archive_name_of_nothing_is_not_found(server: Server) -> None:
    """An archive that fits nothing is named, and nothing is refreshed."""
    await server.deploy(USER_TASK)
    await server.start()

    found = await failure(
        server.processes.RefreshProcessCache(
            pb.RefreshProcessCacheRequest(process_name="p", archive_names=["a.b.c.jar"])
        )
    )

    assert found[:2] == ("NOT_FOUND", "PROCESS_NOT_FOUND")
    assert server.runtime.cache.count() == 1
