"""The process that the fault tests run: a person, a worker, a timer and a message, in this order."""

from tests.e2e.models import flow, process

NAME = "order"
JOB_TYPE = "pack"
MESSAGE = "paid"
STUCK_AMOUNT = 2  # of an order with it the gateway has no way: an incident

TASK, GATEWAY, JOB, TIMER, CATCH, END = "approve", "amount", "pack", "dry", "paid", "done"


def order(timer: str = "PT0.2S") -> bytes:
    """Writes the BPMN file.

    Args:
        timer: How long the timer waits.
    """
    body = (
        f'<bpmn:startEvent id="s"/><bpmn:userTask id="{TASK}"/><bpmn:exclusiveGateway id="{GATEWAY}"/>'
        f'<bpmn:serviceTask id="{JOB}" bpmgrpc:jobType="{JOB_TYPE}"/>'
        f'<bpmn:intermediateCatchEvent id="{TIMER}"><bpmn:timerEventDefinition><bpmn:timeDuration>{timer}'
        "</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
        f'<bpmn:intermediateCatchEvent id="{CATCH}"><bpmn:messageEventDefinition messageRef="message"/>'
        f'</bpmn:intermediateCatchEvent><bpmn:endEvent id="{END}"/>'
        + flow("s", TASK)
        + flow(TASK, GATEWAY)
        + flow(GATEWAY, JOB, "=amount = 1")
        + flow(JOB, TIMER)
        + flow(TIMER, CATCH)
        + flow(CATCH, END)
    )
    message = f'<bpmn:message id="message" name="{MESSAGE}"/><bpmn:process'.encode()
    return process(NAME, body).replace(b"<bpmn:process", message, 1)
