"""Faults 14 to 17, 26, 27: odd contents, pages too large, links to elsewhere, repeated pages."""
import json
import os
import signal
import subprocess

from matrix import SANITIZED, SIGN_INS, Tenant, USERS, fault, row, status
from support import Done

GROUP = "content"
FLAT_MIB = 512 if SANITIZED else 128


@row("14a", GROUP,
     "bad UTF-8; a million levels of nesting",
     "no data, told as unreadable; exit 3, no crash")
def unreadable(place):
    seen = []
    for action, more in (("bad_utf8", {}), ("deep_nesting", {"bytes": 200}),
                         ("deep_nesting", {"bytes": 1_000_000})):
        with place.subTest(action=action, **more):
            tenant = Tenant(place, fault(USERS, action, **more), speed=100)
            seen.append(place.expect_failed(tenant.scan(), "users", "cut or unreadable",
                                            codes=(3,)))
    return seen[0]


@row("14b", GROUP, "the list twice in one answer; a field twice in one row",
     "the last one counts: no row lost, none doubled; the same bytes")
def duplicate_keys(place):
    for field in ("", "userPrincipalName", "id"):
        with place.subTest(field=field):
            place.expect_undisturbed(
                Tenant(place, fault(SIGN_INS, "duplicate_keys", field=field)).scan())
    return "3 scans"


@row("14c", GROUP,
     "null for the instant of a sign-in",
     "that row is left out and named; exit 3, partial")
def null_field(place):
    tenant = Tenant(place, fault(SIGN_INS, "null_field", field="createdDateTime", nth=1))
    done = tenant.scan()
    reason = place.expect_failed(done, "sign_ins", "$.value[", "createdDateTime", state="partial",
                                 codes=(3,))
    return reason


def with_peak(place, tenant):
    """A scan, and the most memory it had, in MiB."""
    with place.child(tenant.command("--format", "json"), env=tenant.environment(),
                     stdout=(place.folder / "out").open("wb"), stderr=subprocess.DEVNULL) as child:
        _, code, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(code)
    done = Done(child.returncode, (place.folder / "out").read_text("utf-8"), "")
    return done, usage.ru_maxrss / 1024


@row("15", GROUP, "a page of 1 GiB; a gzip bomb of 2 GiB",
     f"given up at 32 MiB, asked once, memory flat (under {FLAT_MIB} MiB); exit 3")
def too_large(place):
    peaks = []
    for action, size in (("big_body", 1 << 30), ("gzip_bomb", 2 << 30)):
        with place.subTest(action=action):
            tenant = Tenant(place, fault(USERS, action, bytes=size))
            done, peak = with_peak(place, tenant)
            place.expect_failed(done, "users", "over the limit of 33554432 bytes", codes=(3,))
            place.assertEqual(len(tenant.asked(USERS)), 1)
            place.assertLess(peak, FLAT_MIB)
            peaks.append(f"{peak:.0f} MiB")
    return "peak of the process: " + " and ".join(peaks)


LINKS = ("other_host", "plain_http", "user_info", "user_name", "look_alike", "other_port",
         "other_version", "relative", "itself")


@row("16a", GROUP,
     "a next link to another host, http, `user@host`, a look-alike, another port, another"
     " version, a relative one, itself",
     "refused; nothing and no token is sent there; what came is kept, partial")
def links(place):
    for link in LINKS:
        with place.subTest(link=link):
            tenant = Tenant(place, fault(USERS, "next_link", link=link))
            done = tenant.scan()
            place.expect_failed(done, "users", "link", state="partial", codes=(3,))
            place.assertEqual(len(tenant.asked("/users")), 1)
            place.expect_own_hosts(tenant)
    return f"{len(LINKS)} links refused, 1 request each, 2 hosts"


@row("16b", GROUP,
     "next links in a circle of two",
     "ends at the page already read, partial; exit 3")
def circle(place):
    tenant = Tenant(place, fault(USERS, "next_link", link="cycle"))
    done = tenant.scan()
    place.expect_failed(done, "users", "leads back to a page already read", state="partial",
                        codes=(3,))
    place.assertEqual(len(tenant.asked(USERS)), 2)
    return "2 requests"


@row("16c", GROUP, "a million pages, each with one more behind it",
     "the page limit ends them (100,000; a contract test counts); here SIGTERM does, at once")
def endless(place):
    tenant = Tenant(place, fault(USERS, "next_link", link="endless"), speed=50)
    with place.child(tenant.command("--out", f"json={place.folder}/run.json"),
                     env=tenant.environment()) as child:
        place.until_asked(tenant, USERS, 200)
        seconds = place.end_by(child, signal.SIGTERM)
    place.expect_only()
    return f"after 200 pages and more, ended in {seconds:.1f} s"


@row("17", GROUP, "a redirect of Graph and of the token endpoint to another host",
     "not followed; no token and no secret goes there; told")
def redirects(place):
    tenant = Tenant(place, fault(USERS, "redirect"))
    reason = place.expect_failed(tenant.scan(), "users", "HTTP 302", codes=(3,))
    place.expect_own_hosts(tenant)
    tenant = Tenant(place, fault("/token", "redirect"))
    done = tenant.scan("-q")
    place.assertIn(done.code, (4, 5), done.err)
    place.expect_own_hosts(tenant)
    place.assertEqual(len(tenant.asked("")), 1)
    return f"{reason}; at the sign-in exit {done.code}"


@row("26a", GROUP, "the same page of sign-ins twice; pages that overlap by 7 rows",
     "each row counts once; the same ranking")
def repeated(place):
    told = []
    for action in ("same_page", "overlap"):
        with place.subTest(action=action):
            tenant = Tenant(place, fault(SIGN_INS, action, nth=1, rows=7),
                            fault(SIGN_INS, "short_page", rows=120), speed=20)
            done = tenant.scan()
            place.expect_same_ranking(done)
            place.assertIn(action, {each["fault"] for each in tenant.asked(SIGN_INS)})
            told += json.loads(done.out)["notes"]
    place.assertRegex(told[0], r"^sign-ins: \d+ rows came more than once: counted once$")
    return f"told: {told[0]}"


@row("26b", GROUP, "an empty page with a next link", "not the end; the same ranking")
def empty_page(place):
    tenant = Tenant(place, fault(SIGN_INS, "empty_page", nth=[1, 3]),
                    fault(SIGN_INS, "short_page", rows=120), speed=20)
    place.expect_undisturbed(tenant.scan())
    return f"{len(tenant.asked(SIGN_INS))} requests"


@row("27", GROUP, "half of all requests fail in ten ways, over 200 pages",
     "the same bytes as undisturbed")
def half_fail(place):
    plan = []
    for path in (SIGN_INS, USERS):
        for n, action in enumerate(("reset_midway", "cut_length", "cut_chunked", "cut_close",
                                    "html", "reset", 429, 500, 503, 504), 20):
            one = fault(path, action) if isinstance(action, str) else status(path, action)
            one.update(probability=0.07, seed=n, max_in_a_row=2)
            if action == 429:
                one["retry_after"] = "2"
            plan.append(one)
    plan += [fault(SIGN_INS, "short_page", rows=3), fault(USERS, "short_page", rows=1)]
    tenant = Tenant(place, *plan, speed=100)
    place.expect_undisturbed(tenant.scan())
    asked = tenant.asked("/")
    asked = [each for each in asked if each["host"] == "graph.microsoft.com"]
    failed = sum(each["fault"] not in ("", "short_page") for each in asked)
    place.assertGreater(len(asked) - failed, 150)
    place.assertGreater(failed * 10, len(asked) * 4)
    return f"{len(asked)} requests, {failed} of them failed"
