"""Faults 1 to 5: what the service asks to wait for, and what is asked again."""
import json

from matrix import SIGN_INS, Tenant, USERS, row, status

GROUP = "throttling"
# A wait is never shorter than told. Longer by this much is this machine's doing, not the program's.
LATE = 4


@row("1", GROUP, "429 with `Retry-After: 2`", "waits 2 s, asks once more; the same bytes")
def retry_after_seconds(place):
    tenant = Tenant(place, status(USERS, 429, nth=1, retry_after="2"))
    place.expect_undisturbed(tenant.scan())
    gaps = tenant.gaps(USERS)
    place.assertEqual(len(gaps), 1)
    place.assertTrue(2 <= gaps[0] < 2 + LATE, gaps)
    return f"waited {gaps[0]:.1f} s, 2 requests"


@row("2", GROUP, "429 with `Retry-After` as an HTTP date 4 s ahead",
     "waits until that second, asks once more; the same bytes")
def retry_after_date(place):
    tenant = Tenant(place, status(USERS, 429, nth=1, retry_after="date+4"))
    place.expect_undisturbed(tenant.scan())
    gaps = tenant.gaps(USERS)
    place.assertEqual(len(gaps), 1)
    place.assertTrue(3 <= gaps[0] < 4 + LATE, gaps)  # a date has whole seconds
    return f"waited {gaps[0]:.1f} s, 2 requests"


@row("3", GROUP, "429 with `Retry-After` of `soon`, `-5`, `0`, 10^20 and a date that has passed",
     "backs off: never negative, never over 120 s; the same bytes")
def retry_after_garbage(place):
    values = ("soon", "-5", "0", "100000000000000000000", "date-50")
    tenant = Tenant(place, *(status(USERS, 429, nth=n, retry_after=value)
                             for n, value in enumerate(values, 1)), speed=20)
    place.expect_undisturbed(tenant.scan())
    gaps = tenant.gaps(USERS)
    place.assertEqual(len(gaps), len(values))
    for gap in gaps:
        place.assertTrue(0.1 <= gap < 120 + 20 * LATE, gaps)
    return f"{len(gaps) + 1} requests, waits of {', '.join(f'{gap:.1f}' for gap in gaps)} s"


@row("4", GROUP, "429 for ever from the second page of sign-ins on, `Retry-After: 50`",
     "ends after the 600 s of a request; what came is ranked; exit 3, sign-ins partial")
def throttled_for_ever(place):
    tenant = Tenant(place, status(SIGN_INS, 429, nth=list(range(2, 99)), retry_after="50"),
                    speed=60)
    done = tenant.scan()
    reason = place.expect_failed(done, "sign_ins", "throttled beyond the limit", state="partial",
                                 codes=(3,))
    place.assertNotEqual(json.loads(done.out)["accounts"], [])
    times = {}
    for each in tenant.asked(SIGN_INS)[1:]:
        times.setdefault(each["query"], []).append(each["ms"] / 1000)
    spans = [asked[-1] - asked[0] for asked in times.values()]
    for span in spans:
        place.assertTrue(500 < span < 600 + 60 * LATE, spans)
    given_up = " and ".join(f"{span:.0f} s" for span in spans)
    return f"exit 3, each window given up after {given_up}: {reason.split('(')[0].strip()}"


@row("5a", GROUP,
     "408, 500, 502, 503 and 504, one after another",
     "each is asked again; the same bytes")
def passing_statuses(place):
    codes = (408, 500, 502, 503, 504)
    tenant = Tenant(place, *(status(USERS, code, nth=n) for n, code in enumerate(codes, 1)),
                    speed=20)
    place.expect_undisturbed(tenant.scan())
    place.assertEqual([each["status"] for each in tenant.asked(USERS)], [*codes, 200])
    return f"{len(codes) + 1} requests"


@row("5b", GROUP,
     "400, 403, 404 and 501",
     "each is asked once and told; the sign-ins are ranked; exit 3")
def lasting_statuses(place):
    for code in (400, 403, 404, 501):
        with place.subTest(code=code):
            tenant = Tenant(place, status(USERS, code))
            done = tenant.scan()
            place.expect_failed(done, "users", f"HTTP {code}", codes=(3,))
            place.assertEqual(place.coverage(done, "sign_ins")["state"], "complete")
            place.assertEqual(len(tenant.asked(USERS)), 1)
    return "1 request each, exit 3, named"
