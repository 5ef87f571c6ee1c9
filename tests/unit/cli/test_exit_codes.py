import grpc
import pytest

from bpmgrpc.cli.exit_codes import EPILOG, ExitCode, of_status


@pytest.mark.parametrize(
    ("status", "code"),
    (
        ("INVALID_ARGUMENT", 2),
        ("NOT_FOUND", 3),
        ("FAILED_PRECONDITION", 4),
        ("PERMISSION_DENIED", 4),
        ("ABORTED", 4),
        ("UNAVAILABLE", 5),
        ("DEADLINE_EXCEEDED", 5),
        ("RESOURCE_EXHAUSTED", 5),
        ("INTERNAL", 1),
        ("UNIMPLEMENTED", 1),
    ),
)
def test_exit_code_follows_from_the_status(status: str, code: int) -> None:
    """Each failed call has the exit code of its kind."""
    assert of_status(status) == code


def test_every_status_has_an_exit_code() -> None:
    """No gRPC status ends as success."""
    assert all(of_status(status.name) != ExitCode.OK for status in grpc.StatusCode if status.name != "OK")


def test_help_explains_every_exit_code() -> None:
    """The line below the help names each code."""
    assert all(f"{int(code)} " in EPILOG for code in ExitCode)
