"""The rows of ``test_documented_errors`` about operations."""

from typing import Any

from bpmgrpc.v1 import admin_runtime_pb2 as admin
from bpmgrpc.v1.operation_pb2 import CancelInstruction, ModificationInstruction, StartBeforeInstruction

UNKNOWN = "0123456789abcdefghjk"
BEFORE_NOTHING = [ModificationInstruction(start_before=StartBeforeInstruction(element_id="not there"))]
BEFORE_T = [ModificationInstruction(start_before=StartBeforeInstruction(element_id="t"))]
NOT_ONE = [ModificationInstruction(cancel=CancelInstruction())]

OPERATION_CASES: dict[tuple[str, str], Any] = {
    ("SuspendProcessInstance", "INVALID_ARGUMENT"): admin.SuspendProcessInstanceRequest(),
    ("SuspendProcessInstance", "NOT_FOUND"): admin.SuspendProcessInstanceRequest(process_instance_id=UNKNOWN),
    ("SuspendProcessInstance", "FAILED_PRECONDITION"): lambda w: admin.SuspendProcessInstanceRequest(
        process_instance_id=w.ended_instance()
    ),
    ("ResumeProcessInstance", "INVALID_ARGUMENT"): admin.ResumeProcessInstanceRequest(),
    ("ResumeProcessInstance", "NOT_FOUND"): admin.ResumeProcessInstanceRequest(process_instance_id=UNKNOWN),
    ("ResumeProcessInstance", "FAILED_PRECONDITION"): lambda w: admin.ResumeProcessInstanceRequest(
        process_instance_id=w.instance()
    ),
    ("SuspendProcessDefinition", "INVALID_ARGUMENT"): admin.SuspendProcessDefinitionRequest(),
    ("SuspendProcessDefinition", "NOT_FOUND"): admin.SuspendProcessDefinitionRequest(process_definition_id=UNKNOWN),
    ("SuspendProcessDefinition", "FAILED_PRECONDITION"): lambda w: admin.SuspendProcessDefinitionRequest(
        process_definition_id=w.suspended_definition()
    ),
    ("ResumeProcessDefinition", "INVALID_ARGUMENT"): admin.ResumeProcessDefinitionRequest(),
    ("ResumeProcessDefinition", "NOT_FOUND"): admin.ResumeProcessDefinitionRequest(process_definition_id=UNKNOWN),
    ("ResumeProcessDefinition", "FAILED_PRECONDITION"): lambda w: admin.ResumeProcessDefinitionRequest(
        process_definition_id=w.definition("errors")
    ),
    ("SetProcessInstanceVariables", "INVALID_ARGUMENT"): lambda w: admin.SetProcessInstanceVariablesRequest(
        process_instance_id=w.instance(), variables="[]"
    ),
    ("SetProcessInstanceVariables", "NOT_FOUND"): admin.SetProcessInstanceVariablesRequest(process_instance_id=UNKNOWN),
    ("SetProcessInstanceVariables", "FAILED_PRECONDITION"): lambda w: admin.SetProcessInstanceVariablesRequest(
        process_instance_id=w.ended_instance()
    ),
    ("ModifyProcessInstance", "INVALID_ARGUMENT"): admin.ModifyProcessInstanceRequest(
        process_instance_id=UNKNOWN, instructions=NOT_ONE
    ),
    ("ModifyProcessInstance", "NOT_FOUND"): admin.ModifyProcessInstanceRequest(
        process_instance_id=UNKNOWN, instructions=BEFORE_T
    ),
    ("ModifyProcessInstance", "FAILED_PRECONDITION"): lambda w: admin.ModifyProcessInstanceRequest(
        process_instance_id=w.instance(), instructions=BEFORE_NOTHING
    ),
    ("MigrateProcessInstance", "INVALID_ARGUMENT"): admin.MigrateProcessInstanceRequest(process_instance_id=UNKNOWN),
    ("MigrateProcessInstance", "NOT_FOUND"): lambda w: admin.MigrateProcessInstanceRequest(
        process_instance_id=w.instance(), target_process_definition_id=UNKNOWN
    ),
    ("MigrateProcessInstance", "FAILED_PRECONDITION"): lambda w: admin.MigrateProcessInstanceRequest(
        process_instance_id=w.instance(), target_process_definition_id=w.definition("errors")
    ),
    ("RestartProcessInstance", "INVALID_ARGUMENT"): admin.RestartProcessInstanceRequest(),
    ("RestartProcessInstance", "NOT_FOUND"): admin.RestartProcessInstanceRequest(process_instance_id=UNKNOWN),
    ("RestartProcessInstance", "FAILED_PRECONDITION"): lambda w: admin.RestartProcessInstanceRequest(
        process_instance_id=w.instance()
    ),
}
