"""Where peers live: each in an environment of its own beside ours, made when first asked for, never a dependency."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.benchmarks.program import TOP

SPIFFWORKFLOW: Final = "SpiffWorkflow==3.2.*"
_INSTALL_SECONDS: Final = 120


def spiffworkflow() -> Path:
    """Returns the Python that has SpiffWorkflow.

    Raises:
        LookupError: It cannot be installed here; the text says why.
    """
    home = TOP / ".venv" / "peers" / "spiffworkflow-3.2"
    python = home / "bin" / "python"
    if (home / "installed").exists():
        return python
    shutil.rmtree(home, ignore_errors=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, capture_output=True, text=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", SPIFFWORKFLOW],
            check=True,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise LookupError(f"not installed: {type(error).__name__}") from error
    (home / "installed").touch()
    return python
