"""A simulation, not a measurement: how many instances a second a number of database nodes carries, and at what price.

    python tools/scaling_model.py            prints the table of docs/scaling.md

Rule of this file: every number that goes in is named, with where it comes from; what comes out is only as good as they
are. The measured ones are of docs/performance.md: take those of your own machines.
"""

from __future__ import annotations

from dataclasses import dataclass

BEGIN, END = "<!-- model: written by tools/scaling_model.py -->", "<!-- end of model -->"


@dataclass(frozen=True, slots=True)
class Database:
    """A way to spread the tables.

    Attributes:
        name: Of the product.
        copies: How often a row is written before a commit is answered (assumed: what is usual).
        overhead: Work of a statement that stays on one node, compared with plain PostgreSQL (assumed).
        global_index: Whether an index that does not begin with the root is one index, kept on nodes of its own, so that
            a list asks few nodes and each write also goes to the index's node; else each list asks every node.
    """

    name: str
    copies: int
    overhead: float
    global_index: bool


# Measured: docs/performance.md, work W1 (five durable calls and two lists), two cores for everything.
DATABASE_SECONDS = 1 / 844  # of one node for the writes of one instance (raw psycopg)
SERVER_CPU_SECONDS = 0.00912  # of one core for one instance, over gRPC
LISTS = 2  # of an instance, that name no root
# Assumed.
LIST_SECONDS = 0.0002  # of a node that is asked for a list
POLLS_A_SECOND = 5  # statements of each server's loops that name no root
INDEX_SHARE = 0.3  # more work for a write whose index entries lie on other nodes
BUSY = 0.7  # a node is planned to be busy for this part of the time
CORES = 4  # of a server
NODE_PRICE, SERVER_PRICE = 1.0, 0.5  # a month, in whatever a database node costs

DATABASES = (
    Database("PostgreSQL, one node and a standby", copies=2, overhead=1.0, global_index=False),
    Database("Citus, each node with a standby", copies=2, overhead=1.2, global_index=False),
    Database("CockroachDB or YugabyteDB", copies=3, overhead=2.0, global_index=True),
)
NODES = (1, 3, 6, 12, 24, 48)


def capacity(database: Database, nodes: int) -> tuple[float, int]:
    """Returns instances a second, and the servers that they take.

    A node's second is shared by its part of the writes, by the lists that ask it, and by the servers' loops.
    """
    write = DATABASE_SECONDS * database.overhead * (1 + INDEX_SHARE * database.global_index)
    copies = min(database.copies, nodes)
    # A standby is a machine of its own, and does not take the primary's time; a replica on the same nodes does.
    own = copies if database.global_index else 1
    asked = min(nodes, 3) if database.global_index else nodes
    a_server = BUSY * CORES / SERVER_CPU_SECONDS
    per_instance = write * own / nodes + LISTS * LIST_SECONDS * asked / nodes
    per_instance += POLLS_A_SECOND * LIST_SECONDS / a_server  # each server adds its loops to every node
    found = BUSY / per_instance
    return found, -int(-found // a_server)


def table() -> str:
    """The table of docs/scaling.md."""
    lines = [
        "| Database | Nodes | Servers | Instances/s | Cost | Cost for 1,000 instances/s |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for database in DATABASES:
        for nodes in NODES if database.name[0] != "P" else NODES[:1]:
            if database.global_index and nodes < database.copies:
                continue
            instances, servers = capacity(database, nodes)
            machines = nodes if database.global_index else nodes * database.copies
            cost = machines * NODE_PRICE + servers * SERVER_PRICE
            price = cost / instances * 1000
            lines.append(f"| {database.name} | {nodes} | {servers} | {instances:,.0f} | {cost:g} | {price:.1f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
