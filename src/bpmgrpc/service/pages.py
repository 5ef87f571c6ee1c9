"""Pages of a list as the contract asks for them (AIP-158)."""

from __future__ import annotations

from typing import Final, Protocol

from bpmgrpc.service import checks
from bpmgrpc.store.paging import DEFAULT_SIZE, LARGEST_SIZE, Page

_MOST_SKIPPED: Final = 2**31 - 1


class Paged(Protocol):
    """A request for a page."""

    page_size: int
    page_token: str
    skip: int


def page(request: Paged, order_by: str = "") -> Page:
    """Reads which page is wanted.

    Raises:
        InvalidArgument: A negative size, or a negative number to skip.
    """
    if request.page_size < 0:
        checks.invalid("page_size", "cannot be negative")
    if request.skip < 0:
        checks.invalid("skip", "cannot be negative")
    size = min(request.page_size or DEFAULT_SIZE, LARGEST_SIZE)
    return Page(size, request.page_token, min(request.skip, _MOST_SKIPPED), order_by)
