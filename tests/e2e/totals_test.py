#!/usr/bin/env python3
"""The built program from outside: right totals, and the same bytes for the same input.

  totals_test.py PATH-OF-SMTPAUDIT [unittest arguments]     (or SMTPAUDIT_BIN=PATH)
"""
import collections
import csv
import json
import shutil
import sys
import unittest

from support import Case, INVENTORY, NOW, REPORT, ROOT, SAMPLES, TABLE, environment, run

sys.path.append(str(ROOT / "tests" / "bench"))
import make_reports as made  # noqa: E402


class Determinism(Case):
    def test_time_zone_and_locale_change_no_byte(self):
        for form in ("table", "csv", "json"):
            wanted = run("rank", SAMPLES / "contoso", *NOW, "--format", form,
                         "--inventory", INVENTORY)
            self.expect(wanted, 0)
            for changes in ({"TZ": "Asia/Kathmandu"}, {"TZ": "America/St_Johns"},
                            {"LC_ALL": "tr_TR.UTF-8"}, {"LC_ALL": "de_DE.UTF-8"},
                            {"LC_ALL": "C.UTF-8", "LANG": "tr_TR.UTF-8"}):
                with self.subTest(form=form, **changes):
                    given = run("rank", SAMPLES / "contoso", *NOW, "--format", form,
                                "--inventory", INVENTORY, env=environment(**changes))
                    self.assertEqual(given, wanted)

    def test_the_order_of_files_changes_no_row(self):
        one = run("rank", REPORT, TABLE, *NOW, "--format", "csv")
        other = run("rank", TABLE, REPORT, *NOW, "--format", "csv")
        self.expect(one, 0)
        self.assertEqual(one.out, other.out)

    def test_the_encoding_changes_no_row(self):
        text = REPORT.read_bytes().decode("utf-16")
        wanted = run("rank", REPORT, *NOW, "--format", "csv").out
        forms = {
            "utf-8": text.encode(),
            "utf-8 with mark": text.encode("utf-8-sig"),
            "utf-16 big endian": b"\xfe\xff" + text.encode("utf-16-be"),
            "LF": text.replace("\r\n", "\n").encode(),
            "CR": text.replace("\r\n", "\r").encode(),
        }
        for name, content in forms.items():
            with self.subTest(form=name):
                given = run("rank", self.file("report.csv", content), *NOW, "--format", "csv")
                self.expect(given, 0)
                self.assertEqual(given.out, wanted)


class MadeFiles(Case):
    """Both kinds of report in every form that they come in, against the answer made beside them.
    tests/bench/check-totals does the same with large files."""

    @classmethod
    def setUpClass(cls):
        cls.made_truth = made.Truth()
        cls.rows = []
        for row in made.make_rows(total=1500, senders=150, days=90):
            cls.made_truth.add(row)
            cls.rows.append(row)
        cls.truth = cls.made_truth.document()

    def check(self, kind):
        path = self.folder / "evidence.csv"
        for form in made.all_forms():
            with self.subTest(kind=kind, **form._asdict()):
                made.write_kind(path, kind, form, self.rows, self.made_truth)
                done = run("rank", path, *NOW, "--format", "json")
                self.expect(done, 0)
                self.assertEqual(made.differences(json.loads(done.out), self.truth, kind), [])

    def test_the_report(self):
        self.check("report")

    def test_the_table(self):
        self.check("table")

    def test_the_report_in_many_files(self):
        form = made.Form("utf-16", "comma", "crlf", "en")
        for start in range(0, len(self.rows), 60):
            path = self.folder / f"part-{start:04d}.csv"
            # Each has ten rows of the one before, as downloads of overlapping days do.
            made.write_kind(path, "report", form, self.rows[max(0, start - 10):start + 60], None)
        # Fewer descriptors than files.
        done = run("rank", self.folder, *NOW, "--format", "json",
                   before=["sh", "-c", 'ulimit -n 16; exec "$@"', "sh"])
        self.expect(done, 0)
        self.assertEqual(made.differences(json.loads(done.out), self.truth, "report"), [])


class Totals(Case):
    """What the sample report says, counted here a second time and in another way."""

    def truth(self):
        totals = collections.Counter()
        by_account = collections.defaultdict(collections.Counter)
        text = REPORT.read_bytes().decode("utf-16")
        for row in csv.DictReader(text.splitlines()):
            protocol = {"Basic": "basic", "OAuth": "oauth"}.get(row["authMethod"], "unknown")
            account = f"{row['senderName']}@{row['senderDomain']}".lower()
            totals[protocol] += int(row["message_count"])
            by_account[account][protocol] += int(row["message_count"])
        return totals, by_account

    def document(self, *files):
        done = run("rank", *files, *NOW, "--format", "json")
        self.expect(done, 0)
        return json.loads(done.out)

    def assert_true(self, document):
        totals, by_account = self.truth()
        self.assertEqual(document["summary"]["messages"], dict(totals))
        self.assertEqual(document["summary"]["accounts"], len(by_account))
        found = {row["id"]: {k: n for k, n in row["messages"].items() if n}
                 for row in document["accounts"]}
        # Names with control characters may be written differently in an id.
        plain = {name: dict(count) for name, count in by_account.items() if name.isprintable()}
        self.assertEqual({name: found.get(name) for name in plain}, plain)

    def test_the_report(self):
        self.assert_true(self.document(REPORT))

    def test_the_same_report_twice(self):
        copy = self.folder / "again.csv"
        shutil.copy(REPORT, copy)
        self.assert_true(self.document(REPORT, copy))

    def test_the_report_and_the_table_of_its_last_days(self):
        self.assert_true(self.document(SAMPLES / "contoso"))

    def test_two_halves_that_overlap(self):
        lines = REPORT.read_bytes().decode("utf-16").splitlines()
        first = self.file("first.csv", "\n".join(lines[:1200]) + "\n")
        second = self.file("second.csv", "\n".join([lines[0], *lines[900:]]) + "\n")
        self.assert_true(self.document(first, second))

    def test_known_rows(self):
        document = self.document(REPORT)
        status = {row["id"]: row["status"] for row in document["accounts"]}
        for account, wanted in {
            "erp@contoso.com": "mixed", "scan-floor1@contoso.com": "active_basic",
            "billing@contoso.com": "active_basic", "hr-portal@contoso.com": "migrated",
            "tax-export@contoso.com": "dormant_basic",
            "ups-serverroom@contoso.com": "dormant_basic",
            "crm@fabrikam.com": "oauth_only", "legacy-gateway@contoso.com": "unknown",
        }.items():
            with self.subTest(account=account):
                self.assertEqual(status.get(account), wanted)
        devices = {row["id"]: row for row in document["devices"]}
        self.assertIn("relay_suspected", devices["198.51.100.25"]["marks"])
        frontdesk = next(r for r in document["accounts"] if r["id"] == "frontdesk@contoso.com")
        self.assertIn("shared_password", frontdesk["marks"])
        self.assertEqual(len([d for d in devices if d.startswith("2001:db8:40:10:")]), 1)

    def test_the_table_alone_makes_no_devices(self):
        done = run("rank", TABLE, *NOW, "--period", "7")
        self.expect(done, 0)
        self.assertIn("request the report", done.out + done.err)

    def test_explain_reads_the_run_document(self):
        path = self.folder / "run.json"
        self.expect(run("rank", REPORT, *NOW, "--format", "json", "-o", path), 0)
        done = run("explain", "frontdesk@contoso.com", "--from", path)
        self.expect(done, 0)
        self.assertIn("SmtpCSReport_contoso.csv:", done.out)
        self.expect_one_line(run("explain", "nobody@contoso.com", "--from", path), 2)


if __name__ == "__main__":
    unittest.main()
