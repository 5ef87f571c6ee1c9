"""Measurements of the product: rows of one table, each beside the limit and the target it is judged by.

    __main__      arguments, the run, what is written
    rows          THE table: every row with its stage, its measurement and its target
    stages        what has to stand while rows are measured: servers, databases, load generators
    works         the works measured (W1, W2, W3), as calls on a `Caller`; `models` has their BPMN
    callers       one `Caller` for gRPC, over a socket or within the process, one for the legacy REST calls
    load, raw,    programs: a load generator; the bare database; the bare gRPC server.
    echo            Each is a process of its own
    peers         other engines, each a program, too, on an environment of its own
    footprint     start-up time, memory, bytes in the database
    statements    round trips for each command
    report        the table for people, Markdown and JSON

No measurement takes a path of the product that a user could not take.
"""
