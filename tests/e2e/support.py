"""What the tests of the built program share: how it is run, and small reports for it."""
import collections
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "sample-reports"
REPORT = SAMPLES / "contoso" / "SmtpCSReport_contoso.csv"
TABLE = SAMPLES / "contoso" / "smtp-auth-clients.csv"
INVENTORY = SAMPLES / "contoso-inventory.csv"
NOW = ["--now", "2026-11-23T00:00:00Z"]
TIMEOUT = 120


def _binary():
    given = os.environ.get("SMTPAUDIT_BIN")
    if len(sys.argv) > 1 and pathlib.Path(sys.argv[1]).is_file():
        given = sys.argv.pop(1)
    if not given:
        sys.exit(sys.modules["__main__"].__doc__)
    return str(pathlib.Path(given).resolve())


BINARY = _binary()  # the first argument; the others are unittest's
SANITIZED = any(name in pathlib.Path(BINARY).read_bytes()
                for name in (b"__asan_init", b"__tsan_init"))

HEADER = ("date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
          "message_count,message_id")
ROW = "2026-11-20T08:00:00Z,scan1,contoso.com,Basic,203.0.113.40,TLS1.2,,3,<a1@contoso.com>"

Done = collections.namedtuple("Done", "code out err")


def environment(**changes):
    """A bare environment: nothing of the machine's locale, time zone or configuration."""
    env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C", "TZ": "UTC"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LLVM_PROFILE_FILE"):
        if name in os.environ:
            env[name] = os.environ[name]
    env.update(changes)
    return env


def run(*args, binary=None, stdin=b"", env=None, before=(), timeout=TIMEOUT, **popen):
    command = [*before, binary or BINARY, *map(str, args)]
    if "stdout" not in popen:
        popen["stdout"] = subprocess.PIPE
    done = subprocess.run(command, input=stdin, stderr=subprocess.PIPE, timeout=timeout,
                          env=env or environment(), check=False, **popen)
    return Done(done.returncode, (done.stdout or b"").decode("utf-8", "replace"),
                done.stderr.decode("utf-8", "replace"))


def report_text(*rows):
    return "\r\n".join([HEADER, *rows, ""])


def numbered_rows(count):
    return [f"2026-11-{1 + n % 22:02d}T08:00:00Z,scan{n % 50},contoso.com,Basic,203.0.113.40,"
            f"TLS1.2,,1,<{n}@contoso.com>" for n in range(count)]


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="smtpaudit-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def expect(self, done, code, out_empty=False):
        self.assertEqual(done.code, code, f"stderr: {done.err}\nstdout: {done.out[:500]}")
        if out_empty:
            self.assertEqual(done.out, "")

    def expect_one_line(self, done, code):
        self.expect(done, code, out_empty=True)
        self.assertRegex(done.err, r"\A[^\n]+\n\Z", "standard error is not exactly one line")
