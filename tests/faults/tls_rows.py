"""Fault 23: who is at the other end. The fake tenant's own bad ends, and `openssl s_server`."""
import contextlib
import pathlib
import socket
import subprocess

from matrix import SCAN, SIGN_INS, Tenant, USERS, environment, need, row, run
from scan_test import CLIENT
from support import BINARY, TIMEOUT
from wire import TunnelTo

GROUP = "tls"
LOGIN = "login.microsoftonline.com"
SECRET = "SENTINEL-secret"

REASONS = {"unknown_ca": "its certificate is not trusted",
           "wrong_name": "its certificate is for another name",
           "expired": "its certificate has expired",
           "tls_1_0": "TLS 1.2 or better is needed",
           "tls_1_1": "TLS 1.2 or better is needed"}


def bad_end(mode, host):
    return {"action": "tls", "tls": mode, "host": host}


@row("23a", GROUP,
     "Graph with an unknown authority, another name, an expired certificate, TLS 1.0, TLS 1.1",
     "refused before any token is sent, not tried again; exit 5, the reason told")
def graph(place):
    for mode, reason in REASONS.items():
        with place.subTest(mode=mode):
            tenant = Tenant(place, bad_end(mode, "graph.microsoft.com"))
            done = tenant.scan()
            place.assertEqual(done.code, 5, done.err)
            place.assertIn(reason, place.coverage(done, "users")["reason"])
            place.assertEqual(tenant.asked(USERS) + tenant.asked(SIGN_INS), [])
    return f"{len(REASONS)} ends refused, no request to Graph"


@row("23b", GROUP,
     "the same at the sign-in",
     "refused before the secret is sent; exit 5 and one line")
def sign_in(place):
    for mode, reason in REASONS.items():
        with place.subTest(mode=mode):
            tenant = Tenant(place, bad_end(mode, LOGIN))
            done = tenant.scan("-q")
            place.expect_one_line(done, 5)
            place.assertIn(reason, done.err)
            place.assertEqual(tenant.asked(""), [])
    return f"{len(REASONS)} ends refused, no request at all"


class Authority:
    """A certificate authority in a folder, by the openssl program."""

    def __init__(self, folder):
        need("openssl", "openssl")
        self.folder = pathlib.Path(folder)
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj",
                     "/CN=faults", "-keyout", "ca.key", "-out", "ca.crt")
        self.file = self.folder / "ca.crt"

    def openssl(self, *args, before=()):
        subprocess.run([*before, "openssl", *args], cwd=self.folder, check=True,
                       capture_output=True, timeout=TIMEOUT, env=environment(FAKETIME_DONT_FAKE_MONOTONIC="1"))

    def certificate(self, name, host, past=False):
        """NAME.key and NAME.crt for the host; `past`: it ended long ago."""
        if past:
            need("faketime", "faketime")
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={host}", "-keyout",
                     f"{name}.key", "-out", f"{name}.csr")
        (self.folder / f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                     "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out",
                     f"{name}.crt", before=["faketime", "2020-01-01 00:00:00"] if past else [])


@contextlib.contextmanager
def s_server(folder, name, *options):
    """`openssl s_server` with NAME's certificate: its port, and the file of all it was told."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    heard = folder / f"{name}.heard"
    with heard.open("wb") as told, subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", f"{name}.crt", "-key",
             f"{name}.key", *options], cwd=folder, stdin=subprocess.PIPE, stdout=told,
            stderr=subprocess.STDOUT, env=environment()) as server:
        try:
            yield port, heard
        finally:
            server.kill()


def told_to(place, name, authority, *options, trusted=None, host_of_certificate=LOGIN, past=False):
    """What a scan says of such a server at the sign-in; the server must not have heard of it."""
    authority.certificate(name, host_of_certificate, past)
    with s_server(place.folder, name, *options) as (port, heard), TunnelTo(port) as tunnel:
        place.until(lambda: b"ACCEPT" in heard.read_bytes(), "s_server listens")
        env = environment(HTTPS_PROXY=f"http://127.0.0.1:{tunnel.port}",
                          AZURE_TENANT_ID="contoso.onmicrosoft.com", AZURE_CLIENT_ID=CLIENT,
                          AZURE_CLIENT_SECRET=SECRET)
        command = [*SCAN, "-q", "--ca-bundle", trusted or authority.file]
        if name == "good":
            # Nobody answers, so the request is let go once the server has it.
            with place.child([BINARY, *command], env=env) as child:
                place.until(lambda: SECRET.encode() in heard.read_bytes(), "the secret arrives")
                child.terminate()
                child.communicate(timeout=TIMEOUT)
            return None
        done = run(*command, env=env)
        place.expect_one_line(done, 5)
        place.assertNotIn(SECRET.encode(), heard.read_bytes())
        place.assertNotIn(b"POST", heard.read_bytes())
        place.assertEqual(tunnel.connections, 1, "it was tried again")
        return done.err.strip()


@row("23c", GROUP, "`openssl s_server` with a good certificate, to see that the way there is right",
     "the sign-in reaches it: what follows is refused for its certificate alone")
def good_server(place):
    told_to(place, "good", Authority(place.folder))
    return "the server heard the request"


@row("23d", GROUP, "`openssl s_server`: an authority that is not in --ca-bundle",
     "refused; the server hears no request; exit 5 and one line")
def unknown_authority(place):
    authority = Authority(place.folder)
    other = place.folder / "other"
    other.mkdir()
    said = told_to(place, "unknown", authority, trusted=Authority(other).file)
    place.assertIn(REASONS["unknown_ca"], said)
    return said


@row("23e", GROUP, "`openssl s_server`: a certificate for graph.microsoft.com at the sign-in",
     "refused; the server hears no request; exit 5 and one line")
def wrong_name(place):
    said = told_to(place, "wrong", Authority(place.folder),
                   host_of_certificate="graph.microsoft.com")
    place.assertIn(REASONS["wrong_name"], said)
    return said


@row("23f", GROUP, "`openssl s_server`: a certificate that ended in 2020",
     "refused; the server hears no request; exit 5 and one line")
def expired(place):
    said = told_to(place, "expired", Authority(place.folder), past=True)
    place.assertIn(REASONS["expired"], said)
    return said


@row("23g", GROUP,
     "`openssl s_server`: TLS 1.0 alone",
     "refused; the server hears no request; exit 5 and one line")
def old_version(place):
    said = told_to(place, "old", Authority(place.folder), "-tls1", "-cipher", "DEFAULT@SECLEVEL=0")
    place.assertIn(REASONS["tls_1_0"], said)
    return said


@row("23h", GROUP,
     "variables that turn checks off in other programs (CURL_INSECURE, SSL_CERT_DIR,"
     " CURL_CA_BUNDLE, PYTHONHTTPSVERIFY, NODE_TLS_REJECT_UNAUTHORIZED …), and a search for"
     " such an option",
     "none has an effect; no option is called insecure, no-verify or the like")
def no_switch(place):
    tenant = Tenant(place)
    env = tenant.environment(CURL_INSECURE="1", SSL_CERT_DIR="/tmp", CURL_CA_BUNDLE=str(tenant.ca),
                             PYTHONHTTPSVERIFY="0", NODE_TLS_REJECT_UNAUTHORIZED="0",
                             GIT_SSL_NO_VERIFY="1", SSL_VERIFY="0", CURL_SSL_BACKEND="none",
                             REQUESTS_CA_BUNDLE=str(tenant.ca))
    done = run(*SCAN, "-q", env=env)
    place.expect_one_line(done, 5)
    place.assertIn("its certificate is not trusted", done.err)
    place.assertEqual(tenant.asked(""), [])
    for command in ("scan", "doctor", "request-report"):
        help_text = run(command, "--help").out
        place.assertNotRegex(help_text, r"(?i)insecure|no-?verify|skip-?(tls|verif)|trust-all")
    for option in ("--insecure", "-k", "--no-verify", "--allow-plain-http"):
        place.expect(run(*SCAN, option), 2)
    return "refused, 0 requests; 4 such options are usage errors"
