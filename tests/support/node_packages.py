"""Packages of npm for a test, by the lock file beside it."""
import pathlib
import re
import shutil
import subprocess
import sys


def skip(why):
    print(f"skipped: {why}; nothing was tested")
    sys.exit(77)


def prepare(here, work, *programs, node=20):
    """work/node_modules as here/package-lock.json says, installed once for each lock file. Ends the
    test with 77 where one of the programs, this node or the packages cannot be had."""
    here, work = pathlib.Path(here), pathlib.Path(work)
    for program in ("node", "npm", *programs):
        if not shutil.which(program):
            skip(f"there is no {program}")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    if int(re.match(r"v(\d+)", version)[1]) < node:
        skip(f"node is {version.strip()}, this needs {node}")
    work.mkdir(parents=True, exist_ok=True)
    lock = (here / "package-lock.json").read_bytes()
    done = work / "node_modules" / ".installed"
    if done.is_file() and done.read_bytes() == lock:
        return
    for name in ("package.json", "package-lock.json"):
        shutil.copy(here / name, work)
    installed = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=dev"], cwd=work,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240, check=False)
    if installed.returncode != 0:
        print(installed.stdout)
        skip("npm ci failed")
    done.write_bytes(lock)
