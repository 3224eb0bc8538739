"""Faults 6 to 13: what breaks on the way; and a proxy of our own that cuts and delays."""
import subprocess
import unittest

from matrix import SIGN_INS, Tenant, USERS, fault, row, run
from wire import CuttingProxy, deaf_port

GROUP = "transport"


def once_and_for_ever(place, action, *words, requests=None):
    """The fault once: one more request, the same bytes. For ever: bounded, told, never empty."""
    tenant = Tenant(place, fault(USERS, action, nth=1), speed=20)
    place.expect_undisturbed(tenant.scan())
    place.assertEqual(len(tenant.asked(USERS)), 2)
    place.assertGreater(tenant.gaps(USERS)[0], 0.1)
    tenant = Tenant(place, fault(USERS, action), speed=100)
    reason = place.expect_failed(tenant.scan(), "users", *words, codes=(3,))
    count = len(tenant.asked(USERS))
    place.assertEqual(count, requests or 16)
    return f"once: 2 requests; for ever: {count} requests, exit 3, {reason.split(': ', 1)[1]}"


@row("6", GROUP, "a body shorter than its Content-Length, once and for ever",
     "asked again, the same bytes; for ever: exit 3, never an empty page")
def short_body(place):
    return once_and_for_ever(place, "cut_length", "the answer was cut short")


@row("7", GROUP, "a chunked body that is cut, once and for ever",
     "asked again, the same bytes; for ever: exit 3, never an empty page")
def cut_chunks(place):
    return once_and_for_ever(place, "cut_chunked", "cut short")


@row("8", GROUP, "no length and the JSON is cut (libcurl says OK), once and for ever",
     "asked again, the same bytes; for ever: exit 3, never an empty page")
def cut_json(place):
    return once_and_for_ever(place, "cut_close", "the answer is cut or unreadable")


@row("9a", GROUP, "a reset before the first byte, once and for ever",
     "asked again after a wait, the same bytes; for ever: exit 3")
def reset(place):
    return once_and_for_ever(place, "reset")


@row("9b", GROUP, "a reset in mid-body, once and for ever",
     "asked again after a wait, the same bytes; for ever: exit 3")
def reset_midway(place):
    return once_and_for_ever(place, "reset_midway")


@row("9c", GROUP, "an empty reply, once and for ever",
     "asked again after a wait, the same bytes; for ever: exit 3")
def empty_reply(place):
    return once_and_for_ever(place, "empty_reply", "closed without an answer")


@row("9d", GROUP, "a kept connection that dies when the next page is asked for on it",
     "asked again by the program, not by libcurl: after a wait, under a new client-request-id")
def dead_connection(place):
    tenant = Tenant(place, fault(USERS, "empty_reply", nth=2),
                    {"path": USERS, "action": "short_page", "rows": 20}, speed=20)
    done = tenant.scan("-v")
    place.expect_undisturbed(done)
    asked = f"GET https://graph.microsoft.com{USERS}"
    lines = [line for line in done.err.splitlines() if asked in line]
    ids = [line.split("client-request-id ")[1].split(",")[0] for line in lines]
    place.assertEqual(len(ids), len(tenant.asked(USERS)))
    place.assertEqual(len(set(ids)), len(ids))
    place.assertEqual(sum(": failed: " in line for line in lines), 1)
    return f"{len(ids)} requests, {len(ids)} ids, 1 of them told as failed"


@row("10a", GROUP, "a slow body, 20 kB a second", "it goes on, so it is taken; one request")
def slow_body(place):
    tenant = Tenant(place, fault(USERS, "slow_body", bytes=20_000))
    place.expect_undisturbed(tenant.scan())
    place.assertEqual(len(tenant.asked(USERS)), 1)
    return "1 request"


@row("10b", GROUP, "a body that stops half-way and says no more",
     "given up after 30 s, asked again; the same bytes")
def stalled_body(place):
    tenant = Tenant(place, fault(USERS, "stall", nth=1))
    done = tenant.scan("-v")
    place.expect_undisturbed(done)
    place.assertIn("the answer stopped half-way", done.err)
    gap = tenant.gaps(USERS)[0]
    place.assertTrue(29 < gap < 90, gap)
    return f"given up after {gap:.0f} s, 2 requests"


@row("11a", GROUP, "a connection that is refused (a proxy's port on which nobody listens)",
     "a few attempts, then exit 5 and one line with the way out; nothing written")
def refused(place):
    with deaf_port() as port:
        tenant = Tenant(place, speed=100)
        done = tenant.scan("-q", HTTPS_PROXY=f"http://127.0.0.1:{port}")
    place.expect_one_line(done, 5)
    place.assertIn("--proxy", done.err)
    place.expect_only()
    return done.err.strip()


@row("11b", GROUP, "no network at all (`unshare -n`)", "exit 5 and one line; nothing written")
def no_network(place):
    if subprocess.run(["unshare", "-n", "true"], stderr=subprocess.DEVNULL,
                      check=False).returncode != 0:
        raise unittest.SkipTest("no right to take the network away here")
    tenant = Tenant(place, speed=100)
    env = tenant.environment()
    del env["HTTPS_PROXY"]
    done = run(*tenant.command("-q", "--out", f"json={place.folder}/run.json")[1:], env=env,
               before=["unshare", "-n"])
    place.expect_one_line(done, 5)
    place.assertIn("login.microsoftonline.com", done.err)
    place.expect_only()
    return done.err.strip()


@row("11c", GROUP,
     "a proxy whose name is not in DNS",
     "exit 5; the proxy's name is to blame, and said so")
def no_name(place):
    tenant = Tenant(place, speed=100)
    # ".invalid" is never a name (RFC 6761).
    done = tenant.scan("-q", HTTPS_PROXY="http://no-such-proxy.invalid:3128")
    place.expect_one_line(done, 5)
    place.assertIn("the proxy's name is not in DNS", done.err)
    return done.err.strip()


@row("12", GROUP, "an answer that is not HTTP, once and for ever",
     "asked again, the same bytes; for ever: 5 attempts, exit 3")
def not_http(place):
    return once_and_for_ever(place, "not_http", "the answer is not HTTP", requests=5)


@row("13a", GROUP, "200 with HTML from Graph (a captive portal), once and for ever",
     "asked again, the same bytes; for ever: 5 attempts, exit 3, the portal is named")
def portal(place):
    return once_and_for_ever(place, "html", "captive portal", requests=5)


@row("13b", GROUP,
     "200 with HTML from the token endpoint",
     "exit 5; the portal is named, the secret is not")
def portal_at_sign_in(place):
    tenant = Tenant(place, fault("/token", "html"), speed=100)
    done = tenant.scan("-q")
    place.expect_one_line(done, 5)
    place.assertIn("captive portal", done.err)
    place.assertEqual(tenant.asked("graph"), [])
    return done.err.strip()


@row("p1", "proxy", "a proxy that resets a dozen connections, each after a seeded number of bytes",
     "every cut is survived: the same bytes as undisturbed")
def cutting_proxy(place):
    tenant = Tenant(place, {"path": USERS, "action": "short_page", "rows": 6},
                    {"path": SIGN_INS, "action": "short_page", "rows": 60}, speed=50)
    with CuttingProxy(int(tenant.proxy), cuts=12, spared=1, seed=20261124) as proxy:
        done = tenant.scan("-v", HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
        place.expect_undisturbed(done)
        place.assertGreater(proxy.cut, 7, "it had no chance to cut")
        place.expect_own_hosts(tenant)
        return f"{proxy.connections} connections, {proxy.cut} of them cut"


@row("p2", "proxy",
     "a proxy that brings every 1,000 bytes 2 ms late, in pieces of 7 to 1,000 bytes",
     "the same bytes as undisturbed; nothing asked twice")
def delaying_proxy(place):
    tenant = Tenant(place)
    with CuttingProxy(int(tenant.proxy), delay=0.002, seed=1) as proxy:
        place.expect_undisturbed(tenant.scan(HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}"))
        place.assertEqual(len(tenant.asked(USERS)), 1)
        return f"{proxy.pieces} pieces"


@row("p3", "proxy", "a proxy that answers CONNECT with 502, 502, a close, and what is not HTTP",
     "asked again until it lets us through; the same bytes")
def moody_proxy(place):
    tenant = Tenant(place, speed=20)
    moods = [b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"] * 2 + [b"", b"SSH-2.0-x\r\n"]
    with CuttingProxy(int(tenant.proxy), moods=moods[:3]) as proxy:
        place.expect_undisturbed(tenant.scan(HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}"))
    with CuttingProxy(int(tenant.proxy), moods=moods[3:] * 99) as proxy:
        done = tenant.scan("-q", HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
    place.expect_one_line(done, 5)
    return f"through at the fourth connection; only nonsense: exit 5, {done.err.strip()}"


@row("p4", "proxy", "a proxy that wants a password (407), and one that forbids the host (403)",
     "not asked again, for that can lock an account; exit 5 or 4 and one line")
def forbidding_proxy(place):
    seen = []
    for answer in (b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                   b"Proxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
                   b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"):
        tenant = Tenant(place)
        with CuttingProxy(int(tenant.proxy), moods=[answer] * 99) as proxy:
            done = tenant.scan("-q", HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
            place.expect_one_line(done, 5)
            place.assertEqual(proxy.connections, 1)
        seen.append(done.err.strip().rsplit(": ", 1)[1])
    return "; ".join(seen)
