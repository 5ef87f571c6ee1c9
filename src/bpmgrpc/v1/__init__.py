"""The contract in Python: messages, stubs and servicer bases generated from `protos/bpmgrpc/v1` by `make protos`.

Every other file in this package is generated and committed; none is edited by hand.
"""
