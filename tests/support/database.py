"""A plain connection to the database of a test, beside the product's own."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from bpmgrpc.store.url import parse_url


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A plain connection to a database."""
    parsed = parse_url(url)
    if parsed.dialect == "sqlite":
        engine = create_engine(f"sqlite:///{parsed.path}", poolclass=NullPool)
    else:
        engine = create_engine(
            "postgresql+psycopg://", creator=lambda: psycopg.connect(parsed.conninfo), poolclass=NullPool
        )
    with engine.begin() as connection:
        yield connection
    engine.dispose()
