#!/usr/bin/env python3
"""What docs/dashboards.md says works: the jq cookbook, the alert rules, the Grafana dashboard.

  dashboards_test.py BINARY

Exit 77: jq or promtool (Debian package prometheus) is missing, so nothing was tested.
"""
import json
import re
import shutil
import subprocess
import sys
import unittest

from support import Case, INVENTORY, NOW, ROOT, SAMPLES, run

PAGE = ROOT / "docs" / "dashboards.md"
DASHBOARD = ROOT / "docs" / "grafana" / "smtpaudit.json"


def blocks(language):
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(r"^```" + language + r"\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def expressions(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "expr":
                yield value
            else:
                yield from expressions(value)
    elif isinstance(node, list):
        for value in node:
            yield from expressions(value)


class Dashboards(Case):
    def setUp(self):
        super().setUp()
        self.metrics = self.folder / "smtpaudit.prom"
        done = run("rank", SAMPLES / "contoso", "--inventory", INVENTORY, *NOW,
                   "--out", f"json={self.folder}/run.json", "--out", f"jsonl={self.folder}/rows.jsonl",
                   "--format", "prometheus", "-o", self.metrics)
        self.expect(done, 0)

    def check_rules(self, text):
        done = subprocess.run(["promtool", "check", "rules", self.file("rules.yml", text)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout.decode())

    def families(self):
        return set(re.findall(r"^# TYPE (\S+)", self.metrics.read_text(encoding="utf-8"), re.M))

    def test_every_line_of_the_jq_cookbook_prints_something(self):
        lines = [line for block in blocks("jq") for line in block.splitlines()
                 if line.startswith("jq ")]
        self.assertGreaterEqual(len(lines), 10)
        for line in lines:
            with self.subTest(line):
                done = subprocess.run(["sh", "-c", line], cwd=self.folder, timeout=60, check=False,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assertNotEqual(done.stdout.strip(), b"")

    def test_the_splunk_events_are_one_object_a_row(self):
        command = next(line for block in blocks("") for line in block.splitlines()
                       if line.startswith("jq -c '{time"))
        subprocess.run(["sh", "-c", command], cwd=self.folder, timeout=60, check=True)
        events = [json.loads(line) for line in (self.folder / "events.json").read_text().splitlines()]
        rows = (self.folder / "rows.jsonl").read_text().splitlines()
        self.assertEqual(len(events), len(rows))
        self.assertEqual(events[0]["event"], json.loads(rows[0]))
        self.assertEqual(events[0]["time"], 1795392000)

    def test_the_alert_rules_are_rules(self):
        rules = [block for block in blocks("") if block.startswith("groups:")]
        self.assertEqual(len(rules), 1)
        self.check_rules(rules[0])
        for name in set(re.findall(r"smtpaudit_\w+", rules[0])):
            self.assertIn(name, self.families())

    def test_every_query_of_the_dashboard_is_promql_over_our_metrics(self):
        queries = list(expressions(json.loads(DASHBOARD.read_text(encoding="utf-8"))))
        self.assertGreaterEqual(len(queries), 8)
        rules = {"groups": [{"name": "dashboard", "rules": [
            {"record": f"panel:query:{number}", "expr": query.replace("$tenant", ".*")}
            for number, query in enumerate(queries)]}]}
        self.check_rules(json.dumps(rules))
        for query in queries:
            for name in re.findall(r"smtpaudit_\w+", query):
                self.assertIn(name, self.families())

    def test_every_metric_of_the_page_is_one_we_write(self):
        with_gate = run("rank", SAMPLES / "contoso", *NOW, "--fail-on", "high", "--format", "prometheus")
        known = self.families() | set(re.findall(r"^# TYPE (\S+)", with_gate.out, re.M))
        # Only with a baseline, and only with settings.
        known |= {"smtpaudit_new_findings", "smtpaudit_mailboxes"}
        for name in re.findall(r"`(smtpaudit_\w+)`", PAGE.read_text(encoding="utf-8")):
            self.assertIn(name, known)
        for name in known:
            self.assertIn(name, PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    for program in ("jq", "promtool"):
        if shutil.which(program) is None:
            print(f"{program} is not installed: skipped")
            sys.exit(77)
    unittest.main()
