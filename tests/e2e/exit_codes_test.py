#!/usr/bin/env python3
"""The built program from outside: exit codes, and what becomes of output files.

  exit_codes_test.py PATH-OF-SMTPAUDIT [unittest arguments]     (or SMTPAUDIT_BIN=PATH)
"""
import json
import os
import shutil
import stat
import subprocess
import unittest

from support import (BINARY, Case, INVENTORY, NOW, REPORT, ROW, SAMPLES, numbered_rows,
                     report_text, run)

NOBODY = 65534


class ExitCodes(Case):
    def test_0_for_complete_evidence(self):
        done = run("rank", SAMPLES / "contoso", *NOW)
        self.expect(done, 0)
        self.assertIn("erp@contoso.com", done.out)

    def test_0_without_arguments_says_where_the_file_is(self):
        done = run()
        self.expect(done, 0)
        self.assertIn("https://admin.exchange.microsoft.com/#/reports/smtpauthmailflowdetails",
                      done.out)

    def test_0_for_help_version_timeline_and_schema(self):
        for args in (["--help"], ["rank", "--help"], ["--version"], ["timeline", *NOW], ["schema"]):
            with self.subTest(args=args):
                done = run(*args)
                self.expect(done, 0)
                self.assertNotEqual(done.out, "")
        json.loads(run("schema").out)

    def test_1_for_findings_at_the_gate(self):
        self.expect(run("rank", REPORT, *NOW, "--fail-on", "high"), 1)

    def test_0_when_the_gate_finds_nothing(self):
        quiet = self.file("oauth.csv", report_text(ROW.replace("Basic", "OAuth")))
        self.expect(run("rank", quiet, *NOW, "--fail-on", "critical"), 0)

    def test_2_for_usage(self):
        for args in (["rank", REPORT, "--no-such-option"], ["no-such-command"], ["rank"],
                     ["rank", REPORT, "--format", "yaml"], ["rank", REPORT, "--fail-on", "severe"],
                     ["rank", REPORT, "--now", "yesterday"], ["rank", REPORT, "--top", "-1"],
                     ["rank", REPORT, "--cutoff", "2026-13-40"]):
            with self.subTest(args=args[-2:]):
                done = run(*args)
                self.expect(done, 2, out_empty=True)
                self.assertNotEqual(done.err, "")

    def test_2_for_a_file_that_is_not_there(self):
        done = run("rank", self.folder / "gone.csv", *NOW)
        self.expect_one_line(done, 2)
        self.assertIn("gone.csv", done.err)

    def test_2_for_a_side_file_that_is_not_there(self):
        for option in ("--inventory", "--columns", "--weights"):
            with self.subTest(option=option):
                done = run("rank", REPORT, *NOW, option, self.folder / "gone")
                self.expect_one_line(done, 2)
                self.assertIn("gone", done.err)

    def test_2_for_an_inventory_among_the_evidence(self):
        self.expect_one_line(run("rank", REPORT, INVENTORY, *NOW), 2)

    def test_2_for_a_run_document_among_the_evidence(self):
        path = self.folder / "run.json"
        self.expect(run("rank", REPORT, *NOW, "--format", "json", "-o", path), 0)
        self.expect_one_line(run("rank", REPORT, path, *NOW), 2)

    def test_3_for_a_file_of_exactly_100000_rows(self):
        full = self.file("full.csv", report_text(*numbered_rows(100_000)))
        done = run("rank", full, *NOW)
        self.expect(done, 3)
        self.assertIn("scan1@contoso.com", done.out, "the ranking must be written all the same")

    def test_0_for_a_file_of_99999_rows(self):
        self.expect(run("rank", self.file("all.csv", report_text(*numbered_rows(99_999))), *NOW), 0)

    def test_3_wins_over_1_and_both_are_told(self):
        full = self.file("full.csv", report_text(*numbered_rows(100_000)))
        done = run("rank", full, *NOW, "--fail-on", "low", "--format", "json")
        self.expect(done, 3)
        self.assertTrue(json.loads(done.out)["gate"]["tripped"])
        self.assertIn("low", done.err)

    def test_6_for_a_full_device(self):
        for args in (["-o", "/dev/full"], ["--out", "csv=/dev/full"]):
            with self.subTest(args=args):
                self.expect(run("rank", REPORT, *NOW, *args), 6)
        with open("/dev/full", "wb") as full:
            for form in ("table", "csv", "json"):
                with self.subTest(form=form):
                    done = run("rank", REPORT, *NOW, "--format", form, stdout=full)
                    self.expect(done, 6)
                    self.assertRegex(done.err, r"\A[^\n]+\n\Z")

    def test_6_for_a_folder_that_is_not_there(self):
        self.expect_one_line(
            run("rank", REPORT, *NOW, "-o", self.folder / "no" / "such" / "out.csv"), 6)


class Files(Case):
    def test_a_written_file_is_for_its_owner_alone(self):
        path = self.folder / "run.json"
        old = os.umask(0)
        try:
            self.expect(run("rank", REPORT, *NOW, "--format", "json", "-o", path), 0, True)
        finally:
            os.umask(old)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(os.listdir(self.folder), ["run.json"])

    def test_several_formats_from_one_run(self):
        wanted = {form: self.folder / form for form in ("table", "csv", "json")}
        outs = [word for form, path in wanted.items() for word in ("--out", f"{form}={path}")]
        self.expect(run("rank", REPORT, *NOW, *outs), 0)
        for form, path in wanted.items():
            with self.subTest(form=form):
                alone = run("rank", REPORT, *NOW, "--format", form)
                self.expect(alone, 0)
                self.assertEqual(path.read_bytes().decode(), alone.out)

    def test_a_bad_input_leaves_the_old_file(self):
        path = self.file("old.csv", "old")
        bad = self.file("bad.csv", report_text(ROW, "2026-11-20"))
        self.expect(run("rank", bad, *NOW, "--format", "csv", "-o", path), 2, True)
        self.assertEqual(path.read_text(), "old")
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad.csv", "old.csv"])

    def test_a_read_only_folder_leaves_the_old_file(self):
        target = self.folder / "read-only"
        target.mkdir()
        old = target / "out.csv"
        old.write_text("old")
        target.chmod(0o555)
        before, binary, report = [], BINARY, REPORT
        if os.geteuid() == 0:  # root may write everywhere
            if not shutil.which("setpriv"):
                self.skipTest("root without setpriv (util-linux): cannot become somebody else")
            binary, report = self.folder / "smtpaudit", self.folder / "report.csv"
            shutil.copy(BINARY, binary)
            shutil.copy(REPORT, report)
            for path, mode in ((self.folder, 0o755), (binary, 0o755), (report, 0o644)):
                path.chmod(mode)
            before = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        done = run("rank", report, *NOW, "--out", f"csv={old}", binary=binary, before=before)
        self.expect(done, 6)
        self.assertRegex(done.err, r"\A[^\n]*out\.csv[^\n]*\n\Z")
        self.assertEqual(old.read_text(), "old")
        self.assertEqual(os.listdir(target), ["out.csv"])

    def test_a_full_disk_leaves_the_old_file(self):
        disk = self.folder / "disk"
        disk.mkdir()
        mount = f"mount -t tmpfs -o size=16k none {disk}"
        able = os.geteuid() == 0 and shutil.which("unshare") and subprocess.run(
            ["unshare", "-m", "sh", "-c", mount], stderr=subprocess.DEVNULL, check=False
        ).returncode == 0
        if not able:
            self.skipTest("no right to mount a small disk here")
        script = (f'{mount} && printf old > {disk}/out && "$@"; code=$?; cat {disk}/out; '
                  f'ls -A {disk}; exit $code')
        done = run("rank", REPORT, *NOW, "--out", f"json={disk}/out",
                   before=["unshare", "-m", "sh", "-c", script, "sh"])
        self.expect(done, 6)
        self.assertTrue(done.out.endswith("oldout\n"), done.out[-200:])

    def test_a_limit_of_file_size_leaves_the_old_file(self):
        old = self.file("out.json", "old")
        done = run("rank", REPORT, *NOW, "--out", f"json={old}",
                   before=["sh", "-c", 'ulimit -f 8; exec "$@"', "sh"])
        self.expect(done, 6)
        self.assertRegex(done.err, r"\A[^\n]*out\.json[^\n]*\n\Z")
        self.assertEqual(old.read_text(), "old")
        self.assertEqual(os.listdir(self.folder), ["out.json"])

    def test_rank_needs_no_network(self):
        if subprocess.run(["unshare", "-n", "true"], stderr=subprocess.DEVNULL,
                          check=False).returncode != 0:
            self.skipTest("no right to take the network away here")
        self.expect(run("rank", REPORT, *NOW, before=["unshare", "-n"]), 0)


if __name__ == "__main__":
    unittest.main()
