"""A business-process runtime: BPMN 2.0 processes behind one gRPC contract, with REST beside it.

The package is a stack of layers that import downward only: command line, server, services, runtime, store, engine,
BPMN. Generated contract code lives in `bpmgrpc.v1` and is never edited by hand.
"""

__version__ = "0.1.0"
