#!/usr/bin/env python3
"""completion_test.py BINARY: the manual page and the completions against the program's own help,
and in the shells themselves."""
import functools
import re
import shutil
import subprocess
import unittest

from support import BINARY, Case, run

# What the help prints of one command: {option: takes a value}, one entry for each name.
OPTION = re.compile(r"^  (?:(-\w),)?(--[\w-]+)( [^ ].*?)?(?:  .*)?$", re.M)
COMMANDS = re.compile(r"^  ([\w-]+)  ", re.M)
VERSION = re.compile(r"^smtpaudit (\S+)$", re.M)


@functools.lru_cache(maxsize=None)
def help_of(*command):
    return run(*command, "--help").out


def commands():
    return COMMANDS.findall(help_of().split("Subcommands:\n")[1].split("\n\n")[0])


def options(text):
    """Long and short names of a help text, without the wrapped lines of long names."""
    found = set()
    for short, long, _ in OPTION.findall(text.split("\nExamples:")[0].split("\nExample:")[0]):
        found |= {name for name in (short, long) if name}
    return found


def table():
    return {"": options(help_of())} | {name: options(help_of(name)) for name in commands()}


def needs(*programs):
    missing = [name for name in programs if not shutil.which(name)]
    return unittest.skipIf(missing, f"not installed: {', '.join(missing)}")


class Generated(Case):
    """Every command and option of the help, and nothing else, command by command."""
    maxDiff = None

    def test_the_help_is_read_right(self):
        # What the other tests rest on.
        help_table = table()
        self.assertIn("rank", help_table)
        self.assertLessEqual({"-o", "--output", "--fail-on-new", "-q", "--help", "-h"},
                             help_table["rank"])
        self.assertEqual(help_table[""], {"-h", "--help", "--version"})

    def test_bash(self):
        script = run("completion", "bash").out
        cases = re.findall(r'^    ([\w-]+|"")\)\n(.*?)^        ;;$', script, re.M | re.S)
        found = {}
        for name, block in cases:
            offered = set(re.search(r'options="(.*)"', block)[1].split())
            valued = set(re.findall(r"(?<![\w-])-[\w-]+(?=[ |]*(?:\| -[\w-]+)*\) )", block))
            self.assertLessEqual(valued, offered, name)
            found[name.strip('"')] = offered
        self.assertEqual(found, table())
        first = re.search(r'choices="(rank .*)"', script)[1].split()
        self.assertEqual(first, commands())

    def test_zsh(self):
        script = run("completion", "zsh").out
        top, rest = script.split("case $state in")
        blocks = dict(re.findall(r"^        ([\w-]+)\)\n(.*?)^            ;;$", rest, re.M | re.S))
        found = {"": self.zsh_names(top)}
        found |= {name: self.zsh_names(block) for name, block in blocks.items()}
        self.assertEqual(found, table())
        self.assertEqual(re.findall(r"^            '([\w-]+):", rest, re.M), commands())

    @staticmethod
    def zsh_names(block):
        names = set()
        for line in block.splitlines():
            spec = line.strip()
            if not spec.startswith(("'-", "'*-", "'(")):
                continue
            head = spec.split("[")[0]
            names |= set(re.findall(r"(?<![\w-])(-[\w-]+)", head))
        return names

    def test_fish(self):
        script = run("completion", "fish").out
        found = {name: set() for name in table()}
        for line in script.splitlines():
            where = re.search(r"__fish_seen_subcommand_from ([\w-]+)", line)
            line = re.sub(r" -[nd] (?:'(?:\\.|[^'\\])*'|\S+)", "", line)
            name = where[1] if where else ""
            found[name] |= {f"--{long}" for long in re.findall(r" -l (\S+)", line)}
            found[name] |= {f"-{short}" for short in re.findall(r" -s (\S)", line)}
        self.assertEqual(found, table())
        self.assertEqual(re.findall(r"use_subcommand -a ([\w-]+) -d", script), commands())

    def test_the_manual_page(self):
        page = run("man").out.replace("\\-", "-")
        every = set().union(*table().values())
        self.assertEqual(re.findall(r'^\.SS "smtpaudit ([\w-]+)"$', page, re.M), commands())
        printed = set()
        for head in re.findall(r"^\.TP\n\\fB(-[^\\]*)\\fR", page, re.M):
            printed |= set(head.split(", "))
        self.assertEqual(printed, every)
        # Section by section, with the groups that are printed under an earlier command.
        sections = dict(re.findall(r'^\.SS "smtpaudit ([\w-]+)"\n(.*?)(?=^\.S[SH] )', page,
                                   re.M | re.S))
        general = set(re.findall(r"(-[\w-]+)", " ".join(re.findall(
            r"^\.TP\n\\fB(-[^\\]*)\\fR",
            page.split('.SH "GENERAL OPTIONS"')[1].split("Of the program")[0], re.M))))
        for name in commands():
            found = set(general)
            for group, body in self.groups(sections[name]):
                above = re.match(r": as of \\fBsmtpaudit ([\w-]+)\\fR", body)
                if above:
                    body = dict(self.groups(sections[above[1]]))[group]
                for head in re.findall(r"^\.TP\n\\fB(-[^\\]*)\\fR", body, re.M):
                    found |= set(head.split(", "))
            self.assertEqual(found, table()[name], name)
        self.assertIn(f'"smtpaudit {VERSION.search(run("--version").out)[1]}"', page)

    @staticmethod
    def groups(section):
        return re.findall(r"^\.PP\n\\fI([^\\]+)\\fR(.*?)(?=^\.PP$)", section, re.M | re.S)

    def test_a_shell_must_be_named(self):
        self.expect_one_line(run("completion"), 2)
        self.expect_one_line(run("completion", "tcsh"), 2)


class Tools(Case):
    """Shells and roff take what is made, and complete what they should."""

    def setUp(self):
        super().setUp()
        self.made = {shell: self.file(shell, run("completion", shell).out)
                     for shell in ("bash", "zsh", "fish")}
        self.page = self.file("smtpaudit.1", run("man").out)
        (self.folder / "evidence.csv").touch()
        (self.folder / "reports").mkdir()

    def ask(self, *command, **more):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                              cwd=self.folder, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
                                                    "HOME": str(self.folder), "TERM": "dumb"},
                              **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        return done.stdout

    @needs("groff")
    def test_roff_has_no_warning(self):
        text = self.ask("groff", "-P-c", "-P-b", "-P-u", "-Tutf8", "-man", "-ww",
                        str(self.page))
        self.assertIn("GENERAL OPTIONS", text)
        self.assertTrue(self.page.read_text().isascii())

    @needs("bash")
    def test_bash_reads_the_script(self):
        self.assertEqual(self.ask("bash", "-n", str(self.made["bash"])), "")

    @needs("zsh")
    def test_zsh_reads_the_script(self):
        self.assertEqual(self.ask("zsh", "-f", "-n", str(self.made["zsh"])), "")

    @needs("fish")
    def test_fish_reads_the_script(self):
        self.assertEqual(self.ask("fish", "--no-execute", str(self.made["fish"])), "")

    def bash(self, *words):
        """What bash offers for the last of the words, which stand as bash cuts the line."""
        script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=();'
                  '_smtpaudit; printf "%s\\n" "${COMPREPLY[@]}"')
        return set(self.ask("bash", "--norc", "-c", script, "bash", str(self.made["bash"]),
                            *words).split())

    @needs("bash")
    def test_bash_completes(self):
        self.assertEqual(self.bash("smtpaudit", ""), set(commands()))
        self.assertEqual(self.bash("smtpaudit", "--v"), {"--version"})
        self.assertEqual(self.bash("smtpaudit", "ra"), {"rank"})
        self.assertEqual(self.bash("smtpaudit", "rank", "--fail"), {"--fail-on", "--fail-on-new"})
        self.assertEqual(self.bash("smtpaudit", "rank", "ev"), {"evidence.csv"})
        self.assertEqual(self.bash("smtpaudit", "rank", "--format", "j"), {"json", "jsonl"})
        self.assertEqual(self.bash("smtpaudit", "rank", "--format", "=", "j"), {"json", "jsonl"})
        self.assertEqual(self.bash("smtpaudit", "rank", "--out", "ht"), {"html="})
        self.assertEqual(self.bash("smtpaudit", "rank", "--out", "csv", "=", "ev"),
                         {"evidence.csv"})
        self.assertEqual(self.bash("smtpaudit", "rank", "--out", "csv", "="),
                         {"evidence.csv", "reports", "bash", "zsh", "fish", "smtpaudit.1"})
        self.assertEqual(self.bash("smtpaudit", "rank", "--out", "=", "csv", "=", "ev"),
                         {"evidence.csv"})
        self.assertEqual(self.bash("smtpaudit", "rank", "--top", ""), set())
        self.assertEqual(self.bash("smtpaudit", "diff", "--format", "t"), {"table"})
        self.assertEqual(self.bash("smtpaudit", "scan", "--sources", "sign_ins,users,na"),
                         {"sign_ins,users,named_locations"})
        self.assertEqual(self.bash("smtpaudit", "rank", "--store", "no"), {"none"})
        self.assertEqual(self.bash("smtpaudit", "request-report", "--watch", ""), {"reports"})
        self.assertEqual(self.bash("smtpaudit", "history", "ex"), {"export"})
        self.assertEqual(self.bash("smtpaudit", "completion", ""), {"bash", "zsh", "fish"})
        self.assertEqual(self.bash("smtpaudit", "nonsense", ""), set())

    def fish(self, line):
        out = self.ask("fish", "--no-config", "-c",
                       f"source {self.made['fish']}; complete -C '{line}'")
        return {entry.split("\t")[0] for entry in out.splitlines()}

    @needs("fish")
    def test_fish_completes(self):
        self.assertEqual(self.fish("smtpaudit "), set(commands()))
        self.assertEqual(self.fish("smtpaudit rank --fail"), {"--fail-on", "--fail-on-new"})
        self.assertEqual(self.fish("smtpaudit rank ev"), {"evidence.csv"})
        self.assertEqual(self.fish("smtpaudit rank --format j"), {"json", "jsonl"})
        self.assertEqual(self.fish("smtpaudit scan --sources users,na"), {"users,named_locations"})
        self.assertEqual(self.fish("smtpaudit history ex"), {"export"})
        self.assertEqual(self.fish("smtpaudit timeline ev"), set())

    def zsh(self, line):
        """What zsh puts in the place of the line when Tab is pressed, in a terminal of its own."""
        out = self.ask("zsh", "-f", "-c", r"""
zmodload zsh/zpty
zpty -b z zsh -f -i
zpty -w z "PROMPT= RPS1= PS2="
zpty -w z "bindkey -e; autoload -Uz compinit; compinit -D -u; LISTMAX=1000"
zpty -w z "source $1; print -r -- re''ady"
zpty -r -m z reply $'*\nready*'
zpty -n -w z "$2"$'\t'
# To the beginning of the line, and to its end: the line becomes what is printed.
zpty -n -w z $'\x01print -r -- "got<\x05>"\n'
zpty -r -m z reply $'*\ngot<*>*'
print -r -- "$reply"
zpty -d z
""", "zsh", str(self.made["zsh"]), line)
        return re.findall(r"\ngot<(.*?)>", out)[-1].strip()

    @needs("zsh")
    def test_zsh_completes(self):
        self.assertEqual(self.zsh("smtpaudit ra"), "smtpaudit rank")
        self.assertEqual(self.zsh("smtpaudit rank --fail-on-n"), "smtpaudit rank --fail-on-new")
        self.assertEqual(self.zsh("smtpaudit rank --fail-on hi"), "smtpaudit rank --fail-on high")
        self.assertEqual(self.zsh("smtpaudit rank evi"), "smtpaudit rank evidence.csv")
        self.assertEqual(self.zsh("smtpaudit rank --out htm"), "smtpaudit rank --out html=")
        self.assertEqual(self.zsh("smtpaudit rank --out html=evi"),
                         "smtpaudit rank --out html=evidence.csv")
        self.assertEqual(self.zsh("smtpaudit rank --store no"), "smtpaudit rank --store none")
        self.assertEqual(self.zsh("smtpaudit scan --sources users,named"),
                         "smtpaudit scan --sources users,named_locations")
        self.assertEqual(self.zsh("smtpaudit history ex"), "smtpaudit history export")


if __name__ == "__main__":
    assert BINARY
    unittest.main()
