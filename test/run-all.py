#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Run every test and end with one line, "N passed, N failed".

    run-all.py [PATTERN]     only the tests whose names contain PATTERN

Host tests (out/host/*_test, cmocka) and QEMU tests (test/qemu, pytest) are
counted one by one, fuzz targets (out/fuzz/*_fuzz, libFuzzer) one each. A
program that crashes, hangs or reports nothing counts as a failure, as does a
whole group with nothing to run; so does a test that was skipped.

FUZZ_SECONDS  time for each fuzz target (default 10)
"""

import os
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "out"
REPORTS = OUT / "test"
KINDS = {"host": "test", "fuzz": "fuzz"}
FUZZ_SECONDS = int(os.environ.get("FUZZ_SECONDS", "10"))
QEMU_TESTS_AT_ONCE = 2
QEMU_SECONDS = 2400


class Totals:
    def __init__(self):
        self.passed = 0
        self.failed = []

    def add(self, name, ok, detail=""):
        if ok:
            self.passed += 1
            return
        self.failed.append(name)
        print(f"FAILED {name}\n{detail.rstrip()}", flush=True)


def run(words, timeout, **kw):
    """Run a program; return (status, output). A hang is status -1."""
    try:
        p = subprocess.run(words, stdout=subprocess.PIPE, text=True, cwd=ROOT,
                           stderr=subprocess.STDOUT, timeout=timeout,
                           errors="replace", stdin=subprocess.DEVNULL, **kw)
        return p.returncode, p.stdout
    except FileNotFoundError:
        return -1, f"{words[0]} was not built"
    except subprocess.TimeoutExpired as e:
        text = (e.stdout or b"").decode(errors="replace")
        return -1, f"{text}\nno end after {timeout} s"


def programs(kind, pattern):
    """The built programs that still have a source file."""
    return [p for p in (OUT / kind / s.stem for s in
                        sorted((ROOT / "test" / kind).glob(f"*_{KINDS[kind]}.c")))
            if pattern in p.name]


def cmocka_results(text):
    """The tests of a cmocka program's output: [name, passed]. One that begins
    and does not come out OK has failed, a crash included."""
    tests = []
    for line in text.splitlines():
        if line.startswith("[ RUN      ] "):
            tests.append([line[13:].strip(), False])
        elif tests and line.strip() == f"[       OK ] {tests[-1][0]}":
            tests[-1][1] = True
    return tests


def host_tests(totals, pattern):
    for program in programs("host", pattern):
        status, out = run([program], 300)
        tests = cmocka_results(out)
        for test, passed in tests:
            totals.add(f"{program.name}: {test}", passed)
        if not tests or (status != 0 and all(passed for _, passed in tests)):
            totals.add(program.name, False)
        if status != 0:
            print(f"{program.name}: status {status}\n{out[-8000:]}")
        print(f"  {program.name}: {len(tests)} tests", flush=True)


def fuzz_tests(totals, pattern):
    for program in programs("fuzz", pattern):
        name = program.name
        found = OUT / "fuzz" / f"{name}.found"
        found.mkdir(exist_ok=True)
        corpus = ROOT / "test" / "fuzz" / "corpus" / name.removesuffix("_fuzz")
        words = [program, f"-max_total_time={FUZZ_SECONDS}", "-timeout=10",
                 f"-artifact_prefix={found}/crash-", "-rss_limit_mb=2048",
                 "-print_final_stats=1", found, corpus]
        status, out = run(words, FUZZ_SECONDS + 120)
        totals.add(name, status == 0, out[-4000:])
        count = [line.split()[-1] for line in out.splitlines()
                 if "number_of_executed_units" in line]
        print(f"  {name}: {count[0] if count else 0} inputs", flush=True)


def qemu_tests(totals, pattern):
    report = REPORTS / "qemu.xml"
    report.unlink(missing_ok=True)
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
             "-n", str(QEMU_TESTS_AT_ONCE),
             f"--junitxml={report}", "test/qemu"]
    if pattern:
        words += ["-k", pattern]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # only out/ is written to
    try:
        status = subprocess.run(words, cwd=ROOT, stdin=subprocess.DEVNULL,
                                env=env, timeout=QEMU_SECONDS).returncode
    except subprocess.TimeoutExpired:
        status = f"no end after {QEMU_SECONDS} s"
    try:
        cases = list(xml.parse(report).iter("testcase"))
    except (OSError, xml.ParseError):
        cases = []
    all_passed = True
    for case in cases:
        bad = [e for e in case if e.tag in ("failure", "error", "skipped")]
        all_passed &= not bad
        # pytest has shown the reason already.
        totals.add(f"{case.get('classname')}: {case.get('name')}", not bad)
    if status != 0 and all_passed and (cases or not pattern):
        totals.add("qemu tests", False, f"pytest: {status}")


def main():
    pattern = sys.argv[1] if len(sys.argv) > 1 else ""
    REPORTS.mkdir(parents=True, exist_ok=True)
    totals = Totals()
    for name, group in (("host", host_tests), ("fuzz", fuzz_tests),
                        ("qemu", qemu_tests)):
        print(f"== {name} tests", flush=True)
        before = totals.passed + len(totals.failed)
        group(totals, pattern)
        if not pattern and totals.passed + len(totals.failed) == before:
            totals.add(f"{name} tests", False, "nothing to run")
    for name in totals.failed:
        print(f"failed: {name}")
    line = f"{totals.passed} passed, {len(totals.failed)} failed"
    (REPORTS / "totals").write_text(line + "\n")
    print(line)
    sys.exit(bool(totals.failed) or not totals.passed)


if __name__ == "__main__":
    main()
