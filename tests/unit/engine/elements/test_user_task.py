"""User task (BPMN 2.0.2, 10.3.4)."""

from __future__ import annotations

import pytest

from bpmgrpc import values
from bpmgrpc.engine import commands
from bpmgrpc.engine.changes import Deadline
from bpmgrpc.engine.state import Candidates
from bpmgrpc.errors import InvalidArgument, PermissionDenied
from tests.support.harness import bpmn, extensions, flows
from tests.unit.engine.verdicts import refusals, remarks

JANUARY_2ND_US = 1_704_153_600_000_000  # 2024-01-02T00:00:00Z; the clock starts a day before


def user_task(attributes: str = "", inside: str = "", before: str = "") -> bytes:
    """A process with one user task."""
    return bpmn(
        f'{before}<startEvent id="s"/><userTask id="a" {attributes}>{inside}</userTask><endEvent id="e"/>'
        + flows("s -> a", "a -> e")
    )


def test_user_task_waits_until_it_is_completed(harness):
    """The token waits at a user task until somebody completes it, and its variables are the instance's then."""
    h = harness(user_task('name="Look at it"', "<documentation>Look well.</documentation>"))

    h.start()
    waiting = h.task("a")
    h.complete("a", "ann", seen=True)

    assert (waiting.name, waiting.description, waiting.state, waiting.create_by) == (
        "Look at it",
        "Look well.",
        "WAITING",
        "starter",
    )
    assert h.state == "COMPLETED"
    assert h.variables() == {"seen": True}
    done = h.rows.user_tasks(h.root_id)[0]
    assert (done.state, done.assignee, done.end_us, done.version) == ("COMPLETED", "ann", h.clock.now_us(), 2)


def test_user_task_takes_all_its_properties_from_the_model(harness):
    """Each property may be a plain text or an expression."""
    h = harness(
        user_task(
            'camunda:candidateUsers="ann, bob,,ann" camunda:candidateGroups="${groups}" bpmgrpc:candidateRoles="=roles"'
            ' bpmgrpc:workParty="desk ${n}" bpmgrpc:owner="${owner}" camunda:priority="${n + 200}"'
            ' camunda:dueDate="P1D" camunda:followUpDate="2024-01-02T00:00:00Z" camunda:formKey="form-${n}"'
            ' bpmgrpc:loadLinkEntityId="${n}" bpmgrpc:loadLinkParam="id"'
        )
    )

    h.start(groups=["g1", " g2 "], roles="r1,r2", owner="olga", n=7)

    task = h.task("a")
    assert task.candidates == Candidates(("ann", "bob"), ("g1", "g2"), ("r1", "r2"), "desk 7")
    assert (task.owner, task.priority, task.form_key) == ("olga", 99, "form-7")
    assert (task.due_us, task.follow_up_us) == (JANUARY_2ND_US, JANUARY_2ND_US)
    assert (task.load_link_entity_id, task.load_link_param) == ("7", "id")
    assert task.state == "ASSIGNED"


def test_user_task_without_properties_has_defaults(harness):
    """A bare task is for everybody, of priority 50, without dates, and loads by "="."""
    h = harness(user_task())

    h.start()

    task = h.task("a")
    assert (task.candidates, task.priority, task.due_us, task.follow_up_us) == (Candidates(), 50, None, None)
    assert (task.load_link_param, task.lane_party, task.name) == ("=", False, "a")


def test_user_task_with_an_assignee_is_claimed_from_the_beginning(harness):
    """The model's assignee has claimed the task when it is made, and stays a candidate."""
    h = harness(user_task('camunda:assignee="${who}"'))

    h.start(who="bob")

    task = h.task("a")
    assert (task.state, task.assignee, task.claim_us) == ("CLAIMED", "bob", h.clock.now_us())
    assert task.candidates == Candidates(users=("bob",))


def test_user_task_does_not_name_an_assignee_twice(harness):
    """An assignee who is a candidate already is one once."""
    h = harness(user_task('camunda:assignee="ann" camunda:candidateUsers="bob,ann"'))

    h.start()

    assert h.task("a").candidates.users == ("bob", "ann")


@pytest.mark.parametrize(
    ("attributes", "party", "by_lane"),
    (("", "Desk", True), ('bpmgrpc:workParty="Own"', "Own", False), ('camunda:candidateGroups="g"', "", False)),
)
def test_user_task_without_candidates_goes_to_its_lanes_work_party(harness, attributes, party, by_lane):
    """A lane's name is the default work party of the tasks in it that name no candidates."""
    lanes = '<laneSet><lane name="Desk"><flowNodeRef>a</flowNodeRef></lane></laneSet>'
    h = harness(user_task(attributes, before=lanes))

    h.start()

    task = h.task("a")
    assert (task.candidates.work_party, task.lane_party) == (party, by_lane)


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    (
        ("camunda:assignee", ["ann"], "assignee has to be a text, not a list"),
        ("camunda:assignee", True, "assignee has to be a text, not a boolean"),
        ("camunda:assignee", {"a": 1}, "assignee has to be a text, not an object"),
        ("camunda:assignee", "a\0b", "assignee must not hold NUL"),
        ("camunda:candidateUsers", [["ann"]], "candidateUsers has to be a text, not a list"),
        ("camunda:priority", "high", "priority has to be a whole number, not a text"),
        ("camunda:priority", "+-5", "priority has to be a whole number, not a text"),
        ("camunda:priority", "5" * 5000, "priority has to be a whole number, not a text"),
        ("camunda:priority", True, "priority has to be a whole number, not a boolean"),
        ("camunda:dueDate", "tomorrow", "dueDate: "),
    ),
)
def test_user_task_with_a_bad_property_is_an_incident(harness, attribute, value, message):
    """A value that a property cannot take is an incident that names the property, and can be repaired and retried."""
    good = {"camunda:priority": 3, "camunda:dueDate": "2024-01-02"}.get(attribute, "ann")
    h = harness(user_task(f'{attribute}="${{x}}"'))

    h.start(x=value)

    incident = h.incidents()[0]
    assert (incident.reason, incident.element_id) == ("EXPRESSION_ERROR", "a")
    assert message in incident.message
    assert h.open_tasks() == []
    h.resolve(x=good)
    assert h.open_tasks() == ["a"]
    assert h.incidents() == []


@pytest.mark.parametrize(
    ("value", "priority"),
    ((None, 50), ("", 50), (" 7 ", 7), ("-3", 1), (0, 1), (100, 99), (10**30, 99)),
)
def test_user_task_priority_is_clamped(harness, value, priority):
    """A priority is a whole number from 1 to 99; a missing one is 50."""
    h = harness(user_task('camunda:priority="${x}"'))

    h.start(x=value)

    assert h.task("a").priority == priority


@pytest.mark.parametrize(("text", "priority"), (("5.0", 5), ("2E1", 20)))
def test_user_task_priority_may_be_a_decimal_without_fraction(harness, text, priority):
    """5.0 is a whole number."""
    h = harness(user_task(f'camunda:priority="${{{text}}}"'))

    h.start()

    assert h.task("a").priority == priority


@pytest.mark.parametrize("text", ("2.5", "1E50"))
def test_user_task_priority_must_be_whole_and_of_a_sane_length(harness, text):
    """A fraction, or a number of fifty digits, is no priority."""
    h = harness(user_task(f'camunda:priority="${{0 + {text}}}"'))

    h.start()

    assert h.incidents()[0].message == "priority has to be a whole number, not a number"


def test_user_task_with_input_mappings_reads_them_in_its_properties(harness):
    """The properties see what the input mappings made, which stays the task's own."""
    h = harness(user_task('camunda:assignee="${who}"', extensions(inputs=["chief -> who"])))

    h.start(chief="ann")

    assert h.task("a").assignee == "ann"
    assert h.variables(h.task("a").seq) == {"who": "ann"}
    assert h.variables() == {"chief": "ann"}


def test_user_task_is_canceled_with_its_instance(harness):
    """An open task of a canceled instance is CANCELED."""
    h = harness(user_task())

    h.start()
    h.cancel("no longer wanted")

    task = h.rows.user_tasks(h.root_id)[0]
    assert (task.state, task.end_us, task.version) == ("CANCELED", h.clock.now_us(), 2)
    assert (h.state, h.root.end_reason) == ("CANCELED", "no longer wanted")


def test_name_and_documentation_of_a_user_task_may_hold_expressions(harness):
    """Each instance of a multi-instance says what it is about, as in the Java engines."""
    each = (
        '<multiInstanceLoopCharacteristics camunda:collection="${items}" camunda:elementVariable="item"/>'
        "<documentation>Bring #{item.name} here</documentation>"
    )
    h = harness(
        bpmn('<startEvent id="s"/><userTask id="a" name="Pick ${item.name}">' + each + "</userTask>" + flows("s -> a"))
    )

    h.start(items=[{"name": "lamp"}, {"name": "rope"}])

    tasks = [(task.name, task.description) for task in h.rows.user_tasks(h.root_id)]
    assert tasks == [("Pick lamp", "Bring lamp here"), ("Pick rope", "Bring rope here")]


def test_name_that_only_looks_like_an_expression_stands_as_it_is(harness):
    """The deployment says so."""
    content = bpmn('<startEvent id="s"/><userTask id="a" name="Pay ${"/>' + flows("s -> a"))
    h = harness(content)

    h.start()

    assert h.task("a").name == "Pay ${"
    (said,) = remarks(content)
    assert said.startswith("the name 'Pay ${' cannot be read, it stands as it is")


def decide(h, outcome: str, /, **variables):
    """Completes the task with an outcome."""
    texts = {name: values.serialize(value) for name, value in variables.items()}
    command = commands.CompleteUserTask(h.task("a").seq, "ann", texts, outcome=outcome)
    return h.submit(command, h.task("a").seq, "user_task")


@pytest.mark.parametrize(("attribute", "variable"), (("", "outcome"), ('bpmgrpc:outcomeVariable="said"', "said")))
def test_user_task_is_decided_by_an_outcome(harness, attribute, variable):
    """An outcome that the model declares becomes a variable, whatever came under its name, and is in the history."""
    h = harness(user_task(f'bpmgrpc:outcomes="approve, reject" {attribute}'))
    h.start()

    decide(h, "reject", **{variable: "approve", "why": "too dear"})

    assert h.variables() == {variable: "reject", "why": "too dear"}
    assert [event.attributes for event in h.events if event.type == "USER_TASK_COMPLETED"] == [
        {"user": "ann", "outcome": "reject"}
    ]


def test_user_task_gives_its_outcome_to_output_mappings(harness):
    """Where the model maps outputs, it chooses from the outcome too."""
    h = harness(user_task('bpmgrpc:outcomes="yes,no"', extensions(outputs=["outcome -> answer"])))
    h.start()

    decide(h, "yes")

    assert h.variables() == {"answer": "yes"}


@pytest.mark.parametrize(("attribute", "known"), (("", "none"), ('bpmgrpc:outcomes="yes,no"', "'yes', 'no'")))
def test_user_task_takes_no_outcome_that_the_model_does_not_declare(harness, attribute, known):
    """The error names the field and what is declared, and the task stays open."""
    h = harness(user_task(attribute))
    h.start()

    with pytest.raises(InvalidArgument) as caught:
        decide(h, "perhaps")

    assert caught.value.reason == "OUTCOME_NOT_DECLARED"
    assert [(one.field, one.description) for one in caught.value.violations] == [
        ("outcome", f"the model declares {known}")
    ]
    assert h.open_tasks() == ["a"]


def test_user_task_with_computed_outcomes_is_refused():
    """What an inbox shows as buttons is known when the process is deployed."""
    assert refusals(user_task('bpmgrpc:outcomes="${list}"')) == ["outcomes has to be a plain text, not an expression"]


FOUR_EYES = bpmn(
    '<startEvent id="s"/><parallelGateway id="g"/>'
    '<userTask id="first"/><userTask id="second" bpmgrpc:excludedCompletersOf="first"/>'
    '<userTask id="third" bpmgrpc:excludedCompletersOf="first,second" bpmgrpc:excludedOwners="${never}"/>'
    '<endEvent id="e"/>' + flows("s -> g", "g -> first", "g -> second", "first -> third", "third -> e", "second -> e")
)


def test_user_task_is_not_for_those_who_completed_another(harness):
    """Whether the other task was completed before it is made or while it is open."""
    h = harness(FOUR_EYES)
    h.start(never=["nora"])
    second = h.task("second").seq

    h.complete("first", "ann")

    assert h.rows.excluded(h.root_id, second) == {"ann"}
    assert h.rows.excluded(h.root_id, h.task("third").seq) == {"ann", "nora"}
    with pytest.raises(PermissionDenied) as caught:
        h.complete("second", "ann")
    assert caught.value.reason == "EXCLUDED_OWNER"
    h.complete("second", "bob")
    assert h.rows.excluded(h.root_id, second) == frozenset()
    assert h.rows.excluded(h.root_id, h.task("third").seq) == {"ann", "bob", "nora"}
    h.complete("third", "eve")
    assert h.state == "COMPLETED"


def test_user_task_that_is_canceled_excludes_nobody_any_more(harness):
    """What concerns open tasks only is forgotten with them."""
    h = harness(FOUR_EYES)
    h.start(never="nora")
    second = h.task("second").seq
    h.complete("first", "ann")

    h.cancel()

    assert h.rows.excluded(h.root_id, second) == frozenset()


@pytest.mark.parametrize("other", ("s", "nothing"))
def test_user_task_is_separate_from_user_tasks_only(other):
    """A name that is no user task of the process would exclude nobody."""
    assert refusals(user_task(f'bpmgrpc:excludedCompletersOf="{other}"')) == [
        f"excludedCompletersOf names {other!r}, which is no user task of the process"
    ]


def test_user_task_in_a_loop_keeps_what_its_model_says(harness):
    """Exclusion and outcome hold for each instance of a multi-instance task."""
    many = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
    body = f'<userTask id="a" bpmgrpc:outcomes="yes" bpmgrpc:excludedCompletersOf="a">{many}</userTask>'
    h = harness(bpmn(f'<startEvent id="s"/>{body}<endEvent id="e"/>' + flows("s -> a", "a -> e")))
    h.start()
    first, second = (task for task in h.rows.user_tasks(h.root_id))

    h.complete_task(first, "ann")

    with pytest.raises(PermissionDenied):
        h.complete_task(second, "ann")
    command = commands.CompleteUserTask(second.seq, "bob", outcome="yes")
    h.submit(command, second.seq, "user_task")
    assert h.state == "COMPLETED"


def test_user_task_has_the_deadlines_that_its_model_says(harness):
    """Reminders in their order, each once; escalation at its own time, else at the due date."""
    h = harness(
        user_task(
            'bpmgrpc:reminderDate="P2D,P1D,${none},P1D" bpmgrpc:escalationDate="P1D" bpmgrpc:escalationGroups="g"'
            ' bpmgrpc:escalationRoles="r" bpmgrpc:escalationWorkParty="Desk" bpmgrpc:escalationPriority="500"'
        )
    )

    changes = h.start(none=None)

    seq = h.task("a").seq
    assert changes.deadlines == [
        Deadline(seq, 0, JANUARY_2ND_US),
        Deadline(seq, 1, JANUARY_2ND_US + 86_400_000_000),
        Deadline(seq, 2, JANUARY_2ND_US, True, False, Candidates((), ("g",), ("r",), "Desk"), 99),
    ]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    (
        ('bpmgrpc:dueDate="P1D" bpmgrpc:escalationPriority="60"', [(JANUARY_2ND_US, True, True, 60)]),
        ('bpmgrpc:dueDate="P1D" bpmgrpc:reminderDate="P1D"', [(JANUARY_2ND_US, False, False, 0)]),
        ('bpmgrpc:dueDate="P1D"', []),
        ('bpmgrpc:escalationPriority="60"', []),
    ),
)
def test_user_task_is_escalated_at_its_due_date_where_the_model_says_how(harness, attributes, expected):
    """A due date alone escalates nothing, nor does a target without any date."""
    h = harness(user_task(attributes))

    changes = h.start()

    assert [(one.at_us, one.escalates, one.by_due, one.priority) for one in changes.deadlines] == expected
