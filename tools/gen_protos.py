"""Generates `src/bpmgrpc/v1` from `protos/`, and tells whether the committed result is the one the protos give.

The rule of this file: the same protos always give the same bytes. So the compiler is pinned and older than the run time
(`requirements/protoc.in`), files are compiled in sorted order, and nothing outside the protos is read.

The compiler is the oldest gRPC the product supports, because generated code refuses a run time older than its
generator, while a newer one runs it. It lives in `.venv/protoc`, apart from the libraries, which it would hold back.

    gen_protos.py generate      write the generated files (`make protos`)
    gen_protos.py check         fail when the committed files differ from what the protos give (`make protos-check`)
    gen_protos.py breaking      fail when the contract breaks callers of the main branch (`make protos-check`)
    gen_protos.py google-api    copy google/api/*.proto for buf into .venv (`make install`)
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
PROTOS = TOP / "protos"
PACKAGE = Path("bpmgrpc/v1")
GENERATED = TOP / "src" / PACKAGE
PROTOC_HOME = TOP / ".venv" / "protoc"
GOOGLE_API_COPY = TOP / ".venv" / "googleapis"
TOOLS = Path(sys.executable).parent
DESCRIPTORS = "descriptors.binpb"
GENERATED_PATTERNS = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*_pb2_grpc.pyi", DESCRIPTORS)
# The rest of the distribution (google/logging, google/type, ...) is not imported by the contract.
GOOGLE_FOLDERS = ("google/api", "google/rpc")
# Where the main branch may be found, best first: in CI only the remote's name exists.
MAIN_BRANCHES = ("origin/main", "main")


class Failure(Exception):
    """The protos or the generated files are not as they must be; the text says what to do."""


def google_protos() -> Path:
    """Returns the folder of the installed googleapis-common-protos that holds `google/api/*.proto`."""
    from google.api import annotations_pb2

    return Path(annotations_pb2.__file__).parents[2]


def run(*command: str | Path, cwd: Path = TOP, env: dict[str, str] | None = None) -> None:
    """Runs a tool and fails with its own output shown above the message."""
    arguments = [str(part) for part in command]
    if subprocess.run(arguments, cwd=cwd, env=env, check=False).returncode:
        raise Failure(f"{Path(arguments[0]).name} failed; its message is above")


def generate_into(target: Path) -> None:
    """Compiles all protos into `target`, which afterwards holds `bpmgrpc/v1/...` and nothing else."""
    sources = sorted(PROTOS.glob(f"{PACKAGE}/*.proto"))
    if not sources:
        raise Failure(f"no protos found in {PROTOS.relative_to(TOP) / PACKAGE}")
    if not PROTOC_HOME.is_dir():
        raise Failure("the pinned protoc is not installed: run make install")
    descriptors = target / PACKAGE / DESCRIPTORS
    descriptors.parent.mkdir(parents=True)
    run(
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        f"--proto_path={PROTOS}",
        f"--proto_path={google_protos()}",
        f"--plugin=protoc-gen-mypy_grpc={TOOLS / 'protoc-gen-mypy_grpc'}",
        f"--python_out={target}",
        f"--pyi_out={target}",
        f"--grpc_python_out={target}",
        f"--mypy_grpc_out=quiet:{target}",
        f"--descriptor_set_out={descriptors}",
        "--include_imports",
        "--include_source_info",
        *[source.relative_to(PROTOS) for source in sources],
        env={**os.environ, "PYTHONPATH": str(PROTOC_HOME)},
    )
    trim_descriptors(descriptors)
    remove_stubs_without_services(target / PACKAGE)


def trim_descriptors(path: Path) -> None:
    """Drops other projects' comments from the descriptor set; ours stay, since the OpenAPI texts come from them."""
    from google.protobuf import descriptor_pb2

    descriptors = descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes())
    for file in descriptors.file:
        if not file.name.startswith(f"{PACKAGE.as_posix()}/"):
            file.ClearField("source_code_info")
    path.write_bytes(descriptors.SerializeToString(deterministic=True))


def remove_stubs_without_services(folder: Path) -> None:
    """Removes the empty `_pb2_grpc` modules that the gRPC plugin writes for files which declare no service."""
    for stubs in folder.glob("*_pb2_grpc.py"):
        if "class " not in stubs.read_text(encoding="utf-8"):
            stubs.unlink()
            stubs.with_suffix(".pyi").unlink(missing_ok=True)


def contents(folder: Path) -> dict[str, bytes]:
    """Returns the generated files of a folder by name."""
    return {path.name: path.read_bytes() for pattern in GENERATED_PATTERNS for path in folder.glob(pattern)}


def generate() -> None:
    """Replaces the generated files of the source tree, writing only those that differ."""
    with tempfile.TemporaryDirectory() as scratch:
        generate_into(Path(scratch))
        fresh = contents(Path(scratch) / PACKAGE)
    GENERATED.mkdir(parents=True, exist_ok=True)
    old = contents(GENERATED)
    for name in sorted(old.keys() - fresh.keys()):
        (GENERATED / name).unlink()
    for name in sorted(fresh):
        if old.get(name) != fresh[name]:
            (GENERATED / name).write_bytes(fresh[name])
            print(f"wrote {(GENERATED / name).relative_to(TOP)}")


def check() -> None:
    """Fails unless the generated files of the source tree are exactly what the protos give."""
    with tempfile.TemporaryDirectory() as scratch:
        generate_into(Path(scratch))
        fresh = contents(Path(scratch) / PACKAGE)
    old = contents(GENERATED)
    stale = sorted(name for name in old.keys() | fresh.keys() if old.get(name) != fresh.get(name))
    if stale:
        raise Failure(f"generated code is stale: {', '.join(stale)}. Run make protos and commit the result.")
    print("Generated code is what the protos give.")


def copy_google_api() -> None:
    """Copies the imported Google protos to where buf.yaml looks for its second module."""
    source = google_protos()
    shutil.rmtree(GOOGLE_API_COPY, ignore_errors=True)
    for folder in GOOGLE_FOLDERS:
        for proto in sorted((source / folder).glob("*.proto")):
            copy = GOOGLE_API_COPY / folder / proto.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(proto, copy)


def git(*arguments: str) -> bytes | None:
    """Returns what a git command prints, or None when it fails or git is not installed."""
    try:
        return subprocess.run(["git", *arguments], cwd=TOP, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def main_branch() -> str | None:
    """Returns a name of the main branch here, if it has a contract, else None (no git, a shallow clone)."""
    for name in MAIN_BRANCHES:
        if git("cat-file", "-e", f"{name}:protos/{PACKAGE.as_posix()}") is not None:
            return name
    return None


def breaking() -> None:
    """Compares the contract with that of the main branch.

    Images are compared, not the git branch itself: the branch alone lacks the Google protos, and buf refuses to compare
    a workspace of two modules with an image of one.
    """
    branch = main_branch()
    if branch is None:
        print("No main branch with a contract is at hand here to compare with: breaking changes not checked.")
        return
    archive = git("archive", "--format=tar", branch, "protos")
    if archive is None:
        raise Failure(f"git archive {branch} protos failed")
    with tempfile.TemporaryDirectory() as scratch:
        base = Path(scratch)
        subprocess.run(["tar", "-xf", "-"], cwd=base, input=archive, check=True)
        shutil.copytree(GOOGLE_API_COPY, base / ".venv" / "googleapis")
        shutil.copyfile(TOP / "buf.yaml", base / "buf.yaml")
        image = base / "base.binpb"
        run(TOOLS / "buf", "build", "protos", "-o", image, cwd=base)
        run(TOOLS / "buf", "breaking", "protos", "--against", image)
    print(f"The contract breaks no caller of {branch}.")


COMMANDS = {"generate": generate, "check": check, "breaking": breaking, "google-api": copy_google_api}


def main() -> int:
    """Runs the named command; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=COMMANDS)
    try:
        COMMANDS[parser.parse_args().command]()
    except Failure as failure:
        print(f"gen_protos: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
