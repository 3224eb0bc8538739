"""What is around the program: the date, the locale, the time zone, memory."""
import pathlib
import subprocess
import unittest

from matrix import (NOW, REPORT, SAMPLES, SANITIZED, Tenant, environment, need, numbered_rows,
                    report_text, row, run)
from support import TIMEOUT

GROUP = "surroundings"
# A second before and the first of: the cut-off, the default for existing tenants, a leap day, and
# the end of 32-bit time.
MOMENTS = ("2026-12-31 23:59:59", "2027-01-01 00:00:00", "2025-09-30 23:59:59",
           "2025-10-01 00:00:00", "2028-02-29 12:00:00", "2038-01-19 03:14:08")
FORMATS = ("table", "csv", "json", "jsonl", "markdown", "html", "prometheus")


@row("e1", GROUP,
     "the machine's date a second before and after each milestone, on a leap day and after"
     " 2038 (faketime, FAKETIME_DONT_FAKE_MONOTONIC=1)",
     "the same bytes as with `--now` of that instant")
def faketime(place):
    need("faketime", "faketime")
    if SANITIZED:
        raise unittest.SkipTest("a sanitizer and faketime's preload do not go together")
    env = environment(FAKETIME_DONT_FAKE_MONOTONIC="1")
    for moment in MOMENTS:
        with place.subTest(moment=moment):
            now = ["--now", moment.replace(" ", "T") + "Z"]
            for args in (["timeline"], ["rank", REPORT, "--format", "json"]):
                wanted = run(*args, *now)
                place.expect(wanted, 0)
                got = run(*args, env=env, before=["faketime", "-f", moment])
                place.expect(got, 0)
                place.assertEqual(got.out, wanted.out)
    return f"{len(MOMENTS)} moments, timeline and ranking"


WANTED = {}  # by format


def every_format(place, formats=FORMATS, **env):
    for form in formats:
        with place.subTest(form=form):
            args = ["rank", SAMPLES / "contoso", *NOW, "--format", form, "--top", "0",
                    "--store", "none"]  # the rows run side by side
            if form not in WANTED:
                WANTED[form] = run(*args, env=environment(LC_ALL="C.UTF-8"))
            place.expect(WANTED[form], 0)
            place.assertTrue(run(*args, env=environment(**env)) == WANTED[form], "other bytes")


@row("e2", GROUP, "`LC_ALL=tr_TR.UTF-8` (a comma for decimals, and I without its dot)",
     "the same bytes in every format")
def turkish(place):
    if not pathlib.Path("/usr/share/i18n/locales/tr_TR").exists():
        raise unittest.SkipTest("no sources of the locale here (package locales)")
    need("localedef", "libc-bin")
    subprocess.run(["localedef", "-i", "tr_TR", "-f", "UTF-8", place.folder / "tr_TR.UTF-8"],
                   check=True, capture_output=True, timeout=TIMEOUT)
    # glibc never gives back what it keeps of LOCPATH, which the leak check would report.
    env = {"LC_ALL": "tr_TR.UTF-8", "LOCPATH": str(place.folder), "ASAN_OPTIONS": "detect_leaks=0"}
    known = subprocess.run(["locale", "-k", "decimal_point"], env=environment(**env), check=True,
                           capture_output=True, text=True).stdout
    place.assertEqual(known, 'decimal_point=","\n', "the locale is not in force")
    every_format(place, **env)
    return f"{len(FORMATS)} formats"


@row("e3", GROUP, "`TZ=Asia/Kathmandu` (5:45 ahead), Pacific/Kiritimati, America/St_Johns",
     "the same bytes")
def zones(place):
    zones_ = ("Asia/Kathmandu", "Pacific/Kiritimati", "America/St_Johns")
    # Without the time zones of tzdata a name would mean UTC.
    rules = {"Asia/Kathmandu": "XXX-5:45", "Pacific/Kiritimati": "XXX-14",
             "America/St_Johns": "XXX3:30YYY"}
    there = pathlib.Path("/usr/share/zoneinfo").exists()
    for zone, formats in zip(zones_, (FORMATS, ("table", "json"), ("table", "json"))):
        every_format(place, formats, LC_ALL="C.UTF-8", TZ=zone if there else rules[zone])
    tenant = Tenant(place)
    place.expect_undisturbed(tenant.scan(TZ="Asia/Kathmandu" if there else rules["Asia/Kathmandu"]))
    return f"{len(FORMATS)} formats and a scan in the first zone, table and JSON in the others"


@row("e4", GROUP, "`ulimit -v`: from far too little memory to enough, for 100,000 rows",
     "the whole ranking, or exit 6 and one line; never a signal, never half a file")
def little_memory(place):
    if SANITIZED:
        raise unittest.SkipTest("a sanitizer maps terabytes")
    rows = place.file("rows.csv", report_text(*numbered_rows(99_999)))
    out = place.folder / "run.json"
    wanted = run("rank", rows, *NOW, "--format", "json", "--store", "none").out
    seen = []
    for mib in (16, 30, 32, 34, 36, 40, 64, 1024):
        with place.subTest(mib=mib):
            out.unlink(missing_ok=True)
            done = run("rank", rows, *NOW, "--store", "none", "--out", f"json={out}",
                       before=["sh", "-c", f'ulimit -v {mib * 1024}; exec "$@"', "sh"])
            # 127: the loader has no room for the libraries.
            place.assertIn(done.code, (0, 6, 127), done.err)
            if done.code == 0:
                place.assertEqual(out.read_text("utf-8"), wanted)
            else:
                place.assertFalse(out.exists())
            place.expect_only(*(["run.json", "rows.csv"] if done.code == 0 else ["rows.csv"]))
            if done.code == 6:
                place.assertRegex(done.err, r"\A[^\n]*memory[^\n]*\n\Z")
            seen.append(f"{mib} MiB: {done.code}")
    place.assertEqual(done.code, 0)
    return ", ".join(seen)
