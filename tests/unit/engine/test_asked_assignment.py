"""The strategy ``custom``: a worker says whom a user task goes to."""

from __future__ import annotations

import pytest

from bpmgrpc.engine import commands
from bpmgrpc.engine.state import Candidates
from bpmgrpc.errors import FailedPrecondition, InvalidArgument
from tests.support.harness import boundary, bpmn, error, flows
from tests.unit.engine.verdicts import refusals

ASKED = 'bpmgrpc:assignment="custom" bpmgrpc:assignmentJobType="who"'


def asked(attributes: str = "", inside: str = "", more: str = "") -> bytes:
    """A process with a user task that a worker is asked about."""
    return bpmn(
        f'<startEvent id="s"/><userTask id="t" {ASKED} {attributes}>{inside}</userTask>{more}<endEvent id="e"/>'
        + flows("s -> t", "t -> e")
    )


def test_worker_is_asked_before_the_task_is_made(harness):
    """The job says whom the model names; the task is there when it is answered, and goes on as any other."""
    h = harness(asked('bpmgrpc:candidateUsers="ann,bob" bpmgrpc:candidateGroups="g" bpmgrpc:dueDate="PT1H"'))

    h.start()
    job = h.job("t")
    assert (h.open_tasks(), job.type, job.headers) == ([], "who", {"candidateUsers": "ann,bob", "candidateGroups": "g"})
    h.advance_clock(60)
    h.complete_job("t", assignee="cat")

    task = h.task("t")
    assert (task.state, task.assignee, task.candidates) == ("CLAIMED", "cat", Candidates(("ann", "bob", "cat"), ("g",)))
    assert task.due_us == h.clock.now_us() + 3_600_000_000
    said = [event.attributes for event in h.events if event.type == "USER_TASK_CREATED"]
    assert said == [{"assignment": "custom", "assignee": "cat"}]
    h.complete("t", "cat")
    assert h.root.state == "COMPLETED"


@pytest.mark.parametrize(
    ("answer", "offered"),
    (
        ({}, Candidates(groups=("g",))),
        ({"assignee": None, "candidateUsers": []}, Candidates(groups=("g",))),
        ({"candidateUsers": ["ann", "bob"]}, Candidates(users=("ann", "bob"))),
        ({"candidateRoles": "r, s", "workParty": "w"}, Candidates(roles=("r", "s"), work_party="w")),
    ),
)
def test_worker_offers_the_task_to_others_or_to_those_of_the_model(harness, answer, offered):
    """What is answered takes the place of what the model says; nothing leaves it."""
    h = harness(asked('bpmgrpc:candidateGroups="g"'))
    h.start()

    h.complete_job("t", **answer)

    assert (h.task("t").candidates, h.task("t").assignee) == (offered, "")


@pytest.mark.parametrize(("who", "jobs"), (("ann", []), ("", ["who"])))
def test_model_that_names_an_assignee_asks_nobody(harness, who, jobs):
    """An expression that finds one goes before the strategy."""
    h = harness(asked('bpmgrpc:assignee="${who}"'))

    h.start(who=who)

    assert [job.type for job in h.rows.jobs(h.root_id)] == jobs
    assert [task.assignee for task in h.rows.user_tasks(h.root_id)] == ["ann"] * (not jobs)


def test_worker_is_asked_with_the_people_of_the_route_that_fits(harness):
    """Routes go first; they are tried again for the task."""
    h = harness(
        asked(
            'bpmgrpc:candidateGroups="g"',
            '<extensionElements><bpmgrpc:route condition="${n > 1}" workParty="w"/></extensionElements>',
        )
    )
    h.start(n=2)

    assert h.job("t").headers == {"workParty": "w"}
    h.complete_job("t")

    assert h.task("t").candidates == Candidates(work_party="w")
    assert [event.attributes for event in h.events if event.type == "USER_TASK_CREATED"] == [
        {"assignment": "custom", "assignee": "", "route": 1}
    ]


@pytest.mark.parametrize(
    ("answer", "why"),
    (
        ({"user": "ann"}, "'user' is none of assignee, candidateUsers"),
        ({"assignee": ["ann"]}, "assignee"),
        ({"candidateUsers": {"a": 1}}, "candidateUsers"),
        ({"workParty": True}, "workParty"),
    ),
)
def test_answer_that_names_nobody_is_refused(harness, answer, why):
    """The worker still has the job, and may answer again."""
    h = harness(asked())
    h.start()

    with pytest.raises(InvalidArgument) as caught:
        h.complete_job("t", **answer)

    assert caught.value.reason == "ASSIGNMENT_ANSWER"
    assert why in caught.value.message
    h.complete_job("t", assignee="ann")
    assert h.task("t").assignee == "ann"


def test_answer_that_names_somebody_who_may_not_do_the_task_is_refused(harness):
    """Excluded owners, and who completed a task that it is to be separate from."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/><userTask id="first"/><userTask id="t" {ASKED} bpmgrpc:excludedOwners="${{barred}}"'
            ' bpmgrpc:excludedCompletersOf="first"/>' + flows("s -> first", "first -> t")
        )
    )
    h.start(barred=["eve"])
    h.complete("first", "ann")

    for user in ("eve", "ann"):
        with pytest.raises(FailedPrecondition) as caught:
            h.complete_job("t", assignee=user)
        assert caught.value.reason == "EXCLUDED_OWNER"
    h.complete_job("t", assignee="bob")

    assert h.task("t").assignee == "bob"


def test_answer_that_names_who_completed_another_task_is_refused(harness):
    """Also where the model excludes nobody by name."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/><userTask id="first"/><userTask id="t" {ASKED} bpmgrpc:excludedCompletersOf="first"/>'
            + flows("s -> first", "first -> t")
        )
    )
    h.start()
    h.complete("first", "ann")

    with pytest.raises(FailedPrecondition):
        h.complete_job("t", assignee="ann")
    h.complete_job("t", assignee="bob")

    assert h.task("t").assignee == "bob"


def test_task_that_cannot_be_made_of_the_answer_is_an_incident_that_keeps_it(harness):
    """Resolved, it is made for whom the worker named."""
    h = harness(asked('bpmgrpc:excludedOwners="${names}"'))
    h.start(names="eve")
    h.submit(commands.SetInstanceVariables(0, {"names": "true"}, local=True), 0, "root")

    h.complete_job("t", assignee="ann")
    assert [one.reason for one in h.incidents()] == ["EXPRESSION_ERROR"]
    h.resolve(names="eve")

    assert h.task("t").assignee == "ann"


def test_asking_fails_and_is_canceled_like_any_job(harness):
    """No attempt left is an incident; an error goes to a boundary event; a cancellation takes the job away."""
    h = harness(
        asked(
            more=boundary("b", "t", error("nobody")) + '<userTask id="other"/>' + flows("b -> other"),
        )
    )

    h.start()
    h.fail_job("t", 0)
    assert [one.reason for one in h.incidents()] == ["JOB_NO_RETRIES"]
    h.resolve()
    h.throw_error("t", "nobody")
    assert (h.open_tasks(), h.rows.jobs(h.root_id)) == (["other"], [])


@pytest.mark.parametrize("answered", (False, True))
def test_task_that_is_asked_about_is_canceled_with_its_instance(harness, answered):
    """The job goes, and the answer of which no task could be made."""
    h = harness(asked('bpmgrpc:excludedOwners="${names}"'))
    h.start(names="eve")
    h.submit(commands.SetInstanceVariables(0, {"names": "true"}, local=True), 0, "root")
    if answered:
        h.complete_job("t", assignee="ann")

    h.cancel()

    assert (h.rows.jobs(h.root_id), h.rows.user_tasks(h.root_id), h.incidents()) == ([], [], [])


def test_each_instance_of_a_loop_is_asked_about(harness):
    """As each has a task of its own."""
    loop = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
    h = harness(asked(inside=loop))
    h.start()

    h.complete_job("t", assignee="ann")
    h.complete_job("t", assignee="bob")

    assert sorted(task.assignee for task in h.rows.user_tasks(h.root_id)) == ["ann", "bob"]


@pytest.mark.parametrize(
    ("attributes", "reason"),
    (
        ('bpmgrpc:assignment="custom"', 'assignment="custom" needs assignmentJobType'),
        (f'{ASKED} bpmgrpc:assignee="ann"', "assignment='custom' has nothing to choose"),
        (f'{ASKED} bpmgrpc:assignmentLimit="2"', "assignmentLimit says something only with"),
        ('bpmgrpc:assignmentJobType="who"', 'assignmentJobType says something only with assignment="custom"'),
    ),
)
def test_malformed_question_is_refused(attributes, reason):
    """A deployment is told what is wrong."""
    model = bpmn(f'<startEvent id="s"/><userTask id="t" {attributes}/>' + flows("s -> t"))

    assert any(found.startswith(reason) for found in refusals(model))
