"""What becomes of a file that breaks a rule of the standard: the source of ``docs/bpmn-rules.md``.

Rule of this file: one row per rule, in our words, with the verdict and the reason. The rows are held by two tests: the
files that others wrote, each of which breaks one rule, get the verdict of their row; and the pairs in ``rule_pairs``
show for each refused rule the smallest model that keeps it beside one that breaks it, so that refusing everything is
no way to pass. The numbers are those by which the betsy suite and BPMNspector know the rules.

*Refuse*: the process could not run as drawn, or breaks a "must" in a way that hides what its author meant. *Warn*: it
runs, and the deployment says what is ignored. *Accept*: it runs and means what it says, or the rule is about
specifications, interfaces and drawings that execution does not ask.

Print the document with ``python -m tests.conformance.rules``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

__all__ = ["RULES", "Rule", "RuleVerdict", "document"]


class RuleVerdict(Enum):
    """What becomes of a file that breaks a rule."""

    REFUSE = "refuse"
    WARN = "warn"
    ACCEPT = "accept"


REFUSE, WARN, ACCEPT = RuleVerdict.REFUSE, RuleVerdict.WARN, RuleVerdict.ACCEPT


@dataclass(frozen=True)
class Rule:
    """One rule of the standard.

    Attributes:
        id: Its number.
        text: What it asks for, with the clause of BPMN 2.0.2.
        verdict: What becomes of a file that breaks it.
        why: The reason for the verdict.
        but: Verdicts of single files of the suite that differ, by the beginning of what their name says after the
            number; the reason says why.
    """

    id: str
    text: str
    verdict: RuleVerdict
    why: str
    but: Mapping[str, RuleVerdict] = field(default_factory=dict)


_MUST = "A must that a process cannot run without."
_DANGLING = "Nobody could tell where the token goes."
_TABLE = "Nothing would ever trigger it, or everything: the model does not say what its author drew."
_DATA = "Data specifications do not steer execution: variables are read and written by name."
_TYPES = "Item definitions are not compared: variables are JSON and carry their type with them."
_OPERATIONS = "Operations name jobs; their messages and bindings are not used."
_MESSAGE_FLOW = "Message flows are drawings: messages find their way by name and correlation key."
_LEFT_OUT = "Real files leave it out. A node without outgoing flow ends its token."
_MIME = "The format of a text has no effect on execution."
_NOT_RUN = "Choreographies and conversations are not run; the deployment says so."
_UNREACHED = "It runs as far as it is connected, and the deployment names what no token can reach."
_BOUNDARY_TABLE = "Table 10.90 lists what an activity can be left by; anything else has no meaning there."

RULES: tuple[Rule, ...] = (
    Rule("EXT002", "An id occurs once in a file (xsd:ID).", REFUSE, "References to it would be ambiguous."),
    Rule("EXT003", "What a sequence flow leads from and to has an id (8.4.13).", REFUSE, _DANGLING),
    Rule("EXT004", "The format of documentation is a MIME type (8.4.1).", ACCEPT, _MIME),
    Rule("EXT006", "No artifact is the target of a sequence flow (8.4.1, 8.4.13).", REFUSE, _DANGLING),
    Rule("EXT007", "No artifact is the source of a sequence flow (8.4.1, 8.4.13).", REFUSE, _DANGLING),
    Rule("EXT008", "No artifact is the target of a message flow (9.4).", WARN, _MESSAGE_FLOW),
    Rule("EXT009", "No artifact is the source of a message flow (9.4).", WARN, _MESSAGE_FLOW),
    Rule("EXT010", "The format of an annotation is a MIME type (8.4.1).", ACCEPT, _MIME),
    Rule(
        "EXT011",
        "An escalation that is thrown has a code (10.5.5, table 10.88).",
        ACCEPT,
        "Where the code is missing, the escalation's name or id serves as one. A throw without escalation is refused.",
        {"2_": REFUSE},
    ),
    Rule(
        "EXT012",
        "Expressions of an executable process are formal (8.4.6).",
        ACCEPT,
        "Many editors leave out xsi:type: a text that can be read as an expression is one, all others are refused.",
        {"3_failure_multi": REFUSE, "4_": REFUSE, "5_": REFUSE},
    ),
    Rule(
        "EXT013",
        "A formal expression has a text (8.4.6).",
        ACCEPT,
        "An empty expression is none: it is refused where one is needed, as in a timer.",
        {"1_": REFUSE, "3_": REFUSE},
    ),
    Rule(
        "EXT014", "The language of an expression is a URI (8.4.6).", REFUSE, "It would be run in a language we guess."
    ),
    Rule("EXT017", "A converging gateway has one outgoing flow (10.6.1).", REFUSE, "The drawing contradicts itself."),
    Rule("EXT018", "A diverging gateway has one incoming flow (10.6.1).", REFUSE, "The drawing contradicts itself."),
    Rule(
        "EXT019", "A mixed gateway has several flows on both sides (10.6.1).", REFUSE, "The drawing contradicts itself."
    ),
    Rule("EXT020", "isCollection says the same as the item definition (8.4.10, 10.4.1).", ACCEPT, _TYPES),
    Rule("EXT021", "No sequence flow leaves an event sub-process (8.4.13, 10.3.5).", REFUSE, _MUST),
    Rule("EXT022", "No sequence flow leads to an event sub-process (8.4.13, 10.3.5).", REFUSE, _MUST),
    Rule(
        "EXT023",
        "A node lists the sequence flows that reach and leave it (8.4.13).",
        WARN,
        "The sequence flows themselves say where they lead; a list that names another flow is ignored.",
    ),
    Rule(
        "EXT024", "isImmediate is not false in an executable process (8.4.13).", WARN, "Flows are taken at once anyway."
    ),
    Rule(
        "EXT025",
        "An activity's only outgoing flow has no condition (8.4.13).",
        WARN,
        "It runs; where the condition is false there is no way on, which is an incident.",
    ),
    Rule(
        "EXT026", "A default flow leaves the node that names it (8.4.13).", REFUSE, "The default would never be taken."
    ),
    Rule("EXT027", "A choreography refers to no choreography (11.1).", WARN, _NOT_RUN),
    Rule("EXT028", "A sequence flow joins nodes that exist (8.4.13).", REFUSE, _DANGLING),
    Rule("EXT029", "The minimum of a multiplicity is not negative (9.3.1).", ACCEPT, "Participants have no effect."),
    Rule("EXT030", "The maximum of a multiplicity is one or more (9.3.1).", ACCEPT, "Participants have no effect."),
    Rule("EXT031", "A message flow joins two pools (9.4).", ACCEPT, _MESSAGE_FLOW),
    Rule("EXT032", "A global conversation holds no nodes (9.5).", WARN, _NOT_RUN),
    Rule("EXT033", "isClosed of collaboration and choreography agree (9.2, 11.1).", WARN, _NOT_RUN),
    Rule(
        "EXT035",
        "A public process is not executable (10.2).",
        WARN,
        "isExecutable is the plainer of the two words: the process runs.",
    ),
    Rule("EXT036", "A process holds no choreography activities (10.1, 11).", REFUSE, "There is nothing they could do."),
    Rule(
        "EXT037", "startQuantity is one or more (10.3).", REFUSE, "The activity would start without a token, for ever."
    ),
    Rule("EXT038", "completionQuantity is one or more (10.3).", REFUSE, "The token would be lost."),
    Rule("EXT039", "A resource role names a resource or an expression, not both (10.3.1).", ACCEPT, "Roles are read."),
    Rule("EXT040", "Parameters of a resource need the resource (10.3.1).", ACCEPT, "The parameters have no effect."),
    Rule("EXT041", "A task has one loop marker (10.3.8).", REFUSE, "Which of the two is meant?"),
    Rule("EXT042", "A service task with operation has one input set (10.3.3).", ACCEPT, _OPERATIONS),
    Rule("EXT043", "A service task with operation has one output set at most (10.3.3).", ACCEPT, _OPERATIONS),
    Rule("EXT044", "Input of a service task and message of its operation agree (10.3.3).", ACCEPT, _TYPES),
    Rule("EXT045", "Output of a service task and message of its operation agree (10.3.3).", ACCEPT, _TYPES),
    Rule("EXT046", "A send task with message has one input set at most (10.3.3).", ACCEPT, _DATA),
    Rule("EXT047", "A send task with message has one data input at most (10.3.3).", ACCEPT, _DATA),
    Rule("EXT048", "Input of a send task and its message agree (10.3.3).", ACCEPT, _TYPES),
    Rule("EXT049", "An instantiating receive task has no incoming flow (10.3.3).", REFUSE, _MUST),
    Rule("EXT050", "A receive task with message has one output set at most (10.3.3).", ACCEPT, _DATA),
    Rule("EXT051", "A receive task with message has one data output at most (10.3.3).", ACCEPT, _DATA),
    Rule("EXT052", "Output of a receive task and its message agree (10.3.3).", ACCEPT, _TYPES),
    Rule("EXT053", "A script has a format (10.3.3).", ACCEPT, 'The job that it becomes has the type "script".'),
    Rule("EXT054", "An ad-hoc sub-process has one loop marker (10.3.8).", REFUSE, "Which of the two is meant?"),
    Rule("EXT055", "A sub-process has one loop marker (10.3.8).", REFUSE, "Which of the two is meant?"),
    Rule(
        "EXT056", "A sub-process holds no choreography activities (10.3.5).", REFUSE, "There is nothing they could do."
    ),
    Rule("EXT057", "An event sub-process has no sequence flows (10.3.5).", REFUSE, _MUST),
    Rule("EXT058", "An event sub-process has one start event (10.3.5).", REFUSE, "It would never start, or twice."),
    Rule("EXT059", "The start of an event sub-process has a trigger that is allowed there (10.5.2).", REFUSE, _TABLE),
    Rule("EXT060", "The method of a transaction is a URI (10.3.5).", ACCEPT, "The method has no effect."),
    Rule("EXT061", "An ad-hoc sub-process holds an activity (10.3.5).", REFUSE, "It would never complete."),
    Rule(
        "EXT062",
        "An ad-hoc sub-process holds no start and end events and no choreography activities (10.3.5).",
        REFUSE,
        "It has no order of its own for them to begin and end.",
    ),
    Rule("EXT063", "Data of a call activity and of what it calls agree (10.3.6).", ACCEPT, _DATA),
    Rule("EXT064", "A callable process with interface has a binding (10.3.6).", ACCEPT, _OPERATIONS),
    Rule("EXT065", "A binding names an input and an output of its operation (10.3.6).", ACCEPT, _OPERATIONS),
    Rule("EXT067", "A multi-instance has a cardinality or a collection (10.3.8).", REFUSE, "How many would there be?"),
    Rule("EXT068", "A multi-instance's collection is a data input of the task (10.3.8).", ACCEPT, _DATA),
    Rule("EXT069", "The item of a multi-instance's output has the type of the collection's (10.3.8).", ACCEPT, _TYPES),
    Rule("EXT070", "The item of a multi-instance's input has the type of the collection's (10.3.8).", ACCEPT, _TYPES),
    Rule(
        "EXT071",
        "A completion condition gives true or false (10.3.8).",
        ACCEPT,
        "The value is known when it runs: any other is an incident.",
    ),
    Rule(
        "EXT072",
        "The condition of a complex behaviour gives true or false (10.3.8).",
        ACCEPT,
        "The value is known when it runs: any other is an incident.",
    ),
    Rule("EXT076", "A data object reference is named after its object and state (10.4.1).", ACCEPT, "Names are free."),
    Rule("EXT077", "isCollection of a data object and its item definition agree (10.4.1).", ACCEPT, _TYPES),
    Rule("EXT078", "A property and its item definition agree (10.4.1).", ACCEPT, _TYPES),
    Rule("EXT079", "A sub-process has no data specification (10.4.1).", ACCEPT, _DATA),
    Rule("EXT080", "A data input is no target within its own process (10.4.1).", ACCEPT, _DATA),
    Rule("EXT081", "isCollection of a data input and its item definition agree (10.4.1).", ACCEPT, _TYPES),
    Rule("EXT082", "A data output is no source within its own process (10.4.1).", ACCEPT, _DATA),
    Rule("EXT083", "isCollection of a data output and its item definition agree (10.4.1).", ACCEPT, _TYPES),
    Rule("EXT084", "A data input belongs to an input set (10.4.1).", ACCEPT, _DATA),
    Rule("EXT085", "An optional input belongs to the same input set (10.4.1).", ACCEPT, _DATA),
    Rule("EXT086", "An input read while executing belongs to the same input set (10.4.1).", ACCEPT, _DATA),
    Rule("EXT087", "Input sets and output sets refer to each other (10.4.1).", ACCEPT, _DATA),
    Rule("EXT088", "A data output belongs to an output set (10.4.1).", ACCEPT, _DATA),
    Rule("EXT089", "An optional output belongs to the same output set (10.4.1).", ACCEPT, _DATA),
    Rule("EXT090", "An output written while executing belongs to the same output set (10.4.1).", ACCEPT, _DATA),
    Rule("EXT091", "Both ends of a data association have the same item definition (10.4.1).", ACCEPT, _TYPES),
    Rule(
        "EXT092",
        "A data association without transformation has one source (10.4.1).",
        WARN,
        "Nobody could tell what to copy, so nothing is copied, and the deployment says so.",
    ),
    Rule("EXT093", "Each event definition has its data input or output (10.5.1).", ACCEPT, _DATA),
    Rule("EXT094", "Event definition and its data have the same item definition (10.5.1).", ACCEPT, _TYPES),
    Rule(
        "EXT095",
        "An event definition within a throw event is not used elsewhere (10.5.5).",
        ACCEPT,
        "The reference is plain: both events mean the same message, signal or error.",
    ),
    Rule("EXT096", "A start event has no incoming flow (10.5.2).", REFUSE, _MUST),
    Rule("EXT097", "Where there is an end event, there is a start event (10.5.2).", ACCEPT, _LEFT_OUT),
    Rule("EXT098", "A start event of a process has a trigger of table 10.84, or none (10.5.2).", REFUSE, _TABLE),
    Rule(
        "EXT099",
        "A called process has a none start event (10.3.6).",
        ACCEPT,
        "Which version is called is known when the call is made: one without such a start is an incident.",
    ),
    Rule("EXT100", "A start event of an embedded sub-process has no trigger (10.5.2).", REFUSE, _TABLE),
    Rule("EXT101", "A start event has an outgoing flow (10.5.2).", ACCEPT, _LEFT_OUT),
    Rule("EXT102", "No message flow leaves a start event (9.4, 10.5.2).", ACCEPT, _MESSAGE_FLOW),
    Rule("EXT103", "A start event that a message flow reaches has a message (10.5.2).", ACCEPT, _MESSAGE_FLOW),
    Rule("EXT104", "An end event has no outgoing flow (10.5.3).", REFUSE, _MUST),
    Rule("EXT105", "Where there is a start event, there is an end event (10.5.3).", ACCEPT, _LEFT_OUT),
    Rule("EXT106", "A cancel end event stands in a transaction (10.5.3).", REFUSE, "There is nothing to cancel."),
    Rule("EXT107", "An end event has an incoming flow (10.5.3).", ACCEPT, _LEFT_OUT),
    Rule("EXT108", "No message flow leads to an end event (9.4, 10.5.3).", ACCEPT, _MESSAGE_FLOW),
    Rule("EXT109", "An end event that a message flow leaves has a message (10.5.3).", ACCEPT, _MESSAGE_FLOW),
    Rule("EXT110", "A boundary event has a trigger that is allowed there (10.5.4).", REFUSE, _BOUNDARY_TABLE),
    Rule(
        "EXT111", "A cancel boundary event is attached to a transaction (10.5.4).", REFUSE, "Nothing could cancel it."
    ),
    Rule("EXT112", "A boundary event has no incoming flow (10.5.4).", REFUSE, _MUST),
    Rule("EXT113", "A boundary event has an outgoing flow (10.5.4).", ACCEPT, _LEFT_OUT),
    Rule(
        "EXT114", "A compensation boundary event has no outgoing flow (10.5.4).", REFUSE, "It is never left by a token."
    ),
    Rule(
        "EXT115",
        "An intermediate event has an incoming flow (10.5.4).",
        ACCEPT,
        "Where there is no start event, a node without incoming flow is a start (13.2).",
    ),
    Rule("EXT116", "An intermediate event has an outgoing flow (10.5.4).", ACCEPT, _LEFT_OUT),
    Rule("EXT117", "A link has flows on one side only (10.5.4).", REFUSE, "It would be two ways at once."),
    Rule("EXT118", "A throwing link has a catching one of its name (10.5.5).", REFUSE, _DANGLING),
    Rule("EXT119", "Message flows reach catching and leave throwing events (9.4).", ACCEPT, _MESSAGE_FLOW),
    Rule("EXT120", "A cancel event stands on or in a transaction (10.5.4).", REFUSE, "Nothing could cancel it."),
    Rule("EXT121", "No process starts by compensation (10.5.2).", REFUSE, _TABLE),
    Rule("EXT122", "No catch event in normal flow waits for compensation (10.5.4).", REFUSE, _TABLE),
    Rule("EXT123", "A conditional event has a condition (10.5.5).", REFUSE, "It would wait for ever."),
    Rule("EXT124", "A catching link has a throwing one (10.5.5).", WARN, _UNREACHED),
    Rule("EXT125", "A throwing link has one catching one (10.5.5).", REFUSE, _DANGLING),
    Rule("EXT126", "A link stays in its process level (10.5.5).", REFUSE, _DANGLING),
    Rule("EXT127", "A message event has a message (10.5.5).", REFUSE, "It could never be correlated."),
    Rule("EXT128", "A message event has an operation (10.5.5).", ACCEPT, "The message's name is enough."),
    Rule("EXT129", "The start of an event sub-process has a trigger (10.5.2).", REFUSE, _TABLE),
    Rule("EXT130", "A boundary event has a trigger (10.5.4).", REFUSE, _BOUNDARY_TABLE),
    Rule("EXT131", "A timer has one of date, duration and cycle (10.5.5).", REFUSE, "Which of them is meant?"),
    Rule("EXT132", "A date is one of ISO 8601 (10.5.5).", REFUSE, "It would never be due."),
    Rule("EXT133", "A cycle is one of ISO 8601, or a cron line (10.5.5).", REFUSE, "It would never be due."),
    Rule("EXT134", "A duration is one of ISO 8601 (10.5.5).", REFUSE, "It would never be due."),
    Rule(
        "EXT135",
        "A gateway has several flows on one side at least (10.6.1).",
        ACCEPT,
        "One way in and one way out is no choice and no join, and does no harm.",
    ),
    Rule("EXT136", "An event-based gateway has two outgoing flows or more (10.6.6).", REFUSE, "It would be no choice."),
    Rule(
        "EXT137",
        "Flows behind an event-based gateway have no conditions (10.6.6).",
        REFUSE,
        "The event decides: a condition beside it would be passed over.",
    ),
    Rule(
        "EXT138", "An event-based gateway leads to what can wait (10.6.6).", REFUSE, "The choice would be made at once."
    ),
    Rule(
        "EXT139",
        "An event-based gateway leads to message events or receive tasks, not to both (10.6.6).",
        WARN,
        "Both wait for a message in the same way, so it runs.",
    ),
    Rule(
        "EXT140",
        "Receive tasks behind an event-based gateway have no boundary events (10.6.6).",
        REFUSE,
        "The gateway waits in their place: the boundary events would not be armed.",
    ),
    Rule(
        "EXT141",
        "What an event-based gateway leads to has no other incoming flow (10.6.6).",
        REFUSE,
        "It would be one of the gateway's events and a node of its own.",
    ),
    Rule("EXT142", "An instantiating event-based gateway has no incoming flow (10.6.6).", REFUSE, _MUST),
    Rule("EXT143", "A compensation boundary event leads to an activity (10.7.1).", REFUSE, "Nothing could compensate."),
    Rule(
        "EXT144", "That activity is marked for compensation (10.7.1).", REFUSE, "It would run in normal flow as well."
    ),
    Rule(
        "EXT145",
        "The format of a script is a MIME type (10.3.3).",
        ACCEPT,
        "It is the type of the job, any word will do.",
    ),
    Rule("EXT146", "An end event has a result of table 10.88, or none (10.5.3).", REFUSE, _TABLE),
    Rule("EXT147", "The trigger of a boundary event fits cancelActivity (10.5.4).", REFUSE, _BOUNDARY_TABLE),
    Rule("EXT148", "An intermediate catch event has a trigger of table 10.89 (10.5.4).", REFUSE, _TABLE),
    Rule("EXT149", "An intermediate throw event has a result of table 10.89 (10.5.4).", REFUSE, _TABLE),
    Rule("EXT150", "Where there is a start event, every node has an incoming flow (10.5.2).", WARN, _UNREACHED),
    Rule("EXT151", "Where there is an end event, every node has an outgoing flow (10.5.3).", WARN, _UNREACHED),
    Rule("EXT152", "A sequence flow stays in its pool (8.4.13).", REFUSE, _DANGLING),
    Rule(
        "REF",
        "A reference names an element of the file, and of the right kind.",
        WARN,
        "Refused where execution needs it: event definitions, boundary events, links, sequence flows, default flows.",
        dict.fromkeys(("12", "13", "14", "3", "4"), REFUSE),
    ),
)


def document() -> str:
    """Writes the table as Markdown."""
    counts = {verdict: sum(rule.verdict is verdict for rule in RULES) for verdict in RuleVerdict}
    head = f"""\
# Rules of BPMN, one by one

What a deployment does with a file that breaks a rule of the standard. *Refuse*: the process could not run as drawn, or
breaks a "must" in a way that hides what its author meant. *Warn*: it runs, and the deployment says what is ignored.
*Accept*: it runs and means what it says, or the rule is about specifications, interfaces and drawings that execution
does not ask. Real files leave out ids, `isExecutable`, start and end events; none of that is a reason to refuse.

The numbers are those by which the betsy suite and BPMNspector know the rules; the clauses are those of BPMN 2.0.2.
Of {len(RULES)} rules {counts[REFUSE]} are refused, {counts[WARN]} warned of and {counts[ACCEPT]} accepted. The table is
generated from `tests/conformance/rules.py`; tests hold it against the files that break the rules, and against models
that keep them.

| Rule | What it asks for | Verdict | Why |
|---|---|---|---|
"""
    return head + "".join(f"| {rule.id} | {rule.text} | {rule.verdict.value} | {rule.why} |\n" for rule in RULES)


if __name__ == "__main__":
    print(document(), end="")
