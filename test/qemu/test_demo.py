# SPDX-License-Identifier: BSD-2-Clause
"""`make demo`: images/demo.py unattended, and with a viewer at the keys."""

import os
import re
import shutil
import subprocess
import sys
import time

import pexpect
import pytest

from vireo import ANSI, OUT, ROOT, SLOW

DEMO = str(ROOT / "images" / "demo.py")


@pytest.fixture
def env(work):
    shutil.copyfile(OUT / "disk.img", work / "disk.img")
    return {**os.environ, "DISK": str(work / "disk.img"), "TERM": "xterm"}


@pytest.fixture
def viewer(work, env):
    """A function that starts the demo in a terminal of so many columns."""
    started = []

    def start(columns=80):
        t = pexpect.spawn(sys.executable, [DEMO], env=env, timeout=20 * SLOW,
                          encoding="utf-8", codec_errors="replace",
                          dimensions=(40, columns))
        t.logfile_read = open(work / "demo.log", "w")
        started.append(t)
        return t

    yield start
    for t in started:
        t.close(force=True)
        t.logfile_read.close()


def test_unattended(env):
    """From reset to Linux' prompt, each command understood."""
    began = time.monotonic()
    p = subprocess.run([sys.executable, DEMO], env=env, stdin=subprocess.DEVNULL, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60 * SLOW)
    assert p.returncode == 0, p.stdout
    assert time.monotonic() - began < 30 * SLOW
    typed = re.findall(r"^=> (\w.*)$", p.stdout, re.M)
    assert typed[0] == "virtio list" and typed[-1] == "boot" and len(typed) > 10
    assert not re.search("Usage:|Unknown command|no such|error|failed", p.stdout.split("Starting kernel")[0])
    assert "through queue 0, split, mmio\n" in p.stdout
    assert "through queue 0, packed, mmio\n" in p.stdout
    assert p.stdout.count("status 0 OK") >= 2
    assert "Vireo: Linux is up" in p.stdout
    assert p.stdout.endswith("## Linux is up.\n\n")


def test_a_kernel_that_is_not_there(env, work):
    (work / "none.img").write_bytes(bytes(1 << 20))
    p = subprocess.run([sys.executable, DEMO], env={**env, "DISK": str(work / "none.img")},
                       stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=60 * SLOW)
    assert p.returncode == 1
    assert "demo.py: the machine did not do as it should" in p.stdout


def test_keys(viewer):
    """Nothing happens before a key; other keys are no keys; the shell at the end is ours."""
    t = viewer()
    t.expect("all are idle")
    with pytest.raises(pexpect.TIMEOUT):
        t.expect("slot31", timeout=1)
    t.send("x")
    with pytest.raises(pexpect.TIMEOUT):
        t.expect("slot31", timeout=1)
    t.send("\r")
    t.expect("slot31")
    seen = ""
    while "and jump" not in seen:
        t.expect("## [^\r]*[.,]\x1b")
        seen = t.before + t.after
        t.send(" ")
    t.expect("its shell is yours")
    t.expect("/ # ")
    t.send("echo a$((6*7))\r")
    t.expect("a42")
    t.send("\x01x")
    t.expect(pexpect.EOF)


@pytest.mark.parametrize("press", ["q", "\x03"])
def test_the_end_at_any_time(viewer, press):
    t = viewer()
    t.expect("all are idle")
    t.send(press)
    t.expect(pexpect.EOF)
    t.close()
    assert t.exitstatus == 0


@pytest.mark.parametrize("columns", [50, 132])
def test_width(viewer, columns):
    t = viewer(columns)
    t.expect("all are idle")
    lines = [x for x in ANSI.sub("", t.before + t.after).splitlines() if x.startswith("## ")]
    assert columns - 25 < max(map(len, lines)) < columns
