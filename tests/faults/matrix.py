"""The fault matrix: its rows, the place where one is tried, and the table.

A row is a function with what is done and what must hold. It gets a Place, says what was seen, and
fails by an AssertionError or is skipped by a unittest.SkipTest that says why.
"""
import collections
import concurrent.futures
import contextlib
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
import unittest

# Both read their program from the arguments (see run); network_test and resume_test do the same.
from scan_test import FakeTenant
from support import (BINARY, Case, Done, NOW, REPORT, ROOT, SAMPLES, SANITIZED, TIMEOUT,
                     environment, report_text, numbered_rows, run)

Row = collections.namedtuple("Row", "number group done holds check")
Outcome = collections.namedtuple("Outcome", "row result seen seconds")

ROWS = []
FAST_CLOCK = os.environ.get("SMTPAUDIT_FAST_CLOCK", "")
NOBODY = 65534
# The tenant's hour and the scan's: the same rows in every run.
HOUR = "2026-11-22T12:00:00Z"
SIGN_INS, USERS = "/beta/auditLogs/signIns", "/v1.0/users"
SCAN = ["scan", "--sources", "sign_ins,users", "--window", "2", "--now", HOUR]
HOSTS = {"login.microsoftonline.com", "graph.microsoft.com"}


def row(number, group, done, holds):
    def add(check):
        ROWS.append(Row(number, group, done, holds, check))
        return check
    return add


def fault(path, action, **more):
    return {"path": path, "action": action, **more}


def status(path, number, **more):
    return fault(path, "status", status=number, **more)


def fixed_hour(spec):
    spec["sign_ins"]["end"] = HOUR


class Tenant(FakeTenant):
    """A fake tenant at HOUR with a plan of faults. `speed`: its clock and the program's are so many
    times as fast, so that waits of minutes are waited for in seconds."""

    def __init__(self, place, *plan, speed=1, options=("--no-throttle",), change=None):
        def both(spec):
            fixed_hour(spec)
            if change:
                change(spec)
        if speed != 1 and not FAST_CLOCK:
            raise unittest.SkipTest("the fast clock is not built (target fast_clock)")
        self.speed = speed
        self.place = place
        super().__init__(place, "--now", HOUR, "--time-scale", str(speed), "--fault",
                         json.dumps(plan), *options, change=both)

    def environment(self, **changes):
        fast = {"LD_PRELOAD": FAST_CLOCK, "SMTPAUDIT_TEST_SPEED": str(self.speed)}
        return super().environment(**(fast if self.speed != 1 else {}), **changes)

    def command(self, *more):
        return [BINARY, *SCAN, "--ca-bundle", str(self.ca), *map(str, more)]

    def scan(self, *more, before=(), **changes):
        """A scan with its ranking as CSV in rows.csv and its run document on standard output."""
        return run(*self.command("--format", "json", "--out", f"csv={self.place.folder}/rows.csv",
                                 *more)[1:], env=self.environment(**changes), before=before)

    def asked(self, path):
        return [each for each in self.requests()
                if each["method"] not in ("CONNECT", "TLS") and path in each["path"]]

    def gaps(self, path):
        """Seconds of the service between one request and the next."""
        at = [each["ms"] / 1000 for each in self.asked(path)]
        return [later - earlier for earlier, later in zip(at, at[1:])]


class Place(Case):
    """Where one row is tried: a folder, tenants, and words for what must hold."""

    running = None  # the child, while there is one

    def runTest(self):
        pass

    # What of a run document may differ where a page was asked for again.
    @staticmethod
    def evidence(text):
        document = json.loads(text)
        for source in document["coverage"]:
            source.pop("files")
            source.pop("notes")
        return document

    def expect_undisturbed(self, done):
        """The same ranking, byte for byte, as when nothing happened."""
        self.expect_same_ranking(done)
        # Not assertEqual, which would show a thousand lines.
        self.assertTrue(self.evidence(done.out) == undisturbed()[1], "another run document")

    def expect_same_ranking(self, done):
        self.expect(done, 0)
        self.assertEqual((self.folder / "rows.csv").read_bytes(), undisturbed()[0])

    def coverage(self, done, source):
        return next(each for each in json.loads(done.out)["coverage"] if each["source"] == source)

    def expect_failed(self, done, source, *words, state="failed", codes=(3, 5)):
        """The source is told as failed, with the reason, and never as an empty page."""
        self.assertIn(done.code, codes, done.err)
        told = self.coverage(done, source)
        self.assertEqual(told["state"], state)
        if state == "failed":
            self.assertEqual(told["rows"], 0)
        for word in words:
            self.assertIn(word, told["reason"])
        return told["reason"]

    def expect_own_hosts(self, tenant):
        """Nothing went to another host, nothing without TLS, nothing that is not allowed."""
        for each in tenant.requests():
            self.assertIn(each["host"], HOSTS, each)
            self.assertIn(each["scheme"], ("https", "proxy"), each)
            self.assertEqual(each["violation"], "", each)

    def expect_only(self, *names):
        """Nothing else is in the folder: no half of a file, no temporary one."""
        mine = {"tenant.json", "ca.pem", "requests.log", "ports"}
        self.assertEqual(sorted(set(os.listdir(self.folder)) - mine), sorted(names))

    @contextlib.contextmanager
    def child(self, command, env=None, **popen):
        for stream in ("stdout", "stderr"):
            popen.setdefault(stream, subprocess.PIPE)
        popen.setdefault("stdin", subprocess.DEVNULL)
        with subprocess.Popen(list(map(str, command)), env=env or environment(), **popen) as child:
            self.running = child
            try:
                yield child
            finally:
                self.running = None
                if child.poll() is None:
                    child.kill()

    def until(self, ready, what):
        """Waits for something that another program does; it fails after TIMEOUT."""
        deadline = time.monotonic() + TIMEOUT
        while not ready():
            ended = self.running and self.running.poll() is not None
            self.assertFalse(ended and not ready(), f"the program ended before: {what}")
            self.assertLess(time.monotonic(), deadline, f"waited in vain: {what}")
            time.sleep(0.01)

    def until_asked(self, tenant, path, count=1):
        def come():
            try:
                return len(tenant.asked(path)) >= count
            except (json.JSONDecodeError, FileNotFoundError):
                return False  # a line that is being written
        self.until(come, f"request {count} of {path}")

    def end_by(self, child, number, within=10):
        """Sends the signal; the program must end at once, with the code that says so."""
        begun = time.monotonic()
        child.send_signal(number)
        try:
            out, err = child.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            self.fail(f"still running {within} s after signal {number}")
        done = Done(child.returncode, (out or b"").decode("utf-8", "replace"),
                    (err or b"").decode("utf-8", "replace"))
        self.assertEqual(done.code, 128 + number, done.err)
        return time.monotonic() - begun

    def as_nobody(self, *files):
        """What to put before a command so that it runs without root's rights, and where copies of
        the program and of the files are that it may read."""
        if os.geteuid() != 0:
            return [], [BINARY, *files]
        if not shutil.which("setpriv"):
            raise unittest.SkipTest("root without setpriv (util-linux)")
        self.folder.chmod(0o755)
        copies = []
        for path in (BINARY, *files):
            copy = self.folder / pathlib.Path(path).name
            shutil.copy(path, copy)
            copy.chmod(0o755)
            copies.append(copy)
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"], copies

    def small_disk(self, size):
        """A command that runs its arguments beside a new disk of that size on FOLDER/disk."""
        disk = self.folder / "disk"
        disk.mkdir()
        mount = f"mount -t tmpfs -o size={size} none {disk}"
        able = shutil.which("unshare") and subprocess.run(
            ["unshare", "-m", "sh", "-c", mount], stderr=subprocess.DEVNULL,
            check=False).returncode == 0
        if not able:
            raise unittest.SkipTest("no right to mount a small disk here")
        # What is on it is shown at the end, for it goes with the mount.
        script = (f'{mount} && printf old > {disk}/old && "$@"; code=$?; '
                  f'echo "--- $(cat {disk}/old) $(ls -A {disk} | tr "\\n" " ")"; exit $code')
        return disk, ["unshare", "-m", "sh", "-c", script, "sh"]


def sleeps(child):
    """All its threads have slept for a while: it waits for somebody."""
    for _ in range(5):
        for thread in pathlib.Path(f"/proc/{child.pid}/task").iterdir():
            if (thread / "stat").read_text().rsplit(") ", 1)[1][0] != "S":
                return False
        time.sleep(0.01)
    return True


def need(program, package):
    if not shutil.which(program):
        raise unittest.SkipTest(f"no {program} here (package {package})")


def signal_name(number):
    return signal.Signals(number).name


_calm = threading.Lock()


@functools.lru_cache(maxsize=None)
def _undisturbed():
    place = Place()
    place.setUp()
    try:
        done = Tenant(place).scan()
        place.expect(done, 0)
        return (place.folder / "rows.csv").read_bytes(), place.evidence(done.out)
    finally:
        place.doCleanups()


def undisturbed():
    """The ranking and the run document of a scan to which nothing happens."""
    with _calm:
        return _undisturbed()


def try_row(each):
    place = Place()
    begun = time.monotonic()
    try:
        place.setUp()
        seen, result = each.check(place), "ok"
    except unittest.SkipTest as why:
        seen, result = str(why), "skipped"
    except Exception:  # any: a row that breaks is a row that failed
        seen, result = traceback.format_exc(limit=-4), "FAILED"
    finally:
        place.doCleanups()
    return Outcome(each, result, seen or "as it must", time.monotonic() - begun)


def try_rows(rows, jobs):
    """The outcomes in the order of the rows, told as they come."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(try_row, each): each for each in rows}
        outcomes = {}
        for one in concurrent.futures.as_completed(waiting):
            outcome = one.result()
            outcomes[outcome.row.number] = outcome
            print(f"  {outcome.row.number:>4}  {outcome.result:<8}{outcome.seconds:6.1f} s  "
                  f"{outcome.row.done}", file=sys.stderr, flush=True)
    return [outcomes[each.number] for each in rows]


def as_text(outcomes):
    lines = []
    for outcome in outcomes:
        each = outcome.row
        lines += [f"{each.number:>4}  {outcome.result:<8} {each.done}",
                  f"      must: {each.holds}",
                  "      seen: " + outcome.seen.strip().replace("\n", "\n            ")]
    return "\n".join(lines)


def cell(text):
    """A text as a cell of a Markdown table, without the name of this run's folder."""
    text = re.sub(r"/tmp/smtpaudit-e2e-\w+", "FOLDER", " ".join(text.split()))
    return text.replace("|", "\\|").replace("<", "&lt;")


def as_markdown(outcomes):
    lines = ["| | what is done | what must hold | what was seen | |", "|---|---|---|---|---|"]
    for outcome in outcomes:
        each = outcome.row
        lines.append(f"| {each.number} | {cell(each.done)} | {cell(each.holds)} | "
                     f"{cell(outcome.seen)} | {outcome.result} |")
    return "\n".join(lines)
