#!/usr/bin/env python3
"""first_screen_test.py BINARY [--write]: the first screen in README.md is what the program shows of
the sample reports on a terminal of 120 columns. --write puts it there."""
import fcntl
import os
import pathlib
import pty
import struct
import subprocess
import sys
import termios
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "README.md"
WRITE = "--write" in sys.argv
if WRITE:
    sys.argv.remove("--write")
BINARY = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else sys.exit(__doc__)
BEGIN = "```\n2 files · "


def on_a_terminal(*args):
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 120, 0, 0))
    program = subprocess.Popen([BINARY, *args], cwd=ROOT, stdout=its, stderr=subprocess.DEVNULL,
                               stdin=subprocess.DEVNULL,
                               env={"PATH": "/usr/bin:/bin", "NO_COLOR": "1", "TERM": "xterm",
                                    "HOME": "/nonexistent"})
    os.close(its)
    out = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux says that the other side is closed
            break
        if not piece:
            break
        out += piece
    os.close(ours)
    if program.wait(timeout=60) != 0:
        raise AssertionError(f"exit code {program.returncode}")
    return out.decode().replace("\r\n", "\n")


class FirstScreen(unittest.TestCase):
    maxDiff = None

    def test_it_is_what_the_program_shows(self):
        screen = on_a_terminal("rank", "sample-reports/contoso", "--now", "2026-11-23T12:00:00Z",
                               "--store", "none", "--top", "6")
        page = PAGE.read_text(encoding="utf-8")
        start = page.index(BEGIN) + len("```\n")
        end = page.index("```", start)
        if WRITE:
            PAGE.write_text(page[:start] + screen + page[end:], encoding="utf-8")
            return
        self.assertEqual(page[start:end], screen)


if __name__ == "__main__":
    unittest.main()
