from pathlib import Path

import pytest

from bpmgrpc.cli.directory_file import read_directory
from bpmgrpc.cli.exit_codes import ExitCode
from bpmgrpc.cli.failures import Failure
from bpmgrpc.v1.directory_pb2 import DirectoryUser, WorkParty


def written(folder: Path, text: str) -> Path:
    """Writes a directory file."""
    path = folder / "directory.yaml"
    path.write_text(text, "utf-8")
    return path


def test_directory_file_names_users_and_work_parties(tmp_path: Path) -> None:
    """Users and work parties are read with all that belongs to them, Thai names included."""
    path = written(
        tmp_path,
        """
users:
  ann:
    display_name: แอน
    groups: [front-office]
    roles: [R0003, R0007]
  bob:
work_parties:
  ฝ่ายขาย:
    users: [ann]
    roles: [R0003]
    lead: ann
""",
    )

    request = read_directory(path)

    assert list(request.users) == [
        DirectoryUser(user="ann", display_name="แอน", groups=["front-office"], roles=["R0003", "R0007"]),
        DirectoryUser(user="bob"),
    ]
    assert list(request.work_parties) == [WorkParty(work_party="ฝ่ายขาย", users=["ann"], roles=["R0003"], lead="ann")]


def test_empty_directory_file_is_an_empty_directory(tmp_path: Path) -> None:
    """A file without anything names nobody: with --replace it empties the directory."""
    request = read_directory(written(tmp_path, "# nobody yet\n"))

    assert (len(request.users), len(request.work_parties)) == (0, 0)


def test_everything_wrong_in_a_directory_file_is_told_at_once(tmp_path: Path) -> None:
    """Each finding names its place and what to do about it."""
    path = written(
        tmp_path,
        """
users:
  007: {}
  ann: {roles: R0003, groups: [1], nickname: x}
work_parties: [sales]
teams: {}
""",
    )

    with pytest.raises(Failure) as caught:
        read_directory(path)

    assert caught.value.code is ExitCode.USAGE
    assert list(caught.value.details) == [
        "the file: 'teams' is not known here, only users, work_parties",
        "users: the name 7 is read as a number: put it into quotes",
        "users.ann: 'nickname' is not known here, only display_name, groups, roles",
        "users.ann.roles must be a list, not a text",
        "users.ann.groups: 1 is read as a number: put it into quotes",
        "work_parties must map names to entries, not be a list",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    (
        ("users: [", "is not YAML: expected the node content, but found '<stream end>' at line 1, column 9"),
        ("users: {ann: {}, ann: {}}", "is not YAML: 'ann' stands here twice at line 1, column 18"),
        ("users: !!python/object/apply:os.getcwd []", "is not YAML: could not determine a constructor for the tag"),
    ),
)
def test_file_that_is_no_plain_yaml_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """Broken YAML, a name twice and YAML that would make objects are refused with line and column."""
    with pytest.raises(Failure) as caught:
        read_directory(written(tmp_path, text))

    assert message in caught.value.message


def test_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """A file in another encoding is refused, not misread."""
    path = tmp_path / "directory.yaml"
    path.write_bytes("users: {ฝ่าย: {}}".encode("cp874"))

    with pytest.raises(Failure, match="is not UTF-8"):
        read_directory(path)
