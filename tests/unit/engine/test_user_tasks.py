"""The rules by which people work on user tasks: claim, unclaim, assign, complete."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bpmgrpc.engine import commands, user_task
from bpmgrpc.engine.state import (
    DELEGATED,
    RESOLVED,
    RESTRICTED,
    STARTS,
    Candidates,
    Membership,
    Need,
    UserTaskRow,
    UserTaskState,
)
from bpmgrpc.errors import Aborted, FailedPrecondition, PermissionDenied
from tests.support.harness import bpmn

ROOT = "0" * 20
NOW_US = 1_000_000
ANN = Membership("ann", frozenset({"g"}), frozenset({"r"}), frozenset({"Desk"}), frozenset({"Desk"}))
BOB = Membership("bob")
WAITING = UserTaskRow(7, 0, "d", "a", "A", UserTaskState.WAITING, 0)
CLAIMED = replace(
    WAITING, state=UserTaskState.CLAIMED, assignee="ann", claim_us=5, candidates=Candidates(users=("ann",))
)
ENDED = (UserTaskState.COMPLETED, UserTaskState.CANCELED)


@pytest.mark.parametrize(
    "candidates",
    (
        Candidates(),
        Candidates(users=("ann", "eve")),
        Candidates(groups=("g",)),
        Candidates(roles=("r",)),
        Candidates(work_party="Desk"),
        Candidates(users=("eve",), groups=("other",), roles=("r",)),
    ),
)
def test_claim_is_for_candidates(candidates):
    """A user claims by name, group, role or work party, and anybody a task without candidates."""
    task = replace(WAITING, candidates=candidates)

    claimed = user_task.claim(ROOT, task, "ann", ANN, NOW_US)

    assert claimed == replace(task, state=UserTaskState.CLAIMED, assignee="ann", claim_us=NOW_US, version=2)


@pytest.mark.parametrize(
    "candidates",
    (
        Candidates(users=("ann",)),
        Candidates(groups=("g",)),
        Candidates(roles=("r",)),
        Candidates(work_party="Desk"),
        Candidates(groups=("bob",)),
    ),
)
def test_claim_by_somebody_else_is_refused(candidates):
    """Who is not a candidate may neither claim nor complete; the error names user and task."""
    task = replace(WAITING, candidates=candidates)

    with pytest.raises(PermissionDenied) as caught:
        user_task.claim(ROOT, task, "bob", BOB, NOW_US)
    with pytest.raises(PermissionDenied):
        user_task.complete(ROOT, task, "bob", BOB, NOW_US)

    assert caught.value.reason == "NOT_A_CANDIDATE"
    assert caught.value.metadata == {"user_task_id": f"{ROOT}-7", "state": "WAITING", "user": "bob"}


def test_claim_asks_for_a_membership_only_where_it_decides():
    """Named users and open tasks need no directory; groups do, of this very user."""
    by_group = replace(WAITING, candidates=Candidates(groups=("g",), work_party="Desk"))

    assert user_task.is_candidate(WAITING, "bob", None)
    assert not user_task.is_candidate(replace(WAITING, candidates=Candidates(users=("ann",))), "bob", None)
    with pytest.raises(Need) as missing:
        user_task.is_candidate(by_group, "ann", None)
    with pytest.raises(Need):
        user_task.is_candidate(by_group, "ann", BOB)
    assert missing.value.membership == ("ann", "Desk")
    assert str(missing.value) == "membership=('ann', 'Desk')"


@pytest.mark.parametrize(("lane_party", "allowed"), ((True, True), (False, False)))
def test_work_party_that_does_not_exist_restricts_nobody_where_it_is_only_a_lanes_name(lane_party, allowed):
    """A lane's name is a default; a work party that the model names is meant."""
    task = replace(WAITING, candidates=Candidates(work_party="Desk"), lane_party=lane_party)

    assert user_task.is_candidate(task, "bob", BOB) is allowed


def test_claim_of_ones_own_task_changes_nothing():
    """It is claimed already, by the same user."""
    assert user_task.claim(ROOT, CLAIMED, "ann", None, NOW_US) is None


def test_claim_of_a_claimed_task_is_refused():
    """The first claimer wins."""
    with pytest.raises(FailedPrecondition) as caught:
        user_task.claim(ROOT, CLAIMED, "bob", BOB, NOW_US)

    assert caught.value.reason == "USER_TASK_CLAIMED"


@pytest.mark.parametrize("state", ENDED)
def test_ended_task_cannot_be_worked_on(state):
    """COMPLETED and CANCELED are final."""
    task = replace(WAITING, state=state)

    for attempt in (
        lambda: user_task.claim(ROOT, task, "ann", ANN, NOW_US),
        lambda: user_task.unclaim(ROOT, task, "ann"),
        lambda: user_task.assign(ROOT, task, Candidates()),
        lambda: user_task.complete(ROOT, task, "ann", ANN, NOW_US),
    ):
        with pytest.raises(FailedPrecondition) as caught:
            attempt()
        assert caught.value.reason == "USER_TASK_ENDED"


@pytest.mark.parametrize(("candidates", "state"), ((Candidates(users=("ann",)), "ASSIGNED"), (Candidates(), "WAITING")))
def test_unclaim_gives_the_task_back(candidates, state):
    """It is offered to named users again, or waits in the pool."""
    back = user_task.unclaim(ROOT, replace(CLAIMED, candidates=candidates), "ann")

    assert (back.state, back.assignee, back.claim_us, back.version) == (state, "", None, 2)


def test_unclaim_is_for_the_claimer():
    """Nobody gives back what another has claimed."""
    with pytest.raises(PermissionDenied) as caught:
        user_task.unclaim(ROOT, CLAIMED, "bob")

    assert caught.value.reason == "NOT_THE_ASSIGNEE"


def test_unclaim_needs_a_claim():
    """What nobody has claimed cannot be given back."""
    with pytest.raises(FailedPrecondition) as caught:
        user_task.unclaim(ROOT, WAITING, "ann")

    assert caught.value.reason == "USER_TASK_NOT_CLAIMED"


@pytest.mark.parametrize(
    ("candidates", "state"), ((Candidates(users=("eve",)), "ASSIGNED"), (Candidates(groups=("g",)), "WAITING"))
)
def test_assign_replaces_the_candidates_and_lifts_a_claim(candidates, state):
    """The task is offered anew; a lane's party is forgotten."""
    task = user_task.assign(ROOT, replace(CLAIMED, lane_party=True), candidates)

    assert (task.state, task.candidates, task.assignee, task.claim_us) == (state, candidates, "", None)
    assert (task.lane_party, task.version) == (False, 2)


def test_complete_is_for_the_claimer():
    """What another has claimed cannot be completed."""
    with pytest.raises(PermissionDenied) as caught:
        user_task.complete(ROOT, CLAIMED, "bob", BOB, NOW_US)

    assert caught.value.reason == "NOT_THE_ASSIGNEE"


def test_complete_makes_the_completer_the_assignee():
    """A candidate may complete without claiming first."""
    done = user_task.complete(ROOT, WAITING, "bob", None, NOW_US)

    assert (done.state, done.assignee, done.end_us, done.version) == ("COMPLETED", "bob", NOW_US, 2)


def test_claimer_completes_without_being_asked_for_a_membership():
    """Who has claimed the task may complete it, whatever the directory says by now."""
    done = user_task.complete(ROOT, replace(CLAIMED, candidates=Candidates(groups=("g",))), "ann", None, NOW_US)

    assert (done.state, done.assignee) == ("COMPLETED", "ann")


def test_etag_must_be_the_current_one():
    """An etag of another version is stale; none means any."""
    user_task.require_version(ROOT, WAITING, None)
    user_task.require_version(ROOT, WAITING, 1)

    with pytest.raises(Aborted) as caught:
        user_task.require_version(ROOT, WAITING, 2)

    assert caught.value.reason == "ETAG_STALE"


def test_completing_asks_for_the_membership_that_decides(harness):
    """The engine asks the directory about the completing user and the task's work party."""
    memberships = {"ann": Membership("ann", work_parties=frozenset({"Desk"})), "bob": Membership("bob")}
    h = harness(bpmn('<userTask id="a" bpmgrpc:workParty="Desk"/>'), memberships=memberships)
    h.start()

    with pytest.raises(PermissionDenied):
        h.complete("a", "bob")
    h.complete("a", "ann")

    assert h.state == "COMPLETED"


def test_completing_with_a_stale_etag_changes_nothing(harness):
    """Somebody else changed the task since it was read."""
    h = harness(bpmn('<userTask id="a"/>'))
    h.start()
    seq = h.task("a").seq

    with pytest.raises(Aborted):
        h.submit(commands.CompleteUserTask(seq, "ann", {}, version=9), seq, "user_task")

    assert h.open_tasks() == ["a"]
    h.submit(commands.CompleteUserTask(seq, "ann", {}, version=1), seq, "user_task")
    assert h.state == "COMPLETED"


def test_completed_task_cannot_be_completed_or_changed(harness):
    """Neither its end nor its variables can be set again."""
    h = harness(bpmn('<userTask id="a"/><userTask id="b"/>'))
    h.start()
    seq = h.task("a").seq
    h.complete("a")

    for command in (commands.CompleteUserTask(seq, "ann"), commands.SetVariables(seq, {"x": "1"})):
        with pytest.raises(FailedPrecondition) as caught:
            h.submit(command, seq, "user_task")
        assert caught.value.reason == "USER_TASK_ENDED"


DELEGATED_TO_BOB = replace(CLAIMED, assignee="bob", owner="ann", flags=DELEGATED)


def test_delegate_works_for_the_owner_until_the_task_is_given_back():
    """The state stays CLAIMED; the owner stays, and is the delegator where there was none, who has it back then."""
    task = replace(CLAIMED, flags=RESOLVED | RESTRICTED)

    delegated = user_task.delegate(ROOT, task, "ann", "bob", NOW_US)
    owned = user_task.delegate(ROOT, replace(task, owner="olga"), "ann", "bob", NOW_US)
    resolved = user_task.resolve(ROOT, delegated, "bob", "ann", NOW_US + 1)

    assert delegated == replace(
        task, assignee="bob", owner="ann", claim_us=NOW_US, flags=DELEGATED | RESTRICTED, version=2
    )
    assert owned.owner == "olga"
    assert resolved == replace(delegated, assignee="ann", claim_us=NOW_US + 1, flags=RESOLVED | RESTRICTED, version=3)
    assert user_task.complete(ROOT, resolved, "ann", None, NOW_US).state == "COMPLETED"


@pytest.mark.parametrize(
    "attempt",
    (
        lambda task: user_task.complete(ROOT, task, "bob", None, NOW_US),
        lambda task: user_task.unclaim(ROOT, task, "bob"),
        lambda task: user_task.forward(ROOT, task, "bob", None, Candidates(users=("eve",))),
        lambda task: user_task.delegate(ROOT, task, "bob", "eve", NOW_US),
    ),
)
def test_delegate_only_gives_the_task_back(attempt):
    """While it is delegated a task is neither completed nor handed on."""
    with pytest.raises(FailedPrecondition) as caught:
        attempt(DELEGATED_TO_BOB)

    assert caught.value.reason == "USER_TASK_DELEGATED"


@pytest.mark.parametrize(
    ("attempt", "reason"),
    (
        (lambda: user_task.delegate(ROOT, WAITING, "ann", "bob", NOW_US), "USER_TASK_NOT_CLAIMED"),
        (lambda: user_task.resolve(ROOT, CLAIMED, "ann", "", NOW_US), "USER_TASK_NOT_DELEGATED"),
        (lambda: user_task.resolve(ROOT, WAITING, "ann", "", NOW_US), "USER_TASK_NOT_CLAIMED"),
    ),
)
def test_task_that_is_not_claimed_or_not_delegated_is_not_handed_over(attempt, reason):
    """The error says what the task has to be."""
    with pytest.raises(FailedPrecondition) as caught:
        attempt()

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "attempt",
    (
        lambda: user_task.delegate(ROOT, CLAIMED, "bob", "eve", NOW_US),
        lambda: user_task.resolve(ROOT, DELEGATED_TO_BOB, "ann", "ann", NOW_US),
        lambda: user_task.forward(ROOT, CLAIMED, "bob", None, Candidates(users=("eve",))),
    ),
)
def test_task_of_somebody_else_is_not_handed_over(attempt):
    """Only who has it gives it away."""
    with pytest.raises(PermissionDenied) as caught:
        attempt()

    assert caught.value.reason == "NOT_THE_ASSIGNEE"


def test_forward_offers_the_task_to_others():
    """Its claimer, or a candidate of an unclaimed one, replaces the candidates and lifts the claim."""
    others = Candidates(users=("eve",), groups=("g2",))

    given = user_task.forward(ROOT, CLAIMED, "ann", None, others)
    offered = user_task.forward(ROOT, replace(WAITING, candidates=Candidates(groups=("g",))), "ann", ANN, others)

    assert (given.state, given.assignee, given.candidates, given.claim_us) == ("ASSIGNED", "", others, None)
    assert (offered.state, offered.candidates) == ("ASSIGNED", others)
    with pytest.raises(PermissionDenied):
        user_task.forward(ROOT, replace(WAITING, candidates=Candidates(groups=("g",))), "bob", BOB, others)


@pytest.mark.parametrize("task", (WAITING, CLAIMED, DELEGATED_TO_BOB))
def test_lead_puts_the_task_into_anybodys_hands(task):
    """Whoever had it; a delegation ends with that."""
    new = user_task.reassign(ROOT, task, "lea", "lea", "eve", NOW_US)

    assert new == replace(task, state="CLAIMED", assignee="eve", claim_us=NOW_US, flags=0, version=2)


@pytest.mark.parametrize("lead", ("", "lea"))
def test_nobody_but_the_lead_reassigns(lead):
    """Nor does anybody where there is no lead."""
    with pytest.raises(PermissionDenied) as caught:
        user_task.reassign(ROOT, replace(WAITING, candidates=Candidates(work_party="Desk")), "ann", lead, "eve", NOW_US)

    assert caught.value.reason == "NOT_THE_LEAD"
    assert caught.value.metadata["work_party"] == "Desk"


def test_excluded_users_neither_do_the_task_nor_get_it():
    """For themselves it is denied; to give it to them is a fault of the state."""
    user_task.require_allowed(ROOT, WAITING, "bob", {"ann"})
    user_task.require_assignable(ROOT, WAITING, ("bob",), {"ann"})

    with pytest.raises(PermissionDenied) as denied:
        user_task.require_allowed(ROOT, WAITING, "ann", {"ann"})
    with pytest.raises(FailedPrecondition) as failed:
        user_task.require_assignable(ROOT, WAITING, ("bob", "ann"), {"ann"})

    assert denied.value.reason == failed.value.reason == "EXCLUDED_OWNER"
    assert user_task.restrict(WAITING).flags == RESTRICTED


@pytest.mark.parametrize("change", (lambda task: user_task.assign(ROOT, task, Candidates(users=("eve",))),))
def test_assignment_ends_a_delegation(change):
    """As it lifts a claim."""
    assert change(DELEGATED_TO_BOB).flags == 0


def test_update_keeps_a_claim_and_recomputes_the_state_of_an_unclaimed_task():
    """A lane's party stays one while candidates do not change; start times are a flag."""
    others = Candidates(users=("eve",))
    by_lane = replace(WAITING, candidates=Candidates(work_party="Desk"), lane_party=True)

    assert user_task.update(ROOT, CLAIMED, candidates=others) == replace(CLAIMED, candidates=others, version=2)
    assert user_task.update(ROOT, by_lane, priority=9, starts=True) == replace(
        by_lane, priority=9, flags=STARTS, version=2
    )
    changed = user_task.update(ROOT, replace(by_lane, flags=STARTS), candidates=others, starts=False)
    assert (changed.state, changed.lane_party, changed.flags) == ("ASSIGNED", False, 0)
    assert user_task.update(ROOT, WAITING, owner="o").owner == "o"
    with pytest.raises(FailedPrecondition) as caught:
        user_task.update(ROOT, by_lane, candidates=Candidates())
    assert caught.value.reason == "NO_CANDIDATE"


def test_escalation_offers_to_others_or_raises_the_priority():
    """A priority is never lowered, and without others the claim stays."""
    others = Candidates(groups=("bosses",))

    assert user_task.escalate(ROOT, CLAIMED, Candidates(), 40) == replace(CLAIMED, version=2)
    offered = user_task.escalate(ROOT, CLAIMED, others, 60)
    assert (offered.state, offered.assignee, offered.candidates, offered.priority) == ("WAITING", "", others, 60)
