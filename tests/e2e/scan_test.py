#!/usr/bin/env python3
"""scan and doctor: the built program against the fake tenant, through HTTPS_PROXY and --ca-bundle.

  scan_test.py PATH-OF-SMTPAUDIT PATH-OF-FAKE-TENANT [unittest arguments]
"""
import json
import os
import pathlib
import pty
import fcntl
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import unittest

from support import BINARY, Case, Done, ROOT, TIMEOUT, environment, run

FAKE = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
TENANT = ROOT / "tests" / "fake_tenant" / "contoso.json"
CLIENT = "a0a0a0a0-1111-4222-8333-555555555555"
SECRET = "contoso-demo-secret"
# What the tenant's application may read; the table of live sources has more.
CORE = ["--sources", "sign_ins,users,organization"]


class FakeTenant:
    """The program, until the test ends; it also ends itself."""

    def __init__(self, case, *options, change=None):
        spec = json.loads(TENANT.read_text())
        if change:
            change(spec)
        tenant = case.file("tenant.json", json.dumps(spec))
        self.ca = case.folder / "ca.pem"
        self.log = case.folder / "requests.log"
        ports = case.folder / "ports"
        ports.unlink(missing_ok=True)
        self.child = subprocess.Popen(
            [FAKE, "--tenant-file", tenant, "--write-ca", self.ca, "--write-ports", ports,
             "--for", "300", "--log", self.log, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment())
        case.addCleanup(self.end)
        self.child.stdout.readline()  # "ready …": all ports listen
        self.proxy = re.search(r"proxy=(\d+)", ports.read_text()).group(1)

    def end(self):
        self.child.terminate()
        self.child.wait(TIMEOUT)
        self.child.stdout.close()

    def environment(self, **changes):
        env = {"HTTPS_PROXY": f"http://127.0.0.1:{self.proxy}",
               "AZURE_TENANT_ID": "contoso.onmicrosoft.com", "AZURE_CLIENT_ID": CLIENT,
               "AZURE_CLIENT_SECRET": SECRET, "LC_ALL": "C.UTF-8"}
        env.update(changes)
        return environment(**env)

    def run(self, command, *args, **changes):
        return run(command, *args, "--ca-bundle", self.ca, env=self.environment(**changes))

    def requests(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]


def without(permission):
    def change(spec):
        spec["apps"][0]["permissions"].remove(permission)
    return change


def without_licence(spec):
    spec["licence"] = "free"


class Scan(Case):
    def test_a_scan_ranks_the_tenant(self):
        tenant = FakeTenant(self)
        done = tenant.run("scan", *CORE, "--window", "3", "--format", "json")
        self.expect(done, 0)
        report = json.loads(done.out)
        self.assertEqual(report["tenant"]["name"], "Contoso")
        self.assertEqual(report["accounts"][0]["id"], "erp@contoso.com")
        states = {row["source"]: row["state"] for row in report["coverage"]}
        self.assertEqual(states["sign_ins"], "complete")
        self.assertEqual(states["users"], "complete")
        self.assertEqual(states["organization"], "complete")
        self.assertNotIn(SECRET, done.out + done.err)
        asked = [r for r in tenant.requests() if r["method"] != "CONNECT"]
        self.assertEqual({r["host"] for r in asked},
                         {"login.microsoftonline.com", "graph.microsoft.com"})
        self.assertEqual({r["violation"] for r in asked}, {""})
        self.assertEqual({r["method"] for r in asked if r["host"].startswith("graph")}, {"GET"})

    def test_the_report_and_the_sign_ins_are_ranked_together(self):
        tenant = FakeTenant(self)
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400))
        report = self.file("report.csv", "\r\n".join([
            "date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
            "message_count,message_id",
            f"{day}T08:00:00Z,erp,contoso.com,OAuth,203.0.113.17,TLS1.2,,3,<a1@contoso.com>", ""]))
        done = tenant.run("scan", report, "--window", "2", "--format", "json")
        self.expect(done, 0)
        row = next(r for r in json.loads(done.out)["accounts"] if r["id"] == "erp@contoso.com")
        self.assertEqual(row["messages"], {"basic": 0, "oauth": 3, "unknown": 0})
        self.assertGreater(row["sign_ins"]["basic_ok"], 100)
        self.assertIn("the report shows no Basic message, the sign-ins show Basic", row["notes"])

    def test_a_certificate_signs_in_too(self):
        key, certificate = self.folder / "key.pem", self.folder / "app.cer"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-sha256", "-days", "2",
                        "-nodes", "-subj", "/CN=smtpaudit", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True, timeout=TIMEOUT)
        both = self.file("app.pem", key.read_bytes() + certificate.read_bytes())
        both.chmod(0o600)
        tenant = FakeTenant(self, "--certificate", certificate)
        done = tenant.run("doctor", *CORE, "--certificate", both, AZURE_CLIENT_SECRET="")
        self.expect(done, 0)
        self.assertIn("certificate", done.out)
        both.chmod(0o644)
        done = tenant.run("doctor", *CORE, "--certificate", both, AZURE_CLIENT_SECRET="")
        self.expect_one_line(done, 2)

    def test_progress_shows_on_a_terminal_and_never_in_a_pipe(self):
        tenant = FakeTenant(self, "--latency", "700")
        done = tenant.run("scan", "--window", "2")
        self.expect(done, 0)
        self.assertNotIn("\r", done.err)
        self.assertNotIn("\x1b", done.err)
        seen = self.on_terminal(tenant, "scan", "--window", "2")
        self.assertRegex(seen, r"\r\x1b\[Ksign-ins: (asking|\d+ page)")
        self.assertTrue(seen.rstrip("\r\n").split("\r\x1b[K")[-1].count("sign-ins:") == 0,
                        "the line of progress is not taken away")

    def on_terminal(self, tenant, *args):
        """Standard error of a run whose standard error is a terminal."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        child = subprocess.Popen([BINARY, *args, "--ca-bundle", str(tenant.ca)],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave,
                                 env=tenant.environment(TERM="xterm"))
        os.close(slave)
        seen = b""
        try:
            while block := os.read(master, 65536):
                seen += block
        except OSError:
            pass  # the other side is closed
        os.close(master)
        self.assertEqual(child.wait(TIMEOUT), 0)
        return seen.decode("utf-8")

    def test_a_signal_ends_a_wait_at_once_and_writes_nothing(self):
        throttled = [{"path": "signIns", "action": "status", "status": 429, "retry_after": "300"}]
        tenant = FakeTenant(self, "--fault", json.dumps(throttled))
        old = self.file("run.json", "old")
        child = subprocess.Popen(
            [BINARY, "scan", "-v", "--ca-bundle", str(tenant.ca), "--out", f"json={old}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=tenant.environment())
        timer = threading.Timer(TIMEOUT, child.kill)
        timer.start()
        self.addCleanup(timer.cancel)
        err = ""
        while "again in" not in err and "429" not in err:  # it waits now
            line = child.stderr.readline().decode()
            self.assertTrue(line, f"ended too early: {err}")
            err += line
        begun = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, rest = child.communicate(timeout=TIMEOUT)
        self.expect(Done(child.returncode, out.decode(), err + rest.decode()), 130, out_empty=True)
        self.assertLess(time.monotonic() - begun, 5)
        self.assertEqual(old.read_text(), "old")

    def test_what_went_wrong_is_one_line_and_the_exit_code_says_whose_doing_it_is(self):
        tenant = FakeTenant(self)
        for code, words, changes in (
                (4, "AADSTS7000215", {"AZURE_CLIENT_SECRET": "wrong"}),
                (4, "has expired", {"AZURE_CLIENT_SECRET": "contoso-old-secret"}),
                (4, "no such tenant", {"AZURE_TENANT_ID": "fabrikam.onmicrosoft.com"}),
                (5, "--ca-bundle", {"SSL_CERT_FILE": "", "ca": "/etc/ssl/certs/ca-certificates.crt"})):
            with self.subTest(words=words):
                ca = changes.pop("ca", tenant.ca)
                done = run("scan", "-q", "--ca-bundle", ca, env=tenant.environment(**changes))
                self.expect_one_line(done, code)
                self.assertIn(words, done.err)

    def test_a_proxy_that_wants_a_password_is_said(self):
        tenant = FakeTenant(self, "--proxy-auth", "auditor:pass")
        self.assertIn("HTTP 407", tenant.run("scan", "-q").err)
        proxy = f"http://auditor:pass@127.0.0.1:{tenant.proxy}"
        self.expect(tenant.run("doctor", *CORE, HTTPS_PROXY=proxy), 0)
        done = tenant.run("doctor", "--proxy", proxy)
        self.expect_one_line(done, 2)
        self.assertNotIn("pass@", done.err)

    def test_without_the_licence_the_screen_says_what_to_export(self):
        tenant = FakeTenant(self, change=without_licence)
        done = tenant.run("scan")
        self.expect(done, 4)
        flat = " ".join(done.out.split())
        self.assertIn("no Entra ID P1 or P2 licence", flat)
        self.assertIn("Client app = Authenticated SMTP", flat)


class Doctor(Case):
    def test_all_is_there(self):
        done = FakeTenant(self).run("doctor", *CORE)
        self.expect(done, 0)
        self.assertIn("Contoso", done.out)
        self.assertNotIn("MISSING", done.out)

    def test_each_permission_that_is_taken_away_is_named(self):
        for permission, source in (("AuditLog.Read.All", "sign_ins"), ("User.Read.All", "users"),
                                   ("Organization.Read.All", "organization")):
            with self.subTest(permission=permission):
                done = FakeTenant(self, change=without(permission)).run("doctor", *CORE)
                self.expect(done, 3)
                self.assertRegex(done.out, rf"MISSING\s+{source}:")
                self.assertIn(permission, done.out.split("To grant")[1])
                self.assertIn("/contoso.onmicrosoft.com/adminconsent?client_id=" + CLIENT, done.out)

    def test_nothing_works(self):
        def change(spec):
            spec["apps"][0]["permissions"] = []
        done = FakeTenant(self, change=change).run("doctor", *CORE)
        self.expect(done, 4)

    def test_the_licence(self):
        done = FakeTenant(self, change=without_licence).run("doctor", *CORE)
        self.expect(done, 3)
        self.assertIn("Entra ID P1 or P2 licence", " ".join(done.out.split()))


if __name__ == "__main__":
    unittest.main()
