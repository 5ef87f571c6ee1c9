"""The server: wires settings, database, services, gRPC, REST and background work into one process, and ends it well.

`bpmgrpc.server.app.serve` is the whole; each other module is one part of it and knows nothing of the others.
"""
