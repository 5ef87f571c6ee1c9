"""HTTP for the process runtime: the older product's REST calls, and /v1 transcoded from the contract.

Of this project it imports the contract alone, `bpmgrpc.v1`, and speaks it over a channel, to a server in the same
process or in another. It makes an ASGI application; who starts it chooses the server.

    channel = grpc.aio.insecure_channel("127.0.0.1:50051")
    app = create_app(channel, settings=RestSettings())
"""

from bpmgrpc_rest.app import create_app
from bpmgrpc_rest.settings import DEFAULT_LEGACY_BASE, ErrorStyle, RestSettings
from bpmgrpc_rest.upstream import Channel

__all__ = ["DEFAULT_LEGACY_BASE", "Channel", "ErrorStyle", "RestSettings", "create_app"]
