"""Fault 24: SIGINT and SIGTERM, wherever the program may be."""
import fcntl
import os
import random
import signal
import struct
import subprocess
import termios
import time

from matrix import (NOW, REPORT, SIGN_INS, Tenant, fault, numbered_rows, report_text, row, run,
                    signal_name, sleeps, status)
from support import BINARY, TIMEOUT
from wire import CuttingProxy

GROUP = "signals"
BOTH = (signal.SIGINT, signal.SIGTERM)


def both(place, tried):
    """Tries it with both signals; an old output file stays as it was."""
    seconds = []
    for number in BOTH:
        with place.subTest(signal=signal_name(number)):
            old = place.file("run.json", "old")
            seconds.append(tried(number, ["--out", f"json={old}"]))
            place.assertEqual(old.read_text(), "old")
            place.assertEqual([each.name for each in place.folder.iterdir()
                               if each.name.startswith("run.json.")], [])
    return f"130 and 143, after {max(seconds):.1f} s at most"


@row("24a", GROUP, "SIGINT and SIGTERM while a file is read (a FIFO that has more to say)",
     "ends at once, 130 and 143; nothing half written")
def reading(place):
    def tried(number, out):
        fifo = place.folder / "fifo"
        fifo.unlink(missing_ok=True)
        os.mkfifo(fifo)
        with place.child([BINARY, "rank", fifo, *NOW, *out]) as child:
            with open(fifo, "wb", buffering=0) as writer:
                # More than a pipe holds: the program is reading when it returns.
                writer.write(report_text(*numbered_rows(3_000)).encode())
                return place.end_by(child, number)
    return both(place, tried)


def scanning(place, plan, path, out=(), number=signal.SIGINT, **env):
    tenant = Tenant(place, *plan)
    with place.child(tenant.command(*out), env=tenant.environment(**env)) as child:
        place.until_asked(tenant, path)
        seconds = place.end_by(child, number)
    return seconds


@row("24b", GROUP,
     "… in a wait (429 with `Retry-After: 300`)",
     "ends at once, 130 and 143; nothing half written")
def waiting(place):
    plan = [status(SIGN_INS, 429, retry_after="300")]
    return both(place, lambda number, out: scanning(place, plan, SIGN_INS, out, number))


@row("24c", GROUP,
     "… in a transfer (half a page, then nothing)",
     "ends at once, 130 and 143; nothing half written")
def transferring(place):
    plan = [fault(SIGN_INS, "stall")]
    return both(place, lambda number, out: scanning(place, plan, SIGN_INS, out, number))


@row("24d", GROUP,
     "… at the sign-in (half a token, then nothing)",
     "ends at once, 130 and 143; nothing half written")
def signing_in(place):
    plan = [fault("/token", "stall")]
    return both(place, lambda number, out: scanning(place, plan, "/token", out, number))


class SilentProxy(CuttingProxy):
    """Takes connections and says nothing."""

    def serve(self, client, mood, most):
        with client:
            while client.recv(65536):
                pass


@row("24e", GROUP, "… in a connection that is being made (a proxy that never answers)",
     "ends at once, 130 and 143; nothing half written")
def connecting(place):
    tenant = Tenant(place)

    def tried(number, out):
        with SilentProxy(0) as proxy:
            env = tenant.environment(HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
            with place.child(tenant.command(*out), env=env) as child:
                place.until(lambda: proxy.connections > 0, "a connection to the proxy")
                return place.end_by(child, number)
    return both(place, tried)


def is_full(descriptor):
    """A pipe of which a writer can put nothing more: what is in it does not change any more."""
    held = struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0]
    return held > fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ) - 4096


@row("24f", GROUP, "… while it writes to a pipe that nobody empties",
     "ends at once, 130 and 143; no file is written")
def writing(place):
    for where in (["--format", "json"], ["--out", "json=/dev/stdout"]):
        def tried(number, out, where=where):
            reader, writer = os.pipe()
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
            try:
                with place.child([BINARY, "rank", REPORT, *NOW, *where],
                                 stdout=writer) as child:
                    place.until(lambda: is_full(reader), "the pipe is full")
                    return place.end_by(child, number)
            finally:
                os.close(writer)
                os.close(reader)
        seen = both(place, tried)
    return seen


@row("24g", GROUP, "… while it waits for somebody to read a FIFO that it shall write",
     "ends at once, 130 and 143; no file is written")
def waiting_for_reader(place):
    def tried(number, out):
        fifo = place.folder / "out-fifo"
        fifo.unlink(missing_ok=True)
        os.mkfifo(fifo)
        with place.child([BINARY, "rank", REPORT, *NOW, *out, "--out", f"csv={fifo}"]) as child:
            # The first file has been written and all threads sleep: it waits for the FIFO.
            place.until(lambda: any(each.stat().st_size > 0
                                    for each in place.folder.glob("run.json.*")),
                        "the first file is written")
            place.until(lambda: sleeps(child), "it waits")
            return place.end_by(child, number)
    return both(place, tried)


@row("24h", GROUP, "… while another process holds the history",
     "ends at once, 130 and 143; the history is as it was")
def waiting_for_store(place):
    store = place.folder / "history.sqlite"
    place.expect(run("rank", REPORT, *NOW, "--store", store), 0)
    before = store.read_bytes()

    def tried(number, out):
        with open(f"{store}.lock", "r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            table = place.folder / "table"
            with place.child([BINARY, "rank", REPORT, *NOW, "--store", store],
                             stdout=table.open("wb")) as child:
                place.until(lambda: table.stat().st_size > 0, "the report is shown")
                return place.end_by(child, number)
    seen = both(place, tried)
    place.assertEqual(store.read_bytes(), before)
    place.expect(run("history", "check", "--store", store), 0)
    return seen


@row("24i", GROUP, "… at 20 seeded moments of `rank` with two output files and a history",
     "0, or 130 and 143; a file is whole or not there; the history passes its check")
def any_moment(place):
    store, report, rows = (place.folder / name
                           for name in ("history.sqlite", "run.json", "run.csv"))
    command = ["rank", REPORT, *NOW, "--store", store, "--out", f"json={report}", "--out",
               f"csv={rows}", "--format", "table"]
    whole = {}
    for path, form in ((report, "json"), (rows, "csv")):
        whole[path] = run("rank", REPORT, *NOW, "--store", "none", "--format", form).out
    begun = time.monotonic()
    place.expect(run(*command), 0)
    length = time.monotonic() - begun
    chance = random.Random(24)
    ended = 0
    # A run that ends before its signal counts for nothing: the first one, measured, is the slowest.
    for n in range(60):
        if ended == 20:
            break
        store.unlink(missing_ok=True)
        for path in whole:
            path.unlink(missing_ok=True)
        with place.child([BINARY, *command]) as child:
            try:
                child.communicate(timeout=chance.uniform(0.005, length))
            except subprocess.TimeoutExpired:
                child.send_signal(BOTH[n % 2])
                child.communicate(timeout=TIMEOUT)
            # Before the program has begun to listen, the kernel ends it: -2 and -15.
            place.assertIn(child.returncode, (0, 128 + BOTH[n % 2], -BOTH[n % 2]))
            ended += child.returncode != 0
        for path, text in whole.items():
            if path.exists() and child.returncode == 0:
                place.assertEqual(path.read_bytes().decode(), text)
            elif path.exists():
                place.assertEqual(len(path.read_bytes()), len(text.encode()))
        place.assertEqual([each.name for each in place.folder.iterdir()
                           if each.name.startswith(("run.json.", "run.csv."))], [])
        if store.exists():
            place.expect(run("history", "check", "--store", store), 0)
    place.assertGreater(ended, 5)
    return f"{ended} ended by the signal"


@row("24j", GROUP,
     "a second SIGINT, while the first is still being obeyed",
     "kills the program at once")
def second_signal(place):
    # Standard error is a pipe that is full: the last word cannot be said.
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.write(writer, b"x" * 4096)
    try:
        fifo = place.folder / "fifo"
        os.mkfifo(fifo)
        with place.child([BINARY, "rank", fifo, *NOW], stderr=writer) as child:
            with open(fifo, "wb", buffering=0) as feed:
                feed.write(report_text(*numbered_rows(3_000)).encode())
                child.send_signal(signal.SIGINT)
                try:
                    child.wait(timeout=1)
                    place.fail("it could say its last word")
                except subprocess.TimeoutExpired:
                    child.send_signal(signal.SIGINT)
                place.assertEqual(child.wait(timeout=10), -signal.SIGINT)
    finally:
        os.close(writer)
        os.close(reader)
    return "ended by the second"
