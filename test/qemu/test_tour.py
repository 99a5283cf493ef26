# SPDX-License-Identifier: BSD-2-Clause
"""doc/virtio-tour.md: its commands, typed on its machine, give what it shows."""

import re
import shlex
import shutil

import pytest

from vireo import OUT, ROOT

PAGE = (ROOT / "doc" / "virtio-tour.md").read_text()

# What may differ from one machine, or one time, to another.
VARYING = [
    (r"0x5[0-9a-f]{7}", "0xADDRESS"),                   # RAM, as numbers
    (r"\b[0-9a-f]{6}5[0-9a-f]0{8}\b", "ADDRESS"),       # and in memory
    (r"looks: \d+, time: \d+ us", "looks: N, time: N us"),
    (r"(?m)^ *\d+ virtio0  ", "TIME virtio0  "),
    (r"(?m)^TIME virtio0  read    Status .*\n", ""),    # one a millisecond
    (r"(?m)^\d+ events", "N events"),
    (r"InterruptStatus +0x0000000\d", "InterruptStatus"),
    (r"(?m)^TIME virtio0  write   InterruptACK .*\n", ""),
]


def shown():
    """Each command of the page with its output; an output may go on in later blocks."""
    text = "".join(re.findall(r"^```\n(.*?)^```$", PAGE, re.M | re.S))
    return re.findall(r"^=> (.*)\n((?:(?!=> ).*\n)*)", text, re.M)


def same(page, out):
    """Are they, but for what varies and what the page leaves out by "…"?"""
    for pattern, name in VARYING:
        page, out = re.sub(pattern, name, page), re.sub(pattern, name, out)
    parts = [re.escape(p) for p in re.split(r"^…\n", page, flags=re.M)]
    return re.fullmatch("(?s:(?:.*\n)?)".join(parts), out)


def qemu_args():
    typed = re.search(r"make shell QEMU_ARGS='(.*?)'", PAGE, re.S)[1]
    return shlex.split(typed.replace("out/vireo.bin", str(OUT / "vireo.bin")))


@pytest.fixture
def tour(machine, work):
    """The machine of `make shell`, with the page's arguments."""
    shutil.copyfile(OUT / "disk.img", work / "disk.img")
    return machine(env={"env_store": None}, args=[
        "-drive", f"if=none,id=disk,format=raw,file={work / 'disk.img'}",
        "-device", "virtio-blk-device,drive=disk",
        "-netdev", "user,id=net", "-device", "virtio-net-device,netdev=net",
        "-device", "virtio-rng-device"] + qemu_args())


def test_the_page(tour):
    commands = shown()
    assert len(commands) > 15
    for line, page in commands:
        out = tour.cmd(line).out
        assert same(page, out), f"=> {line}\n{out}\nThe page has:\n{page}"


def test_a_page_that_differs():
    """What the comparison lets pass, and what it does not."""
    assert same("a at 0x5f2d0040\n", "a at 0x5f314840\n")
    assert same("1\n…\n4\n", "1\n2\n3\n4\n") and same("1\n…\n4\n", "1\n4\n")
    assert not same("1\n…\n4\n", "1\n2\n3\n")
    assert not same("a at 0x5f2d0040\n", "a at 0x0a003e00\n")
    assert not same("id 0, length 513\n", "id 0, length 1\n")
    assert not same("a\n", "a\nb\n") and not same("a\nb\n", "a\n")


def test_the_table():
    """Each difficulty has a step and a rule, and what is quoted of a step is on the page."""
    rows = re.findall(r"^\| (.+?) \| ([\d, /]+) \| (.+?) \| (.+?) \|$", PAGE, re.M)
    assert len(rows) == PAGE.count("\n| ") - 1
    blocks = "".join(re.findall(r"^```\n(.*?)^```$", PAGE, re.M | re.S))
    for _, _, seen, _ in rows:
        for quoted in re.findall("`([^`]+)`", seen):
            assert re.sub(" +", " ", quoted) in re.sub(" +", " ", blocks), quoted
