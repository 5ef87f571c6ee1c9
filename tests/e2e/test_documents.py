"""Documents say what the product does: their tables are compared with its registries."""

import re

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from bpmgrpc.settings import rows
from bpmgrpc_rest.routes import LEGACY_ROUTES
from tests.e2e.server_process import TOP

DOCS = TOP / "docs"


def section(file: str, title: str) -> str:
    """Returns a section of a document, without the sections below it."""
    text = (DOCS / file).read_text("utf-8")
    return re.split(r"^#+ ", text.split(f"\n## {title}\n")[1], flags=re.MULTILINE)[0]


def first_cells(text: str) -> list[str]:
    """Returns the code words in the first column of a table."""
    return [word for line in re.findall(r"^\|([^|]*)\|", text, re.MULTILINE) for word in re.findall(r"`([^`]+)`", line)]


def test_document_of_operations_names_settings_that_exist() -> None:
    """Each setting that docs/operations.md explains is one of the product's."""
    named = first_cells(section("operations.md", "Settings"))

    assert set(named) - {row.name for row in rows()} == set()


def test_document_of_legacy_calls_lists_every_route() -> None:
    """docs/howto/legacy-rest.md has each route of the table, with its verb and path."""
    text = (DOCS / "howto" / "legacy-rest.md").read_text("utf-8")

    written = re.findall(r"`((?:GET|POST) [^`]+)`", text)

    assert sorted(written) == sorted(f"{route.verb} {route.path}" for route in LEGACY_ROUTES)


def test_descriptors_that_clients_are_generated_from_are_whole() -> None:
    """docs/howto/clients.md hands out one file: each import is in it, and each method has its comment."""
    files = FileDescriptorSet.FromString((TOP / "src/bpmgrpc/v1/descriptors.binpb").read_bytes()).file
    names = {file.name for file in files}

    assert {path.relative_to(TOP / "protos").as_posix() for path in (TOP / "protos").rglob("*.proto")} <= names
    assert {imported for file in files for imported in file.dependency} <= names
    for file in files:
        commented = {tuple(place.path) for place in file.source_code_info.location if place.leading_comments}
        methods = {(6, number, 2, m) for number, service in enumerate(file.service) for m in range(len(service.method))}
        assert not file.name.startswith("bpmgrpc/") or methods <= commented
