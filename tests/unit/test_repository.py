"""Facts about the tree itself: what it holds, what its documents promise, and what it depends on."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
DEPENDENCIES = TOP / "docs" / "adr" / "0006-dependencies.md"

# Never part of the repository; looked at only to leave it out where git is not at hand (a source archive).
IGNORED_FOLDERS = {".git", ".venv", "__pycache__", "build", "dist", "htmlcov", "node_modules"}
IGNORED_SUFFIXES = {".pyc", ".db", ".db-wal", ".db-shm"}
BINARY_SUFFIXES = {".binpb", ".png", ".ico", ".woff2"}

# Read by name at run time, so no import statement shows that they are used.
LOADED_BY_NAME = {
    "httptools": "uvicorn's HTTP parser",
    "tzdata": "the zone database that zoneinfo reads",
    "psycopg": "SQLAlchemy's driver for postgresql://",
    "uvloop": "uvicorn's event loop",
}

# Distributions that come with an extra of a declared one.
EXTRAS = {"psycopg-pool": "psycopg"}

LARGEST_FILE = 1024 * 1024  # bytes
LONGEST_LINE = 120  # characters

# Written so that the patterns do not find themselves.
MACHINE_PATH = re.compile(r"(?<![\w.:}>/~-])/" + r"(?:root|work|home|Users|tmp)" + r"/[\w.-]")
REGISTRY_HOST = re.compile(
    "|".join(["pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npmjs", "proxy" + r"\.golang"])
)
MAKE_CALL = re.compile(r"(?:^|[`(\s])make ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


def repository_files() -> list[Path]:
    """Returns the files that are or would be committed."""
    git = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=TOP, capture_output=True, check=False
    )
    if git.returncode == 0:
        found = [TOP / name for name in git.stdout.decode().split("\0") if name]
    else:
        found = [path for path in TOP.rglob("*") if not IGNORED_FOLDERS & set(path.relative_to(TOP).parts)]
    return sorted(path for path in found if path.is_file() and path.suffix not in IGNORED_SUFFIXES)


FILES = repository_files()
DOCUMENTS = [path for path in FILES if path.suffix == ".md"]


def name(path: Path) -> str:
    return path.relative_to(TOP).as_posix()


def lines() -> Iterator[tuple[str, str]]:
    """Yields each line of each text file with its place, as `file:line`."""
    for path in FILES:
        if path.suffix not in BINARY_SUFFIXES:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                yield f"{name(path)}:{number}", line


def test_files_name_no_path_of_one_machine() -> None:
    """No file names a folder that exists on one developer's machine only."""
    found = [place for place, line in lines() if MACHINE_PATH.search(line)]

    assert found == []


def test_files_name_no_package_registry() -> None:
    """No file names a package registry: where packages come from is the business of whoever installs."""
    found = [place for place, line in lines() if REGISTRY_HOST.search(line)]

    assert found == []


def test_files_are_sources() -> None:
    """The repository holds no caches, no build output and no large files."""
    caches = [name(path) for path in FILES if IGNORED_FOLDERS & set(path.relative_to(TOP).parts)]
    large = [name(path) for path in FILES if path.stat().st_size > LARGEST_FILE]

    assert caches == []
    assert large == []


def test_lines_fit_a_screen() -> None:
    """No line is longer than 120 characters, except in tables, generated code, locks, recorded data, and the
    declaration of an RPC, which its formatter keeps on one line. Python is the linter's to judge.
    """
    written = {".proto", ".sh", ".toml", ".yaml", ".md", ".in", ""}
    found = [
        place
        for place, line in lines()
        if len(line) > LONGEST_LINE
        and Path(place.split(":")[0]).suffix in written
        and "_pb2" not in place
        and not line.lstrip().startswith(("|", "rpc "))
    ]

    assert found == []


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def commands(text: str) -> Iterator[str]:
    """Yields what a document shows as commands: inline code, and indented or fenced lines."""
    yield from re.findall(r"`([^`\n]+)`", text)
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield line.partition("#")[0]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_documents_name_make_targets_that_exist(document: Path) -> None:
    """Every make target that a document names is one of the Makefile's."""
    named = {
        target
        for command in commands(document.read_text(encoding="utf-8"))
        for call in MAKE_CALL.findall(command)
        for target in call.split()
    }

    assert named - make_targets() == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_documents_link_to_files_that_exist(document: Path) -> None:
    """Every link within the repository leads somewhere."""
    targets = LINK.findall(document.read_text(encoding="utf-8"))

    missing = [
        t for t in targets if "://" not in t and not t.startswith("mailto:") and not (document.parent / t).exists()
    ]

    assert missing == []


def test_make_help_explains_every_target() -> None:
    """Every phony target of the Makefile has its line in `make help`."""
    makefile = (TOP / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    phony = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())
    explained = set(re.findall(r"^([a-z][a-z-]*):.*## \S", makefile, re.MULTILINE))

    assert phony == explained


def declared() -> tuple[set[str], set[str]]:
    """Returns the names of the dependencies at run time, optional ones included, and of those for development."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    plain = re.compile(r"^[A-Za-z0-9._-]+")
    names = [
        {found.group().lower() for requirement in requirements if (found := plain.match(requirement))}
        for requirements in (
            project["project"]["dependencies"],
            project["dependency-groups"]["dev"],
            *project["project"]["optional-dependencies"].values(),
        )
    ]
    compiler = plain.match((TOP / "requirements" / "protoc.in").read_text(encoding="utf-8").splitlines()[-1])
    assert compiler is not None
    at_run_time, for_development, *optional = names
    return at_run_time.union(*optional), for_development | {compiler.group()}


def test_documents_give_a_reason_for_every_dependency() -> None:
    """The decision record has one line per dependency, and no line for one that is gone."""
    at_run_time, for_development = declared()

    explained = re.findall(r"^\| `([^`]+)` \|", DEPENDENCIES.read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(explained) == sorted(at_run_time | for_development)


def imported_distributions() -> set[str]:
    """Returns the distributions whose modules our code imports, the standard library and ourselves left out."""
    owners = metadata.packages_distributions()
    modules = set()
    for path in FILES:
        if path.suffix == ".py" and name(path).startswith(("src/", "adapters/")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    modules |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    modules.add(node.module)
    found = set()
    for module in modules:
        root = module.partition(".")[0]
        if root == "google":  # a namespace of several distributions
            found.add("protobuf" if module.startswith("google.protobuf") else "googleapis-common-protos")
        elif root not in sys.stdlib_module_names and not root.startswith("bpmgrpc"):
            found |= {EXTRAS.get(distribution, distribution.lower()) for distribution in owners.get(root, [root])}
    return found


def test_dependencies_are_declared_where_imported() -> None:
    """Our code imports nothing that it does not declare, even where another package happens to bring it."""
    at_run_time, _ = declared()

    assert imported_distributions() - at_run_time == set()


def test_dependencies_are_used() -> None:
    """No dependency is carried along that our code does not use."""
    at_run_time, _ = declared()

    assert at_run_time - imported_distributions() - set(LOADED_BY_NAME) == set()


def without_a_fact(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        f"{name(path)}:{node.lineno} {node.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and ast.get_docstring(node) is None
    ]


def test_every_test_states_the_fact_it_checks() -> None:
    """Every test has a docstring: the sentence that is true when it passes."""
    modules = [path for path in FILES if path.name.startswith("test_") and path.suffix == ".py"]

    silent = [fact for path in modules for fact in without_a_fact(path)]

    assert silent == []
