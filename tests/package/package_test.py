#!/usr/bin/env python3
"""package_test.py BUILD: the Debian package that cpack makes of a built folder: what is in it, that
it is the same bytes again, that lintian has nothing to say, and that its program runs."""
import gzip
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else sys.exit(__doc__)
DOC = "usr/share/doc/smtpaudit"


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=300, check=False, **more)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def pack(folder, **environment):
    """The package, and the folder that it was made of is not kept."""
    epoch = run("dpkg-parsechangelog", "-l", ROOT / "scripts/debian/changelog", "-S", "Timestamp")
    run("cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", folder, umask=0o022,
        env={"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": epoch.strip(), "LC_ALL": "C",
             **environment})
    [made] = folder.glob("*.deb")
    return made


class Made(unittest.TestCase):
    """Made once for a class of tests, and unpacked."""

    @classmethod
    def setUpClass(cls):
        if not shutil.which("dpkg-parsechangelog"):
            raise unittest.SkipTest("dpkg-dev is not installed")
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="smtpaudit-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.deb = pack(cls.folder / "first")
        cls.tree = cls.folder / "tree"
        run("dpkg-deb", "-x", cls.deb, cls.tree)
        run("dpkg-deb", "-e", cls.deb, cls.folder / "control")

    def text(self, name):
        data = (self.tree / name).read_bytes()
        return (gzip.decompress(data) if name.endswith(".gz") else data).decode()


class Package(Made):
    def test_again_it_is_the_same_bytes(self):
        again = pack(self.folder / "elsewhere" / "again", TZ="Asia/Kathmandu", HOME="/nonexistent",
                     LANGUAGE="tr", USER="somebody")
        self.assertEqual(self.deb.read_bytes(), again.read_bytes())

    def test_what_policy_asks_for_is_there(self):
        owners = {line.split()[1] for line in run("dpkg-deb", "-c", self.deb).splitlines()}
        self.assertEqual(owners, {"root/root"})
        modes = {path.relative_to(self.tree).as_posix(): path.stat().st_mode & 0o7777
                 for path in self.tree.rglob("*") if path.is_file()}
        self.assertEqual({name for name, mode in modes.items() if mode != 0o644},
                         {"usr/bin/smtpaudit"})
        self.assertEqual(modes["usr/bin/smtpaudit"], 0o755)
        for name in ("usr/share/man/man1/smtpaudit.1.gz", f"{DOC}/copyright",
                     f"{DOC}/changelog.Debian.gz", f"{DOC}/changelog.gz",
                     "usr/share/bash-completion/completions/smtpaudit",
                     "usr/share/zsh/vendor-completions/_smtpaudit",
                     "usr/share/fish/vendor_completions.d/smtpaudit.fish",
                     f"{DOC}/README.md", f"{DOC}/docs/setup.md", f"{DOC}/smtpaudit.spdx.json"):
            self.assertIn(name, modes)
        self.assertNotIn("debug_info", run("readelf", "-S", self.tree / "usr/bin/smtpaudit"))
        self.assertIn(" .dynamic", run("readelf", "-S", self.tree / "usr/bin/smtpaudit"))

    def test_its_licence_and_changelog_are_the_projects(self):
        licence = (ROOT / "LICENSE").read_text().split("\n\n", 2)[2].split()
        copy = [word for word in self.text(f"{DOC}/copyright").split() if word != "."]
        self.assertEqual(copy[-len(licence):], licence)
        self.assertEqual(self.text(f"{DOC}/changelog.gz"), (ROOT / "CHANGELOG.md").read_text())

    def test_versions_agree(self):
        version = run("dpkg-deb", "-f", self.deb, "Version").strip()
        program = run(self.tree / "usr/bin/smtpaudit", "--version").split()[1]
        self.assertEqual(version.rsplit("-", 1)[0], program)
        newest = run("dpkg-parsechangelog", "-l", ROOT / "scripts/debian/changelog", "-S",
                     "Version").strip()
        self.assertEqual(version, newest)

    def test_it_depends_on_the_libraries_that_it_needs_and_no_others(self):
        depends = run("dpkg-deb", "-f", self.deb, "Depends")
        names = {part.split()[0] for part in depends.strip().split(", ")}
        self.assertLessEqual({"libc6", "libcurl4", "libssl3", "libsqlite3-0"}, names)
        self.assertTrue(all(name.startswith("lib") and not name.endswith("-dev")
                            for name in names), names)

    def test_the_checksums_are_of_every_file(self):
        sums = dict(reversed(line.split(maxsplit=1)) for line in
                    (self.folder / "control" / "md5sums").read_text().splitlines())
        files = {path.relative_to(self.tree).as_posix(): hashlib.md5(path.read_bytes()).hexdigest()
                 for path in self.tree.rglob("*") if path.is_file()}
        self.assertEqual(sums, files)

    def test_the_program_in_it_ranks_the_samples(self):
        out = run(self.tree / "usr/bin/smtpaudit", "rank",
                  self.tree / DOC / "sample-reports" / "contoso", "--store", "none", "--now",
                  "2026-11-23T00:00:00Z")
        self.assertIn("erp@contoso.com", out)

    def test_no_folder_of_the_building_machine_is_in_it(self):
        if re.search(r"^CMAKE_BUILD_TYPE:STRING=Debug$", (BUILD / "CMakeCache.txt").read_text(),
                     re.M):
            self.skipTest("a debug build keeps the paths that a debugger needs")
        found = [path for path in self.tree.rglob("*") if path.is_file()
                 and str(ROOT).encode() in path.read_bytes()]
        self.assertEqual(found, [])

    @unittest.skipUnless(shutil.which("lintian"), "lintian is not installed")
    def test_lintian_finds_no_error_and_no_warning(self):
        out = run("lintian", "--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0",
                  self.deb)
        self.assertEqual(re.findall(r"^[EW]: .*", out, re.M), [])


class PartsList(Made):
    """The SPDX document of the package, by the rules of SPDX 2.3 and its JSON schema."""
    maxDiff = None

    def setUp(self):
        self.document = json.loads(self.text(f"{DOC}/smtpaudit.spdx.json"))

    def elements(self):
        return {element["SPDXID"]: element
                for element in self.document["packages"] + self.document["files"]}

    def related(self, kind):
        elements = self.elements()
        return {(elements[r["spdxElementId"]]["name"],
                 elements[r["relatedSpdxElement"]].get("name"))
                for r in self.document["relationships"] if r["relationshipType"] == kind}

    def keys(self, what, entry, required, optional=()):
        self.assertLessEqual(set(required), set(entry), what)
        self.assertLessEqual(set(entry), {*required, *optional}, what)

    def test_its_shape(self):
        document = self.document
        self.keys("document", document, [
            "spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo",
            "packages", "files", "relationships"])
        self.assertEqual((document["spdxVersion"], document["dataLicense"], document["SPDXID"]),
                         ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"))
        self.assertRegex(document["documentNamespace"], r"\Ahttps://[^\s#]+\Z")
        self.keys("creation", document["creationInfo"], ["created", "creators"])
        self.assertRegex(document["creationInfo"]["created"],
                         r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
        for creator in document["creationInfo"]["creators"]:
            self.assertRegex(creator, r"\ATool: [^ ]+\Z")
        for package in document["packages"]:
            self.keys(package["name"], package, [
                "SPDXID", "name", "versionInfo", "downloadLocation", "filesAnalyzed", "supplier",
                "licenseConcluded", "licenseDeclared", "copyrightText"], [
                "homepage", "externalRefs", "sourceInfo", "packageVerificationCode",
                "licenseInfoFromFiles", "primaryPackagePurpose"])
            self.assertEqual(package["filesAnalyzed"], "packageVerificationCode" in package)
            for reference in package.get("externalRefs", []):
                self.assertEqual(reference["referenceCategory"], "PACKAGE-MANAGER")
                self.assertRegex(reference["referenceLocator"],
                                 r"\Apkg:deb/debian/[a-z0-9.%B+-]+@[^ ?]+\?arch=\w+&distro=\S+\Z")
        for file in document["files"]:
            self.keys(file["fileName"], file, ["SPDXID", "fileName", "checksums"], [
                "fileTypes", "licenseConcluded", "licenseInfoInFiles", "copyrightText"])
            self.assertLessEqual(set(file["fileTypes"]), {"BINARY", "DOCUMENTATION", "OTHER"})
        ids = [e["SPDXID"] for e in document["packages"] + document["files"]]
        self.assertEqual(len(ids), len(set(ids)))
        for name in ids:
            self.assertRegex(name, r"\ASPDXRef-[A-Za-z0-9.-]+\Z")
        known = {*ids, "SPDXRef-DOCUMENT"}
        for relation in document["relationships"]:
            self.keys("relationship", relation, ["spdxElementId", "relationshipType",
                                                 "relatedSpdxElement"], ["comment"])
            self.assertIn(relation["relationshipType"], {
                "DESCRIBES", "CONTAINS", "DYNAMIC_LINK", "BUILD_DEPENDENCY_OF", "BUILD_TOOL_OF"})
            self.assertLessEqual({relation["spdxElementId"], relation["relatedSpdxElement"]}, known)

    def test_its_checksums_are_those_of_the_files(self):
        listed = {}
        for file in self.document["files"]:
            sums = {c["algorithm"]: c["checksumValue"] for c in file["checksums"]}
            self.assertEqual(set(sums), {"SHA1", "SHA256"})
            listed[file["fileName"]] = sums["SHA256"]
            self.assertEqual(sums["SHA1"], hashlib.sha1(
                (self.tree / file["fileName"]).read_bytes()).hexdigest())
        files = {"./" + path.relative_to(self.tree).as_posix():
                 hashlib.sha256(path.read_bytes()).hexdigest()
                 for path in self.tree.rglob("*") if path.is_file()}
        del files[f"./{DOC}/smtpaudit.spdx.json"]
        self.assertEqual(listed, files)
        code = hashlib.sha1("".join(sorted(
            hashlib.sha1((self.tree / name).read_bytes()).hexdigest()
            for name in files)).encode()).hexdigest()
        [described] = [r["relatedSpdxElement"] for r in self.document["relationships"]
                       if r["relationshipType"] == "DESCRIBES"]
        self.assertEqual(self.elements()[described]["packageVerificationCode"]
                         ["packageVerificationCodeValue"], code)

    def test_it_names_what_is_linked_and_what_is_compiled_in(self):
        linked = {name for _, name in self.related("DYNAMIC_LINK")}
        depends = run("dpkg-deb", "-f", self.deb, "Depends").strip()
        self.assertLessEqual({part.split()[0] for part in depends.split(", ")}, linked)
        compiled = {name for name, _ in self.related("BUILD_DEPENDENCY_OF")}
        self.assertLessEqual({"nlohmann-json3-dev", "libcli11-dev", "libexpected-dev"}, compiled)
        self.assertNotIn("catch2", compiled)
        for package in self.document["packages"][1:]:
            self.assertEqual(run("dpkg-query", "-W", "-f", "${Version}", package["name"]),
                             package["versionInfo"])


if __name__ == "__main__":
    unittest.main()
