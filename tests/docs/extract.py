#!/usr/bin/env python3
"""extract.py PAGE FOLDER: writes the C++ of a page to FOLDER. A heading that names a file in code
("## 1. The header: `src/x.hpp`") says where the block below it belongs."""
import pathlib
import re
import sys

page, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
parts = re.split(r"^## .*`([^`]+\.[ch]pp)`$", page.read_text(encoding="utf-8"), flags=re.M)
for name, text in zip(parts[1::2], parts[2::2]):
    block = re.search(r"^```cpp\n(.*?)^```$", text, re.M | re.S)
    if not block:
        continue
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(block[1], encoding="utf-8")
