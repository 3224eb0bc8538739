"""Fault 25: the disk is full, may not be written, is gone; standard streams that are closed."""
import os

from matrix import NOW, REPORT, SAMPLES, Tenant, row, run

GROUP = "local"
FORMATS = ("table", "csv", "json", "jsonl", "markdown", "html", "prometheus", "inventory")


@row("25a", GROUP,
     "/dev/full as standard output, `-o` and `--out`, in every format",
     "exit 6 and one line")
def full_device(place):
    with open("/dev/full", "wb") as full:
        for form in FORMATS:
            with place.subTest(form=form):
                done = run("rank", REPORT, *NOW, "--format", form, stdout=full)
                place.expect_one_line(done, 6)
                done = run("rank", REPORT, *NOW, "--format", form, "-o", "/dev/full")
                place.expect_one_line(done, 6)
                done = run("rank", REPORT, *NOW, "--out", f"{form}=/dev/full")
                place.expect(done, 6)
                place.assertRegex(done.err, r"\A[^\n]*/dev/full: [^\n]*\n\Z")
    return done.err.strip()


@row("25b", GROUP,
     "a disk of 64 kB (tmpfs) for `--out`",
     "exit 6 and one line; the old file is there, no half one")
def small_disk(place):
    disk, before = place.small_disk("64k")
    done = run("rank", SAMPLES / "contoso", *NOW, "--store", "none", "--out", f"json={disk}/old",
               before=before)
    place.expect(done, 6)
    place.assertRegex(done.err, r"\A[^\n]*disk/old: [^\n]+\n\Z")
    place.assertTrue(done.out.endswith("--- old old \n"), done.out[-200:])
    return done.err.strip()


@row("25c", GROUP,
     "a disk of 64 kB for the history",
     "the report is shown, exit 6, one line; nothing else is hurt")
def small_disk_for_history(place):
    disk, before = place.small_disk("64k")
    done = run("rank", SAMPLES / "contoso", *NOW, "--store", f"{disk}/history.sqlite",
               before=before)
    place.expect(done, 6)
    place.assertIn("erp@contoso.com", done.out)
    place.assertIn("the report itself is written", done.err)
    place.assertIn("--- old ", done.out)
    return done.err.strip()


@row("25d", GROUP, "a disk of 64 kB for all that a scan keeps (windows of sign-ins and history)",
     "the ranking is the same bytes; what could not be kept is told: 0 or 6")
def small_disk_for_state(place):
    disk, before = place.small_disk("64k")
    tenant = Tenant(place)
    done = tenant.scan(before=before, XDG_STATE_HOME=str(disk))
    place.assertIn(done.code, (0, 6), done.err)
    place.expect_same_ranking(done._replace(code=0))
    if done.code == 6:
        place.assertIn("the report itself is written", done.err)
    return f"exit {done.code}: {done.err.strip().splitlines()[-1]}"


@row("25e", GROUP, "a folder that may not be written, as an unprivileged user",
     "exit 6 and one line; the old file is as it was")
def read_only(place):
    target = place.folder / "read-only"
    target.mkdir()
    old = target / "out.csv"
    old.write_text("old")
    target.chmod(0o555)
    before, (binary, report) = place.as_nobody(REPORT)
    for out in (["--out", f"csv={old}"], ["--store", target / "history.sqlite"]):
        done = run("rank", report, *NOW, *out, binary=binary, before=before)
        place.expect(done, 6)
        place.assertRegex(done.err, r"\A[^\n]*read-only[^\n]*\n\Z")
    place.assertEqual(old.read_text(), "old")
    place.assertEqual(os.listdir(target), ["out.csv"])
    return done.err.strip()


@row("25f", GROUP, "standard output, standard input, standard error closed",
     "6, 2, and the same ranking; never a file of the program's in their place")
def closed_streams(place):
    def closed(redirection, *args):
        return run(*args, before=["sh", "-c", f'exec "$@" {redirection}', "sh"])
    out = place.folder / "run.json"
    place.expect(closed(">&-", "rank", REPORT, *NOW), 6)
    place.expect(closed("<&-", "rank", "-", *NOW), 2)
    whole = run("rank", REPORT, *NOW, "--format", "json").out
    place.expect(closed("2>&-", "rank", REPORT, *NOW, "--out", f"json={out}"), 0)
    place.assertEqual(out.read_bytes().decode(), whole)
    # All closed: the first files that are opened get the numbers of the standard streams.
    out.unlink()
    done = closed("<&- >&- 2>&-", "rank", REPORT, *NOW, "--format", "json", "-o", out)
    place.assertEqual(done.code, 0)
    place.assertEqual(out.read_bytes().decode(), whole)
    return "6, 2, 0, 0"


@row("25g", GROUP, "`| head -1`, in every format", "quiet: exit 0, nothing on standard error")
def head(place):
    for form in FORMATS:
        with place.subTest(form=form):
            script = '"$@" | head -1 | wc -l; exit "${PIPESTATUS[0]}"'
            done = run("rank", REPORT, *NOW, "--format", form, "--top", "0",
                       before=["bash", "-c", script, "bash"])
            place.expect(done, 0)
            place.assertEqual((done.out, done.err), ("1\n", ""))
    return f"{len(FORMATS)} formats"


@row("25h", GROUP,
     "`ulimit -f`: a file may have 4 kB",
     "exit 6 and one line; the old file, no half one")
def file_limit(place):
    old = place.file("out.json", "old")
    done = run("rank", REPORT, *NOW, "--out", f"json={old}",
               before=["sh", "-c", 'ulimit -f 8; exec "$@"', "sh"])
    place.expect(done, 6)
    place.assertRegex(done.err, r"\A[^\n]*out\.json: [^\n]*\n\Z")
    place.assertEqual(old.read_text(), "old")
    place.expect_only("out.json")
    return done.err.strip()
