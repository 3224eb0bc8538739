#!/usr/bin/env python3
"""The local history of the built program: what it keeps, what it says, and that it stays whole.

  history_test.py PATH-OF-SMTPAUDIT [unittest arguments]     (or SMTPAUDIT_BIN=PATH)
"""
import csv
import datetime
import fcntl
import io
import json
import pathlib
import random
import resource
import shlex
import signal
import sqlite3
import stat
import subprocess
import time
import unittest

from support import BINARY, Case, Done, REPORT, environment, report_text, run

NOW = ["--now", "2026-11-23T00:00:00Z"]


def rows(account, first, last, count=3, method="Basic", step=1):
    """One row for each day of a range."""
    day = datetime.date.fromisoformat(first)
    end = datetime.date.fromisoformat(last)
    while day <= end:
        yield (f"{day}T08:00:00Z,{account},contoso.com,{method},203.0.113.40,TLS1.2,,{count},"
               f"<{day}{account}{method}@contoso.com>")
        day += datetime.timedelta(step)


class History(Case):
    def setUp(self):
        super().setUp()
        self.state = self.folder / "state"
        self.store = self.state / "smtpaudit" / "history.sqlite"

    def ask(self, *args, **popen):
        return run(*args, env=environment(XDG_STATE_HOME=str(self.state)), **popen)

    def rank(self, path, *args, now=NOW, **popen):
        return self.ask("rank", str(path), *now, *args, **popen)

    def dump(self):
        with sqlite3.connect(f"file:{self.store}?mode=ro", uri=True) as db:
            return "\n".join(db.iterdump())

    def check(self):
        done = self.ask("history", "check")
        self.expect(done, 0)
        self.assertIn("whole", done.out)


class Keeping(History):
    def test_rank_keeps_a_history_that_only_its_owner_reads(self):
        self.expect(self.rank(REPORT), 0)
        self.assertEqual(stat.S_IMODE(self.store.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.store.parent.stat().st_mode), 0o700)
        self.check()

    def test_the_same_evidence_twice_changes_nothing(self):
        first = self.rank(REPORT)
        before = self.dump()
        second = self.rank(REPORT)
        self.assertEqual(self.dump(), before)
        self.assertEqual(first.out, second.out)
        self.expect(self.rank(REPORT, now=["--now", "2026-12-01"]), 0)
        self.assertEqual(self.dump(), before)

    def test_overlapping_windows_in_any_order_give_the_same_history(self):
        early = self.file("early.csv", report_text(*rows("scan1", "2026-10-01", "2026-10-31")))
        late = self.file("late.csv", report_text(*rows("scan1", "2026-10-20", "2026-11-20")))
        exports = []
        for order in ((early, late), (late, early)):
            for path in order:
                self.expect(self.rank(path), 0)
            exports.append(sorted(self.ask("history", "export").out.splitlines()))
            self.store.unlink()
        self.assertEqual(exports[0], exports[1])
        self.assertEqual(len(exports[0]), 1 + 51)

    def test_no_history_without_a_home_or_when_told_so(self):
        done = run("rank", REPORT, *NOW, "-v")
        self.expect(done, 0)
        self.assertIn("no history is kept", done.err)
        self.expect(self.rank(REPORT, "--store", "none"), 0)
        self.assertFalse(self.store.exists())
        self.expect(run("history"), 2)

    def test_a_home_that_cannot_be_written_costs_a_line_and_not_the_run(self):
        blocked = self.file("blocked", "a file where a folder should be")
        done = run("rank", REPORT, *NOW, env=environment(XDG_STATE_HOME=str(blocked)))
        self.expect(done, 0)
        self.assertIn("no history is kept", done.err)
        done = run("rank", REPORT, *NOW, "--store", blocked / "history.sqlite")
        self.expect(done, 6)
        self.assertIn("erp@contoso.com", done.out)

    def test_a_damaged_or_newer_history_ends_with_6_after_the_report(self):
        self.expect(self.rank(REPORT), 0)
        db = sqlite3.connect(self.store)
        db.execute("PRAGMA user_version = 99")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        for content in (None, b"not a database" * 500):
            if content:
                self.store.write_bytes(content)
            before = self.store.read_bytes()
            done = self.rank(REPORT)
            self.expect(done, 6)
            self.assertIn("erp@contoso.com", done.out)
            self.assertIn("--store", done.err)
            self.assertEqual(self.store.read_bytes(), before)
            self.expect(self.ask("history"), 6)

    def test_a_run_document_is_not_kept(self):
        path = self.folder / "run.json"
        self.expect(self.rank(REPORT, "--store", "none", "--format", "json", "-o", path), 0)
        self.expect(self.rank(path), 0)
        self.assertFalse(self.store.exists())

    def test_two_tenants_are_kept_apart(self):
        self.expect(self.rank(REPORT), 0)
        other = report_text(*rows("scan1", "2026-10-01", "2026-10-31")).replace("contoso", "fabrikam")
        self.expect(self.rank(self.file("other.csv", other)), 0)
        self.expect(self.ask("history", *NOW), 2)
        done = self.ask("history", *NOW, "--tenant", "fabrikam.com", "--format", "json")
        self.expect(done, 0)
        self.assertEqual(len(json.loads(done.out)["days"]), 31)

    def test_a_yearly_job_outside_the_window_is_remembered(self):
        for year in (2024, 2025):
            old = self.file("old.csv", report_text(*rows("tax", f"{year}-11-10", f"{year}-11-12"),
                                                   *rows("scan1", f"{year}-11-01", f"{year}-11-30")))
            self.expect(self.rank(old, now=["--now", f"{year}-12-01"]), 0)
        fresh = self.file("fresh.csv", report_text(*rows("scan1", "2026-09-01", "2026-11-30")))
        done = self.rank(fresh, "--format", "json", now=["--now", "2026-12-01"])
        document = json.loads(done.out)
        self.assertEqual([one["id"] for one in document["remembered"]], ["tax@contoso.com"])
        self.assertIn("should have sent by 10 Nov 2026", document["remembered"][0]["why"])
        self.assertEqual(document["remembered"][0]["due"], "2026-11-10")
        self.assertIn("history: uses Basic since 1 Nov 2024 at least",
                      document["accounts"][0]["notes"])
        self.assertIn("tax@contoso.com", self.rank(fresh, now=["--now", "2026-12-01"]).out)
        path = self.file("run.json", done.out)
        explained = self.ask("explain", "Tax@contoso.com", "--from", path)
        self.expect(explained, 0)
        self.assertIn("in the local history alone", explained.out)
        self.assertIn("should have sent by 10 Nov 2026", explained.out)
        self.assertIn("smtpaudit history --account tax@contoso.com", explained.out)
        self.assertEqual(json.loads(self.rank(fresh, "--format", "json", "--store", "none").out)
                         ["remembered"], [])


class Showing(History):
    def load(self):
        self.expect(self.rank(self.file("a.csv", report_text(
            *rows("scan1", "2026-08-03", "2026-11-22"), *rows("fax", "2026-08-03", "2026-09-20"),
            *rows("erp", "2026-08-03", "2026-11-22", 9, "OAuth")))), 0)

    def test_the_trend_has_weeks_and_a_burn_down(self):
        self.load()
        done = self.ask("history", *NOW)
        self.expect(done, 0)
        for part in ("WEEK OF", "16 Nov 2026", "Burn-down  1 account used Basic", "Forecast",
                     "112 days with evidence"):
            self.assertIn(part, done.out)

    def test_gaps_are_gaps_and_not_zeros(self):
        for first, last in (("2026-09-01", "2026-09-13"), ("2026-10-05", "2026-10-31")):
            self.expect(self.rank(self.file("a.csv", report_text(*rows("scan1", first, last)))), 0)
        done = self.ask("history", *NOW)
        self.assertIn("no evidence", done.out)
        self.assertIn("21 without", done.out)
        table = list(csv.DictReader(io.StringIO(
            self.ask("history", *NOW, "--by", "day", "--format", "csv").out)))
        gap = [row for row in table if row["day"] == "2026-09-20"]
        self.assertEqual(gap[0]["evidence"], "none")
        self.assertEqual(gap[0]["basic_messages"], "")

    def test_one_account_alone(self):
        self.load()
        done = self.ask("history", *NOW, "--account", "FAX@contoso.com", "--format", "json")
        self.expect(done, 0)
        days = json.loads(done.out)["days"]
        self.assertEqual(sum(day["messages"]["basic"] for day in days), 49 * 3)
        self.expect(self.ask("history", "--account", "nobody@contoso.com"), 2, out_empty=True)

    def test_export_and_prune(self):
        self.load()
        exported = self.ask("history", "export", "--format", "json")
        self.expect(exported, 0)
        self.assertEqual(len(json.loads(exported.out)["tenants"][0]["counters"]), 112 * 2 + 49)
        self.expect(self.ask("history", "prune"), 2, out_empty=True)
        self.expect(self.ask("history", "prune", "--keep", "63", *NOW), 0)
        left = self.ask("history", "export").out
        self.assertNotIn("2026-09-20", left)
        self.assertIn("2026-09-22", left)
        self.assertNotIn(b"fax@contoso.com", self.store.read_bytes())
        self.check()

    def test_usage_errors_name_what_is_there(self):
        self.load()
        for args in (["erase"], ["--by", "hour"], ["--format", "html"], ["--last", "-1"],
                     ["--tenant", "nobody"], ["prune", "--keep", "0"],
                     ["prune", "--before", "soon"], ["export", "--format", "table"]):
            with self.subTest(args=args):
                self.expect_one_line(self.ask("history", *args), 2)


class Whole(History):
    """Whatever happens to a run, the store is that of before or that of after."""

    def big(self, name, accounts=2000, first="2026-09-01", last="2026-09-20"):
        return self.file(name, report_text(*(
            row for number in range(accounts) for row in rows(f"scan{number}", first, last))))

    def kill_once(self, path, chance, longest):
        """Kills one run; every other time only when it has begun to write the store. True: it was
        still running."""
        wal = pathlib.Path(f"{self.store}-wal")
        def is_begun():
            try:
                return wal.stat().st_size > 0
            except FileNotFoundError:  # not made yet, or just taken away
                return False
        with subprocess.Popen([BINARY, "rank", str(path), *NOW],
                              env=environment(XDG_STATE_HOME=str(self.state)),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            moment = longest * chance.uniform(0.1, 0.9)
            if chance.random() < 0.5:
                while process.poll() is None and not is_begun():
                    time.sleep(0.001)
                moment = longest * chance.uniform(0, 0.3)
            try:
                process.wait(moment)
                return False
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                return True

    def test_kill_9_at_twenty_moments_leaves_it_whole(self):
        self.expect(self.rank(REPORT), 0)
        big = self.big("big.csv", 600)
        chance = random.Random(7)
        started = time.monotonic()
        self.expect(self.rank(big, "--store", "none"), 0)
        longest = time.monotonic() - started
        before = self.ask("history", "export").out
        killed = 0
        # A machine that just became quicker ends before the kill: such a try counts for nothing.
        for _ in range(60):
            if killed == 20:
                break
            killed += self.kill_once(big, chance, longest)
            self.check()
        self.assertGreater(killed, 5)
        # Whatever the last of them left, it is all of before or all of after.
        exported = self.ask("history", "export").out
        self.expect(self.rank(big), 0)
        self.check()
        whole = self.ask("history", "export").out
        self.assertIn(exported, (before, whole))
        self.store.unlink()
        for path in (REPORT, big):
            self.expect(self.rank(path), 0)
        self.assertEqual(sorted(self.ask("history", "export").out.splitlines()),
                         sorted(whole.splitlines()))

    def on_a_small_disk(self, size, *commands):
        """Runs them one after the other with the store's folder on a disk of its own. Skips where
        nobody may mount one."""
        self.state.mkdir(exist_ok=True)
        script = ('mount -t tmpfs -o "size=$1" tmpfs "$2" || exit 77\n' + "".join(
            f'{shlex.join([str(BINARY), *map(str, command)])} >"$3/out{i}" 2>"$3/err{i}"\n'
            f'echo $? >"$3/code{i}"\n' for i, command in enumerate(commands)))
        done = subprocess.run(
            ["unshare", "-rm", "sh", "-c", script, "sh", size, str(self.state), str(self.folder)],
            env=environment(XDG_STATE_HOME=str(self.state)), capture_output=True, check=False)
        if done.returncode == 77 or b"unshare" in done.stderr:
            self.skipTest("a disk cannot be mounted here: " + done.stderr.decode().strip())
        for i in range(len(commands)):
            parts = [(self.folder / f"{part}{i}").read_text() for part in ("code", "out", "err")]
            yield Done(int(parts[0]), parts[1], parts[2])

    def test_a_disk_too_small_for_any_store_costs_the_history_and_not_the_report(self):
        ranked, checked = self.on_a_small_disk("64k", ["rank", REPORT, *NOW], ["history", "check"])
        self.expect(ranked, 6)
        self.assertIn("erp@contoso.com", ranked.out)
        self.assertIn("disk is full", ranked.err)
        self.assertNotIn("damaged", checked.err)

    def test_a_disk_that_fills_up_leaves_the_history_as_it_was(self):
        big = self.big("big.csv")
        export = ["history", "export"]
        first, before, full, checked, after = self.on_a_small_disk(
            "256k", ["rank", REPORT, *NOW], export, ["rank", big, *NOW], ["history", "check"], export)
        self.expect(first, 0)
        self.expect(full, 6)
        self.assertIn("scan1@contoso.com", full.out)
        self.assertIn("disk is full", full.err)
        self.expect(checked, 0)
        self.assertIn("whole", checked.out)
        self.assertGreater(len(before.out.splitlines()), 10)
        self.assertEqual(after.out, before.out)

    def test_a_full_disk_leaves_it_as_it_was_and_ends_with_6_after_the_report(self):
        self.expect(self.rank(REPORT), 0)
        before = self.ask("history", "export").out

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

        done = self.rank(self.big("big.csv"), preexec_fn=limit)
        self.expect(done, 6)
        self.assertIn("scan1@contoso.com", done.out)
        self.assertRegex(done.err, "disk is full|cannot be read or written")
        self.check()
        self.assertEqual(self.ask("history", "export").out, before)

    def test_two_runs_at_once_wait_for_each_other(self):
        env = environment(XDG_STATE_HOME=str(self.state))
        files = [self.big("a.csv", 300), self.big("b.csv", 300, "2026-10-01", "2026-10-20")]
        running = [subprocess.Popen([BINARY, "rank", str(path), *NOW], env=env,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                   for path in files]
        for process in running:
            error = process.communicate(timeout=120)[1]
            self.assertEqual(process.returncode, 0, error)
        self.check()
        self.assertEqual(len(self.ask("history", "export").out.splitlines()), 1 + 2 * 300 * 20)

    def test_who_holds_the_store_is_said(self):
        self.expect(self.rank(REPORT), 0)
        with open(f"{self.store}.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.write("process 4711 on build-1 since 2026-11-23T11:59:00Z\n")
            lock.flush()
            done = self.rank(self.file("a.csv", report_text(
                *rows("scan1", "2026-10-01", "2026-10-02"))))
        self.expect(done, 6)
        self.assertIn("process 4711 on build-1 since 2026-11-23T11:59:00Z", done.err)
        self.assertIn("scan1@contoso.com", done.out)


if __name__ == "__main__":
    unittest.main()
