"""Variables: where a name leads, and where a value goes (BPMN 2.0.2, 10.4.7)."""

from __future__ import annotations

from bpmgrpc.engine import commands
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.execution import Execution
from bpmgrpc.engine.state import Need
from tests.support.harness import bpmn, extensions, flows


def set_variables(h, name, **texts):
    """Sets variables as a user task's caller does."""
    task = h.task(name)
    h.submit(commands.SetVariables(task.seq, texts), task.seq, "user_task")


def test_variables_of_a_task_are_set_where_they_are_found(harness):
    """Each goes to the nearest scope that has one of its name, else to the instance."""
    h = harness(
        bpmn(
            f'<subProcess id="sub">{extensions(inputs=["1 -> mine"])}'
            f'<userTask id="a">{extensions(inputs=["1 -> own"])}</userTask></subProcess>'
        )
    )

    h.start(x=1)
    set_variables(h, "a", own="2", mine="2", x="2", new="2")

    assert h.variables(h.row("a").seq) == {"own": 2}
    assert h.variables(h.row("sub").seq) == {"mine": 2}
    assert h.variables() == {"x": 2, "new": 2}


def test_variables_do_not_cross_the_border_of_a_called_process(harness):
    """A name that the called process does not have becomes its own, whatever the caller has."""
    h = harness(
        bpmn(
            f'<callActivity id="c" calledElement="q">{extensions(inputs=["1 -> n"], outputs=["n -> n"])}</callActivity>'
        ),
        bpmn('<userTask id="a"/>', process="q"),
    )

    h.start(x=1)
    set_variables(h, "a", x="2", n="3")
    inside = h.variables(h.row("c").seq)
    h.complete("a")

    assert inside == {"n": 3, "x": 2}
    assert h.variables() == {"x": 1, "n": 3}


def test_variable_that_is_set_is_an_event(harness):
    """The history holds every value that was set, by scope and name."""
    h = harness(bpmn('<userTask id="a"/>'))

    h.start(x=1)
    set_variables(h, "a", x="2.50")

    found = [(event.seq, event.attributes) for event in h.events if event.type is EventType.VARIABLE_SET]
    assert found == [(0, {"name": "x", "json": "1"}), (0, {"name": "x", "json": "2.50"})]


def test_large_variable_is_read_when_it_is_needed(harness):
    """A value that was not loaded with the state is asked for."""
    h = harness(
        bpmn('<userTask id="a"/><exclusiveGateway id="x"/><userTask id="z"/>' + flows("a -> x", "x -> z: size > 0"))
    )

    h.start(big="x" * 5000, size=1, other="y" * 5000)
    h.complete("a", big="z" * 5000)

    assert h.active() == ["z"]
    assert h.variables()["big"] == "z" * 5000


def test_large_variable_decides_like_any_other(harness):
    """A condition may read it."""
    h = harness(
        bpmn('<userTask id="a"/><exclusiveGateway id="x"/><userTask id="z"/>' + flows("a -> x", "x -> z: big.k == 1"))
    )

    h.start(big={"k": 1, "text": "x" * 5000})
    h.complete("a")

    assert h.active() == ["z"]


def test_variable_beyond_those_that_are_loaded_is_asked_for(harness):
    """With hundreds of variables in the inner scopes, those further out are asked for one by one, missing ones too."""
    inner = extensions(inputs=[f"{number} -> v{number}" for number in range(300)])
    h = harness(
        bpmn(
            f'<subProcess id="sub">{inner}<userTask id="a"/><scriptTask id="t" camunda:resultVariable="sum">'
            "<script>${v299 + far}</script></scriptTask>" + flows("a -> t") + "</subProcess>"
        )
    )

    h.start(far=1)
    h.complete("a", far=2, new=3)

    assert h.state == "COMPLETED"
    assert h.variables() == {"far": 2, "new": 3, "sum": 301}


def test_called_process_gives_back_all_its_variables_after_one_was_missed(harness):
    """A name that was asked for and is not there does not come back as a variable."""
    many = extensions(inputs=[f"{number} -> v{number}" for number in range(300)])
    h = harness(
        bpmn('<callActivity id="c" calledElement="q"/>'),
        bpmn(
            f'<subProcess id="sub">{many}<userTask id="a"/><scriptTask id="t" camunda:resultVariable="r">'
            "<script>=missing</script></scriptTask>" + flows("a -> t") + "</subProcess>",
            process="q",
        ),
    )

    h.start(x=1)
    h.complete("a")

    assert h.state == "COMPLETED"
    assert h.variables() == {"x": 1, "r": None}


def test_feel_expression_sees_all_names_that_are_visible(harness):
    """Names are collected from the inside outwards, up to the border of the process."""
    script = (
        '<scriptTask id="t" camunda:resultVariable="seen"><script>="own: " + string(own) + ", far: " + string(far)'
        "</script></scriptTask>"
    )
    h = harness(
        bpmn(
            f'<subProcess id="sub">{extensions(inputs=["1 -> own"])}<userTask id="a"/>{script}'
            + flows("a -> t")
            + "</subProcess>"
        )
    )

    h.start(far=2)
    h.complete("a")

    assert h.variables()["seen"] == "own: 1, far: 2"


def test_scope_knows_the_names_that_are_visible_in_it(harness):
    """From the inside outwards, up to the border of the process."""
    h = harness(
        bpmn('<callActivity id="c" calledElement="q"/>'),
        bpmn(f'<subProcess id="sub">{extensions(inputs=["1 -> own"])}<userTask id="a"/></subProcess>', process="q"),
    )
    h.start(far=2)
    seq = h.row("sub").seq
    snapshot = h.rows.load(h.root_id, h.task("a").seq, "user_task")

    def names(scope):
        while True:
            run = Execution(h.programs.__getitem__, snapshot, h.root, h.clock.now_us())
            try:
                return sorted(run.variables.seen_from(scope).names())
            except Need as need:
                h.rows.load_more(h.root_id, snapshot, need)

    assert names(seq) == ["far", "own"]
    assert names(0) == ["far"]


def test_job_that_fails_keeps_its_variables_at_the_element(harness):
    """What a worker reports with a failure is the element's own, and goes with it."""
    h = harness(bpmn('<serviceTask id="w"/>'))

    h.start(x=1)
    h.fail_job("w", 2, tried="server 1", x=5)
    local = h.variables(h.row("w").seq)
    h.complete_job("w", tried="server 2", y=1)

    assert local == {"tried": "server 1", "x": 5}
    assert h.variables() == {"x": 1, "y": 1}


def test_incident_of_an_element_with_own_variables_is_repaired_there(harness):
    """Variables given while resolving go where the element sees them."""
    h = harness(bpmn(f'<userTask id="a">{extensions(inputs=["1 -> n"], outputs=["n + 1 -> m"])}</userTask>'))

    h.start()
    h.complete("a", n="one")
    h.resolve(n=4, x=1)

    assert h.variables() == {"x": 1, "m": 5}
