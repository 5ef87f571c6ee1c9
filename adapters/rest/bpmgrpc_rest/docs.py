"""The page to read about the API and to try it: one file, without anything from elsewhere.

Its content security policy allows exactly the script and the style that are in it, by their hashes, and calls to this
server.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

__all__ = ["docs_page"]


@cache
def docs_page() -> tuple[bytes, str]:
    """Returns the page and its content security policy."""
    page = files("bpmgrpc_rest").joinpath("docs.html").read_text(encoding="utf-8")
    script, style = (_hash(page, tag) for tag in ("script", "style"))
    policy = (
        f"default-src 'none'; script-src '{script}'; style-src '{style}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return page.encode(), policy


def _hash(page: str, tag: str) -> str:
    found = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    if found is None:
        raise ValueError(f"docs.html has no <{tag}>")
    return "sha256-" + base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
