"""What a thief on the same machine finds: keys, core files, memory, links, files of others."""
import os
import pathlib
import re
import signal
import stat
import subprocess
import unittest

from matrix import (BINARY, NOW, REPORT, SANITIZED, SIGN_INS, Tenant, USERS, environment, fault,
                    need, row, run, sleeps)
from support import TIMEOUT

GROUP = "hardening"
SECRET = "SENTINEL-secret~1"


def with_secret(spec):
    spec["apps"][0]["secrets"] = [SECRET]


@row("h1", GROUP, "SSLKEYLOGFILE names a file (libcurl would write each connection's keys there)",
     "no file; the same bytes")
def key_log(place):
    tenant = Tenant(place)
    keys = place.folder / "keys"
    place.expect_undisturbed(tenant.scan(SSLKEYLOGFILE=str(keys)))
    place.assertFalse(keys.exists())
    return "no file"


@row("h2", GROUP,
     "a scan that holds a secret, by an unprivileged user with `ulimit -c unlimited`, is"
     " killed by SIGABRT",
     "no core file; its memory, environment and descriptors are closed to others of the same"
     " user")
def core(place):
    tenant = Tenant(place, fault(USERS, "stall"))
    before, (binary,) = place.as_nobody()
    run_in = place.folder / "cwd"
    run_in.mkdir()
    run_in.chmod(0o777)
    tenant.ca.chmod(0o644)
    unlimited = ["sh", "-c", 'ulimit -S -c "$(ulimit -H -c)"; exec "$@"', "sh"]
    command = [*unlimited, *before, binary, *tenant.command()[1:]]
    with place.child(command, env=tenant.environment(), cwd=run_in) as child:
        place.until_asked(tenant, USERS)
        process = pathlib.Path(f"/proc/{child.pid}")
        place.assertEqual(process.joinpath("exe").resolve(), pathlib.Path(binary).resolve())
        limits = process.joinpath("limits").read_text()
        place.assertRegex(limits, r"Max core file size +0 +0 ")
        # The kernel gives what belongs to a process that may not be dumped to root.
        place.assertEqual(process.joinpath("environ").stat().st_uid, 0)
        if before:
            for name in ("mem", "environ", "maps"):
                looked = subprocess.run([*before, "head", "-c1", str(process / name)],
                                        capture_output=True, check=False, timeout=TIMEOUT)
                place.assertNotEqual(looked.returncode, 0, f"{name} can be read")
        child.send_signal(signal.SIGABRT)
        child.communicate(timeout=TIMEOUT)
        place.assertEqual(child.returncode, -signal.SIGABRT)
    place.assertEqual(os.listdir(run_in), [])
    return "limit 0, /proc files are root's, no core file"


def find_in_memory(process, *words):
    """For each word what stands around it, wherever it is in what the process may write to."""
    found = [[] for _ in words]
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for line in pathlib.Path(f"/proc/{process}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            begin, end = (int(part, 16) for part in span.split("-"))
            try:
                held = os.pread(memory.fileno(), end - begin, begin)
            except OSError:
                continue
            for word, places in zip(words, found):
                places += [held[max(0, at.start() - 60):at.end() + 30]
                           for at in re.finditer(re.escape(word), held)]
    return found


@row("h3", GROUP,
     "the memory of a scan, read while a page is on its way (root reads /proc/PID/mem)",
     "the client secret is there once, where it is kept for the next token; of forms and"
     " requests that are over nothing is left, of an answer at most OpenSSL's last record")
def memory(place):
    if os.geteuid() != 0:
        raise unittest.SkipTest("only root can read that memory: which is row h2")
    if SANITIZED:
        raise unittest.SkipTest("a sanitizer keeps what was freed")
    # The users have come and one window of sign-ins; the second is on its way.
    tenant = Tenant(place, fault(SIGN_INS, "stall", nth=2), change=with_secret,
                    options=("--no-throttle", "--token-prefix", "SENTINEL-token-"))
    secret = place.file("secret", SECRET + "\n")
    secret.chmod(0o600)
    env = tenant.environment()
    del env["AZURE_CLIENT_SECRET"]
    with place.child(tenant.command("--client-secret-file", secret), env=env) as child:
        place.until_asked(tenant, USERS)
        place.until_asked(tenant, SIGN_INS, 2)
        place.until(lambda: sleeps(child), "it waits for the rest of the page")
        secrets, requests, answers = find_in_memory(
            child.pid, b"SENTINEL-secret", b"Bearer SENTINEL-token-", b'"access_token":"SENTINEL')
        child.terminate()
        child.communicate(timeout=TIMEOUT)
    place.assertEqual(len(secrets), 1, secrets)
    # The request that is on its way: its header, libcurl's list, libcurl's buffer.
    place.assertLessEqual(len(requests), 3, requests)
    # OpenSSL gives the buffer of the last record that it read back as it is.
    place.assertLessEqual(len(answers), 1, answers)
    return (f"the secret once, the token in {len(requests)} places of the request on its way, "
            f"{len(answers)} answers of the token endpoint")


def calls_of(place, command, env, names):
    need("strace", "strace")
    if SANITIZED:
        raise unittest.SkipTest("a sanitizer looks for leaks by ptrace itself")
    # A file for each thread: in one file a call is cut in two where another thread's comes between.
    traces = place.folder / "traces"
    traces.mkdir()
    done = run(*command[1:], env=env, before=["strace", "-ff", "-qq", "-s", "300", "-e",
                                              f"trace={names}", "-o", traces / "of"])
    lines = [line for trace in traces.iterdir() for line in trace.read_text().splitlines()]
    if "ptrace" in done.err and done.code != 0 and not lines:
        raise unittest.SkipTest("no right to trace here")
    return done, lines


# What the loader, libc and OpenSSL read of the machine.
SYSTEM = re.compile(r"/etc/(ld\.so\.(cache|preload)|ssl/openssl\.cnf|nsswitch\.conf|host\.conf|"
                    r"resolv\.conf|hosts|gai\.conf|localtime|passwd)$"
                    r"|/(usr/)?lib(64)?/|/proc/(self/|sys/vm/)|/sys/(devices/system/cpu|fs/cgroup)"
                    r"|/dev/(null|urandom|random)$|/usr/share/(zoneinfo|locale)/|/nonexistent/")


@row("h4", GROUP,
     "`strace -ff` of a scan with a certificate file for the authority, an output file and a"
     " history",
     "connects to the proxy alone; reads the machine's libraries and what was named; writes"
     " what was named")
def strace(place):
    tenant = Tenant(place)
    state = place.folder / "state"
    out = place.folder / "run.json"
    done, lines = calls_of(place, tenant.command("--out", f"json={out}"),
                           tenant.environment(XDG_STATE_HOME=str(state)),
                           "open,openat,creat,connect,execve,mkdir,mkdirat,rename,renameat,unlink")
    place.expect(done, 0)
    ends, reads, writes = set(), set(), set()
    for line in lines:
        if " = -1 " in line and "EINPROGRESS" not in line:
            continue
        if "connect(" in line:
            ends.add(re.search(r"htons\((\d+)\)", line).group(1) if "AF_INET" in line else line)
        elif "open" in line or "creat" in line:
            path = re.search(r'"([^"]*)"', line).group(1)
            (writes if re.search(r"O_WRONLY|O_RDWR|creat\(", line) else reads).add(path)
        elif "mkdir" in line or "rename" in line or "unlink" in line:
            writes.update(re.findall(r'"([^"]*)"', line))
    place.assertEqual(ends, {tenant.proxy})
    place.assertEqual(sum("execve(" in line for line in lines), 1, "it starts another program")
    mine = str(place.folder)
    strange = {path for path in reads if not SYSTEM.search(path) and not path.startswith(mine)
               and path != "."}
    place.assertEqual(strange, set())
    # A file that is written is opened in its folder, by the name of its beginning.
    strange = {path for path in writes if not path.startswith(mine)
               and not re.fullmatch(r"(run\.json|sign-ins-\d-[-\d]+\.jsonl)(\.[a-z0-5]{6})?", path)
               and path not in ("/dev/null",)}
    place.assertEqual(strange, set())
    return f"1 end (the proxy), {len(reads)} files read, {len(writes)} names written"


@row("h5", GROUP, "`strace -ff` of `rank`", "no socket at all; writes nothing but its streams")
def strace_rank(place):
    done, lines = calls_of(place, [BINARY, "rank", REPORT, *NOW], environment(),
                           "network,open,openat,creat,execve,mkdir,rename,unlink")
    place.expect(done, 0)
    for line in lines:
        place.assertNotRegex(line, r"(socket|connect|sendto|bind)\(")
        place.assertNotRegex(line, r"O_WRONLY|O_RDWR|O_CREAT|(mkdir|rename|unlink)\(")
    return f"{len(lines)} calls looked at"


@row("h6", GROUP, "umask 000, 022, 077 and 777: output, history, windows of sign-ins",
     "files 0600, folders 0700, whatever the umask")
def umask(place):
    seen = set()
    for mask in ("000", "022", "077", "777"):
        with place.subTest(umask=mask):
            state = place.folder / f"state-{mask}"
            state.mkdir()
            out = place.folder / f"run-{mask}.json"
            tenant = Tenant(place)
            done = tenant.scan("--out", f"json={out}", XDG_STATE_HOME=str(state),
                               before=["sh", "-c", f'umask {mask}; exec "$@"', "sh"])
            place.expect(done, 0)
            for path in (out, place.folder / "rows.csv", *state.rglob("*")):
                mode = stat.S_IMODE(path.stat().st_mode)
                place.assertEqual(mode, 0o700 if path.is_dir() else 0o600, path)
                seen.add(path.relative_to(place.folder).parts[-1].split("-")[0])
            place.assertTrue(list(state.rglob("*.jsonl")), "no windows were kept")
            place.assertTrue(list(state.rglob("*.sqlite")), "no history was kept")
    return ", ".join(sorted(seen))


@row("h7", GROUP,
     "a link in the place of an output file, of the history and of its lock (whole and"
     " dangling)",
     "an output replaces the link; the history refuses a dangling one; what a link leads to is"
     " never touched")
def links(place):
    victim = place.file("victim", "old")
    for name, target in (("run.json", victim), ("run.csv", place.folder / "made")):
        link = place.folder / name
        link.symlink_to(target)
        place.expect(run("rank", REPORT, *NOW, "--out", f"{name[4:]}={link}"), 0)
        place.assertFalse(link.is_symlink())
    store = place.folder / "history.sqlite"
    store.symlink_to(place.folder / "made")
    done = run("rank", REPORT, *NOW, "--store", store)
    place.expect(done, 6)
    said = done.err.strip()
    store.unlink()
    lock = place.folder / "history.sqlite.lock"
    lock.symlink_to(victim)
    place.expect(run("rank", REPORT, *NOW, "--store", store), 6)
    place.assertEqual(victim.read_text(), "old")
    place.assertFalse((place.folder / "made").exists())
    return said


@row("h8", GROUP, "the output's folder is swapped for a link while the program waits to write",
     "the file is where the folder was; nothing goes where the link leads")
def swapped(place):
    mine, theirs, fifo = (place.folder / name for name in ("mine", "theirs", "fifo"))
    mine.mkdir()
    theirs.mkdir()
    os.mkfifo(fifo)
    command = [BINARY, "rank", REPORT, *NOW, "--out", f"json={mine}/run.json",
               "--out", f"csv={fifo}"]
    with place.child(command) as child:
        place.until(lambda: list(mine.iterdir()), "the first file is begun")
        mine.rename(place.folder / "moved")
        mine.symlink_to(theirs)
        rows = fifo.read_bytes()
        child.communicate(timeout=TIMEOUT)
        place.assertEqual(child.returncode, 0)
    place.assertIn(b"erp@contoso.com", rows)
    place.assertEqual(os.listdir(place.folder / "moved"), ["run.json"])
    place.assertEqual(os.listdir(theirs), [])
    return "1 file, in the folder that was meant"
