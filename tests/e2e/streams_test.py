#!/usr/bin/env python3
"""The built program from outside: pipes, terminals, signals.

  streams_test.py PATH-OF-SMTPAUDIT [unittest arguments]     (or SMTPAUDIT_BIN=PATH)
"""
import csv
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import unittest

from support import (BINARY, Case, Done, NOW, REPORT, SAMPLES, TIMEOUT, environment,
                     numbered_rows, report_text, run)


class Streams(Case):
    def test_standard_input_and_a_fifo_are_read_as_a_file_is(self):
        wanted = run("rank", REPORT, *NOW, "--format", "csv")
        self.expect(wanted, 0)
        given = run("rank", "-", *NOW, "--format", "csv", stdin=REPORT.read_bytes())
        self.expect(given, 0)
        self.assertEqual(given.out, wanted.out)
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        with subprocess.Popen(["sh", "-c", 'exec cat "$0" > "$1"', str(REPORT), str(fifo)]) as cat:
            try:
                given = run("rank", fifo, *NOW, "--format", "csv")
            finally:
                cat.kill()  # it waits for ever if the program never opened the FIFO
        self.expect(given, 0)
        self.assertEqual(given.out, wanted.out)

    def test_a_closed_pipe_is_quiet(self):
        for form in ("table", "csv", "json"):
            with self.subTest(form=form):
                reader, writer = os.pipe()
                os.close(reader)
                try:
                    done = run("rank", REPORT, *NOW, "--format", form, stdout=writer)
                finally:
                    os.close(writer)
                self.expect(done, 0)
                self.assertEqual(done.err, "")

    def test_a_closed_standard_output_is_an_error_not_a_crash(self):
        done = run("rank", REPORT, *NOW, before=["sh", "-c", 'exec "$@" >&-', "sh"])
        self.expect(done, 6)

    def test_data_goes_to_standard_output_alone(self):
        done = run("rank", REPORT, *NOW, "--format", "json")
        self.expect(done, 0)
        json.loads(done.out)

    def test_no_progress_in_a_pipe(self):
        done = run("rank", REPORT, *NOW)
        self.assertNotIn("\r", done.err)
        self.assertNotIn("\x1b", done.err)

    def on_terminal(self, **env):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        child = subprocess.Popen([BINARY, "rank", str(SAMPLES / "contoso"), *NOW], stdin=slave,
                                 stdout=slave, stderr=subprocess.PIPE,
                                 env=environment(**{"LC_ALL": "C.UTF-8", "TERM": "xterm", **env}))
        os.close(slave)
        seen = b""
        try:
            while block := os.read(master, 65536):
                seen += block
        except OSError:
            pass  # the other side is closed
        os.close(master)
        child.stderr.close()
        self.assertEqual(child.wait(TIMEOUT), 0)
        return seen.decode("utf-8").replace("\r\n", "\n")

    def test_only_colours_are_added_on_a_terminal(self):
        seen = self.on_terminal()
        self.assertRegex(seen, r"\x1b\[[0-9;]+m")
        self.assert_clean(re.sub(r"\x1b\[[0-9;]*m", "", seen))

    def test_no_color_is_honoured(self):
        self.assert_clean(self.on_terminal(NO_COLOR="1"))
        self.assert_clean(self.on_terminal(TERM="dumb"))

    def test_no_control_character_of_data_comes_through(self):
        for form in ("table", "csv", "json"):
            with self.subTest(form=form):
                done = run("rank", SAMPLES / "contoso", *NOW, "--format", form, "--top", "0")
                self.expect(done, 0)
                self.assertIn("scan-bas", done.out, "the hostile name is not even there")
                self.assert_clean(done.out.replace("\r\n", "\n"), form != "table")
                self.assert_clean(done.err)

    def assert_clean(self, text, marks_allowed=False):
        # Direction marks turn what a person reads around; a machine format may keep them.
        forbidden = "[\x00-\x09\x0b-\x1f\x7f-\x9f" + (
            "]" if marks_allowed else "\u200e\u200f\u202a-\u202e\u2066-\u2069]")
        found = re.search(".{0,30}" + forbidden, text)
        self.assertIsNone(found, found and ascii(found.group()))

    def test_a_formula_is_disarmed_in_csv(self):
        safe = run("rank", REPORT, *NOW, "--format", "csv").out
        raw = run("rank", REPORT, *NOW, "--format", "csv", "--csv-raw").out
        name = '=hyperlink("http://192.0.2.66/x","invoice")@contoso.com'
        self.assertIn("'" + name, [row["id"] for row in csv.DictReader(safe.splitlines())])
        self.assertIn(name, [row["id"] for row in csv.DictReader(raw.splitlines())])


class Signals(Case):
    def interrupt(self, number, args=()):
        """Sends the signal while the program reads a FIFO that has more to say."""
        def late(*_):
            raise TimeoutError("the program does not read the FIFO")
        signal.signal(signal.SIGALRM, late)
        signal.alarm(TIMEOUT)
        self.addCleanup(signal.alarm, 0)
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        child = subprocess.Popen([BINARY, "rank", str(fifo), *NOW, *args], env=environment(),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        with open(fifo, "wb", buffering=0) as writer:  # returns when the program has opened it
            # More than a pipe holds, so that the program is seen to be reading when it returns.
            writer.write(report_text(*numbered_rows(3_000)).encode())
            child.send_signal(number)
            try:
                out, err = child.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.communicate()
                self.fail("still running 20 s after the signal")
        return Done(child.returncode, out.decode(), err.decode())

    def test_130_for_sigint(self):
        self.expect(self.interrupt(signal.SIGINT), 130, out_empty=True)

    def test_143_for_sigterm(self):
        self.expect(self.interrupt(signal.SIGTERM), 143, out_empty=True)

    def test_nothing_half_written(self):
        old = self.file("run.json", "old")
        done = self.interrupt(signal.SIGINT, ["--out", f"json={old}"])
        self.expect(done, 130, out_empty=True)
        self.assertEqual(old.read_text(), "old")
        self.assertEqual(sorted(os.listdir(self.folder)), ["fifo", "run.json"])


if __name__ == "__main__":
    unittest.main()
