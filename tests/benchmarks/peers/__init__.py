"""Peers: other engines doing the same works, each in an application that a careful user of it would write.

Every peer runs in an environment of its own, made when it is first asked for; none is a dependency of the product or
of its tests. The applications import nothing of the product: they need the standard library, the peer and `protocol`.
"""
