#!/usr/bin/env python3
"""Makes SmtpCSReport files or SMTP AUTH clients tables from a seed, and the right answer beside them.

  make_reports.py FOLDER --files 50 --rows 100000 --senders 2000 --days 90

writes FOLDER/report-00.csv … and FOLDER/truth.json: {"rows", "accounts", "messages": {"basic",
"oauth", "unknown"}}. With --repeat N each row is followed by N - 1 others of
the same sender, method, client and day, so that two sets differ in the number of their rows and in
nothing that a ranking counts by. The files follow each other in time: file 0 has the first days.
With --kind table the same messages are added up to one table without dates, FOLDER/table.csv.
"""
import argparse
import collections
import datetime as dt
import ipaddress
import json
import pathlib

METHODS = {"basic": "Basic", "oauth": "OAuth", "unknown": "Kerberos"}
PROTOCOLS = {"basic": "Basic Authentication", "oauth": "OAuth", "unknown": "Kerberos"}
TLS = [("TLS1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"), ("TLS1.3", "TLS_AES_256_GCM_SHA384"),
       ("TLS1.0", "TLS_RSA_WITH_AES_128_CBC_SHA")]
LAST = dt.date(2026, 11, 22)
KINDS = ["scan", "erp", "alerts", "backup", "app", "noreply", "ups", "fax"]
REPORT_HEADER = ["date", "senderName", "senderDomain", "authMethod", "original_client_ip",
                 "tls_version", "tls_cipher", "message_count", "message_id"]
PERCENT = {"en": "percentage", "it": "percentuale", "fr": "pourcentage", "de": "Prozentsatz",
           "es": "porcentaje"}
TABLE_CAPTIONS = {  # sender, domain, protocol, messages
    "en": ["Sender address", "Domain", "Authentication Protocol", "Messages sent"],
    "it": ["Indirizzo del mittente", "Dominio", "Protocollo di autenticazione",
           "Messaggi inviati"],
    "fr": ["Adresse de l’expéditeur", "Domaine", "Protocole d’authentification",
           "Messages envoyés"],
    "de": ["Absenderadresse", "Domäne", "Authentifizierungsprotokoll", "Gesendete Nachrichten"],
    "es": ["Dirección del remitente", "Dominio", "Protocolo de autenticación",
           "Mensajes enviados"],
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
LINE_ENDS = {"crlf": "\r\n", "lf": "\n", "cr": "\r"}

Row = collections.namedtuple("Row", "day second sender protocol client tls cipher count number")
Form = collections.namedtuple("Form", "encoding delimiter line_end language")


def all_forms():
    """Every encoding with every delimiter and line end; the languages take turns."""
    languages = list(TABLE_CAPTIONS)
    forms = [(encoding, delimiter, line_end) for encoding in ENCODINGS
             for delimiter in DELIMITERS for line_end in LINE_ENDS]
    return [Form(*form, languages[i % len(languages)]) for i, form in enumerate(forms)]


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


def device_of(client):
    address = ipaddress.ip_address(client)
    if address.version == 4:
        return client
    return str(ipaddress.ip_network(f"{client}/64", strict=False))


def sender_name(sender):
    return f"{KINDS[sender % len(KINDS)]}-{sender:05d}"


def make_rows(total, senders, days, repeat=1, seed=1):
    numbers = Numbers(seed)
    rest = Numbers(seed + 1)  # what may differ between the repeated rows
    for number in range(total):
        if number % repeat == 0:
            day = LAST - dt.timedelta(days=days - 1 - number * days // total)
            # The smaller of two: some senders send much more than others.
            sender = min(numbers.below(senders), numbers.below(senders))
            protocol = protocol_of(sender, numbers)
            client = client_of(sender, numbers.below(1 + sender % 2))
            tls, cipher = TLS[sender % 3 if sender % 7 == 0 else 0]
        count = 1 + rest.below(5)
        yield Row(day, rest.below(86400), sender, protocol, client, tls, cipher, count, number)


class Truth:
    """What a ranking of the rows must count."""

    def __init__(self):
        self.rows = 0
        self.messages = dict.fromkeys(METHODS, 0)
        self.by_account = {}

    def add(self, row):
        self.rows += 1
        self.messages[row.protocol] += row.count
        account = self.by_account.setdefault(row.sender, {
            "messages": dict.fromkeys(METHODS, 0), "clients": set(), "last": {},
            "tls": collections.Counter()})
        account["messages"][row.protocol] += row.count
        account["clients"].add(row.client)
        account["last"][row.protocol] = str(row.day)
        account["tls"][row.tls, row.protocol] += row.count

    def document(self):
        return {"rows": self.rows, "accounts": len(self.by_account), "messages": self.messages,
                "by_account": {
                    f"{sender_name(sender)}@contoso.com": {
                        "messages": account["messages"],
                        "addresses": sorted({device_of(c) for c in account["clients"]}),
                        "last_basic": account["last"].get("basic"),
                        "last_oauth": account["last"].get("oauth")}
                    for sender, account in sorted(self.by_account.items())}}


def report_row(row):
    s = row.second
    return [f"{row.day}T{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}Z", sender_name(row.sender),
            "contoso.com", METHODS[row.protocol], row.client, row.tls, row.cipher, str(row.count),
            f"<{row.number:x}@smtp.contoso.com>"]


def table_rows(truth):
    """One row for each sender and protocol that it used, and the messages as a portal writes
    them: grouped by a no-break space where they are a thousand or more."""
    for sender, account in sorted(truth.by_account.items()):
        for protocol, count in account["messages"].items():
            if count == 0:
                continue
            shares = [100 * account["tls"][name, protocol] / count for name in
                      ("TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3")]
            yield [f"{sender_name(sender)}@contoso.com", "contoso.com", PROTOCOLS[protocol],
                   *(f"{share:.1f}" for share in shares), f"{count:,}".replace(",", "\u00a0")]


def table_header(language):
    sender, domain, protocol, messages = TABLE_CAPTIONS[language]
    return [sender, domain, protocol,
            *(f"TLS 1.{v} ({PERCENT[language]})" for v in range(4)), messages]


def write(path, form, header, records):
    delimiter, line_end = DELIMITERS[form.delimiter], LINE_ENDS[form.line_end]
    with open(path, "w", encoding=form.encoding, newline="") as out:
        if form.encoding in ("utf-16-le", "utf-16-be"):
            out.write("\ufeff")
        out.write(delimiter.join(header) + line_end)
        for record in records:
            out.write(delimiter.join(record) + line_end)


def write_kind(path, kind, form, rows, truth):
    if kind == "table":
        write(path, form, table_header(form.language), table_rows(truth))
    else:
        write(path, form, REPORT_HEADER, map(report_row, rows))


def differences(document, truth, kind):
    """What a run document says otherwise than the truth: a list of lines."""
    out = []

    def compare(what, found, wanted):
        if found != wanted:
            out.append(f"{what}: {found}, not {wanted}")

    compare("accounts", document["summary"]["accounts"], truth["accounts"])
    compare("messages", document["summary"]["messages"], truth["messages"])
    rows = {row["id"]: row for row in document["accounts"]}
    compare("ids", sorted(rows), sorted(truth["by_account"]))
    for name, wanted in truth["by_account"].items():
        row = rows.get(name)
        if row is None:
            continue
        compare(name, row["messages"], wanted["messages"])
        compare(f"{name}: TLS", sum(row["tls"].values()), sum(wanted["messages"].values()))
        if kind == "table":
            continue
        compare(f"{name}: addresses", sorted(row["addresses"]), wanted["addresses"])
        for last in ("last_basic", "last_oauth"):
            compare(f"{name}: {last}", row[last] and row[last][:10], wanted[last])
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--kind", choices=["report", "table"], default="report")
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--rows", type=int, default=100_000, help="of each file")
    parser.add_argument("--repeat", type=int, default=1, help="--rows counts the repeated ones too")
    parser.add_argument("--senders", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--encoding", choices=ENCODINGS, default="utf-16")
    parser.add_argument("--delimiter", choices=DELIMITERS, default="comma")
    parser.add_argument("--line-end", choices=LINE_ENDS, default="crlf")
    parser.add_argument("--language", choices=TABLE_CAPTIONS, default="en", help="of a table")
    options = parser.parse_args()

    options.folder.mkdir(parents=True, exist_ok=True)
    form = Form(options.encoding, options.delimiter, options.line_end, options.language)
    truth = Truth()
    rows = make_rows(options.files * options.rows, options.senders, options.days, options.repeat,
                     options.seed)

    def told(count):
        for _ in range(count):
            row = next(rows)
            truth.add(row)
            yield row

    if options.kind == "table":
        collections.deque(told(options.files * options.rows), maxlen=0)
        write_kind(options.folder / "table.csv", "table", form, (), truth)
    else:
        for file in range(options.files):
            write_kind(options.folder / f"report-{file:02d}.csv", "report", form,
                       told(options.rows), truth)
    document = truth.document()
    del document["by_account"]
    (options.folder / "truth.json").write_text(json.dumps(document) + "\n", "utf-8")


if __name__ == "__main__":
    main()
