"""The REST adapter alone, in front of several servers."""

import json
import socket

import httpx2
import pytest

from tests.e2e.conftest import ServerFactory
from tests.e2e.models import USER_TASK, deploy, process
from tests.e2e.server_process import LEGACY_BASE, SECONDS, Program


def both_loopbacks() -> bool:
    """Whether the name localhost stands for an address of each kind, at which one can listen."""
    found = {info[4][0] for info in socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)}
    if found != {"127.0.0.1", "::1"}:
        return False
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


@pytest.mark.skipif(not both_loopbacks(), reason="localhost is not the name of two addresses here")
def test_calls_are_spread_over_all_servers_of_a_name(postgresql_url: str, run_server: ServerFactory) -> None:
    """A name that stands for two servers: both get calls, and when one is killed the other one answers them all."""
    first = run_server(postgresql_url, grpc_address="127.0.0.1:0")
    port = first.grpc.rpartition(":")[2]
    second = run_server(postgresql_url, grpc_address=f"[::1]:{port}")
    deploy(first, process("p", USER_TASK))
    adapter = Program("rest", "--upstream", f"localhost:{port}")
    try:
        with httpx2.Client(base_url=adapter.ready["rest"] + LEGACY_BASE, timeout=SECONDS, trust_env=False) as client:

            def start() -> int:
                return int(client.post("/process/start", content='{"processName":"p"}').json()["code"])

            def served(log: list[str]) -> int:
                lines = (json.loads(line) for line in log if line.startswith("{"))
                return sum("StartProcessInstance" in str(line) for line in lines)

            codes = [start() for _ in range(40)]
            spread = (served(first.program.log), served(second.program.log))
            first.end()
            after = [start() for _ in range(10)]
    finally:
        adapter.end()

    assert codes == [0] * 40
    assert min(spread) > 0
    assert after[1:] == [0] * 9  # the first may have met the connection that broke
