#!/usr/bin/env python3
"""What a built program is hardened with, by what `readelf` and `objdump` say of it.

  elf_test.py FILE...     0: every FILE has all of it; 1: not; 77: there is no such FILE
"""
import pathlib
import re
import shutil
import subprocess
import sys


def of(tool, *args):
    return subprocess.run([tool, *args], capture_output=True, text=True, check=True).stdout


def missing(path):
    """The names of what `path` lacks."""
    head, segments = of("readelf", "-Wh", path), of("readelf", "-Wl", path)
    dynamic, symbols = of("readelf", "-Wd", path), of("readelf", "-W", "--dyn-syms", path)
    text = of("objdump", "-d", "--no-show-raw-insn", "-j", ".text", path)
    stack = re.search(r"GNU_STACK\s+(?:0x\w+\s+){5}(\w+)", segments)
    holds = {
        "position independent (PIE)": "DYN" in head and re.search(r"FLAGS_1.*PIE", dynamic),
        "read-only relocations (RELRO)": "GNU_RELRO" in segments,
        "all of them at the start (BIND_NOW)": re.search(r"BIND_NOW|FLAGS_1.*NOW", dynamic),
        "no code on the stack": stack and "E" not in stack.group(1),
        "stack protector": "__stack_chk_fail" in symbols,
        "checked library calls (FORTIFY)": re.search(r"__(?!stack)\w+_chk\b", symbols),
    }
    if "X86-64" in head:
        # A function that is called by a pointer begins with ENDBR64; libc's start-up code has one
        # of its own. The note that would switch it on needs all of that code to have it, and
        # Debian 12's has not.
        holds["control-flow protection"] = text.count("endbr64") > 2
        # A stack that grows by more than a page touches each one: a store that changes nothing.
        holds["stack-clash protection"] = re.search(r"or[qb]\s+\$0x0,(0x\w+)?\(%rsp", text)
    return [name for name, found in holds.items() if not found]


def main():
    if not shutil.which("readelf"):
        sys.exit("elf_test.py: no readelf here (package binutils)")
    files = [pathlib.Path(name) for name in sys.argv[1:] if pathlib.Path(name).is_file()]
    if not files:
        print("skipped: not built:", *sys.argv[1:])
        return 77
    failed = False
    for path in files:
        lacks = missing(path)
        failed |= bool(lacks)
        print(f"{path}: {'lacks ' + ', '.join(lacks) if lacks else 'has all of it'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
