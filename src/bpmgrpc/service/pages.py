"""Pages of a list as the contract asks for them (AIP-158)."""

from __future__ import annotations

from typing import Protocol

from bpmgrpc.store.paging import PageRequest


class Paged(Protocol):
    """A request for a page."""

    page_size: int
    page_token: str
    skip: int


def page(request: Paged, order_by: str = "", *, skip_total: bool = False) -> PageRequest:
    """Returns which page a request wants; the store says what is wrong with it."""
    return PageRequest(request.page_size, request.page_token, request.skip, order_by, skip_total)
