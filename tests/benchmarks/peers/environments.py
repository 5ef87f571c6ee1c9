"""Where peers live: each in an environment of its own beside ours, made when first asked for, never a dependency."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.benchmarks.program import TOP

HOME: Final = TOP / ".venv" / "peers"
_INSTALL_SECONDS: Final = 180

# better-sqlite3 is the SQLite of Node.js applications; 13 and later need a newer Node.js than 20.
BPMN_ENGINE: Final = {"bpmn-engine": "25.0.x", "better-sqlite3": "12.x"}


def python_with(name: str, *requirements: str) -> Path:
    """Returns a Python that has some packages of PyPI.

    Args:
        name: The environment's folder.
        requirements: What is installed there.

    Raises:
        LookupError: They cannot be installed here; the text says why.
    """
    home = HOME / name

    def install() -> None:
        _call(sys.executable, "-m", "venv", str(home))
        pip = (str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _call(*pip, *requirements)

    _made(home, install)
    return home / "bin" / "python"


def node_with(name: str, packages: dict[str, str]) -> tuple[Path, Path]:
    """Returns Node.js and the folder whose modules have some packages of npm.

    Args:
        name: The environment's folder.
        packages: Versions by package.

    Raises:
        LookupError: There is no Node.js here, or they cannot be installed; the text says why.
    """
    node = shutil.which("node")
    if node is None:
        raise LookupError("not measured: there is no Node.js here")
    home = HOME / name

    def install() -> None:
        home.mkdir(parents=True)
        (home / "package.json").write_text(json.dumps({"private": True, "dependencies": packages}), encoding="utf-8")
        _call("npm", "install", "--no-audit", "--no-fund", "--prefix", str(home))

    _made(home, install)
    return Path(node), home


def _made(home: Path, install: Callable[[], None]) -> None:
    """Makes an environment, unless it is there whole."""
    if (home / "installed").exists():
        return
    shutil.rmtree(home, ignore_errors=True)
    try:
        install()
    except (OSError, subprocess.SubprocessError) as error:
        raise LookupError(f"not installed: {type(error).__name__}") from error
    (home / "installed").touch()


def _call(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=_INSTALL_SECONDS)
