#!/usr/bin/env python3
"""scripts/smtpaudit in a made-up tree, with a cmake and an apt-get that only note what is asked."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

FAKE_CMAKE = r"""#!/bin/sh
echo "cmake $*" >>"$LOG"
cat >>"$LOG"  # takes standard input, as a tool may; the wrapper must not lend it
case $1 in
--fresh)
    mkdir -p build/release
    echo "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" >build/release/CMakeCache.txt
    : >build/release/build.ninja ;;
--build)
    echo "[1/1] building"
    [ -e "$2/../../broken" ] && { echo "error: the reason"; exit 1; }
    printf '#!/bin/sh\nprintf "%%s\\n" "$PWD" "$@"\ncat\nexit 3\n' >"$2/smtpaudit"
    chmod +x "$2/smtpaudit" ;;
esac
exit 0
"""
# Knows every package but those named in $MISSING.
FAKE_DPKG_QUERY = r"""#!/bin/bash
for name in "${@:4}"; do
    case " $MISSING " in *" $name "*) ;; *) echo "$name installed" ;; esac
done
"""
FAKE_APT_GET = '#!/bin/sh\necho "apt-get $*" >>"$LOG"\n'
UNPRIVILEGED_ID = '#!/bin/sh\necho 1000\n'


class Scripts(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="smtpaudit-scripts-")).resolve()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.tree = self.folder / "a tree"
        shutil.copytree(ROOT / "scripts", self.tree / "scripts")
        self.tools = self.folder / "tools"
        self.tools.mkdir()
        self.log = self.folder / "log"
        self.log.touch()
        self.tool("cmake", FAKE_CMAKE)
        self.tool("dpkg-query", FAKE_DPKG_QUERY)
        self.tool("apt-get", FAKE_APT_GET)
        self.tool("id", "#!/bin/sh\necho 0\n")
        self.on("debian", "12")

    def tool(self, name, text):
        path = self.tools / name
        path.write_text(text)
        path.chmod(0o755)

    def on(self, system, version):
        """The scripts read /etc/os-release; here they read one of ours."""
        release = self.folder / "os-release"
        release.write_text(f'ID={system}\nVERSION_ID="{version}"\n')
        packages = self.tree / "scripts" / "packages.sh"
        text = (ROOT / "scripts" / "packages.sh").read_text()
        self.assertIn("/etc/os-release", text)
        packages.write_text(text.replace("/etc/os-release", str(release)))

    def smtpaudit(self, *args, stdin="", missing="", path=None):
        return subprocess.run(
            [self.tree / "scripts" / "smtpaudit", *args], input=stdin, text=True, timeout=60,
            capture_output=True, cwd=self.folder, check=False,
            env={"PATH": path or f"{self.tools}:/usr/bin:/bin", "LOG": str(self.log),
                 "MISSING": missing})

    def asked(self):
        return self.log.read_text().splitlines()

    def test_the_program_gets_arguments_input_and_folder_as_they_are(self):
        done = self.smtpaudit("rank", "a file", "", stdin="evidence")
        self.assertEqual(done.stdout, f"{self.folder}\nrank\na file\n\nevidence")
        self.assertEqual(done.returncode, 3)
        self.assertIn("Building", done.stderr)

    def test_the_second_call_only_asks_for_the_build_and_says_nothing(self):
        self.smtpaudit()
        self.log.write_text("")
        done = self.smtpaudit()
        self.assertEqual(done.stderr, "")
        self.assertEqual(len(self.asked()), 1)
        self.assertTrue(self.asked()[0].startswith("cmake --build "))

    def test_a_tree_that_was_moved_is_configured_again(self):
        self.smtpaudit()
        self.tree = self.tree.rename(self.folder / "moved")
        self.log.write_text("")
        self.assertEqual(self.smtpaudit().returncode, 3)
        self.assertTrue(self.asked()[0].startswith("cmake --fresh "))

    def test_a_link_to_the_script_finds_the_tree(self):
        link = self.folder / "smtpaudit"
        link.symlink_to(self.tree / "scripts" / "smtpaudit")
        done = subprocess.run([link], capture_output=True, text=True, check=False, timeout=60,
                              stdin=subprocess.DEVNULL, cwd="/",
                              env={"PATH": f"{self.tools}:/usr/bin:/bin", "LOG": str(self.log),
                                   "MISSING": ""})
        self.assertEqual((done.returncode, done.stdout), (3, "/\n"))

    def test_a_failed_build_is_2_and_shows_the_reason(self):
        (self.tree / "broken").touch()
        done = self.smtpaudit()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("error: the reason", done.stderr)

    def test_what_is_missing_is_said_first_and_installed_alone(self):
        done = self.smtpaudit(missing="g++ libfmt-dev")
        self.assertEqual(done.returncode, 3)
        self.assertIn("apt-get install -y --no-install-recommends --no-remove g++ libfmt-dev\n",
                      done.stderr)
        self.assertRegex(self.asked()[0], r"^apt-get .*update$")
        self.assertRegex(self.asked()[1], r"^apt-get .*install .*--no-remove g\+\+ libfmt-dev$")

    def test_without_root_and_sudo_the_line_is_printed_and_nothing_is_done(self):
        self.tool("id", UNPRIVILEGED_ID)
        for name in ("bash", "dirname", "readlink", "cat", "sh", "env"):
            (self.tools / name).symlink_to(shutil.which(name))
        done = self.smtpaudit(missing="cmake", path=str(self.tools))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("As root: apt-get update && apt-get install", done.stderr)
        self.assertEqual(self.asked(), [])

    def test_with_sudo_it_is_used(self):
        self.tool("id", UNPRIVILEGED_ID)
        self.tool("sudo", '#!/bin/sh\necho "sudo $*" >>"$LOG"\n"$@"\n')
        done = self.smtpaudit(missing="cmake")
        self.assertEqual(done.returncode, 3)
        self.assertIn("+ sudo apt-get update && sudo apt-get install", done.stderr)
        self.assertRegex(self.asked()[0], r"^sudo apt-get .*update$")

    def package(self, **environment):
        """scripts/package with a cpack that writes a file and the time it was told."""
        self.tool("cpack", """#!/bin/sh
echo "cpack $SOURCE_DATE_EPOCH $*" >>"$LOG"
[ -e "$BROKEN" ] && { echo "the reason"; exit 1; }
while [ "$1" != -B ]; do shift; done
touch "$2/smtpaudit_1_any.deb"
""")
        self.tool("dpkg-deb", "#!/bin/sh\nexit 0\n")
        self.tool("dpkg-parsechangelog", "#!/bin/sh\necho 1234\n")
        self.tool("tar", "#!/bin/sh\necho '{}'\n")
        return subprocess.run(
            [self.tree / "scripts" / "package"], text=True, timeout=60, capture_output=True,
            cwd="/", check=False, stdin=subprocess.DEVNULL,
            env={"PATH": f"{self.tools}:/usr/bin:/bin", "LOG": str(self.log), "MISSING": "",
                 "BROKEN": str(self.tree / "broken-cpack"), **environment})

    def test_the_package_and_its_parts_list_are_named(self):
        done = self.package()
        made = self.tree / "build" / "package" / "smtpaudit_1_any"
        self.assertEqual(done.stdout, f"{made}.deb\n{made}.spdx.json\n", done.stderr)
        self.assertEqual(done.returncode, 0)
        self.assertTrue(any("--target smtpaudit_generated" in line for line in self.asked()))
        self.assertTrue(self.asked()[-1].startswith("cpack 1234 -G DEB "))

    def test_the_time_of_the_package_can_be_given(self):
        self.package(SOURCE_DATE_EPOCH="99")
        self.assertTrue(self.asked()[-1].startswith("cpack 99 -G DEB "))

    def test_a_package_that_cannot_be_made_is_2_and_shows_the_reason(self):
        (self.tree / "broken-cpack").touch()
        done = self.package()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("the reason", done.stderr)

    def test_another_system_names_the_packages_and_stops(self):
        for system, version in (("ubuntu", "24.04"), ("debian", "13")):
            with self.subTest(system=system):
                self.on(system, version)
                done = self.smtpaudit()
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("libcurl4-openssl-dev", done.stderr)
                self.assertEqual(self.asked(), [])


if __name__ == "__main__":
    unittest.main()
