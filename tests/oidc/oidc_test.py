#!/usr/bin/env python3
"""The built program signs in at a foreign OAuth2 server: the npm package oidc-provider.

  oidc_test.py BINARY WORK_FOLDER

Each way to sign in runs a whole scan: its token comes from oidc-provider, which checks the secret,
the PS256 assertion, the PKCE verifier or the device code by its own code, and Graph asks
oidc-provider about every token. Workload tokens come from another issuer, made with jose.

Exit 77: node 20, npm, openssl or the packages are missing, so nothing was tested.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from node_packages import prepare  # noqa: E402
TENANT = "contoso.onmicrosoft.com"
TENANT_ID = "c0c0c0c0-aaaa-4bbb-8ccc-dddddddddddd"
CLIENTS = {way: f"a0a0a0a0-1111-4222-8333-00000000000{n}"
           for n, way in enumerate(("secret", "certificate", "federated", "person"), 1)}
SECRET = "SENTINEL-secret~3+c/r&t="
BUILD_TOKEN = "SENTINEL-build-token"
SUBJECT = "repo:contoso/mail:ref:refs/heads/main"
CONNECTION = "0c0c0c0c-1111-4222-8333-444444444444"
HOSTS = ("login.microsoftonline.com", "graph.microsoft.com", "token.actions.contoso.example")
WORK = None  # the second argument
SERVER = None


def make_keys(work):
    """A certificate for the hosts, which is its own authority, and two of an application."""
    names = ",".join(f"DNS:{host}" for host in HOSTS)
    for name, extra in (("hosts", ["-addext", f"subjectAltName={names}"]), ("app", []),
                        ("stranger", [])):
        key, certificate = work / f"{name}.key", work / f"{name}.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", f"/CN={name}", "-keyout", key, "-out", certificate, *extra],
                       check=True, capture_output=True, timeout=60)
        both = work / f"{name}.pem"
        both.touch(mode=0o600)
        both.write_bytes(certificate.read_bytes() + key.read_bytes())


class Server:
    def __init__(self, work):
        settings = {
            "tenant": TENANT, "tenantId": TENANT_ID, "clients": CLIENTS, "secret": SECRET,
            "buildToken": BUILD_TOKEN, "subject": SUBJECT, "serviceConnection": CONNECTION,
            "tokenLife": 3600, "appCertificate": str(work / "app.crt"),
            "certificate": str(work / "hosts.crt"), "key": str(work / "hosts.key")}
        self.process = subprocess.Popen(
            ["node", "server.mjs", json.dumps(settings)], cwd=work, stdin=subprocess.PIPE,
            stdout=open(work / "server.log", "wb"), stderr=open(work / "server.err", "wb"))
        self.log = work / "server.log"
        self.port = self.wait_until_ready()

    def wait_until_ready(self):
        for _ in range(600):
            lines = self.log.read_text().splitlines()
            if lines and lines[0].startswith("ready "):
                return int(lines[0].split()[1])
            if self.process.poll() is not None:
                break
            try:
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                pass
        sys.exit("the server does not start:\n" + (self.log.parent / "server.err").read_text())

    def records(self):
        # The packages write notes of their own to the same stream.
        return [json.loads(line) for line in self.log.read_text().splitlines()
                if line.startswith('{"host"')]

    def end(self):
        self.process.stdin.close()
        self.process.wait(20)


class Oidc(unittest.TestCase):
    def environment(self, **changes):
        return {"PATH": f"{WORK / 'bin'}:{os.environ['PATH']}", "HOME": "/nonexistent",
                "LC_ALL": "C", "HTTPS_PROXY": f"http://127.0.0.1:{SERVER.port}",
                "BROWSER_PROXY_PORT": str(SERVER.port), "BROWSER_CA": str(WORK / "hosts.crt"),
                **changes}

    def command(self, client, *options):
        return [BINARY, "scan", "--tenant", TENANT, "--client-id", CLIENTS[client], "--window", "2",
                "--sources", "sign_ins,users,organization", "--ca-bundle", WORK / "hosts.crt",
                "--format", "json", *options]

    def scan(self, client, *options, **variables):
        self.before = len(SERVER.records())
        done = subprocess.run(self.command(client, *options), env=self.environment(**variables),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              check=False)
        self.assertNotIn("SENTINEL", done.stdout + done.stderr)
        return done

    def expect_whole(self, code, out, err):
        self.assertEqual(code, 0, err)
        document = json.loads(out)
        self.assertEqual(document["tenant"], {"id": TENANT_ID, "name": "Contoso"})
        self.assertEqual([row["id"] for row in document["accounts"]], ["scan@contoso.com"])
        self.assertEqual(document["accounts"][0]["sign_ins"]["basic_ok"], 1)
        for record in SERVER.records()[self.before:]:
            self.assertIn(record["host"], HOSTS)
            if record["host"] == "graph.microsoft.com":
                self.assertEqual((record["status"], record["method"]), (200, "GET"), record)
            if record["host"] == "login.microsoftonline.com":
                self.assertFalse(record["authorization"], record)

    def expect_refused(self, done, *words):
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertEqual(done.stdout, "")
        for word in words:
            self.assertIn(word, done.stderr)

    def test_client_secret(self):
        done = self.scan("secret", AZURE_CLIENT_SECRET=SECRET)
        self.expect_whole(done.returncode, done.stdout, done.stderr)

    def test_wrong_client_secret(self):
        done = self.scan("secret", AZURE_CLIENT_SECRET="SENTINEL-wrong")
        self.expect_refused(done, "login.microsoftonline.com refused the sign-in (invalid_client)")

    def test_certificate(self):
        done = self.scan("certificate", "--certificate", WORK / "app.pem")
        self.expect_whole(done.returncode, done.stdout, done.stderr)

    def test_certificate_that_the_application_does_not_have(self):
        done = self.scan("certificate", "--certificate", WORK / "stranger.pem")
        self.expect_refused(done, "login.microsoftonline.com refused the sign-in (invalid_client)")

    def test_browser(self):
        done = self.scan("person", "--auth", "browser")
        self.expect_whole(done.returncode, done.stdout, done.stderr)

    def test_device_code(self):
        self.before = len(SERVER.records())
        with subprocess.Popen(self.command("person", "--auth", "device-code"),
                              env=self.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            said, asked = "", None
            while not asked:
                line = process.stderr.readline()
                self.assertTrue(line, f"no code was shown: {said}")
                said += line
                asked = re.search(r"open (https://\S+) and enter the code (\S+)", line)
            subprocess.run(["node", "browser.mjs", asked[1], asked[2]], cwd=WORK,
                           env=self.environment(), check=True, stdout=subprocess.DEVNULL,
                           timeout=60)
            out, err = process.communicate(timeout=60)
        self.expect_whole(process.returncode, out, said + err)

    def github(self, **changes):
        return {"ACTIONS_ID_TOKEN_REQUEST_URL": f"https://{HOSTS[2]}/github?api-version=2.0",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BUILD_TOKEN, **changes}

    def test_workload_of_github_actions(self):
        done = self.scan("federated", **self.github())
        self.expect_whole(done.returncode, done.stdout, done.stderr)

    def test_workload_of_azure_pipelines(self):
        done = self.scan("federated", SYSTEM_OIDCREQUESTURI=f"https://{HOSTS[2]}/pipelines",
                         SYSTEM_ACCESSTOKEN=BUILD_TOKEN,
                         AZURESUBSCRIPTION_SERVICE_CONNECTION_ID=CONNECTION)
        self.expect_whole(done.returncode, done.stdout, done.stderr)

    def test_build_service_that_refuses_the_job(self):
        done = self.scan("federated", **self.github(ACTIONS_ID_TOKEN_REQUEST_TOKEN="SENTINEL-no"))
        self.expect_refused(done, "permissions: id-token: write")

    def test_workload_that_is_not_trusted(self):
        file = WORK / "token"
        file.write_text("eyJhbGciOiJSUzI1NiJ9.eyJTRU5USU5FTCI6MX0.c2ln\n")
        done = self.scan("federated", "--federated-token-file", file)
        self.expect_refused(done, "(invalid_client, AADSTS70021)", "federated credential")


def main():
    global WORK, SERVER, BINARY
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    BINARY = str(pathlib.Path(sys.argv.pop(1)).resolve())
    WORK = pathlib.Path(sys.argv.pop(1)).resolve()
    prepare(HERE, WORK, "openssl")
    for script in ("server.mjs", "browser.mjs"):
        shutil.copy(HERE / script, WORK)
    make_keys(WORK)
    (WORK / "bin").mkdir(exist_ok=True)
    opener = WORK / "bin" / "xdg-open"
    opener.write_text(f'#!/bin/sh\nexec node "{WORK}/browser.mjs" "$1"\n')
    opener.chmod(0o755)
    SERVER = Server(WORK)
    try:
        result = unittest.main(exit=False, verbosity=2).result
    finally:
        SERVER.end()
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
