"""A proxy that cuts and delays, and a port that nobody answers on."""
import contextlib
import random
import select
import socket
import threading
import time


@contextlib.contextmanager
def deaf_port():
    """A port of 127.0.0.1 that is taken and on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


class CuttingProxy:
    """Bytes to `upstream` (a port of 127.0.0.1) and back, badly. `moods`: what the first clients
    are answered instead of a connection (b"": a close). `cuts`: so many connections after the
    first `spared` end by a reset after a random number of bytes of the answer. `delay`: seconds
    before each piece."""

    def __init__(self, upstream, moods=(), cuts=0, spared=0, delay=0.0, seed=0):
        self.upstream, self.moods, self.delay = upstream, list(moods), delay
        self.cuts, self.spared, self.chance = cuts, spared, random.Random(seed)
        self.connections = self.cut = self.pieces = 0
        self.lock = threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.open = set()

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()
        with self.lock:
            for one in self.open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                mood = self.moods.pop(0) if self.moods else None
                # Somewhere between the first byte of the handshake and some pages.
                most = None
                if mood is None and self.connections > self.spared and self.cuts > 0:
                    self.cuts -= 1
                    most = self.chance.randint(50, 9_000)
                self.open.add(client)
            threading.Thread(target=self.serve, args=(client, mood, most), daemon=True).start()

    def serve(self, client, mood, most):
        with client, contextlib.suppress(OSError):
            if mood is not None:
                client.recv(65536)
                client.sendall(mood)
                return
            with socket.create_connection(("127.0.0.1", self.upstream)) as server:
                self.relay(client, server, most)
        with self.lock:
            self.open.discard(client)

    def relay(self, client, server, most):
        while True:
            ready, _, _ = select.select([client, server], [], [])
            for one in ready:
                piece = one.recv(self.chance.randint(7, 1000) if self.delay else 65536)
                if not piece:
                    return
                self.pieces += 1
                if self.delay:
                    time.sleep(self.delay)
                if one is client:
                    server.sendall(piece)
                    continue
                if most is not None and most < len(piece):
                    client.sendall(piece[:most])
                    self.cut += 1
                    # Not a polite end but a reset.
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    return
                client.sendall(piece)
                if most is not None:
                    most -= len(piece)


class TunnelTo(CuttingProxy):
    """A proxy that says yes to every CONNECT and leads all of them to one port of 127.0.0.1."""

    def serve(self, client, mood, most):
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(4096)
                if not piece:
                    return
                head += piece
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with socket.create_connection(("127.0.0.1", self.upstream)) as server:
                self.relay(client, server, most)
