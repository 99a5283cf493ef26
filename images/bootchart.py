#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Draw a boot as an SVG: bootchart.py [OUT.svg [REPORT]]

OUT.svg is out/bootchart.svg when it is not given. Without REPORT the demo machine is started (images/run.sh, with its variables)
until it enters the kernel; REPORT is a console log, or "-" for standard
input, that holds what `bootstage report` printed.
"""

import os
import re
import signal
import subprocess
import sys
from html import escape
from pathlib import Path

RUN = Path(__file__).resolve().with_name("run.sh")
OUT = RUN.parents[1] / "out" / "bootchart.svg"
LEFT, WIDTH, ROW, TOP = 190, 560, 24, 58
COLOURS = ["#4c78a8", "#72b7b2", "#54a24b", "#eeca3b", "#f58518", "#e45756",
           "#b279a2", "#9d755d"]


def boot(seconds=60):
    """The console of one boot, up to the kernel."""
    preset = "-fw_cfg name=opt/org.vireo/var/bootstage,string=report"
    env = {**os.environ, "QEMU_ARGS": f"{os.environ.get('QEMU_ARGS', '')} {preset}"}
    qemu = subprocess.Popen(["timeout", str(seconds), RUN, "run"], env=env,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            text=True, errors="replace", start_new_session=True)
    text = ""
    for line in qemu.stdout:
        text += line
        if line.startswith("Starting kernel"):
            break
    os.killpg(qemu.pid, signal.SIGKILL)
    qemu.wait()
    if not line.startswith("Starting kernel"):
        sys.exit(f"bootchart.py: the kernel was not entered; the console said:\n{text}")
    return text


def parse(text):
    """[(name, from, to)] of the marks and [(name, us)] of the sums."""
    found = re.search(r"Timer summary in microseconds \(\d+ records\):\s+Mark +"
                      r"Elapsed +Stage\s+(.*?)\s+Accumulated time:(.*)", text, re.S)
    if not found:
        sys.exit("bootchart.py: no bootstage report found")
    number = "([0-9,]+)"
    marks = [(int(a.replace(",", "")), name) for a, name in
             re.findall(rf"^ *{number} +{number[1:-1]} +(\S.*?)\s*$", found[1], re.M)]
    if len(marks) < 2:
        sys.exit("bootchart.py: the report has no stages")
    sums = [(name, int(n.replace(",", ""))) for n, name in
            re.findall(rf"^ +{number}  (\S.*?)\s*$", found[2], re.M)]
    stages = [(name, before[0], at) for before, (at, name) in zip(marks, marks[1:])]
    return stages, sums


def us(n):
    return f"{n / 1000:.1f} ms" if n >= 10000 else f"{n} µs"


def draw(stages, sums):
    start, end = stages[0][1], stages[-1][2]
    scale = WIDTH / max(end - start, 1)
    rows = len(stages) + len(sums) + (1 if sums else 0)
    height = TOP + rows * ROW + 20
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 110}" '
           f'height="{height}" font-family="sans-serif" font-size="13">',
           f'<rect width="100%" height="100%" fill="white"/>',
           f'<text x="16" y="24" font-size="16">Vireo: {us(end - start)} from reset '
           f'to the kernel</text>',
           f'<text x="16" y="43" fill="#666">each bar ends when that point was '
           f'reached; its length is the time since the one before</text>']

    def bar(row, name, x, width, colour, text):
        y = TOP + row * ROW
        out.append(f'<text x="{LEFT - 10}" y="{y + 15}" text-anchor="end">'
                   f'{escape(name)}</text>')
        out.append(f'<rect x="{LEFT + x:.1f}" y="{y + 3}" width="{max(width, 1):.1f}" '
                   f'height="{ROW - 7}" fill="{colour}"/>')
        out.append(f'<text x="{LEFT + x + width + 6:.1f}" y="{y + 15}" fill="#444">'
                   f'{text}</text>')

    for i, (name, begin, at) in enumerate(stages):
        bar(i, name, (begin - start) * scale, (at - begin) * scale,
            COLOURS[i % len(COLOURS)], us(at - begin))
    for i, (name, n) in enumerate(sums, len(stages) + 1):
        bar(i, f"{name} in all", 0, n * scale, "#bbbbbb", us(n))
    return "\n".join([*out, "</svg>", ""])


def main():
    if len(sys.argv) > 3:
        sys.exit(__doc__)
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    if len(sys.argv) < 3:
        text = boot()
    elif sys.argv[2] == "-":
        text = sys.stdin.read()
    else:
        text = Path(sys.argv[2]).read_text(errors="replace")
    out.write_text(draw(*parse(text)))
    print(f"  {out}")


if __name__ == "__main__":
    main()
