"""Assignment strategies: who gets a task of a pool."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.lanes import ASSIGNMENT_WORDS
from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.bpmn.routing import PEOPLE
from bpmgrpc.engine.assignment import pool_of
from bpmgrpc.engine.state import Candidates, Pool, UserTaskRow
from tests.support.harness import bpmn, flows
from tests.unit.engine.verdicts import findings, refusals

CLERKS = Candidates(groups=("clerks",))
ANN_BOB_CAT = ("ann", "bob", "cat")


def tasks(attributes: str, count: int = 1) -> bytes:
    """A process with user tasks side by side, all with the same attributes: "t1", "t2" and so on."""
    names = [f"t{number}" for number in range(1, count + 1)]
    body = "".join(f'<userTask id="{name}" {attributes}/>' for name in names)
    return bpmn(
        f'<startEvent id="s"/><parallelGateway id="g"/>{body}' + flows("s -> g", *(f"g -> {name}" for name in names))
    )


def assignees(h, *names: str) -> list[str]:
    """Who has each of some open tasks."""
    return [h.task(name).assignee for name in names]


def test_round_robin_goes_around_in_the_order_of_names(harness):
    """Each task goes to the member behind the last one, behind the last member comes the first."""
    h = harness(tasks('bpmgrpc:assignment="roundRobin" bpmgrpc:candidateGroups="clerks"', 5))
    h.pools[CLERKS] = Pool(ANN_BOB_CAT, "ann")

    h.start()

    assert assignees(h, "t1", "t2", "t3", "t4", "t5") == ["bob", "cat", "ann", "bob", "cat"]
    assert h.pools[CLERKS].last == "cat"


def test_chosen_user_has_the_task_and_the_pool_stays_its_candidates(harness):
    """The task is claimed by the chosen user; who gives it back gives it back to the pool; history says who chose."""
    h = harness(tasks('bpmgrpc:assignment="roundRobin" bpmgrpc:candidateGroups="clerks"'))
    h.pools[CLERKS] = Pool(ANN_BOB_CAT)

    h.start()

    task = h.task("t1")
    assert (task.state, task.assignee, task.candidates) == ("CLAIMED", "ann", CLERKS)
    assert task.claim_us == h.clock.now_us()
    said = [event.attributes for event in h.events if event.type == "USER_TASK_CREATED"]
    assert said == [{"assignment": "roundRobin", "assignee": "ann"}]


def test_round_robin_goes_on_behind_a_member_who_left(harness):
    """Who was chosen last need not be a member any more."""
    h = harness(tasks('bpmgrpc:assignment="roundRobin" bpmgrpc:candidateGroups="clerks"'))
    h.pools[CLERKS] = Pool(("ann", "cat"), "bob")

    h.start()

    assert assignees(h, "t1") == ["cat"]


def test_empty_pool_falls_back_to_the_offer(harness):
    """Where the pool has no member the task is offered to its candidates, and history says that nobody was chosen."""
    h = harness(tasks('bpmgrpc:assignment="loadBalance" bpmgrpc:candidateGroups="clerks"'))

    h.start()

    task = h.task("t1")
    assert (task.state, task.assignee, task.candidates) == ("WAITING", "", CLERKS)
    said = [event.attributes for event in h.events if event.type == "USER_TASK_CREATED"]
    assert said == [{"assignment": "loadBalance", "assignee": ""}]


def test_load_balance_gives_to_who_has_the_fewest_open_tasks(harness):
    """The tasks that the same command made count; among equals it goes around."""
    h = harness(tasks('bpmgrpc:assignment="loadBalance" bpmgrpc:candidateGroups="clerks"', 4))
    h.pools[CLERKS] = Pool(ANN_BOB_CAT, "bob", {"ann": 2, "bob": 1})

    h.start()

    assert assignees(h, "t1", "t2", "t3", "t4") == ["cat", "bob", "cat", "ann"]


def test_task_that_the_command_completes_counts_no_more(harness):
    """Whose task leads to the next one has one less when that is given out."""
    attributes = 'bpmgrpc:assignment="loadBalance" bpmgrpc:candidateGroups="clerks"'
    h = harness(
        bpmn(
            f'<startEvent id="s"/><userTask id="a" {attributes}/><userTask id="b" {attributes}/>'
            + flows("s -> a", "a -> b")
        )
    )
    h.pools[CLERKS] = Pool(("ann", "bob"))
    h.start()
    h.pools[CLERKS] = Pool(("ann", "bob"), "ann", {"ann": 1, "bob": 1})

    h.complete("a", "ann")

    assert assignees(h, "b") == ["ann"]


def test_sorted_list_gives_to_the_first_who_is_free(harness):
    """Without a limit, who has a task is not free; who is not in the list comes last; then nobody is left."""
    h = harness(
        tasks('bpmgrpc:assignment="sortedList" bpmgrpc:candidateGroups="clerks" bpmgrpc:assignmentOrder="${best}"', 4)
    )
    h.pools[CLERKS] = Pool(ANN_BOB_CAT)

    h.start(best=["zoe", "cat", "bob"])

    assert assignees(h, "t1", "t2", "t3", "t4") == ["cat", "bob", "ann", ""]
    assert h.task("t4").state == "WAITING"


def test_limit_passes_over_who_has_enough(harness):
    """Round robin with a limit skips members who have that many open tasks."""
    h = harness(
        tasks('bpmgrpc:assignment="roundRobin" bpmgrpc:candidateGroups="clerks" bpmgrpc:assignmentLimit="${2}"', 3)
    )
    h.pools[CLERKS] = Pool(ANN_BOB_CAT, "", {"ann": 2, "bob": 1, "cat": 1})

    h.start()

    assert assignees(h, "t1", "t2", "t3") == ["bob", "cat", ""]


def test_assignee_of_the_model_goes_before_the_strategy(harness):
    """Where the assignee's expression names somebody nothing is chosen; where it names nobody the strategy chooses."""
    model = tasks('bpmgrpc:assignment="roundRobin" bpmgrpc:candidateGroups="clerks" bpmgrpc:assignee="${somebody}"')
    named, unnamed = harness(model), harness(model)
    named.pools[CLERKS] = unnamed.pools[CLERKS] = Pool(("ann",))

    named.start(somebody="zoe")
    unnamed.start(somebody=None)

    assert (assignees(named, "t1"), assignees(unnamed, "t1")) == (["zoe"], ["ann"])


def test_who_may_not_do_the_task_is_not_chosen(harness):
    """Four eyes: neither those whom the model excludes, nor who completed the other task, before or just now."""
    first = '<userTask id="{}" bpmgrpc:assignee="{}"/>'
    chosen = (
        '<userTask id="b" bpmgrpc:assignment="roundRobin" bpmgrpc:candidateGroups="clerks"'
        ' bpmgrpc:excludedOwners="${{who}}" bpmgrpc:excludedCompletersOf="{}"/>'
    )
    h = harness(
        bpmn(
            f'<startEvent id="s"/>{first.format("a", "bob")}{first.format("c", "zoe")}{chosen.format("a,c")}'
            + flows("s -> c", "c -> a", "a -> b")
        )
    )
    h.pools[CLERKS] = Pool(("ann", "bob", "cat", "zoe"))

    h.start(who="ann")
    h.complete("c", "zoe")
    h.complete("a", "bob")

    assert assignees(h, "b") == ["cat"]


@pytest.mark.parametrize(("value", "message"), ((0, "1 or more, not 0"), ("many", "a whole number, not a text")))
def test_limit_that_is_none_is_an_incident(harness, value, message):
    """What an expression gives as limit has to be a number of 1 or more."""
    h = harness(
        tasks('bpmgrpc:assignment="roundRobin" bpmgrpc:candidateGroups="clerks" bpmgrpc:assignmentLimit="${n}"')
    )
    h.pools[CLERKS] = Pool(ANN_BOB_CAT)

    h.start(n=value)

    assert [one.message for one in h.rows.incidents(h.root_id)] == [f"assignmentLimit has to be {message}"]


def test_pools_of_the_same_names_are_one(harness):
    """The order in which a model names candidates makes no other pool."""
    assert pool_of(Candidates(("b", "a", "b"), ("y", "x"), ("q", "p"), "w")) == Candidates(
        ("a", "b"), ("x", "y"), ("p", "q"), "w"
    )


@pytest.mark.parametrize(
    ("attributes", "reason"),
    (
        (
            'bpmgrpc:assignment="fair"',
            "assignment has to be one of pull, roundRobin, loadBalance, sortedList, custom, not 'fair'",
        ),
        (
            'bpmgrpc:assignment="${how}"',
            "assignment has to be a plain text, not an expression",
        ),
        (
            'bpmgrpc:assignment="roundRobin"',
            "assignment='roundRobin' has nobody to choose from: no candidates, no work party, no lane",
        ),
        (
            'bpmgrpc:assignment="roundRobin" bpmgrpc:workParty="desk" bpmgrpc:assignee="ann"',
            "assignment='roundRobin' has nothing to choose: the task has an assignee",
        ),
        (
            'bpmgrpc:assignment="sortedList" bpmgrpc:workParty="desk"',
            'assignment="sortedList" needs assignmentOrder: the names, the best first',
        ),
        (
            'bpmgrpc:assignment="roundRobin" bpmgrpc:workParty="desk" bpmgrpc:assignmentOrder="${x}"',
            'assignmentOrder says something only with assignment="sortedList"',
        ),
        (
            'bpmgrpc:assignmentLimit="3"',
            "assignmentLimit says something only with "
            + " or ".join(f'assignment="{one}"' for one in ("roundRobin", "loadBalance", "sortedList")),
        ),
        (
            'bpmgrpc:assignment="roundRobin" bpmgrpc:workParty="desk" bpmgrpc:assignmentLimit="0"',
            "assignmentLimit has to be 1 or more, not 0",
        ),
    ),
)
def test_malformed_strategy_is_refused(attributes, reason):
    """A deployment is told what is wrong, and where."""
    found = [one for one in findings(tasks(attributes)) if one.verdict.value == "refused"]

    assert reason in [one.reason for one in found]
    assert all(one.position.line and one.position.column > 1 for one in found)


def test_pull_is_the_offer(harness):
    """The strategy by default can be named."""
    h = harness(tasks('bpmgrpc:assignment="pull" bpmgrpc:candidateGroups="clerks"'))

    h.start()

    assert (h.task("t1").state, refusals(tasks('bpmgrpc:assignment="pull"'))) == ("WAITING", [])


def open_tasks(h) -> list[UserTaskRow]:
    """The tasks that have not ended."""
    return [task for task in h.rows.user_tasks(h.root_id) if task.end_us is None]


def routed(routes: str, attributes: str = "") -> bytes:
    """A process with one user task and its routes."""
    return bpmn(
        f'<startEvent id="s"/><userTask id="t1" {attributes}><extensionElements>{routes}</extensionElements></userTask>'
        + flows("s -> t1")
    )


POLICY = (
    '<bpmgrpc:route condition="${amount >= 1000}" workParty="board"/>'
    '<bpmgrpc:route match="any" candidateGroups="seniors" candidateUsers="zoe">'
    "<bpmgrpc:condition>risk == 'high'</bpmgrpc:condition><bpmgrpc:condition>amount &gt;= 500</bpmgrpc:condition>"
    "</bpmgrpc:route>"
    '<bpmgrpc:route condition="=risk = &quot;none&quot;" candidateRoles="${role}">'
    "<bpmgrpc:condition>amount &lt; 10</bpmgrpc:condition></bpmgrpc:route>"
)


@pytest.mark.parametrize(
    ("amount", "risk", "candidates", "number"),
    (
        (2_000, "high", Candidates(work_party="board"), 1),
        (1, "high", Candidates(("zoe",), ("seniors",)), 2),
        (500, "none", Candidates(("zoe",), ("seniors",)), 2),
        (9, "none", Candidates(roles=("juniors",)), 3),
        (10, "none", Candidates(groups=("clerks",)), 0),
    ),
)
def test_first_route_that_fits_says_whom_the_task_goes_to(harness, amount, risk, candidates, number):
    """All conditions of a route have to be true, or with "any" one; where none fits the task's own candidates stay."""
    h = harness(routed(POLICY, 'bpmgrpc:candidateGroups="clerks"'))

    h.start(amount=amount, risk=risk, role="juniors")

    assert h.task("t1").candidates == candidates
    assert [one.attributes for one in h.events if one.type == "USER_TASK_CREATED"] == [{"route": number}]


def test_route_without_condition_always_fits(harness):
    """The last route may say who does it otherwise; an assignee has the task from the beginning."""
    h = harness(routed('<bpmgrpc:route condition="${false}" workParty="w"/><bpmgrpc:route assignee="ann"/>'))

    h.start()

    task = h.task("t1")
    assert (task.state, task.assignee, task.candidates) == ("CLAIMED", "ann", Candidates(("ann",)))


def test_strategy_chooses_among_those_that_the_route_names(harness):
    """The route makes the pool, the strategy chooses from it."""
    h = harness(routed('<bpmgrpc:route candidateGroups="clerks"/>', 'bpmgrpc:assignment="roundRobin"'))
    h.pools[CLERKS] = Pool(ANN_BOB_CAT, "bob")

    h.start()

    assert assignees(h, "t1") == ["cat"]


def test_condition_of_a_route_that_cannot_be_evaluated_is_an_incident(harness):
    """What is neither true nor false sends the task to nobody."""
    h = harness(routed('<bpmgrpc:route condition="${amount}" workParty="w"/>'))

    h.start(amount=5)

    assert [one.reason for one in h.rows.incidents(h.root_id)] == ["EXPRESSION_ERROR"]


@pytest.mark.parametrize(
    ("route", "reason"),
    (
        (
            '<bpmgrpc:route condition="${true}"/>',
            f"bpmgrpc:route names nobody: it needs one of {', '.join(PEOPLE)}",
        ),
        ('<bpmgrpc:route user="ann" workParty="w"/>', "bpmgrpc:route has no attribute 'user'"),
        ('<bpmgrpc:route match="some" workParty="w"/>', "match of bpmgrpc:route has to be all or any, not 'some'"),
        (
            '<bpmgrpc:route workParty="w"><bpmgrpc:if>true</bpmgrpc:if></bpmgrpc:route>',
            "bpmgrpc:route holds conditions, not 'if' or empty ones",
        ),
        (
            '<bpmgrpc:route workParty="w"><bpmgrpc:condition/></bpmgrpc:route>',
            "bpmgrpc:route holds conditions, not 'condition' or empty ones",
        ),
    ),
)
def test_malformed_route_is_refused(route, reason):
    """A deployment is told what is wrong, and where."""
    found = [one for one in parse_file("f.bpmn", routed(route)).findings if one.verdict.value == "refused"]

    assert [one.reason for one in found] == [reason]
    assert found[0].position.line == 1
    assert found[0].position.column > 100


@pytest.mark.parametrize(
    ("routes", "reason"),
    (
        (
            '<bpmgrpc:route workParty="w"/><bpmgrpc:route workParty="x"/>',
            "route 2 is never tried: the one before it has no condition",
        ),
        ('<bpmgrpc:route condition="${" workParty="w"/>', "the condition of route 1 '${' cannot be read"),
        ('<bpmgrpc:route workParty="${"/>', "the workParty '${' cannot be read"),
    ),
)
def test_route_that_cannot_be_compiled_is_refused(routes, reason):
    """A deployment is told what is wrong."""
    (found,) = refusals(routed(routes))

    assert found.startswith(reason)


def test_route_is_for_user_tasks_only():
    """On any other element it would have no effect."""
    extension = '<extensionElements><bpmgrpc:route workParty="w"/></extensionElements>'
    parsed = parse_file("f.bpmn", bpmn(f'<serviceTask id="t">{extension}</serviceTask>'))

    assert "bpmgrpc:route says who does a user task, and this is none" in [one.reason for one in parsed.findings]


def in_lanes(lane: str, inner: str, task: str = "") -> bytes:
    """A user task in a lane within a lane, and one in the outer lane."""
    return bpmn(
        f'<laneSet><lane id="l1" name="outer" {lane}><flowNodeRef>t2</flowNodeRef><childLaneSet>'
        f'<lane id="l2" name="inner" {inner}><flowNodeRef>t1</flowNodeRef></lane></childLaneSet></lane></laneSet>'
        f'<startEvent id="s"/><userTask id="t1" {task}/><userTask id="t2"/>' + flows("s -> t1", "s -> t2")
    )


@pytest.mark.parametrize(
    ("inner", "task", "chosen"),
    (
        ("", "", "ann"),
        ('bpmgrpc:assignment="pull"', "", ""),
        ("", 'bpmgrpc:assignment="pull"', ""),
        ("", 'bpmgrpc:assignee="zoe"', "zoe"),
        ("", 'bpmgrpc:assignmentLimit="1"', ""),
    ),
)
def test_lane_says_how_its_tasks_are_assigned(harness, inner, task, chosen):
    """An inner lane goes before the one around it, and the task before its lane."""
    h = harness(in_lanes('bpmgrpc:assignment="roundRobin" bpmgrpc:assignmentLimit="5"', inner, task))
    h.pools[Candidates(work_party="inner")] = Pool(("ann",), "", {"ann": 1})
    h.pools[Candidates(work_party="outer")] = Pool(("bob",))

    h.start()

    assert assignees(h, "t1", "t2") == [chosen, "bob"]


def test_lane_with_another_property_is_refused():
    """What a lane cannot say is no silent loss."""
    parsed = parse_file("f.bpmn", in_lanes('bpmgrpc:candidateGroups="g"', ""))

    found = [one for one in parsed.findings if one.verdict.value == "refused"]
    assert [(one.element_id, one.reason) for one in found] == [
        ("l1", f"a lane has no bpmgrpc:candidateGroups, only {', '.join(ASSIGNMENT_WORDS)}")
    ]


def for_each_member(attributes: str = "", loop: str = 'bpmgrpc:workParty="${party}"') -> bytes:
    """A user task for each member of a work party."""
    return bpmn(
        f'<startEvent id="s"/><userTask id="t1" {attributes}><multiInstanceLoopCharacteristics {loop}/></userTask>'
        '<userTask id="z"/>' + flows("s -> t1", "t1 -> z")
    )


def test_every_member_of_a_work_party_gets_a_task(harness):
    """A multi-instance over a work party makes one instance for each member, who has its task."""
    h = harness(for_each_member())
    h.pools[Candidates(work_party="board")] = Pool(ANN_BOB_CAT)

    h.start(party="board")

    assert [(task.assignee, task.state) for task in open_tasks(h)] == [(user, "CLAIMED") for user in ANN_BOB_CAT]


def test_member_is_a_variable_of_its_instance(harness):
    """Whoever the model says does it; the member is at hand."""
    h = harness(
        for_each_member(
            'bpmgrpc:candidateUsers="boss" bpmgrpc:formKey="${who}"',
            'bpmgrpc:workParty="board" isSequential="true" camunda:elementVariable="who"',
        )
    )
    h.pools[Candidates(work_party="board")] = Pool(("ann", "bob"))

    h.start()
    (first,) = open_tasks(h)
    h.complete("t1", "boss")
    (second,) = open_tasks(h)

    assert [(task.candidates.users, task.form_key) for task in (first, second)] == [
        (("boss",), "ann"),
        (("boss",), "bob"),
    ]


def test_work_party_without_members_passes_at_once(harness):
    """A multi-instance over nobody is done at once, as one over an empty collection."""
    h = harness(for_each_member())

    h.start(party="nobody")

    assert [task.element_id for task in open_tasks(h)] == ["z"]


def test_element_variable_that_cannot_be_read_is_refused():
    """No task can be given to the member that it would hold."""
    model = for_each_member(loop=f'bpmgrpc:workParty="w" camunda:elementVariable="{"x" * 40_000}"')

    assert [text[-66:] for text in refusals(model)] == [
        "an expression has at most 32,768 characters (line 1, column 32769)"
    ]


def test_collection_and_work_party_are_refused():
    """Which of both is meant nobody can know."""
    model = for_each_member(loop='bpmgrpc:workParty="w" camunda:collection="c"')

    assert refusals(model) == ["a multi-instance has a collection or a work party, not both"]
