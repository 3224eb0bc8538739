#!/usr/bin/env python3
"""A scan that was killed: the next one goes on where it was and ends in the same bytes.

  resume_test.py PATH-OF-SMTPAUDIT PATH-OF-FAKE-TENANT [unittest arguments]
"""
import datetime as dt
import json
import os
import random
import signal
import subprocess
import time
import unittest

from scan_test import FakeTenant
from support import BINARY, Case, TIMEOUT

KILLS = 20


class Resume(Case):
    def setUp(self):
        super().setUp()
        self.tenant = FakeTenant(self, "--no-throttle", "--latency", "120")
        # The fake tenant's newest rows are of now: the window ends before them in every run.
        hour_ago = dt.datetime.now(dt.timezone.utc) - dt.timedelta(hours=1)
        self.arguments = ["scan", "--sources", "sign_ins,users", "--window", "3", "--format", "json",
                          "--now", hour_ago.strftime("%Y-%m-%dT%H:%M:%SZ")]

    def scan(self, state):
        """The CSV byte for byte, and the run document without the number of pages that were read:
        a window that was taken up again has one more."""
        rows = self.folder / "rows.csv"
        done = self.tenant.run(*self.arguments, "--out", f"csv={rows}", XDG_STATE_HOME=str(state))
        self.expect(done, 0)
        document = json.loads(done.out)
        for source in document["coverage"]:
            del source["files"]
        return rows.read_bytes(), document

    def pages(self):
        return sum("signIns" in request["path"] for request in self.tenant.requests())

    def kill_after(self, state, seconds):
        child = subprocess.Popen(
            [BINARY, *self.arguments, "--ca-bundle", self.tenant.ca],
            env=self.tenant.environment(XDG_STATE_HOME=str(state)), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            child.communicate(timeout=TIMEOUT)
        return child.returncode

    def test_a_scan_that_is_killed_at_any_moment_ends_in_the_same_bytes(self):
        started = time.monotonic()
        whole = self.scan(self.folder / "undisturbed")
        length = time.monotonic() - started
        moments = random.Random(20261124)
        killed = 0
        for number in range(KILLS):
            state = self.folder / f"state-{number}"
            killed += self.kill_after(state, moments.uniform(0.01, length)) == -signal.SIGKILL
            with self.subTest(number=number):
                self.assertEqual(self.scan(state), whole)
        self.assertGreater(killed, KILLS // 2)

    def test_a_scan_that_is_repeated_asks_for_what_is_new_alone(self):
        state = self.folder / "state"
        whole = self.scan(state)
        first = self.pages()
        again = self.scan(state)
        self.assertEqual(again, whole)
        self.assertLess(self.pages() - first, first)
        self.assertLessEqual(self.pages() - first, 2)
        for path in (state / "smtpaudit" / "sign-ins").rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)


if __name__ == "__main__":
    unittest.main()
