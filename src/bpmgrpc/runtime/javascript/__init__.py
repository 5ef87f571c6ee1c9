"""JavaScript, where the server is told to run it: an optional part (``pip install 'bpmgrpc[javascript]'``)."""

from bpmgrpc.runtime.javascript.pool import JavaScriptPool, is_installed

__all__ = ["JavaScriptPool", "is_installed"]
