"""The cheapest HTTP/1.1 client that does the job: the load generator must not be what is measured.

One request at a time on one kept connection; answers with Content-Length, which is all that the adapter gives here.
"""

from __future__ import annotations

import asyncio


class HttpConnection:
    """A connection to a server.

    Args:
        reader: Where answers come from.
        writer: Where requests go.
        address: ``HOST:PORT`` of the server.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str) -> None:
        self._reader = reader
        self._writer = writer
        self._host = address

    @classmethod
    async def open(cls, address: str) -> HttpConnection:
        """Connects to ``HOST:PORT``."""
        return cls(*await _connect(address), address)

    async def request(self, verb: str, target: str, headers: str = "", body: bytes = b"") -> tuple[int, bytes]:
        """Makes a request.

        Args:
            verb: The method.
            target: Path and query.
            headers: Further header lines, each with its end.
            body: A JSON text, or nothing.

        Returns:
            Status and body of the answer.
        """
        head = f"{verb} {target} HTTP/1.1\r\nHost: {self._host}\r\n{headers}"
        if body:
            head += "Content-Type: application/json\r\n"
        if body or verb == "POST":
            head += f"Content-Length: {len(body)}\r\n"
        if self._reader.at_eof():  # servers close connections that idle for seconds, as between two rounds
            self._writer.close()
            self._reader, self._writer = await _connect(self._host)
        self._writer.write(head.encode() + b"\r\n" + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        status = int(answer[9:12])
        mark = answer.lower().find(b"content-length:")
        if mark < 0:
            raise RuntimeError(f"{verb} {target}: an answer without Content-Length: {answer!r}")
        length = int(answer[mark + 15 : answer.index(b"\r\n", mark)])
        return status, await self._reader.readexactly(length) if length else b""

    def close(self) -> None:
        """Closes the connection."""
        self._writer.close()


async def _connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = address.rpartition(":")
    return await asyncio.open_connection(host, int(port))
