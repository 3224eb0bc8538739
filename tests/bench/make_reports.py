#!/usr/bin/env python3
"""Makes SmtpCSReport files from a seed, and the right totals beside them.

  make_reports.py FOLDER --files 50 --rows 100000 --senders 2000 --days 90

writes FOLDER/report-00.csv … and FOLDER/truth.json: {"rows", "accounts", "messages": {"basic",
"oauth", "unknown"}}. With --repeat N each row is followed by N - 1 others of the same sender,
method, client and day, so that two sets differ in the number of their rows and in
nothing that a ranking counts by. The files follow each other in time: file 0 has the first days.
"""
import argparse
import datetime as dt
import json
import pathlib

METHODS = {"basic": "Basic", "oauth": "OAuth", "unknown": "Kerberos"}
TLS = [("TLS1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"), ("TLS1.3", "TLS_AES_256_GCM_SHA384"),
       ("TLS1.0", "TLS_RSA_WITH_AES_128_CBC_SHA")]
LAST = dt.date(2026, 11, 22)
KINDS = ["scan", "erp", "alerts", "backup", "app", "noreply", "ups", "fax"]


class Numbers:
    """A small generator (xorshift64*), so that the files are the same under every Python."""

    def __init__(self, seed):
        self.state = seed * 2654435761 % 2**64 or 1

    def below(self, limit):
        s = self.state
        s ^= s >> 12
        s = (s ^ (s << 25)) % 2**64
        self.state = s ^ (s >> 27)
        return (self.state * 2685821657736338717 % 2**64 >> 32) % limit


def protocol_of(sender, numbers):
    """Each third sender uses OAuth, each fifth both; a few rows do not tell."""
    if numbers.below(200) == 0:
        return "unknown"
    if sender % 5 == 0:
        return "basic" if numbers.below(2) else "oauth"
    return "oauth" if sender % 3 == 0 else "basic"


def client_of(sender, which):
    if sender % 11 == 0:
        return f"2001:db8:{sender % 65536:x}:{which}::25"
    # The documentation ranges are small: many senders share an address, as behind a NAT.
    return f"{('192.0.2', '198.51.100', '203.0.113')[which % 3]}.{1 + (sender * 7 + which) % 254}"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--rows", type=int, default=100_000, help="of each file")
    parser.add_argument("--repeat", type=int, default=1, help="--rows counts the repeated ones too")
    parser.add_argument("--senders", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--encoding", choices=["utf-8", "utf-16"], default="utf-16")
    options = parser.parse_args()

    options.folder.mkdir(parents=True, exist_ok=True)
    numbers = Numbers(options.seed)
    all_rows = options.files * options.rows
    messages = dict.fromkeys(METHODS, 0)
    accounts = set()
    row = 0
    rest = Numbers(options.seed + 1)  # what may differ between the repeated rows
    for file in range(options.files):
        path = options.folder / f"report-{file:02d}.csv"
        with open(path, "w", encoding=options.encoding, newline="") as out:
            out.write("date,senderName,senderDomain,authMethod,original_client_ip,tls_version,"
                      "tls_cipher,message_count,message_id\r\n")
            for _ in range(options.rows):
                if row % options.repeat == 0:
                    day = LAST - dt.timedelta(
                        days=options.days - 1 - row * options.days // all_rows)
                    # The smaller of two: some senders send much more than others.
                    sender = min(numbers.below(options.senders), numbers.below(options.senders))
                    protocol = protocol_of(sender, numbers)
                    client = client_of(sender, numbers.below(1 + sender % 2))
                    tls, cipher = TLS[sender % 3 if sender % 7 == 0 else 0]
                count = 1 + rest.below(5)
                second = rest.below(86400)
                out.write(f"{day}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z,"
                          f"{KINDS[sender % len(KINDS)]}-{sender:05d},contoso.com,"
                          f"{METHODS[protocol]},{client},"
                          f"{tls},{cipher},{count},<{row:x}@smtp.contoso.com>\r\n")
                messages[protocol] += count
                accounts.add(sender)
                row += 1
    truth = {"rows": row, "accounts": len(accounts), "messages": messages}
    (options.folder / "truth.json").write_text(json.dumps(truth) + "\n", "utf-8")


main()
