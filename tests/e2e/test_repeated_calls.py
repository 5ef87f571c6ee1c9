from concurrent.futures import ThreadPoolExecutor

import httpx2

from tests.e2e.server_process import ServerProcess

START = '{"processName":"booking room","object":{"RoomObject":{"number":"1"}}}'


def start(server: ServerProcess, key: str, content: str = START) -> "httpx2.Response":
    return server.http.post(f"{server.legacy}/process/start", content=content, headers={"Idempotency-Key": key})


def test_same_idempotency_key_starts_one_instance(booking_server: ServerProcess) -> None:
    """The same key, bare or quoted, gives the same answer; the instance is started once."""
    first = start(booking_server, "order-1")
    second = start(booking_server, '"order-1"')

    tasks = booking_server.data("GET", "tasks?role=R0003")
    assert first.json()["code"] == 0
    assert second.json()["data"] == first.json()["data"]
    assert len(tasks) == 1


def test_same_idempotency_key_gives_the_same_answer_after_a_kill(booking_server: ServerProcess) -> None:
    """The answer is kept in the database: a server that was killed and started again repeats it."""
    first = start(booking_server, "order-1").json()["data"]

    booking_server.restart_after_kill()

    assert start(booking_server, "order-1").json()["data"] == first


def test_same_idempotency_key_with_another_content_is_refused(booking_server: ServerProcess) -> None:
    """A key belongs to one content: another one under it is an error, and starts nothing."""
    start(booking_server, "order-1")

    other = start(booking_server, "order-1", START.replace('"1"', '"2"'))

    assert (other.status_code, other.json()["code"]) == (400, 3)
    assert len(booking_server.data("GET", "tasks?role=R0003")) == 1


def test_concurrent_twins_start_one_instance(booking_server: ServerProcess) -> None:
    """Sixteen calls with one key at the same time get one answer."""
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: start(booking_server, "order-1").json(), range(16)))

    assert {answer["code"] for answer in answers} == {0}
    assert len({answer["data"] for answer in answers}) == 1
    assert len(booking_server.data("GET", "tasks?role=R0003")) == 1


def test_completion_repeated_under_its_key_succeeds_without_running_twice(booking_server: ServerProcess) -> None:
    """Under the same key the second completion gets the first one's answer; without one it is refused."""
    instance = start(booking_server, "order-1").json()["data"]
    (task,) = booking_server.data("GET", f"instance/{instance}/tasks")
    path = f"{booking_server.legacy}/tasks/{task['id']}/complete?user=ann"

    codes = [
        booking_server.http.post(path, headers={"Idempotency-Key": "done-1"}).json()["code"],
        booking_server.http.post(path, headers={"Idempotency-Key": "done-1"}).json()["code"],
        booking_server.http.post(path).json()["code"],
    ]

    assert codes == [0, 0, 9]
    tasks = booking_server.data("GET", f"instance/{instance}/tasks")
    assert [each["name"] for each in tasks] == ["Add customer details"]
