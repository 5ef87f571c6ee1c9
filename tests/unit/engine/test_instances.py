"""Commands on instances: start, cancel, and what an ended instance answers."""

from __future__ import annotations

import pytest

from bpmgrpc.engine import commands
from bpmgrpc.engine.advance import advance
from bpmgrpc.engine.state import InstanceState, Need, Snapshot, copy_row
from bpmgrpc.errors import FailedPrecondition
from tests.support.harness import boundary, bpmn, flows, timer

EVERYTHING = bpmn(
    '<startEvent id="s"/><userTask id="u"/><serviceTask id="w"/><subProcess id="sub"><userTask id="i"/>'
    f'<intermediateCatchEvent id="t">{timer("timeDuration", "PT1H")}</intermediateCatchEvent></subProcess>'
    f'<callActivity id="c" calledElement="q"/><parallelGateway id="j"/><exclusiveGateway id="x"/>'
    + boundary("b", "u", timer("timeDuration", "PT1H"))
    + flows(
        "n1| s -> u",
        "n2| s -> w",
        "n3| s -> sub",
        "n4| s -> c",
        "n5| s -> j",
        "n6| u -> j",
        "n7| s -> x",
        "n8| x -> j: n > 9",
    )
)
CALLED = bpmn('<userTask id="k"/><serviceTask id="l"/>', process="q")


def test_start_keeps_who_and_when(harness):
    """The root row says by whom and when the instance was started, and under which business key."""
    h = harness(EVERYTHING, CALLED)

    h.submit(commands.StartInstance(h.root_id, "d-p", {"n": "1"}, "order 1", "ann"))

    root = h.root
    assert (root.create_by, root.business_key, root.create_us, root.definition_id) == (
        "ann",
        "order 1",
        h.clock.now_us(),
        "d-p",
    )
    assert {task.business_key for task in h.rows.user_tasks(h.root_id)} == {"order 1"}
    assert h.job("w").business_key == "order 1"


def test_cancel_takes_everything_away(harness):
    """Whatever is active is canceled: tasks, jobs, timers, scopes, called instances, joins and incidents."""
    h = harness(EVERYTHING, CALLED)

    h.start(n=1)
    before = h.active()
    h.cancel("enough")

    assert before == ["(j)", "c", "i", "k", "l", "sub", "t", "u", "w", "x"]
    assert (h.state, h.root.end_reason, h.root.open_incidents, h.root.active) == ("CANCELED", "enough", 0, 0)
    assert h.active() == []
    assert h.timers() == []
    assert h.rows.jobs(h.root_id) == []
    assert {task.state.value for task in h.rows.user_tasks(h.root_id)} == {"CANCELED"}
    assert [row.state.value for row in h.rows.instances(h.root_id)] == ["CANCELED"]
    assert h.variables() == {"n": 1}


def test_ended_instance_cannot_be_canceled(harness):
    """It has ended already, and stays as it is."""
    h = harness(bpmn('<startEvent id="s"/>'))
    h.start()

    with pytest.raises(FailedPrecondition) as caught:
        h.cancel()

    assert caught.value.reason == "PROCESS_INSTANCE_STATE"
    assert caught.value.metadata == {"process_instance_id": h.root_id, "state": "COMPLETED"}
    assert h.state == "COMPLETED"


def suspended(h):
    """What the commands on a suspended instance are given."""
    snapshot = h.rows.load(h.root_id, h.task("u").seq, "user_task")
    snapshot.root = copy_row(snapshot.root, state=InstanceState.SUSPENDED)
    snapshot.job = h.job("w")
    snapshot.incident = h.incidents()[0]
    snapshot.timer = h.rows.timers(h.root_id)[0]
    return snapshot


def test_suspended_instance_takes_no_command_but_cancel(harness):
    """Work on a suspended instance is refused; its timers wait, and so do its READY steps."""
    h = harness(EVERYTHING, CALLED)
    h.start(n=1)
    snapshot = suspended(h)
    task, job, incident = snapshot.user_task.seq, snapshot.job.seq, snapshot.incident.seq

    for command in (
        commands.CompleteUserTask(task, "ann"),
        commands.SetVariables(task, {}),
        commands.CompleteJob(job, ""),
        commands.FailJob(job, "", 0),
        commands.ThrowJobError(job, "", "E"),
        commands.ResolveIncident(incident),
    ):
        with pytest.raises(FailedPrecondition) as caught:
            advance(h.programs.__getitem__, snapshot, command, h.clock.now_us())
        assert caught.value.reason == "PROCESS_INSTANCE_STATE"
    later_us = h.clock.now_us() + 3_600_000_000
    assert advance(h.programs.__getitem__, snapshot, commands.FireTimer(snapshot.timer.seq), later_us) is None
    assert advance(h.programs.__getitem__, snapshot, commands.Continue(), later_us) is None


def test_suspended_instance_can_be_canceled():
    """Canceling needs no resuming first."""
    from tests.support.harness import Harness, MemoryRows

    h = Harness([EVERYTHING, CALLED], MemoryRows())
    h.start(n=1)

    changes = advance(h.programs.__getitem__, suspended(h), commands.CancelInstance(), h.clock.now_us())

    assert changes is not None
    assert changes.root.state is InstanceState.CANCELED


def test_timer_that_is_not_due_does_not_fire(harness):
    """The engine checks again: a timer that was moved, or is gone, has nothing to do."""
    h = harness(bpmn(f'<intermediateCatchEvent id="t">{timer("timeDuration", "PT1H")}</intermediateCatchEvent>'))
    h.start()
    seq = h.rows.timers(h.root_id)[0].seq

    assert h.submit(commands.FireTimer(seq), seq, "timer") is None
    snapshot = Snapshot(root=h.root)
    assert advance(h.programs.__getitem__, snapshot, commands.FireTimer(seq), h.clock.now_us()) is None


def test_command_without_its_instance_asks_for_it():
    """The engine knows nothing but what it was given."""
    with pytest.raises(Need) as missing:
        advance({}.__getitem__, Snapshot(), commands.CancelInstance(), 0)

    assert missing.value.elements == {0}


def test_same_command_gives_the_same_answer(harness):
    """Nothing is kept between two calls, and the snapshot is not changed."""
    h = harness(EVERYTHING, CALLED)
    h.start(n=1)
    command = commands.CompleteUserTask(h.task("u").seq, "ann", {"n": "10"})

    def answer():
        snapshot = h.rows.load(h.root_id, command.seq, "user_task")
        before = repr(snapshot)
        while True:
            try:
                changes = advance(h.programs.__getitem__, snapshot, command, h.clock.now_us(), actor="t")
                break
            except Need as need:
                h.rows.load_more(h.root_id, snapshot, need)
                before = repr(snapshot)
        assert repr(snapshot) == before
        return changes

    assert answer() == answer()
