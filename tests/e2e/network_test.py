#!/usr/bin/env python3
"""The built program against the fake tenant, through HTTPS_PROXY and --ca-bundle: secrets, signals.

  network_test.py PATH-OF-SMTPAUDIT PATH-OF-FAKE-TENANT [unittest arguments]
"""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest

FAKE_TENANT = pathlib.Path(sys.argv.pop(2)).resolve() if len(sys.argv) > 2 else None

from support import BINARY, Case, ROOT, TIMEOUT, environment, run  # noqa: E402

TENANT_FILE = ROOT / "tests/fake_tenant/contoso.json"
APP = "a0a0a0a0-1111-4222-8333-555555555555"
SENTINEL = "SENTINEL"
SECRET = "SENTINEL-secret~1"
PROXY_USER = "auditor:SENTINEL-proxy"
SCAN = ["scan", "--tenant", "contoso.onmicrosoft.com", "--client-id", APP, "--window", "3"]


class Network(Case):
    @contextlib.contextmanager
    def tenant(self, *options, proxy_user=""):
        """The environment of a program that is to meet the fake tenant; it ends with the block."""
        spec = json.loads(TENANT_FILE.read_text("utf-8"))
        spec["apps"][0]["secrets"] = [SECRET]
        described = self.file("tenant.json", json.dumps(spec))
        self.ca = self.folder / "ca.pem"
        self.log = self.folder / "requests"
        command = [FAKE_TENANT, "--tenant-file", described, "--write-ca", self.ca, "--log", self.log,
                   "--for", str(TIMEOUT), "--token-prefix", "SENTINEL-token-", *options]
        with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as child:
            try:
                ready = child.stdout.readline()
                port = ready.split("proxy=")[1].strip()
                at = f"{proxy_user}@" if proxy_user else ""
                yield environment(HTTPS_PROXY=f"http://{at}127.0.0.1:{port}",
                                  AZURE_CLIENT_SECRET=SECRET, HOME=str(self.folder),
                                  XDG_STATE_HOME=str(self.folder / "state"),
                                  XDG_DATA_HOME=str(self.folder / "data"))
            finally:
                child.terminate()

    def scan(self, env, *options):
        return run(*SCAN, "--ca-bundle", self.ca, *options, env=env)

    def check_silent(self, done):
        self.assertNotIn(SENTINEL, done.out)
        self.assertNotIn(SENTINEL, done.err)
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name not in ("tenant.json", "secret"):
                self.assertNotIn(SENTINEL.encode(), path.read_bytes(), path)

    def requests(self):
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]


class Sentinel(Network):
    def test_a_scan_at_the_highest_log_level_shows_no_secret(self):
        with self.tenant("--proxy-auth", PROXY_USER, "--no-throttle",
                         proxy_user=PROXY_USER) as env:
            for style in (["-v"], ["-v", "--log-json"]):
                done = self.scan(env, *style, "--out", f"json={self.folder}/run.json",
                                 "--out", f"csv={self.folder}/run.csv")
                self.expect(done, 0)
                self.assertIn("auditLogs/signIns: 200", done.err)
                self.check_silent(done)
        self.assertIn("scan1@contoso.com", (self.folder / "run.json").read_text("utf-8"))

    def test_no_failure_shows_a_secret(self):
        wrong = [{"path": "/token", "action": "status", "status": 401, "code": "invalid_client",
                  "aadsts": 7000215, "message": "You sent " + SECRET}]
        echo = [{"path": "signIns", "action": "status", "status": 403, "code": "Denied",
                 "message": "You sent SENTINEL-token-1"}]
        html = [{"path": "signIns", "action": "html"}]
        for plan, user, codes in ((wrong, "", (4,)), (echo, "", (3, 4)), (html, "", (3, 5)),
                                  ([], "auditor:SENTINEL-other", (4, 5))):
            with self.subTest(plan=plan, user=user):
                options = ["--proxy-auth", PROXY_USER] if user else []
                with self.tenant("--fault", json.dumps(plan), "--no-throttle", *options,
                                 proxy_user=user) as env:
                    done = self.scan(env, "-v")
                self.assertIn(done.code, codes, done.err)
                self.check_silent(done)

    def test_a_secret_in_a_file_is_not_shown_either(self):
        secret = self.file("secret", SECRET + "\n")
        secret.chmod(0o600)
        with self.tenant("--no-throttle") as env:
            del env["AZURE_CLIENT_SECRET"]
            done = self.scan(env, "-v", "--client-secret-file", secret)
        self.expect(done, 0)
        self.check_silent(done)


class Interrupts(Network):
    def interrupted(self, env, fault):
        """The program, interrupted after the fault has met it: its code and what it wrote."""
        out = self.folder / "run.json"
        command = [BINARY, *SCAN, "--ca-bundle", str(self.ca), "--format", "json", "-o", str(out)]
        with subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as child:
            with subprocess.Popen(["tail", "-n", "+1", "-f", f"--pid={child.pid}", str(self.log)],
                                  stdout=subprocess.PIPE, text=True) as seen:
                for line in seen.stdout:
                    if json.loads(line)["fault"] == fault:
                        break
                child.send_signal(signal.SIGINT)
                # The transfer would last for minutes: ending within this is ending at once.
                printed, said = child.communicate(timeout=30)
                seen.terminate()
        self.assertEqual(printed, b"")
        self.assertFalse(out.exists(), said)
        self.assertEqual([path for path in self.folder.iterdir() if "run.json" in path.name], [])
        return child.returncode, said.decode("utf-8", "replace")

    def test_a_transfer_is_ended_at_once_and_nothing_is_half_written(self):
        fault = [{"path": "signIns", "action": "stall"}]
        with self.tenant("--fault", json.dumps(fault), "--no-throttle") as env:
            code, said = self.interrupted(env, "stall")
        self.assertEqual(code, 130, said)

    def test_a_sign_in_is_ended_at_once(self):
        fault = [{"path": "/token", "action": "stall"}]
        with self.tenant("--fault", json.dumps(fault), "--no-throttle") as env:
            code, said = self.interrupted(env, "stall")
        self.assertEqual(code, 130, said)


class Trust(Network):
    def test_without_the_authority_nothing_is_sent_and_the_way_out_is_named(self):
        with self.tenant("--no-throttle") as env:
            done = run(*SCAN, env=env)
        self.assertEqual(done.code, 5, done.err)
        self.assertIn("--ca-bundle", done.err)
        self.assertEqual({each["method"] for each in self.requests()} - {"CONNECT", "TLS"}, set())

    def test_old_tls_is_refused(self):
        fault = [{"action": "tls", "tls": "tls_1_1", "host": "login.microsoftonline.com"}]
        with self.tenant("--fault", json.dumps(fault), "--no-throttle") as env:
            done = self.scan(env)
        self.assertEqual(done.code, 5, done.err)
        self.assertIn("TLS 1.2 or better", done.err)


if __name__ == "__main__":
    if FAKE_TENANT is None or not os.access(FAKE_TENANT, os.X_OK):
        sys.exit(__doc__)
    unittest.main()
