"""Which programs a schema suits: the rule that lets the last release and this one work together while servers are
replaced one by one.

A schema says which is the oldest program that can work with it, told by the schema revision that program was made for.
The row is written with each migration, so that a program which knows nothing of a newer schema can still ask. Whoever
writes a migration keeps these rules:

* What adds and can be left out by those who do not know it keeps ``OLDEST_PROGRAM``: tables, indexes, columns that may
  be null or have a default in the database. All statements name their columns, so new ones disturb nobody.
* What takes away, renames, or demands something of writers is done in two releases. The first one stops to need the old
  form and still writes it; the second one drops it and raises ``OLDEST_PROGRAM`` to the first one's revision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Integer, String, column, delete, insert, inspect, select, table

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["OLDEST_PROGRAM", "oldest_program", "write_oldest_program"]

# No program before this one asks: it refuses every schema that it does not know when it starts.
OLDEST_PROGRAM: Final = "0014"

TABLE: Final = "schema_compatibility"
_row: Final = table(TABLE, column("id", Integer), column("oldest_program", String))


def oldest_program(connection: Connection) -> str | None:
    """Returns the revision of the oldest program that can work with a database's schema; None where it says nothing.

    Args:
        connection: A connection to the database.
    """
    if not inspect(connection).has_table(TABLE):
        return None
    return connection.execute(select(_row.c.oldest_program)).scalar()


def write_oldest_program(connection: Connection) -> None:
    """Writes which is the oldest program that can work with this program's schema.

    Args:
        connection: A connection within the transaction that migrates.
    """
    connection.execute(delete(_row))
    connection.execute(insert(_row).values(id=1, oldest_program=OLDEST_PROGRAM))
