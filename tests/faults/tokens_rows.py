"""Faults 18 to 22: tokens that end, are refused, or never come."""
from matrix import SIGN_INS, Tenant, USERS, row, status
from scan_test import without, without_licence

GROUP = "tokens"


def tokens(tenant):
    return len(tenant.asked("/token"))


@row("18", GROUP, "401 in mid-pull: the token has been revoked",
     "one new token, the same page again; the same bytes")
def revoked(place):
    tenant = Tenant(place, status(USERS, 401, nth=3, revoke=True),
                    {"path": USERS, "action": "short_page", "rows": 6})
    place.expect_undisturbed(tenant.scan())
    asked = tenant.asked(USERS)
    place.assertEqual([asked[2]["status"], asked[3]["status"]], [401, 200])
    place.assertEqual(asked[3]["query"], asked[2]["query"])
    place.assertLessEqual(tokens(tenant), 3)  # the sign-ins may have met the dead one too
    return f"{tokens(tenant)} tokens, page 3 asked twice"


@row("19", GROUP, "401 for ever", "one new token, then an end: exit 3, told as refused")
def refused_for_ever(place):
    tenant = Tenant(place, status(USERS, 401))
    reason = place.expect_failed(tenant.scan(), "users", "the token was refused (HTTP 401",
                                 codes=(3,))
    place.assertEqual(len(tenant.asked(USERS)), 2)
    return f"2 requests, {tokens(tenant)} tokens, {reason.split(',')[0]})"


@row("20a", GROUP,
     "403: a permission of Graph is missing",
     "named with its id; the others go on; exit 3")
def permission(place):
    tenant = Tenant(place, change=without("User.Read.All"))
    reason = place.expect_failed(tenant.scan(), "users", "grant User.Read.All", codes=(3,))
    place.assertEqual(len(tenant.asked(USERS)), 1)
    return reason


@row("20b", GROUP, "403: the tenant has no licence for sign-in logs",
     "told apart from a permission, and what to export instead; exit 4")
def licence(place):
    tenant = Tenant(place, change=without_licence, speed=20)
    done = tenant.scan("--sources", "sign_ins,users")
    place.assertEqual(done.code, 4, done.err)
    said = " ".join((done.out + done.err).split())
    place.assertIn("no Entra ID P1 or P2 licence", said)
    place.assertNotIn("grant AuditLog.Read.All", said)
    return "exit 4, \"the tenant has no Entra ID P1 or P2 licence\""


@row("20c", GROUP, "InvokeCommand's 403 of 512 NUL bytes",
     "a role that is missing, named; no NUL shown; Graph goes on; exit 3")
def nul_bytes(place):
    tenant = Tenant(place, status("InvokeCommand", 403, body="\0" * 512))
    done = tenant.scan("--sources", "sign_ins,users,transport_config")
    reason = place.expect_failed(done, "transport_config", "role", codes=(3,))
    place.assertNotIn("\0", done.out + done.err)
    place.assertEqual(place.coverage(done, "sign_ins")["state"], "complete")
    return reason


@row("21", GROUP, "the token endpoint refuses: seven AADSTS codes",
     "code and hint in one line, exit 4; no trace id; asked once, nothing else asked")
def sign_in_refused(place):
    cases = ((401, "invalid_client", 7000222, "secret"),
             (401, "invalid_client", 7000215, "secret"),
             (400, "unauthorized_client", 700016, "the application is not in this tenant"),
             (400, "invalid_request", 90002, "no such tenant"),
             (400, "invalid_grant", 53003, "Conditional Access"),
             (401, "invalid_client", 7000112, "disabled"),
             (400, "invalid_client", 999999, "AADSTS999999"))
    for code, error, aadsts, hint in cases:
        with place.subTest(aadsts=aadsts):
            tenant = Tenant(place, status("/token", code, code=error, aadsts=aadsts))
            done = tenant.scan("-q")
            place.expect_one_line(done, 4)
            for word in (f"({error}, AADSTS{aadsts})", hint):
                place.assertIn(word, done.err)
            for word in ("Trace ID", "Correlation", "Timestamp"):
                place.assertNotIn(word, done.err)
            place.assertEqual(len(tenant.asked("")), 1)
    return f"{len(cases)} refusals, 1 request each"


@row("22a", GROUP, "tokens that live for 20 s, pages that take longer",
     "renewed as they end; the same bytes")
def short_life(place):
    tenant = Tenant(place, {"path": SIGN_INS, "action": "short_page", "rows": 40}, speed=40,
                    options=("--no-throttle", "--token-life", "20"))
    place.expect_undisturbed(tenant.scan())
    place.assertGreater(tokens(tenant), 1)
    return f"{tokens(tenant)} tokens for {len(tenant.asked(SIGN_INS))} pages"


@row("22b", GROUP,
     "the service's clock is days behind ours (as in this whole table), and 5 hours more or"
     " less",
     "a client secret does not mind: the same bytes; a refusal says how far the clocks differ")
def skew(place):
    for offset in ("18000", "-18000"):
        with place.subTest(offset=offset):
            tenant = Tenant(place, options=("--no-throttle", "--clock-offset", offset))
            place.expect_undisturbed(tenant.scan())
            done = tenant.scan("-q", AZURE_CLIENT_SECRET="wrong")
            place.expect_one_line(done, 4)
            place.assertIn("this machine's clock is off", done.err)
    return "\"" + done.err[done.err.index("this machine's clock"):].strip() + "\""
