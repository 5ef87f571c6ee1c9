"""Service task (BPMN 2.0.2, 10.3.3), and what it shares with the other elements that a worker serves."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.model import Verdict
from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.program import compile_process
from tests.support.harness import bpmn, extensions, flows


def service(attributes: str = "", inside: str = "") -> bytes:
    """A process with a service task and a user task behind it."""
    return bpmn(
        f'<startEvent id="s"/><serviceTask id="w" {attributes}>{inside}</serviceTask><userTask id="a"/>'
        + flows("s -> w", "w -> a")
    )


def test_service_task_waits_for_a_worker(harness):
    """The token waits until a worker has completed the job, and the worker's variables are the instance's."""
    h = harness(service('camunda:type="external" camunda:topic="pay"'))

    h.start()
    job = h.job("w")
    h.complete_job("w", paid=True)

    assert (job.type, job.retries, job.available_us, job.leased) == ("pay", 3, h.clock.now_us(), False)
    assert h.active() == ["a"]
    assert h.rows.jobs(h.root_id) == []
    assert h.variables() == {"paid": True}


def test_service_task_without_a_job_type_is_served_under_its_id(harness):
    """A task without a type has its own id as job type."""
    h = harness(service())

    h.start()

    assert h.job("w").type == "w"


def test_service_task_takes_type_retries_and_headers_from_the_model(harness):
    """Type and retries may be expressions; headers go to the worker as they stand."""
    h = harness(
        service(
            'bpmgrpc:jobType="=kind" bpmgrpc:retries="${n}"',
            '<extensionElements><bpmgrpc:header name="to" value="${x}"/></extensionElements>',
        )
    )

    h.start(kind="mail", n=7)

    job = h.job("w")
    assert (job.type, job.retries, job.headers) == ("mail", 7, {"to": "${x}"})


@pytest.mark.parametrize(("n", "retries"), ((0, 3), (None, 3), (-2, 1), (10**12, 2**31 - 1)))
def test_service_task_retries_are_at_least_one(harness, n, retries):
    """No number, or zero, means three; a job can be tried once at least."""
    h = harness(service('bpmgrpc:retries="${n}"'))

    h.start(n=n)

    assert h.job("w").retries == retries


@pytest.mark.parametrize("kind", ("", "a\0b", ["mail"]))
def test_service_task_without_a_usable_type_is_an_incident(harness, kind):
    """A job type is a text that is not empty and holds no NUL."""
    h = harness(service('bpmgrpc:jobType="${kind}"'))

    h.start(kind=kind)
    incident = h.incidents()[0]
    h.resolve(kind="mail")

    assert (incident.reason, incident.element_id) == ("EXPRESSION_ERROR", "w")
    assert h.job("w").type == "mail"


def test_service_task_gives_back_what_its_output_mappings_choose(harness):
    """With output mappings the worker's variables stay the task's own, and the mappings choose."""
    h = harness(service(inside=extensions(inputs=["x + 1 -> n"], outputs=["r * n -> y"])))

    h.start(x=1)
    local = h.variables(h.job("w").seq)
    h.complete_job("w", r=10, other=1)

    assert local == {"n": 2}
    assert h.variables() == {"x": 1, "y": 20}


def test_service_task_is_canceled_with_its_instance(harness):
    """The job is taken away; a worker that has it will be told."""
    h = harness(service())

    h.start()
    h.lease("w")
    h.cancel()

    assert h.rows.jobs(h.root_id) == []


@pytest.mark.parametrize(
    ("attributes", "inside", "priority"),
    (
        ("", "", 0),
        ('bpmgrpc:jobPriority="7"', "", 7),
        ('bpmgrpc:jobPriority="=n * 2"', "", 10),
        ('camunda:type="external" camunda:topic="t" camunda:taskPriority="${n}"', "", 5),
        ('camunda:class="C" camunda:jobPriority="-3"', "", -3),
        ("", '<extensionElements><zeebe:priorityDefinition priority="=n"/></extensionElements>', 5),
        ('bpmgrpc:jobPriority="9999999999"', "", 1_000_000),
        ('bpmgrpc:jobPriority="=nothing"', "", 0),
    ),
)
def test_priority_of_a_job_is_a_number_or_an_expression(harness, attributes, inside, priority):
    """Each vendor's word for it counts; without one, or where it is null, it is 0."""
    h = harness(service(attributes, inside))

    h.start(n=5, nothing=None)

    assert h.job("w").priority == priority


def test_priority_of_a_process_is_that_of_its_jobs_without_one(harness):
    """A process may name the priority for all of its jobs."""
    h = harness(service().replace(b"<process ", b'<process camunda:taskPriority="4" ', 1))

    h.start()

    assert h.job("w").priority == 4


def test_priority_that_is_no_number_is_an_incident(harness):
    """The token waits at the task until the variable is a number."""
    h = harness(service('bpmgrpc:jobPriority="=n"'))

    h.start(n="high")
    (incident,) = h.incidents()
    h.resolve(n=3)

    assert incident.message.endswith("priority has to be a whole number, not a text")
    assert h.job("w").priority == 3


@pytest.mark.parametrize(
    ("attribute", "reason"),
    (
        ('bpmgrpc:jobPriority="high"', "priority has to be a whole number, not a text"),
        ('bpmgrpc:retryBackoff="soon"', "retryBackoff: "),
        ('bpmgrpc:retryBackoff="-PT1S"', "retryBackoff: '-PT1S' leads back in time"),
    ),
)
def test_constant_that_no_job_could_be_made_with_is_refused(attribute, reason):
    """What can be seen when the process is deployed is not left to its first instance."""
    compilation = compile_process(parse_file("f.bpmn", service(attribute)).processes[0], ELEMENTS)

    assert compilation.program is None
    (refused,) = [finding for finding in compilation.findings if finding.verdict is Verdict.REFUSED]
    assert refused.reason.startswith(reason)
