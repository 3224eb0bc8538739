#!/usr/bin/env python3
"""messages_test.py BINARY: the lines of docs/troubleshooting.md are what the program prints, with
the exit codes it gives; and other lists that documents repeat from the source."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "troubleshooting.md"
BINARY = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else sys.exit(__doc__)

HEADER = ("date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
          "message_count,message_id\n")
ROW = "2026-11-20T08:00:00Z,scan1,contoso.com,Basic,203.0.113.40,TLS1.2,,3,<a1@contoso.com>\n"
FILES = {
    "good.csv": HEADER + ROW,
    "empty.csv": "",
    "book.xlsx": "PK\x03\x04rest of a workbook",
    "other.csv": "hello,world\n1,2\n",
    "date.csv": HEADER + ROW.replace("2026-11-20T08:00:00Z", "2026-13-01"),
    "day.csv": HEADER + ROW.replace("2026-11-20T08:00:00Z", "03/04/2026"),
    "count.csv": HEADER + ROW.replace(",3,", ",x,"),
    "quote.csv": HEADER + '2026-11-20T08:00:00Z,"scan1,contoso',
    "short.csv": HEADER + "2026-11-20T08:00:00Z,scan1\n",
    "nul.csv": HEADER + "\0",
    "columns.csv": "a,b\n1,2\n",
    "class.csv": "match,name,class,owner,site\n203.0.113.7,x,scaner,,\n",
    "key.toml": '[rank]\nformt = "csv"\n',
    "section.toml": '[rnk]\nformat = "csv"\n',
    "broken.toml": "[rank\n",
    "reason.toml": '[[accept]]\nid = "x"\nuntil = 2027-01-31\n',
    "until.toml": '[[accept]]\nid = "x"\nreason = "y"\nuntil = "2027-01-31"\n',
    "open.key": "0123456789012345678901234567890123456789\n",
    "foreign.sqlite": "no database\n",
}
RANK = ["rank", "good.csv", "--now", "2026-11-23T00:00:00Z"]
# The beginning of a line on the page, and a command that prints it.
CASES = {
    "The following argument": ["rank", "good.csv", "--formt", "csv"],
    "--format:": [*RANK, "--format", "cvs"],
    "--window:": [*RANK, "--window", "0"],
    "--now:": ["rank", "good.csv", "--now", "yesterday"],
    "--cutoff:": [*RANK, "--cutoff", "2030-99"],
    '--out: "': [*RANK, "--out", "run.json"],
    "--out: FILE": [*RANK, "--out", "json=a", "--out", "json=a"],
    "--fail-on-new:": [*RANK, "--fail-on-new"],
    "explain: name": ["explain"],
    "explain: no account": ["explain", "nobody@contoso.com", "good.csv"],
    "FILE:LINE:COLUMN: there is no setting": [*RANK, "--config", "key.toml"],
    "FILE:LINE:COLUMN: there is no section": [*RANK, "--config", "section.toml"],
    "FILE:LINE:COLUMN: is not valid TOML": [*RANK, "--config", "broken.toml"],
    'FILE:LINE:COLUMN: "reason"': [*RANK, "--accept", "reason.toml"],
    'FILE:LINE:COLUMN: "until"': [*RANK, "--accept", "until.toml"],
    "FILE: no such file": ["rank", "nothing.csv"],
    "FILE: cannot be opened": [*RANK, "--inventory", "nothing.csv"],
    "FOLDER: the folder holds": ["rank", "folder"],
    "FILE:1:1: the file is empty": ["rank", "empty.csv"],
    "FILE:1:1: looks like": ["rank", "book.xlsx"],
    "FILE:1:1: not a report": ["rank", "other.csv"],
    'FILE:LINE:COLUMN: "TEXT" is not a date': ["rank", "date.csv"],
    'FILE:LINE:COLUMN: "TEXT" may be': ["rank", "day.csv"],
    'FILE:LINE:COLUMN: "TEXT" is not a whole': ["rank", "count.csv"],
    "FILE:LINE:COLUMN: the quote": ["rank", "quote.csv"],
    "FILE:LINE:1: NUMBER fields": ["rank", "short.csv"],
    "FILE:LINE:1: a NUL": ["rank", "nul.csv"],
    "FILE: is a run document": ["rank", "run.json", "good.csv"],
    "FILE:1:1: not valid JSON": ["diff", "run.json", "good.csv"],
    "FILE:LINE: the inventory": [*RANK, "--inventory", "columns.csv"],
    'FILE:LINE:COLUMN: "WORD" is no class': [*RANK, "--inventory", "class.csv"],
    "FILE: others than you": [*RANK, "--redact", "--redact-key", "open.key"],
    "FILE: cannot be written": [*RANK, "-o", "nowhere/list.csv"],
    "gate:": [*RANK, "--fail-on", "info"],
    "FILE: there is no history": ["history", "--store", "none.sqlite"],
    "history: FILE:": [*RANK, "--store", "foreign.sqlite"],
    "history: FOLDER:": [*RANK, "--store", "good.csv/below/history.sqlite"],
    "no tenant": ["scan"],
    "no way to sign in": ["scan", "--tenant", "contoso.com", "--client-id",
                          "a0a0a0a0-1111-4222-8333-555555555555"],
    '"TEXT" is not a tenant': ["scan", "--tenant", "a b", "--client-id", "x"],
    "FILE: the CA bundle": ["scan", "--tenant", "contoso.com", "--auth", "device-code",
                            "--client-id", "a0a0a0a0-1111-4222-8333-555555555555",
                            "--ca-bundle", "nothing.pem"],
}
PROVOKED = ["Options and settings", "Files that are read", "Reports that are written, and the gate",
            "The local history"]
STATIC_TABLE = "Its other lines are rare:"

PLACEHOLDER = re.compile(r"\b(?:FILE|FOLDER|LINE|COLUMN|NUMBER|TEXT|WORD|NAME|KIND|COMMAND|ADDRESS|BAND|"
                         r"HOST|HTTP STATUS|PERMISSION)\b(?!=)")


def rows(text):
    """(line, exit code or None) of each table row that begins with code."""
    for line in text.splitlines():
        found = re.match(r"\| `([^`]+)` \|(?: (\d+) \|)?", line)
        if found:
            yield found[1], int(found[2]) if found[2] else None


def sections():
    parts = re.split(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def pattern(line):
    escaped = re.escape(line).replace("…", ".*")
    protected = escaped.replace("FORMAT=FILE", "FORMAT=F\0LE").replace(
        r"\-\-certificate\ FILE", r"\-\-certificate\ F" + "\0LE")
    return re.compile(PLACEHOLDER.sub(".+?", protected).replace("\0", "I") + r"\Z")


def literals():
    """The string literals of the source, neighbours joined: {file: [text]}."""
    one = r'"((?:[^"\\\n]|\\.)*)"'
    found = {}
    for path in sorted((ROOT / "src").rglob("*.cpp")):
        text = re.sub(r'^#include.*$', "", path.read_text(encoding="utf-8"), flags=re.M)
        joined = re.sub(r'"\s*\n\s*"', "", text)
        found[path.name] = [re.sub(r"\\(.)", r"\1", literal)
                            for literal in re.findall(one, joined)]
    return found


def fragments(line):
    protected = line.replace("--certificate FILE", "--certificate F\0LE")
    parts = re.split(PLACEHOLDER.pattern + r"|…", protected)
    return [part.replace("\0", "I").strip(' :"()') for part in parts if len(part.strip(' :"()')) > 7]


class Troubleshooting(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="smtpaudit-messages-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "folder").mkdir()
        for name, content in FILES.items():
            (self.folder / name).write_bytes(content.encode())
            (self.folder / name).chmod(0o644)

    def run_program(self, args):
        return subprocess.run([BINARY, *args], capture_output=True, text=True, timeout=60,
                              check=False, cwd=self.folder, stdin=subprocess.DEVNULL,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder / "home"),
                                   "XDG_STATE_HOME": str(self.folder / "state"),
                                   **{k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k}})

    def case_of(self, line):
        fitting = [key for key in CASES if line.startswith(key)]
        return CASES[max(fitting, key=len)] if fitting else None

    def test_the_page_shows_what_the_program_prints(self):
        made = self.run_program([*RANK, "--store", "none", "--format", "json", "-o", "run.json"])
        self.assertEqual(made.returncode, 0, made.stderr)
        tried = set()
        for title, text in sections().items():
            for line, code in rows(text.split(STATIC_TABLE)[0]):
                args = self.case_of(line)
                if args is None:
                    self.assertNotIn(title, PROVOKED, f"no case prints: {line}")
                    continue
                with self.subTest(line=line):
                    done = self.run_program(args)
                    said = re.sub(r"^smtpaudit: (error|warning): ", "",
                                  done.stderr.strip().splitlines()[-1])
                    self.assertRegex(said, pattern(line))
                    self.assertEqual(done.returncode, code)
                    tried.add(tuple(args))
        self.assertEqual(len(tried), len(CASES), "a case of this test is not on the page")

    def test_every_other_line_is_in_the_source(self):
        source = [literal for file in literals().values() for literal in file]
        count = 0
        for text in sections().values():
            for line, _ in rows(text):
                if self.case_of(line):
                    continue
                count += 1
                with self.subTest(line=line):
                    parts = fragments(line)
                    self.assertTrue(parts)
                    self.assertEqual([part for part in parts
                                      if not any(part in literal for literal in source)], [])
        self.assertGreater(count, 20)


class Lists(unittest.TestCase):
    """What documents repeat from the source."""

    def test_the_settings_file(self):
        page = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
        section = page.split("## Settings file")[1].split("\n## ")[0]
        documented = {}
        for name, keys in re.findall(r"^\| `\[([a-z-]+)\]` \| (.*) \|$", section, re.M):
            documented[name] = set(re.findall(r"`([a-z-]+)`", keys))
        known = {}
        source = (ROOT / "src/app/config.cpp").read_text(encoding="utf-8")
        for name, key in re.findall(r'\.section = "([^"]+)",\s*\.name = "([^"]+)"', source):
            known.setdefault(name, set()).add(key)
        self.assertEqual(documented, known)

    def test_the_environment(self):
        page = subprocess.run([BINARY, "man"], capture_output=True, text=True, check=True,
                              timeout=60).stdout.replace("\\-", "-")
        section = page.split(".SH ENVIRONMENT")[1].split(".SH ")[0]
        documented = set(re.findall(r"^\.TP\n\\fB(\w+)\\fR$", section, re.M))
        known = set()
        for path in (ROOT / "src").rglob("*.cpp"):
            if path.name == "man_page.cpp":
                continue
            known |= set(re.findall(
                r'"((?:AZURE|AZURESUBSCRIPTION|ACTIONS|SYSTEM|IDENTITY|XDG|SSL_CERT|NO|HTTPS|ALL|HTTP)'
                r'_[A-Z_]+|TERM|HOME)"', path.read_text(encoding="utf-8")))
        self.assertEqual(documented, known)


if __name__ == "__main__":
    unittest.main()
