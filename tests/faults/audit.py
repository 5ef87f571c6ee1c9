"""Reads all orders back, through the contract, once everything is mended."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from bpmgrpc.v1 import admin_runtime_pb2 as admin
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.faults import models
from tests.faults.checker import Order
from tests.faults.targets import Stubs

SECONDS = 60.0
QUIET_SECONDS = 60.0  # by then what happens by itself has happened
CONCURRENT = 32


async def all_instances(stubs: Stubs) -> list[Any]:
    """Lists all root instances."""
    found: list[Any] = []
    token = ""
    while True:
        request = pb.ListProcessInstancesRequest(
            process_name=models.NAME, root_only=True, page_size=1000, page_token=token
        )
        page = await stubs.processes.ListProcessInstances(request, timeout=SECONDS)
        found += page.process_instances
        token = page.next_page_token
        if not token:
            return found


async def wait_until_quiet(stubs: Stubs) -> None:
    """Waits until every instance has ended or has an incident, or until the time is over: then the checker says why."""
    until = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < until:
        states = [(found.state, found.open_incident_count) for found in await all_instances(stubs)]
        if all(state != ProcessInstance.STATE_ACTIVE or incidents for state, incidents in states):
            return
        await asyncio.sleep(0.5)


async def read_orders(stubs: Stubs) -> list[Order]:
    """Reads every instance with its active elements and its history."""
    gate = asyncio.Semaphore(CONCURRENT)

    async def one(found: Any) -> Order:
        async with gate:
            instance = found.process_instance_id
            whole = await stubs.processes.GetProcessInstance(
                pb.GetProcessInstanceRequest(process_instance_id=instance), timeout=SECONDS
            )
            happened = await stubs.admin.ListHistoryEvents(
                admin.ListHistoryEventsRequest(process_instance_id=instance, page_size=1000), timeout=SECONDS
            )
        return Order(
            instance,
            found.business_key,
            ProcessInstance.State.Name(whole.process_instance.state),
            whole.process_instance.open_incident_count,
            [element.element_id for element in whole.active_elements],
            [
                (event.event_type, event.element_id, str(json.loads(event.attributes or "{}").get("user", "")))
                for event in happened.history_events
            ],
        )

    return list(await asyncio.gather(*map(one, await all_instances(stubs))))
