#!/usr/bin/env python3
"""scan --all-tenants: the built program against many fake tenants, some of them broken.

  tenants_test.py PATH-OF-SMTPAUDIT PATH-OF-FAKE-TENANT [unittest arguments]
"""
import csv
import json
import pathlib
import signal
import sqlite3
import subprocess
import threading
import unittest

from many_tenants import ID, ManyTenants
from support import BINARY, Case, Done, TIMEOUT

COUNT = 24
WRONG_SECRET, FORBIDDEN = 5, 11


def forbid(number, spec):
    if number == FORBIDDEN:
        spec["apps"][0]["permissions"] = []


class Tenants(Case):
    def test_two_broken_ones_of_24_are_said_and_hide_none(self):
        many = ManyTenants(self, COUNT, "--no-throttle", change=forbid,
                           secrets={WRONG_SECRET: "SENTINEL"})
        store = self.folder / "history.sqlite"
        run_file, rows_file = self.folder / "all.json", self.folder / "all.csv"
        done = many.run("scan", "--all-tenants", "--jobs", COUNT, "--window", "2", "--store", store,
                        "--out", f"json={run_file}", "--out", f"csv={rows_file}",
                        "--out", f"json={self.folder}/own-{{tenant}}.json")
        self.expect(done, 3)
        broken = {f"t{WRONG_SECRET:02d}", f"t{FORBIDDEN:02d}"}
        self.assertIn("24 tenants (2 failed: t05, t11)", done.out)
        flat = " ".join(done.out.split())
        self.assertRegex(flat, r"INCOMPLETE tenant t05 FAILED: .*AADSTS7000215")
        self.assertRegex(flat, r"INCOMPLETE tenant t11 FAILED: nothing could be read that shows who")
        self.assertIn("2 of 24 tenants failed: t05, t11", done.err)

        report = json.loads(run_file.read_text())
        states = {part["name"]: part["state"] for part in report["tenants"]}
        self.assertEqual({name for name, state in states.items() if state == "failed"}, broken)
        self.assertEqual(len(states), COUNT)
        rows = report["accounts"]
        self.assertEqual([row["rank"] for row in rows], list(range(1, len(rows) + 1)))
        keys = [(-row["priority"], -row["impact"], -row["exposure"], -row["messages"]["basic"],
                 row["tenant"], row["id"]) for row in rows]
        self.assertEqual(keys, sorted(keys))
        self.assertEqual({row["tenant"] for row in rows}, set(states) - broken)
        for name in set(states) - broken:
            own = json.loads((self.folder / f"own-{name}.json").read_text())
            self.assertEqual(own["tenant"], {"id": ID % int(name[1:]), "name": name})
            joined = [row for row in rows if row["tenant"] == name]
            self.assertGreater(len(joined), 5)
            self.assertEqual([row["id"] for row in joined], [row["id"] for row in own["accounts"]])
            self.assertEqual([row["priority"] for row in joined],
                             [row["priority"] for row in own["accounts"]])
        self.assertFalse((self.folder / "own-t05.json").exists())

        with open(rows_file, newline="", encoding="utf-8") as file:
            lines = list(csv.DictReader(file))
        self.assertEqual({line["tenant"] for line in lines if line["kind"] == "tenant"}, broken)
        kept = sqlite3.connect(store)
        self.assertEqual({name for (name,) in kept.execute("SELECT name FROM tenant")},
                         set(states) - broken)
        accounts = dict(kept.execute("SELECT tenant.name, count(*) FROM account JOIN tenant ON "
                                     "tenant.id = account.tenant GROUP BY 1"))
        self.assertEqual(set(accounts), set(states) - broken)
        kept.close()
        everything = done.out + done.err + run_file.read_text() + rows_file.read_text()
        self.assertNotIn("SENTINEL", everything)
        self.assertNotIn("secret-of-", everything)
        for tenant in many.tenants:
            self.assertEqual({r["violation"] for r in tenant.requests()}, {""})

        # Each has a history of its own, by the name that the settings file gives it.
        self.expect(many.run("history", "--tenant", "t03", "--store", store), 0)
        # Repaired, it is whole; its baseline is what it was alone.
        many.secrets[f"AZURE_CLIENT_SECRET_T{WRONG_SECRET:02d}"] = f"secret-of-{WRONG_SECRET}"
        alone = many.run("scan", "--tenant", "t05", "--window", "2", "--store", store, "--out",
                         f"json={self.folder}/own-{{tenant}}.json")
        self.expect(alone, 0)
        self.assertTrue((self.folder / "own-t05.json").exists())

    def test_a_signal_ends_all_and_writes_nothing(self):
        fault = [{"path": "signIns", "action": "status", "status": 429, "retry_after": "300"}]
        many = ManyTenants(self, 3, "--fault", json.dumps(fault))
        out = pathlib.Path(self.folder / "all.json")
        child = subprocess.Popen(
            [BINARY, "scan", "--all-tenants", "-v", "--config", many.config, "--out", f"json={out}",
             "--out", f"json={self.folder}/own-{{tenant}}.json", "--store",
             self.folder / "history.sqlite"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=many.environment())
        timer = threading.Timer(TIMEOUT, child.kill)
        timer.start()
        self.addCleanup(timer.cancel)
        err = ""
        # All three wait now.
        while not all(any(name in line and ("again in" in line or "429" in line)
                          for line in err.splitlines())
                      for name in many.names):
            line = child.stderr.readline().decode()
            self.assertTrue(line, f"ended too early: {err}")
            err += line
        child.send_signal(signal.SIGINT)
        text, rest = child.communicate(timeout=TIMEOUT)
        self.expect(Done(child.returncode, text.decode(), err + rest.decode()), 130, out_empty=True)
        self.assertFalse(out.exists())
        self.assertEqual(list(self.folder.glob("own-*")), [])


if __name__ == "__main__":
    unittest.main()
