#!/usr/bin/env python3
"""The metrics of the built program pass `promtool check metrics`.

  promtool_test.py BINARY

Exit 77: promtool (Debian package prometheus) is missing, so nothing was tested.
"""
import json
import shutil
import subprocess
import sys
import unittest

from support import Case, NOW, ROW, SAMPLES, report_text, run


class Promtool(Case):
    def metrics(self, *files):
        done = run("rank", *files, "--format", "prometheus", *NOW)
        self.expect(done, 0)
        return done.out

    def expect_pass(self, metrics):
        done = subprocess.run(["promtool", "check", "metrics"], input=metrics.encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                              check=False)
        self.assertEqual((done.returncode, done.stdout), (0, b""))

    def test_the_sample_tenant_passes(self):
        self.expect_pass(self.metrics(SAMPLES / "contoso"))

    def test_an_empty_report_passes(self):
        self.expect_pass(self.metrics(self.file("empty.csv", report_text())))

    def test_hostile_names_pass(self):
        done = run("rank", self.file("report.csv", report_text(ROW)), "--format", "json", *NOW)
        document = json.loads(done.out)
        document["tenant"]["name"] = 'evil"} 1\n{x="\\'
        document["coverage"][0]["source"] = 'a\\"\n'
        metrics = self.metrics(self.file("run.json", json.dumps(document)))
        self.assertIn('tenant="evil\\"} 1', metrics)
        self.expect_pass(metrics)

    def test_promtool_finds_what_is_wrong(self):
        with self.assertRaises(AssertionError):
            self.expect_pass(self.metrics(SAMPLES / "contoso") + 'smtpaudit_x{a="1} 1\n')


if __name__ == "__main__":
    if shutil.which("promtool") is None:
        print("promtool is not installed (Debian package prometheus): skipped")
        sys.exit(77)
    unittest.main()
