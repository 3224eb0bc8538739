#!/usr/bin/env python3
"""Every query that the program can send passes Microsoft's own language service, the npm package
@kusto/language-service-next, against the tables of schemas.json.

  kusto_test.py BINARY WORK_FOLDER

Exit 77: node 20, npm or the package is missing, so nothing was tested.
"""
import json
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from node_packages import prepare  # noqa: E402
SOURCES = HERE.parents[1] / "src" / "sources"
WORKSPACE = "d0d0d0d0-1111-4222-8333-666666666666"
APPS = '"7ab1d382-f21e-4acd-a863-ba3e13f7da61", "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"'
BLANKS = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-22T10:00:00Z", "buckets": "4",
          "bucket": "3", "limit": "50000", "apps": APPS}
# Which tables stand in the blank of each query of advanced hunting.
USER_TABLES = ["EntraIdSignInEvents", "AADSignInEventsBeta"]
APP_TABLES = ["EntraIdSpnSignInEvents", "AADSpnSignInEventsBeta"]
TABLES = {"hunting_tables": USER_TABLES + APP_TABLES, "hunting_sign_ins": USER_TABLES,
          "hunting_oauth_sign_ins": USER_TABLES, "hunting_app_sign_ins": APP_TABLES}
BINARY = WORK = None


def check(queries):
    """{name: [problems]} of [(name, database, text)]."""
    asked = [{"name": name, "database": database, "text": text} for name, database, text in queries]
    answer = subprocess.run(["node", HERE / "check.mjs", WORK], input=json.dumps(asked),
                            capture_output=True, text=True, timeout=300, check=False)
    if answer.returncode != 0:
        raise AssertionError(answer.stderr)
    return {one["name"]: one["problems"] for one in json.loads(answer.stdout)}


def database_of(name):
    return "hunting" if name.startswith("hunting") else "log_analytics"


def files():
    """Each file with its blanks filled, for each table that can stand in it."""
    queries = []
    for path in sorted(SOURCES.glob("*.kql")):
        text = path.read_text()
        for blank, value in BLANKS.items():
            text = text.replace("{%s}" % blank, value)
        for table in TABLES.get(path.stem, [""]):
            queries.append((f"{path.stem} {table}".strip(), database_of(path.stem),
                            text.replace("{table}", table)))
    return queries


def shown(where):
    """The queries as the program prints them."""
    printed = subprocess.run([BINARY, "scan", "--show-query", "--sign-ins-from", where, "--now",
                              "2026-11-22T10:00:00Z"], capture_output=True, text=True, timeout=60,
                             env={"PATH": "/nonexistent", "HOME": "/nonexistent"}, check=False)
    if printed.returncode != 0:
        raise AssertionError(printed.stderr)
    parts = re.split(r"^// --- (.*)\n", printed.stdout, flags=re.M)[1:]
    return [(head, "hunting" if where == "hunting" else "log_analytics", body)
            for head, body in zip(parts[::2], parts[1::2]) if body.strip()]


class Kusto(unittest.TestCase):
    def assert_clean(self, queries):
        for name, problems in check(queries).items():
            self.assertEqual(problems, [], name)

    def test_every_file_is_clean(self):
        queries = files()
        self.assertEqual(len(queries), 3 + 4 + 2 + 2 + 2)
        for name, _, text in queries:
            self.assertNotRegex(text, r"\{[a-z]+\}", name)
        self.assert_clean(queries)

    def test_what_the_program_prints_is_clean(self):
        queries = []
        for where, count in ((f"log-analytics:{WORKSPACE}", 4), ("hunting", 6)):
            printed = shown(where)
            self.assertEqual(len(printed), count, [name for name, _, _ in printed])
            queries += printed
        self.assert_clean(queries)

    def test_each_misspelt_column_is_an_error(self):
        """The checker works, and knows every table: what is wrong is found where it is."""
        wrong = []
        for name, database, text in files():
            for column in ("TimeGenerated", "Timestamp", "UserAgent", "ResourceIdentity",
                           "ApplicationId", "ClientAppUsed"):
                misspelt = re.sub(rf"\b{column}\b", column[:-1] + "x", text, count=1)
                if misspelt != text:
                    wrong.append((f"{name}: {column}", database, misspelt))
        self.assertGreater(len(wrong), 20)
        for name, problems in check(wrong).items():
            self.assertTrue(any(problem.startswith("Error") for problem in problems), name)

    def test_a_table_of_the_other_service_is_an_error(self):
        text = next(text for name, _, text in files() if name == "log_analytics_sign_ins")
        self.assertTrue(check([("x", "hunting", text)])["x"])

    def test_a_type_trap_is_an_error(self):
        """Status is dynamic in one table and a text in the other; a query that forgets it fails."""
        trap = "AADNonInteractiveUserSignInLogs | where LocationDetails.countryOrRegion == 'NL'"
        fine = "SigninLogs | where LocationDetails.countryOrRegion == 'NL'"
        found = check([("trap", "log_analytics", trap), ("fine", "log_analytics", fine)])
        self.assertTrue(found["trap"])
        self.assertEqual(found["fine"], [])


if __name__ == "__main__":
    BINARY, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
    prepare(HERE, WORK)
    unittest.main(argv=[sys.argv[0], "-v"])
