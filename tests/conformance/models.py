"""Where the models that others wrote are found: beside the repository, or where ``BPMGRPC_CONFORMANCE_DIR`` says."""

from __future__ import annotations

import os
from pathlib import Path

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "conformance"
MODELS = Path(os.environ.get("BPMGRPC_CONFORMANCE_DIR", _BESIDE))
ABSENT = (
    f"the conformance models are not part of the repository and {MODELS} does not exist: "
    "set BPMGRPC_CONFORMANCE_DIR to the folder that holds miwg/ and betsy/"
)
