#!/usr/bin/env python3
"""Every link in every document leads somewhere: files, and anchors in them. Addresses of the
internet are only looked at for their form; nothing is asked for."""
import pathlib
import re
import tempfile
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NOT_OURS = {"build", ".git", "node_modules", ".state"}

FENCE = re.compile(r"^ *(```|~~~)")
CODE = re.compile(r"(`+)(?:(?!\1).)+?\1")
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]*(?:\([^()\s]*\))?[^()\s]*)\)")
AUTOLINK = re.compile(r"<(https?:[^>\s]*)>")
REFERENCE = re.compile(r"^\[[^\]]+\]:\s*(\S+)", re.M)
HEADING = re.compile(r"^#{1,6} +(.*?) *#*$")


def prose(path):
    """(number, line) without fenced code; code spans are emptied."""
    fenced = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def anchors(path):
    """The anchors of the headings, as GitHub makes them."""
    found = set()
    seen = {}
    for _, line in prose(path):
        heading = HEADING.match(line)
        if not heading:
            continue
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        found.add(f"{slug}-{count}" if count else slug)
    return found


def external_fault(target):
    parts = urllib.parse.urlsplit(target)
    if parts.scheme != "https":
        return "is not https"
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.netloc):
        return "has no good host name"
    return None


def fault(root, page, target):
    """What is wrong with a link in a page, or None."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return external_fault(target)
    path, _, anchor = target.partition("#")
    place = (page.parent / urllib.parse.unquote(path)).resolve() if path else page
    if not place.is_relative_to(root):
        return "leads out of the repository"
    if not place.exists():
        return "leads nowhere"
    if anchor and (place.suffix != ".md" or anchor not in anchors(place)):
        return f"has no heading #{anchor}"
    return None


def documents(root):
    return sorted(path for path in root.rglob("*.md")
                  if not NOT_OURS & set(path.relative_to(root).parts))


def links(page):
    for number, line in prose(page):
        text = CODE.sub("", line)
        for pattern in (LINK, AUTOLINK, REFERENCE):
            for target in pattern.findall(text):
                yield number, target


def faults(root):
    found = []
    for page in documents(root):
        for number, target in links(page):
            wrong = fault(root, page, target)
            if wrong:
                found.append(f"{page.relative_to(root)}:{number}: {target} {wrong}")
    return found


class Links(unittest.TestCase):
    maxDiff = None

    def test_every_link_leads_somewhere(self):
        self.assertEqual(faults(ROOT), [])

    def test_there_are_links(self):
        count = sum(1 for page in documents(ROOT) for _ in links(page))
        self.assertGreater(count, 60)

    def test_the_first_page_leads_to_every_document(self):
        reached = {(ROOT / target.split("#")[0]).resolve()
                   for _, target in links(ROOT / "README.md") if ":" not in target}
        missing = [page.name for page in (ROOT / "docs").glob("*.md") if page not in reached]
        self.assertEqual(missing, [])

    def test_every_picture_is_shown(self):
        shown = {(page.parent / target).resolve() for page in documents(ROOT)
                 for _, target in links(page) if ":" not in target}
        pictures = set((ROOT / "docs" / "images").iterdir())
        self.assertEqual(pictures - shown, set())


class Checker(unittest.TestCase):
    def test_what_is_wrong_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            (root / "b.md").write_text("# One\n## Two `x` and (three)\n# One\n")
            page = root / "a.md"
            for target, wrong in [
                    ("b.md", None), ("b.md#one", None), ("b.md#one-1", None),
                    ("b.md#two-x-and-three", None), ("b.md#two", "has no heading #two"),
                    ("b.md#one-2", "has no heading #one-2"), ("c.md", "leads nowhere"),
                    ("../x.md", "leads out of the repository"), ("#none", "has no heading #none"),
                    ("https://learn.microsoft.com/x", None), ("http://example.com", "is not https"),
                    ("https://nohost/x", "has no good host name")]:
                with self.subTest(target=target):
                    page.write_text(f"# Top\n`[x](no.md)` [a link]({target})\n"
                                    "```\n[x](no.md)\n```\n")
                    expected = [] if wrong is None else [f"a.md:2: {target} {wrong}"]
                    self.assertEqual(faults(root), expected)


if __name__ == "__main__":
    unittest.main()
