"""Fault 28: kill -9 at random moments."""
import random
import subprocess
import time

from matrix import BINARY, NOW, REPORT, SANITIZED, row, run
from support import TIMEOUT

GROUP = "killed"


@row("28a", "resume", "kill -9 at 20 seeded moments of a scan (`tests/e2e/resume_test.py`)",
     "the next scan goes on and ends in the same bytes")
def scan(place):
    import resume_test
    test = resume_test.Resume("test_a_scan_that_is_killed_at_any_moment_ends_in_the_same_bytes")
    result = test.run()
    place.assertTrue(result is None or result.wasSuccessful(), result and result.failures)
    return f"{resume_test.KILLS} moments"


@row("28b", GROUP,
     "kill -9 at 20 seeded moments of `rank` with a history, one after another on the same"
     " history",
     "it passes its check each time; the next run ends in the same bytes as if nothing had"
     " been")
def history(place):
    store, report = place.folder / "history.sqlite", place.folder / "run.json"
    command = ["rank", REPORT, *NOW, "--store", store, "--out", f"json={report}"]
    begun = time.monotonic()
    place.expect(run("rank", REPORT, *NOW, "--store", place.folder / "other.sqlite", "--out",
                     f"json={report}"), 0)
    length = time.monotonic() - begun
    whole = report.read_bytes()
    told = run("history", "--store", place.folder / "other.sqlite", "--format", "json", *NOW).out
    chance = random.Random(28)
    killed = 0
    for _ in range(20):
        with place.child([BINARY, *command]) as child:
            try:
                child.communicate(timeout=chance.uniform(0.3, 1) * length)
            except subprocess.TimeoutExpired:
                child.kill()
                child.communicate(timeout=TIMEOUT)
                killed += 1
        if store.exists():
            place.expect(run("history", "check", "--store", store), 0)
        place.assertEqual(report.read_bytes(), whole)  # the old one or the same again
    place.assertGreater(killed, 5)
    place.expect(run(*command), 0)
    place.assertEqual(report.read_bytes(), whole)
    place.expect(run("history", "check", "--store", store), 0)
    place.assertEqual(run("history", "--store", store, "--format", "json", *NOW).out, told)
    return f"{killed} of 20 killed, 20 checks passed"
