#!/usr/bin/env python3
"""Makes sign-in rows as Microsoft Graph lists them (JSON Lines, newest first) from a seed, and the
right answer beside them.

  make_sign_ins.py FOLDER --rows 100000 --accounts 20000 --days 30

writes FOLDER/sign-ins.jsonl and FOLDER/truth.json: {"rows", "smtp_rows", "accounts", "sign_ins":
{"ok", "failed"}}. About 1.7 kB a row, with all that a real one carries beside what is read: device,
place, policies. Half of the rows are Authenticated SMTP; a few accounts sign in much more than
others, and a few addresses try many accounts.
"""
import argparse
import collections
import datetime as dt
import json
import pathlib

from make_reports import Numbers

END = dt.datetime(2026, 11, 22, 23, 59, 59)
EXCHANGE = ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000")
OTHERS = ["Browser", "Mobile Apps and Desktop clients", "Exchange ActiveSync", "IMAP4", "POP3"]
AGENTS = ["BAV2ROPC", "CBAInPROD", "Ricoh MP C3004ex", "KONICA MINOLTA bizhub C368",
          "python-smtplib/3.11", "System.Net.Mail 4.0", "SAP NetWeaver 7.50", ""]
BROWSER = ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
           "Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0")
FAILURES = {
    50126: "Error validating credentials due to invalid username or password.",
    53003: "Access has been blocked by Conditional Access policies. The access policy does not "
           "allow token issuance.",
    50053: "The account is locked, you've tried to sign in too many times with an incorrect user "
           "ID or password.",
}
PLACES = [("Utrecht", "Utrecht", "NL", 52.09083, 5.12222), ("Zürich", "Zürich", "CH", 47.36667, 8.55),
          ("São Paulo", "São Paulo", "BR", -23.5475, -46.63611), ("東京", "東京都", "JP", 35.6895, 139.69171),
          ("Chicago", "Illinois", "US", 41.85003, -87.65005)]
POLICIES = ["Block legacy authentication", "Require MFA for all users", "Require compliant device",
            "Block access by location", "Sign-in frequency", "Allow SMTP AUTH from scanners"]

Row = collections.namedtuple("Row", "document account is_smtp is_ok")


def guid(numbers):
    text = "".join(f"{numbers.below(2**32):08x}" for _ in range(4))
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def address_of(number):
    if number % 9 == 0:
        return f"2001:db8:{number % 65536:x}:{number // 65536:x}::25"
    return f"{(20, 40, 52, 81, 185)[number % 5]}.{number // 256 % 256}.{number % 256}.{1 + number % 251}"


def policies(numbers, is_blocked):
    start = numbers.below(len(POLICIES))
    for place in range(numbers.below(len(POLICIES))):
        which = (start + place) % len(POLICIES)
        result = "failure" if is_blocked and place == 0 else "notApplied"
        yield {"id": f"{which:08x}-7ea1-4e16-a81a-53a453fd6ec2", "displayName": POLICIES[which],
               "enforcedGrantControls": ["Block" if which % 3 == 0 else "Mfa"],
               "enforcedSessionControls": [], "result": result}


def make_rows(total, accounts, days, seed=1):
    numbers = Numbers(seed)
    for number in range(total):
        account = min(numbers.below(accounts), numbers.below(accounts))
        is_smtp = numbers.below(2) == 0
        is_guess = numbers.below(33) == 0
        code = 0
        if is_guess or numbers.below(20) == 0:
            code = list(FAILURES)[numbers.below(len(FAILURES))]
        client = numbers.below(200) if is_guess else 1000 + account * 3 + numbers.below(1 + account % 3)
        at = END - dt.timedelta(seconds=days * 86400 * number // total)
        city, state, country, latitude, longitude = PLACES[account % len(PLACES)]
        applied = list(policies(numbers, code == 53003))
        is_managed = not is_smtp
        name = f"user{account:06d}"
        document = {
            "id": guid(numbers), "createdDateTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "userDisplayName": f"Jürgen {account}", "userPrincipalName": f"{name}@contoso.com",
            "userId": f"{account:08x}-4a6c-4fce-8be0-dc27bec344ce", "appId": EXCHANGE[1],
            "appDisplayName": EXCHANGE[0], "ipAddress": address_of(client),
            "clientAppUsed": "Authenticated SMTP" if is_smtp else OTHERS[numbers.below(len(OTHERS))],
            "userAgent": AGENTS[account % len(AGENTS)] if is_smtp else BROWSER,
            "correlationId": guid(numbers),
            "conditionalAccessStatus": "failure" if code == 53003 else "success",
            "isInteractive": not is_smtp, "riskDetail": "none", "riskLevelAggregated": "none",
            "riskLevelDuringSignIn": "none", "riskState": "none", "riskEventTypes": [],
            "riskEventTypes_v2": [], "resourceDisplayName": EXCHANGE[0], "resourceId": EXCHANGE[1],
            "status": {"errorCode": code, "failureReason": FAILURES.get(code, "Other."),
                       "additionalDetails": None if is_smtp or code else
                       "MFA requirement satisfied by claim in the token"},
            "deviceDetail": {"deviceId": guid(numbers) if is_managed else "",
                             "displayName": f"PC-{account:06d}" if is_managed else "",
                             "operatingSystem": "Windows10" if is_managed else "",
                             "browser": "Edge 131.0.0" if is_managed else "",
                             "isCompliant": is_managed, "isManaged": is_managed,
                             "trustType": "Hybrid Azure AD joined" if is_managed else ""},
            "location": {"city": city, "state": state, "countryOrRegion": country,
                         "geoCoordinates": {"altitude": None, "latitude": latitude,
                                            "longitude": longitude}},
            "appliedConditionalAccessPolicies": applied,
        }
        yield Row(document, account, is_smtp, code == 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    accounts = set()
    counts = collections.Counter()
    with open(options.folder / "sign-ins.jsonl", "w", encoding="utf-8", newline="\n") as out:
        for row in make_rows(options.rows, options.accounts, options.days, options.seed):
            out.write(json.dumps(row.document, ensure_ascii=False, separators=(",", ":")) + "\n")
            if row.is_smtp:
                accounts.add(row.account)
                counts[row.is_ok] += 1
    truth = {"rows": options.rows, "smtp_rows": sum(counts.values()), "accounts": len(accounts),
             "sign_ins": {"ok": counts[True], "failed": counts[False]}}
    (options.folder / "truth.json").write_text(json.dumps(truth) + "\n", "utf-8")


if __name__ == "__main__":
    main()
