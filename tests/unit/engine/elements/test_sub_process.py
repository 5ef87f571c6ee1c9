"""Embedded sub-process (BPMN 2.0.2, 10.3.5)."""

from __future__ import annotations

from tests.support.harness import boundary, bpmn, extensions, flows, timer


def nested(depth: int, inside: str) -> str:
    """A sub-process in a sub-process in a …, with a variable of its own on each level."""
    for level in range(depth, 0, -1):
        inside = (
            f'<subProcess id="p{level}">{extensions(inputs=["level + 1 -> level", f"{level} -> own{level}"])}'
            f"{inside}</subProcess>"
        )
    return inside


def test_sub_process_is_complete_when_its_last_token_ends(harness):
    """The token outside waits for all tokens inside."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><subProcess id="sub"><startEvent id="s2"/><userTask id="a"/><userTask id="b"/>'
            + flows("s2 -> a", "s2 -> b")
            + '</subProcess><userTask id="z"/>'
            + flows("x1| s -> sub", "x2| sub -> z")
        )
    )

    h.start()
    inside = h.active()
    h.complete("a")
    half = (h.active(), h.row("sub").active)
    h.complete("b")

    assert inside == ["a", "b", "sub"]
    assert half == (["b", "sub"], 1)
    assert h.active() == ["z"]


def test_sub_process_without_start_event_starts_at_every_node_without_incoming_flow(harness):
    """Without start event the nodes without incoming flow start in parallel."""
    h = harness(bpmn('<subProcess id="sub"><userTask id="a"/><userTask id="b"/></subProcess>'))

    h.start()

    assert h.active() == ["a", "b", "sub"]


def test_empty_sub_process_completes_at_once(harness):
    """A sub-process that holds nothing has nothing to wait for."""
    h = harness(bpmn('<startEvent id="s"/><subProcess id="sub"/><userTask id="a"/>' + flows("s -> sub", "sub -> a")))

    h.start()

    assert h.active() == ["a"]


def test_sub_processes_nest_with_variables_of_their_own(harness):
    """Five levels deep, each level sees its own variables first, then those around it, and takes them with it."""
    h = harness(bpmn(nested(5, '<userTask id="a"/>')))

    h.start(level=0)
    levels = [h.variables(h.row(f"p{level}").seq) for level in range(1, 6)]
    h.complete("a", own3="set", level=50, new=1)

    assert levels == [{"level": level, f"own{level}": level} for level in range(1, 6)]
    assert h.state == "COMPLETED"
    assert h.variables() == {"level": 0, "new": 1}


def test_variable_set_in_a_nested_scope_goes_to_the_nearest_scope_that_has_it(harness):
    """A name leads to the innermost scope that has it, else to the instance."""
    inside = (
        '<scriptTask id="t" camunda:resultVariable="own2"><script>${"new"}</script></scriptTask><userTask id="a"/>'
        + flows("t -> a")
    )
    h = harness(bpmn(nested(3, inside)))

    h.start(level=0)

    assert h.variables(h.row("p2").seq)["own2"] == "new"
    assert h.variables() == {"level": 0}


def test_sub_process_brings_its_outputs_out(harness):
    """Output mappings of a sub-process see its variables and write outside."""
    body = f'{extensions(inputs=["1 -> n"], outputs=["n -> out"])}<userTask id="a"/>'
    h = harness(bpmn(f'<subProcess id="sub">{body}</subProcess>'))

    h.start()
    h.complete("a", n=5)

    assert h.variables() == {"out": 5}


def test_sub_process_whose_output_mapping_fails_waits_with_everything_at_hand(harness):
    """What is inside has ended; leaving the sub-process can be tried again after its variables were repaired."""
    body = f'{extensions(inputs=["1 -> n"], outputs=["n + 1 -> out"])}<userTask id="a"/>'
    h = harness(bpmn(f'<subProcess id="sub">{body}</subProcess><userTask id="z"/>' + flows("sub -> z")))

    h.start()
    h.complete("a", n="one")
    incident = h.incidents()[0]
    active = h.active()
    h.resolve(n=1)

    assert (incident.reason, incident.element_id) == ("EXPRESSION_ERROR", "sub")
    assert incident.message.startswith("subProcess 'sub': ")
    assert active == ["sub"]
    assert h.active() == ["z"]
    assert h.variables() == {"out": 2}


def test_sub_process_with_an_incident_is_canceled_whole(harness):
    """A boundary timer cancels a sub-process that could not be left, and its incident is closed."""
    body = f'{extensions(inputs=["1 -> n"], outputs=["n + 1 -> out"])}<userTask id="a"/>'
    h = harness(
        bpmn(
            f'<subProcess id="sub">{body}</subProcess><userTask id="z"/>'
            f"{boundary('t', 'sub', timer('timeDuration', 'PT1M'))}" + flows("t -> z")
        )
    )

    h.start()
    h.complete("a", n="one")
    h.advance_clock(60)

    assert h.active() == ["z"]
    assert h.incidents() == []


def test_sub_process_runs_again_in_a_loop(harness):
    """Each entry is a scope of its own."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><exclusiveGateway id="m"/><subProcess id="sub">'
            f'{extensions(inputs=["0 -> n"])}<userTask id="a"/></subProcess>'
            '<exclusiveGateway id="x" default="out"/><endEvent id="e"/>'
            + flows("s -> m", "m -> sub", "sub -> x", "x -> m: again", "out| x -> e")
        )
    )

    h.start(again=True)
    h.complete("a", n=1)
    second = h.variables(h.row("sub").seq)
    h.complete("a", again=False)

    assert second == {"n": 0}
    assert h.state == "COMPLETED"


DATA = '<dataObject id="d" name="order"/><property id="note"/>'


def test_data_object_of_a_sub_process_ends_with_it(harness):
    """What is written to it stays inside, though a variable of its name is outside (10.4.1)."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/><subProcess id="sub">{DATA}<userTask id="a"/><userTask id="b"/>'
            + flows("a -> b")
            + '</subProcess><userTask id="z"/>'
            + flows("s -> sub", "sub -> z")
        )
    )
    h.start(order=1)

    begun = h.variables(h.row("sub").seq)
    h.complete("a", order=2, note="x", other=3)
    inside = h.variables(h.row("sub").seq)
    h.complete("b")

    assert begun == {"order": None, "note": None}
    assert inside == {"order": 2, "note": "x"}
    assert h.variables() == {"order": 1, "other": 3}


def test_data_object_that_an_input_mapping_fills_keeps_its_value(harness):
    """Each instance of a loop has its own, filled by its own mapping."""
    each = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
    h = harness(
        bpmn(
            f'<startEvent id="s"/><subProcess id="sub">{extensions(inputs=["=loopCounter * 10 -> order"])}{DATA}'
            f'<userTask id="a"/>{each}</subProcess>' + flows("s -> sub")
        )
    )

    h.start()

    scopes = [row.scope for row in h.rows.elements(h.root_id) if row.element_id == "a"]
    assert [h.variables(scope)["order"] for scope in scopes] == [10, 20]
    assert [h.variables(scope)["note"] for scope in scopes] == [None, None]
