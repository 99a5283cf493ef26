# SPDX-License-Identifier: BSD-2-Clause
"""bootstage: the timeline of a boot, as U-Boot prints it and as a picture."""

import re
import subprocess
import sys
from xml.etree import ElementTree

from vireo import OUT, ROOT, Disk, clean

CHART = ROOT / "images" / "bootchart.py"
LINE = re.compile(r"^ {0,10}([0-9,]+) +([0-9,]+)  (\S.*)$")


def number(text):
    return int(text.replace(",", ""))


def check_report(text):
    """The layout to the letter; the names of the marks."""
    head, _, sums = text.partition("\n\nAccumulated time:\n")
    lines = head.splitlines()
    assert re.fullmatch(r"Timer summary in microseconds \(\d+ records\):", lines[0])
    assert lines[1] == "       Mark    Elapsed  Stage"
    rows = [LINE.match(line) for line in lines[2:]]
    assert all(rows) and all(len(line) == 24 + len(r[3])
                             for line, r in zip(lines[2:], rows)), text
    assert f"({len(rows)} records)" in lines[0]
    marks = [number(r[1]) for r in rows]
    assert marks == sorted(marks) and number(rows[0][2]) == 0
    assert [number(r[2]) for r in rows[1:]] == [
        b - a for a, b in zip(marks, marks[1:])]
    for line in sums.splitlines():
        assert re.fullmatch(r" {11}[ 0-9,]{11}  \S+", line), line
    return [r[3] for r in rows], dict(
        (name, number(n)) for n, name in re.findall(r"([0-9,]+)  (\S+)", sums))


def test_report(machine):
    m = machine(disks=[Disk(OUT / "disk.img", ro=True)])
    m.ok("ls virtio 0:1")
    marks, sums = check_report(m.ok("bootstage report"))
    assert marks == ["reset", "early_main", "relocated", "memory", "devices",
                     "environment", "main_loop"]
    assert sums["dm_r"] > 0 and sums["blk_read"] > 0
    assert "blk_write" not in sums
    m.fails("bootstage", "Usage:")
    m.fails("bootstage never", "Usage:")
    m.fails("bootstage report x", "Usage:")


def test_before_the_kernel_and_its_picture(machine, work):
    m = machine(disks=[Disk(OUT / "disk.img", ro=True)], wait=False,
                env={"bootdelay": None, "bootstage": "report"})
    text = clean(m.expect("\nStarting kernel"))
    report = text[text.index("Timer summary"):].rstrip()
    marks, _ = check_report(report)
    assert marks[-4:] == ["kernel found", "kernel loaded", "ramdisk loaded",
                          "start_kernel"]
    log, svg = work / "report.txt", work / "boot.svg"
    log.write_text(text)
    subprocess.run([sys.executable, CHART, svg, log], check=True)
    words = [e.text for e in ElementTree.parse(svg).iter()
             if e.tag.endswith("text")]
    assert set(marks[1:]) <= set(words) and "blk_read in all" in words


def test_no_report_unasked(machine):
    m = machine(disks=[Disk(OUT / "disk.img", ro=True)], wait=False,
                env={"bootdelay": None})
    assert "Timer summary" not in m.expect("Starting kernel")


def test_picture_of_nothing(work):
    log = work / "report.txt"
    log.write_text("=> help\n")
    done = subprocess.run([sys.executable, CHART, work / "x.svg", log],
                          stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "no bootstage report found" in done.stderr
