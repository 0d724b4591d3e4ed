"""Makes the name servers of the world as far away as real ones: every answer comes so many milliseconds later.

    python tests/lab/_dns_delay.py MILLISECONDS FROM_PORT=ADDRESS:TO_PORT...

Listens on each ADDRESS at FROM_PORT, UDP and TCP, and passes everything on to TO_PORT at the same address. Loopback itself has no
delay, and the kernel's own (netem) is not on every machine. Prints "ready", and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

ID_BYTES = 2


class Upstream(asyncio.DatagramProtocol):
    """The way to one server: questions get numbers of our own, so that one socket serves all who ask."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.asked: dict[int, tuple[bytes, tuple[str, int], asyncio.DatagramTransport]] = {}
        self.number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def ask(self, wire: bytes, sender: tuple[str, int], back: asyncio.DatagramTransport) -> None:
        self.number = (self.number + 1) % 65536
        self.asked[self.number] = wire[:ID_BYTES], sender, back
        self.transport.sendto(self.number.to_bytes(ID_BYTES, "big") + wire[ID_BYTES:])

    def datagram_received(self, data: bytes, _: object) -> None:
        number, sender, back = self.asked.pop(int.from_bytes(data[:ID_BYTES], "big"), (b"", ("", 0), None))
        if back:
            asyncio.get_running_loop().call_later(self.delay, back.sendto, number + data[ID_BYTES:], sender)

    def error_received(self, exc: Exception) -> None:
        """A server that is not there is silent."""


class Entry(asyncio.DatagramProtocol):
    """Where one server seems to be."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.upstream.ask(data, addr, self.transport)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    try:
        while data := await reader.read(65536):
            await asyncio.sleep(delay)
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def _serve(address: str, port: int, server_port: int, delay: float) -> None:
    loop = asyncio.get_running_loop()
    _, upstream = await loop.create_datagram_endpoint(lambda: Upstream(delay), remote_addr=(address, server_port))
    await loop.create_datagram_endpoint(lambda: Entry(upstream), local_addr=(address, port))

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            to_reader, to_writer = await asyncio.open_connection(address, server_port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_copy(reader, to_writer, 0), _copy(to_reader, writer, delay))

    await asyncio.start_server(connected, address, port)


async def main() -> None:
    """Serve until standard input ends."""
    delay = float(sys.argv[1]) / 1000
    for way in sys.argv[2:]:
        port, _, server = way.partition("=")
        address, _, server_port = server.rpartition(":")
        await _serve(address, int(port), int(server_port), delay)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    del sys.path[0]  # where dns.py would hide the library of that name
    asyncio.run(main())
