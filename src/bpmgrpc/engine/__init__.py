"""Pure BPMN execution: no database, clock, randomness, network or gRPC. ``advance`` is the one door."""
