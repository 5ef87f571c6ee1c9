"""Vendors' extensions in one vocabulary.

Rule of this file: a vendor's name is a row of a table, never a branch. The tables say for each attribute and element
which word of ``VOCABULARY`` it means, or why it is ignored. What changes behaviour and is ignored is said of every
element that has it; what is harmless is said once for the file; what only concerns drawing is not mentioned. Unknown
extensions are ignored with a finding and never stop a deployment (BPMN 2.0.2, 8.3.3: extensions need not be understood
unless ``mustUnderstand`` says so).

A value's ``Text.language`` is "juel" where it holds ``${…}`` or ``#{…}``, "feel" where it is FEEL behind a "=" (Camunda
8, or ours), else "text": a constant, whatever signs it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from bpmgrpc.bpmn import mappings
from bpmgrpc.bpmn.implementations import read_implementation
from bpmgrpc.bpmn.model import Text
from bpmgrpc.bpmn.names import BPMN, DESIGN_NAMESPACES, DIAGRAM_NAMESPACES, OWN, TEXT
from bpmgrpc.bpmn.reading import Extensions, Owner, Reading, expression_language_of, feel_or_text, own_language
from bpmgrpc.bpmn.routing import own_route
from bpmgrpc.bpmn.xml import Element

__all__ = ["VOCABULARY", "Ignored", "remark", "translate"]

# Word of ``FlowNode.properties`` or ``ProcessGraph.properties``, and what it means.
VOCABULARY: Mapping[str, str] = {
    "assignee": "user who has the task from the beginning",
    "candidateUsers": "users who may claim, separated by commas, or a list",
    "candidateGroups": "groups whose members may claim",
    "candidateRoles": "roles whose holders may claim",
    "workParty": "work party whose members may claim",
    "assignment": "how a user task finds its person: pull, roundRobin, loadBalance, sortedList or custom",
    "assignmentLimit": "who has that many open tasks is passed over",
    "assignmentOrder": "with sortedList: users, the best first",
    "assignmentJobType": "with custom: type of the job that a worker answers with whom the task goes to",
    "owner": "user who answers for the task",
    "priority": "1 to 99",
    "startDate": "when work on the task should begin: as dueDate",
    "dueDate": "when the task should be done: date, date and time, or a duration from its creation",
    "followUpDate": "when to look at the task again",
    "formKey": "the form to show",
    "excludedOwners": "users who may not do a user task",
    "excludedCompletersOf": "user tasks, by their ids, whose completers may not do this one",
    "reminderDate": "when people are reminded of the task: as dueDate, several with commas, or a list",
    "escalationDate": "when the task is escalated: as dueDate; the due date where nothing is said",
    "escalationUsers": "users whom an escalated task is offered to",
    "escalationGroups": "groups whose members an escalated task is offered to",
    "escalationRoles": "roles whose holders an escalated task is offered to",
    "escalationWorkParty": "work party that an escalated task is offered to",
    "escalationPriority": "priority that an escalated task has at least",
    "outcomes": "how a user task can be decided: names, separated by commas",
    "outcomeVariable": "variable that the outcome of a user task becomes; outcome where nothing is said",
    "loadLinkEntityId": "entity that the old product's screens load",
    "loadLinkParam": "its parameter",
    "jobType": "type of the job that a worker takes",
    "retries": "how often a job is tried",
    "retryBackoff": "ISO 8601 duration between two tries; or one for each pause, separated by commas",
    "jobPriority": "how urgent a job is, a whole number; 0 where nothing is said",
    "resultVariable": "variable that the result becomes",
    "script": "expression of a script task",
    "autoStoreVariables": "true: variables of a script's top level are set in the process",
    "decisionId": "decision of a business rule task",
    "calledElement": "process that a call activity calls",
    "calledElementBinding": "latest, deployment, version or versionTag",
    "calledElementVersion": "version, for the binding version",
    "calledElementVersionTag": "version tag, for the binding versionTag",
    "businessKey": "business key of the called instance",
    "propagateAllParentVariables": "true: a called instance gets all variables",
    "propagateAllChildVariables": "true: all variables of a called instance come back",
    "errorCodeVariable": "variable that a caught error's code becomes",
    "errorMessageVariable": "variable that a caught error's message becomes",
    "escalationCodeVariable": "variable that a caught escalation's code becomes",
    "activeElementsCollection": "ids of the elements of an ad-hoc sub-process to activate",
    "initiator": "of a start event: variable that the name of whoever started the instance becomes",
    "versionTag": "version tag of the process",
    "searchableFields": "paths to values by which user tasks are found, separated by commas",
    "historyTimeToLive": "how long ended instances are kept: days, or an ISO 8601 duration",
}


@dataclass(frozen=True, slots=True)
class Ignored:
    """Why an extension is ignored.

    Attributes:
        reason: One sentence; empty for what is not worth a finding.
        matters: Ignoring it changes behaviour, so every element that has it gets a finding.
    """

    reason: str = ""
    matters: bool = True


_SILENT = Ignored()
_COMMITTED = Ignored(
    "harmless: each command is committed by itself, no asynchronous continuation is needed", matters=False
)
_LISTENER = Ignored("listeners are not run: what they do must be modelled, or done by a worker")
_FORM = Ignored("form fields and their validation are not used: forms belong to the client")
_STARTERS = Ignored("who may start a process is decided by permissions, not by the model", matters=False)
_TENANT = Ignored("there are no tenants: an application holds its processes", matters=False)
_JOB = Ignored()  # read by read_implementation
_LOOP = Ignored()  # read with the loop characteristics

_JAVA_ATTRIBUTES: Mapping[str, str | Ignored] = {
    **{
        word: word
        for word in (
            "assignee",
            "candidateUsers",
            "candidateGroups",
            "owner",
            "priority",
            "dueDate",
            "followUpDate",
            "formKey",
            "resultVariable",
            "versionTag",
            "historyTimeToLive",
            "calledElementBinding",
            "calledElementVersion",
            "calledElementVersionTag",
            "businessKey",
            "errorCodeVariable",
            "errorMessageVariable",
            "escalationCodeVariable",
            "autoStoreVariables",
            "initiator",
        )
    },
    "formRef": "formKey",
    "resultVariableName": "resultVariable",
    "inheritVariables": "propagateAllParentVariables",
    "decisionRef": "decisionId",
    "errorVariableName": "errorCodeVariable",
    **dict.fromkeys(("type", "topic", "class", "delegateExpression", "expression"), _JOB),
    **dict.fromkeys(("collection", "elementVariable", "elementIndexVariable"), _LOOP),
    **dict.fromkeys(("asyncBefore", "asyncAfter", "async", "asyncLeave", "exclusive"), _COMMITTED),
    **dict.fromkeys(("jobPriority", "taskPriority"), "jobPriority"),
    **dict.fromkeys(("candidateStarterUsers", "candidateStarterGroups", "isStartableInTasklist"), _STARTERS),
    **dict.fromkeys(("tenantId", "calledElementTenantId", "decisionRefTenantId", "caseTenantId"), _TENANT),
    **dict.fromkeys(
        (
            "modelerTemplate",
            "modelerTemplateVersion",
            "modelerTemplateIcon",
            "diagramRelationId",
            "category",
            "extensionId",
            "variableName",
            "variableEvents",
            "sameDeployment",
            "fallbackToDefaultTenant",
        ),
        _SILENT,
    ),
    "formRefBinding": Ignored("forms are the client's: it decides which version to show", matters=False),
    "formRefVersion": Ignored("forms are the client's: it decides which version to show", matters=False),
    "formHandlerClass": _FORM,
    "validateFormFields": _FORM,
    "skipExpression": Ignored("the activity is never skipped: use a gateway"),
    "useLocalScopeForResultVariable": Ignored("the result variable is set in the scope around the task"),
    "storeResultVariableAsTransient": Ignored("the result variable is stored like any other"),
    "triggerable": Ignored("the job's completion ends the task; it does not wait to be triggered"),
    "mapDecisionResult": Ignored("the decision's result is taken as it is"),
    "decisionRefBinding": Ignored("the latest version of the decision is used"),
    "decisionRefVersion": Ignored("the latest version of the decision is used"),
    "decisionRefVersionTag": Ignored("the latest version of the decision is used"),
    "inheritBusinessKey": Ignored("the business key of a called instance is set by businessKey only"),
    "calledElementType": Ignored("the called element is found by its process id"),
    "variableMappingClass": Ignored("variables are mapped by in and out elements only"),
    "variableMappingDelegateExpression": Ignored("variables are mapped by in and out elements only"),
    "caseRef": Ignored("cases are not run"),
    "resource": Ignored("scripts in other files are not read"),
    "deploymentResource": Ignored("scripts in other files are not read"),
    "businessCalendarName": Ignored("timers follow the calendar, not business calendars"),
    "taskIdVariableName": Ignored("the id of the user task is not put into a variable"),
    "taskCompleterVariableName": Ignored("who completed the user task is not put into a variable"),
    "processInstanceIdVariableName": Ignored("the id of the called instance is not put into a variable"),
    "processInstanceName": Ignored("instances have no names"),
    "completeAsync": _COMMITTED,
}

_DROOLS_ATTRIBUTES: Mapping[str, str | Ignored] = {
    "version": "versionTag",
    "taskName": _JOB,
    "ruleFlowGroup": _JOB,
    "serviceinterface": _JOB,
    "serviceoperation": _JOB,
    **dict.fromkeys(
        (
            "packageName",
            "dtype",
            "displayName",
            "icon",
            "selectable",
            "bgcolor",
            "bordercolor",
            "fontcolor",
            "fontsize",
            "color_background",
            "color_border",
            "color_font",
            "esccode",
            "erefname",
            "msgref",
            "signalref",
            "structureref",
            "serviceimplementation",
            "modelid",
            "nodelocked",
        ),
        _SILENT,
    ),
    "adHoc": Ignored("the process runs along its sequence flows, not ad hoc"),
    "independent": Ignored("a called instance ends with its caller"),
    "waitForCompletion": Ignored("the call activity waits for the called instance"),
    "priority": Ignored("the flows of a gateway are tried in the order of the file"),
}

_Reader = Callable[[Reading, Owner, Element, Extensions], None]


def _properties(words: Mapping[str, str], language: Callable[[str], str]) -> _Reader:
    """Makes a reader that takes the attributes of an extension element as properties."""

    def read(reading: Reading, _owner: Owner, element: Element, into: Extensions) -> None:
        for key, word in words.items():
            value = element.get(key)
            if value:
                into.properties.setdefault(word, reading.attribute(element, key, language(value)))

    return read


def _words(*words: str) -> dict[str, str]:
    return {word: word for word in words}


def _retry_cycle(reading: Reading, _owner: Owner, element: Element, into: Extensions) -> None:
    """``R3/PT10M``: three tries, ten minutes between; ``PT1M,PT5M``: one try more than there are pauses."""
    position = reading.document.text_position(element)
    text = element.text
    if expression_language_of(text) != TEXT:
        into.properties["retries"] = reading.text(element, expression_language_of(text))
        return
    repeats, slash, pause = text.partition("/")
    pauses = [part.strip() for part in text.split(",")]
    if slash and repeats[:1] == "R":
        count = repeats[1:] or "3"
    else:
        count, pause = str(len(pauses) + 1 if len(pauses) > 1 else 1), ",".join(pauses)
    into.properties["retries"] = Text(count, position, TEXT)
    if pause:
        into.properties["retryBackoff"] = Text(pause, position, TEXT)


def _connector(reading: Reading, owner: Owner, element: Element, into: Extensions) -> None:
    for child in element.children:
        if child.name == "connectorId" and child.text:
            into.properties["jobType"] = reading.text(child, TEXT)
            reading.ignore(owner, f"connectors are not run here: a worker for jobs of type {child.text!r} does it")
        elif child.name == "inputOutput":
            mappings.input_output(reading, owner, child, into)


def _called_element(reading: Reading, owner: Owner, element: Element, into: Extensions) -> None:
    _properties(
        {
            "processId": "calledElement",
            "processIdExpression": "calledElement",
            "bindingType": "calledElementBinding",
            "versionTag": "calledElementVersionTag",
            "businessId": "businessKey",
        },
        feel_or_text,
    )(reading, owner, element, into)
    # Camunda 8: both default to true.
    for word in ("propagateAllParentVariables", "propagateAllChildVariables"):
        into.properties[word] = Text(element.get(word, "true"), element.position, TEXT)


def _metadata(_reading: Reading, _owner: Owner, _element: Element, _into: Extensions) -> None:
    """Skips jBPM's metaData: names and colours for its modeler."""


_JAVA_ELEMENTS: Mapping[str, _Reader | Ignored] = {
    "inputOutput": mappings.input_output,
    "in": mappings.call_input,
    "out": mappings.call_output,
    "properties": mappings.header_properties,
    "field": mappings.header_field,
    "connector": _connector,
    "failedJobRetryTimeCycle": _retry_cycle,
    **dict.fromkeys(
        ("executionListener", "taskListener", "eventListener", "variableListener", "planItemLifecycleListener"),
        _LISTENER,
    ),
    **dict.fromkeys(("formData", "formProperty", "formDefinition"), _FORM),
    "potentialStarter": _STARTERS,
    "errorEventDefinition": Ignored("errors of external tasks are thrown by the worker, not by an expression"),
    "mapException": Ignored("exceptions are not mapped: the worker throws the BPMN error"),
    "variableAggregation": Ignored("variables of a multi-instance are not aggregated: use an output collection"),
    "customResource": Ignored("identity links of other kinds are not kept"),
    "localization": _SILENT,
    "value": Ignored("variables have no initial value: set it when starting, or in a first task"),
}

_ZEEBE_ELEMENTS: Mapping[str, _Reader | Ignored] = {
    "taskDefinition": _properties({"type": "jobType", "retries": "retries"}, feel_or_text),
    "taskHeaders": mappings.header_properties,
    "properties": mappings.header_properties,
    "ioMapping": mappings.io_mapping,
    "assignmentDefinition": _properties(_words("assignee", "candidateUsers", "candidateGroups"), feel_or_text),
    "formDefinition": _properties(
        {"formKey": "formKey", "formId": "formKey", "externalReference": "formKey"}, feel_or_text
    ),
    "taskSchedule": _properties(_words("dueDate", "followUpDate"), feel_or_text),
    "priorityDefinition": _properties({"priority": "priority"}, feel_or_text),
    "calledElement": _called_element,
    "calledDecision": _properties(_words("decisionId", "resultVariable"), feel_or_text),
    "script": _properties({"expression": "script", "resultVariable": "resultVariable"}, feel_or_text),
    "versionTag": _properties({"value": "versionTag"}, feel_or_text),
    "adHoc": _properties(_words("activeElementsCollection"), feel_or_text),
    "loopCharacteristics": _LOOP,
    "userTask": _SILENT,
    "subscription": _SILENT,  # read with the message
    "userTaskForm": _FORM,
    "executionListeners": _LISTENER,
    "taskListeners": _LISTENER,
    "conditionalFilter": _SILENT,  # a condition is evaluated whenever a variable changes
    "linkedResources": Ignored("linked resources are not passed on to the worker"),
    "publishMessage": Ignored("a worker publishes the message"),
}

_DROOLS_ELEMENTS: Mapping[str, _Reader | Ignored] = {
    "metaData": _metadata,
    "onEntry-script": _LISTENER,
    "onExit-script": _LISTENER,
    "import": _SILENT,
    "global": Ignored("globals are not known: use variables"),
}

_OWN_ELEMENTS: Mapping[str, _Reader | Ignored] = {
    "input": mappings.own_input,
    "output": mappings.own_output,
    "header": mappings.own_header,
    "route": own_route,
    "field": _SILENT,  # read with the item definition
}


@dataclass(frozen=True, slots=True)
class _Vendor:
    """One vendor's namespace: its tables, and how it tells expressions from constants."""

    prefix: str  # for findings
    attributes: Mapping[str, str | Ignored]
    elements: Mapping[str, _Reader | Ignored]
    language: Callable[[str], str]


VENDORS: Mapping[str, _Vendor] = {
    "http://camunda.org/schema/1.0/bpmn": _Vendor("camunda", _JAVA_ATTRIBUTES, _JAVA_ELEMENTS, expression_language_of),
    "http://flowable.org/bpmn": _Vendor("flowable", _JAVA_ATTRIBUTES, _JAVA_ELEMENTS, expression_language_of),
    "http://activiti.org/bpmn": _Vendor("activiti", _JAVA_ATTRIBUTES, _JAVA_ELEMENTS, expression_language_of),
    "http://camunda.org/schema/zeebe/1.0": _Vendor(
        "zeebe",
        dict.fromkeys(("modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon"), _SILENT),
        _ZEEBE_ELEMENTS,
        feel_or_text,
    ),
    "http://www.jboss.org/drools": _Vendor("drools", _DROOLS_ATTRIBUTES, _DROOLS_ELEMENTS, expression_language_of),
    OWN: _Vendor("bpmgrpc", _words(*VOCABULARY), _OWN_ELEMENTS, own_language),
}


def translate(reading: Reading, owner: Owner, element: Element, into: Extensions) -> None:
    """Translates the extension attributes and elements of one BPMN element.

    Args:
        reading: The file; findings go there.
        owner: Whom findings are about.
        element: The BPMN element.
        into: Receives properties, mappings and headers. What stands there already is kept: the inner element (an event
            definition) does not overrule the outer one.
    """
    foreign = [key for key in element.attributes if "}" in key]
    if foreign:
        for key in foreign:
            _attribute(reading, owner, element, key, into)
        read_implementation(reading, owner, element, into)
    extension_elements = element.bpmn_child("extensionElements")
    if extension_elements is None:
        return
    seen: set[tuple[str, str]] = set()
    for child in extension_elements.children:
        vendor = VENDORS.get(child.namespace)
        row = None if vendor is None else vendor.elements.get(child.name)
        if row is None:
            row = _unknown(child)
        if not isinstance(row, Ignored):
            row(reading, owner, child, into)
        elif row.reason and (child.namespace, child.name) not in seen:
            seen.add((child.namespace, child.name))
            reading.ignore(owner, f"{_prefixed(child)}: {row.reason}", child.position)


def remark(reading: Reading, owner: Owner, element: Element, known: Collection[tuple[str, str]] = frozenset()) -> None:
    """Says which extensions of an element inside of a flow node or flow, such as ``timeCycle``, are ignored.

    Args:
        reading: The file; findings go there.
        owner: Whom findings are about.
        element: The element.
        known: Namespace and name of the extensions that whoever reads the element knows.
    """
    for key in element.attributes:
        namespace, is_foreign, name = key.rpartition("}")
        vendor = VENDORS.get(namespace)
        if not is_foreign or (namespace, name) in known:
            continue
        if vendor is None or isinstance(vendor.attributes.get(name), Ignored):
            _attribute(reading, owner, element, key, Extensions())
        else:
            reading.ignore_attribute(
                owner, element, key, f"{vendor.prefix}:{name} of {element.name}: this attribute is not known"
            )
    extension_elements = element.bpmn_child("extensionElements")
    for child in extension_elements.children if extension_elements is not None else ():
        vendor = VENDORS.get(child.namespace)
        if (child.namespace, child.name) not in known and (vendor is not None or _unknown(child).reason):
            reading.ignore(owner, f"{_prefixed(child)} of {element.name}: this is not known", child.position)


def _unknown(child: Element) -> Ignored:
    if child.namespace in DESIGN_NAMESPACES or child.namespace in DIAGRAM_NAMESPACES or child.namespace == BPMN:
        return _SILENT
    return Ignored(f"extension of namespace {child.namespace!r} is not known")


def _prefixed(child: Element) -> str:
    vendor = VENDORS.get(child.namespace)
    return child.name if vendor is None else f"{vendor.prefix}:{child.name}"


def _attribute(reading: Reading, owner: Owner, element: Element, key: str, into: Extensions) -> None:
    namespace, _, name = key.rpartition("}")
    vendor = VENDORS.get(namespace)
    if vendor is None:
        if namespace not in DESIGN_NAMESPACES and namespace not in DIAGRAM_NAMESPACES:
            reading.ignore_attribute(
                owner, element, key, f"attribute {name}: extension of namespace {namespace!r} is not known"
            )
        return
    row = vendor.attributes.get(name)
    value = element.attributes[key]
    if row is None:
        reading.ignore_attribute(owner, element, key, f"{vendor.prefix}:{name}: this attribute is not known")
    elif isinstance(row, str):
        if value:
            into.properties.setdefault(row, reading.attribute(element, key, vendor.language(value)))
    elif row.reason and row.matters:
        if value.lower() not in _OFF.get(name, ("", "false")):
            reading.ignore(
                owner, f"{vendor.prefix}:{name}: {row.reason}", reading.document.attribute_position(element, key)
            )
    elif row.reason:
        reading.ignore_attribute(owner, element, key, f"{vendor.prefix}:{name}: {row.reason}")


# Values that say what is done anyway, where that is not "false".
_OFF: Mapping[str, tuple[str, ...]] = {
    "waitForCompletion": ("", "true"),
    "independent": ("", "false"),
    "calledElementType": ("", "key"),
    "decisionRefBinding": ("", "latest"),
    "mapDecisionResult": ("", "resultlist"),
}
