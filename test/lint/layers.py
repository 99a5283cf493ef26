#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Check every #include of the firmware against layers.txt.

<room/name.h> is room's public header; "name.h" must lie beside the file that includes it.
Conditional compilation is looked for on the way: a .c file has none.
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
INCLUDE = re.compile(r'\s*#\s*include\s+([<"])([^>"]+)[>"]')
CONDITIONAL = re.compile(r"\s*#\s*(if|ifdef|ifndef|elif|else)\b")


def read_table(path):
    table = {}
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            table[words[0]] = set(words[1:]) | {words[0]}
    return table


def files(table):
    for room in sorted(table):
        for path in sorted(pathlib.Path(room).rglob("*.[chS]")):
            yield room, path
    for path in sorted(pathlib.Path("include").rglob("*.h")):
        yield (path.parts[1] if len(path.parts) > 2 else "lib"), path


def check(room, path, table):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if path.suffix == ".c" and CONDITIONAL.match(line):
            yield f"{path}:{number}: conditional compilation in a .c file"
        match = INCLUDE.match(line)
        if not match:
            continue
        quoted, name = match.group(1) == '"', match.group(2)
        if quoted:
            if not (path.parent / name).exists():
                yield f'{path}:{number}: "{name}" is not beside this file'
            continue
        owner = name.split("/")[0] if "/" in name else "lib"
        if owner not in table:
            yield f"{path}:{number}: <{name}> belongs to no room"
        elif "*" not in table[room] and owner not in table[room]:
            yield f"{path}:{number}: {room} may not include <{name}>"


def main():
    table = read_table(HERE / "layers.txt")
    bad = [text for room, path in files(table) for text in check(room, path, table)]
    print("\n".join(bad), end="\n" if bad else "")
    return 1 if bad else 0


sys.exit(main())
