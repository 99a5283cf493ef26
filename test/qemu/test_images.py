# SPDX-License-Identifier: BSD-2-Clause
"""The recipes in images/: disks judged by the tools others made."""

import hashlib
import re
import subprocess
import sys

import pytest

from vireo import OUT, ROOT, tool

MKDISK = ROOT / "images" / "mkdisk.sh"
FRAGMENT = ROOT / "images" / "fragment.py"
MIB = 1 << 20


@pytest.fixture
def files(work):
    """A file of 3 MiB that does not repeat, and a folder."""
    big = work / "big.bin"
    big.write_bytes(b"".join(hashlib.sha256(str(i).encode()).digest()
                             for i in range(3 * MIB // 32)))
    return [big, ROOT / "images" / "sample" / "notes"]


def file_system(img, table):
    """mtools' and fsck's view of the disk's one file system."""
    if table == "none":
        return f"{img}", img
    part = img.with_suffix(".part")
    part.write_bytes(img.read_bytes()[MIB:])
    return f"{img}@@{MIB}", part


@pytest.mark.parametrize("table", ["gpt", "mbr", "none"])
@pytest.mark.parametrize("sector", [512, 4096])
@pytest.mark.parametrize("bits", [12, 16, 32])
def test_disk(work, files, table, sector, bits):
    img = work / "d.img"
    # FAT12 and FAT16 exist up to 4084 and 65524 clusters.
    size = {12: 12 if sector == 512 else 16, 16: 24 if sector == 512 else 160,
            32: 300}[bits]
    tool(MKDISK, "-t", table, "-b", sector, "-f", bits, "-s", size,
         "-l", "TESTDISK", "-o", img, *files)
    mt, part = file_system(img, table)
    tool("fsck.fat", "-n", part)
    assert f'disk type="FAT{bits}   "' in tool("minfo", "-i", mt, "::")
    assert f"sector size: {sector} bytes" in tool("minfo", "-i", mt, "::")
    assert "TESTDISK" in tool("mdir", "-i", mt, "::")
    back = work / "back"
    back.mkdir()
    tool("mcopy", "-s", "-i", mt, "::/big.bin", "::/notes", back)
    assert (back / "big.bin").read_bytes() == files[0].read_bytes()
    assert sorted(p.name for p in (back / "notes").iterdir()) == \
        sorted(p.name for p in files[1].iterdir())
    if table == "gpt" and sector == 512:
        assert "No problems found" in tool("sgdisk", "-v", img)
    if table != "none":
        rows = tool("fdisk", "-b", sector, "-l", img)
        assert f"1 * {sector} = {sector} bytes" in rows
        assert re.search(rf"\.img1 +\*? +{MIB // sector} ", rows)


def test_same_files_same_disk(work, files):
    images = [work / "1.img", work / "2.img"]
    for img in images:
        tool(MKDISK, "-o", img, *files)
    assert images[0].read_bytes() == images[1].read_bytes()


def test_failure_leaves_no_disk(work):
    img = work / "d.img"
    for files, options in (([work / "missing"], []),
                           ([OUT / "payload" / "Image"], ["-s", "20", "-f", "12"])):
        with pytest.raises(AssertionError):
            tool(MKDISK, *options, "-o", img, *files)
    assert list(work.iterdir()) == []


@pytest.mark.parametrize("bits,order,run", [
    (12, "interleave", 1), (16, "reverse", 3), (32, "shuffle", 1),
    (32, "interleave", 8)])
def test_fragments(work, files, bits, order, run):
    """The file reads the same and lies in pieces of the size asked for."""
    img = work / "d.img"
    tool(MKDISK, "-f", bits, "-s", {12: 12, 16: 24, 32: 300}[bits],
         "-o", img, *files)
    tool(sys.executable, FRAGMENT, "--order", order, "--run", run,
         f"{img}@@{MIB}", "/big.bin")
    mt, part = file_system(img, "gpt")
    tool("fsck.fat", "-n", part)
    assert tool("mcopy", "-i", mt, "::/big.bin", "-", text=False) == \
        files[0].read_bytes()
    pieces = re.findall(r"<(\d+)(?:-(\d+))?>", tool("mshowfat", "-i", mt, "::/big.bin"))
    sizes = [int(b or a) - int(a) + 1 for a, b in pieces]
    assert len(sizes) > sum(sizes) / run * 0.9
    if order != "shuffle":
        assert max(sizes) <= run


@pytest.mark.parametrize("count,run", [(10, 3), (11, 3), (9, 4), (12, 3)])
def test_turns_of_pieces(work, count, run):
    """Files whose length is no multiple of the pieces keep all they had."""
    img = work / "t.img"
    img.write_bytes(bytes(2 * MIB))
    tool("mkfs.fat", "-F", "12", "-s", "1", img)
    for i, name in enumerate(("qa", "qb")):
        (work / name).write_bytes(bytes(64 * i + n // 8 for n in range(count * 512 // 16)) * 16)
        tool("mcopy", "-i", img, work / name, "::/")
    tool(sys.executable, FRAGMENT, "--run", run, "--among", "/qb", img, "/qa")
    tool("fsck.fat", "-n", img)
    for name in ("qa", "qb"):
        assert tool("mcopy", "-i", img, f"::/{name}", "-", text=False) == \
            (work / name).read_bytes()


def test_turns(work, files):
    """Two files whose pieces take turns: neither has two that adjoin."""
    img = work / "d.img"
    tool(MKDISK, "-s", 40, "-o", img, *files)
    other = files[0].with_name("other.bin")
    other.write_bytes(files[0].read_bytes()[::-1])
    mt, part = file_system(img, "gpt")
    tool("mcopy", "-i", mt, other, "::/")
    tool(sys.executable, FRAGMENT, "--among", "/other.bin", f"{img}@@{MIB}", "/big.bin")
    tool("fsck.fat", "-n", file_system(img, "gpt")[1])
    for f in (files[0], other):
        assert tool("mcopy", "-i", mt, f"::/{f.name}", "-", text=False) == f.read_bytes()
        assert not re.search(r"<\d+-", tool("mshowfat", "-i", mt, f"::/{f.name}"))


def test_payload_is_repeatable(work):
    tool(ROOT / "images" / "payload.sh", work / "p")
    for name in ("Image", "initrd.img"):
        assert (work / "p" / name).read_bytes() == \
            (OUT / "payload" / name).read_bytes()


@pytest.mark.parametrize("el", [1, 2])
@pytest.mark.parametrize("kind", ["img", "elf"])
def test_demo_payload(kind, el):
    """The demo on the bare machine, without the firmware: as a kernel it
    finds a device tree and turns the machine off; as an ELF file there is
    none, so it returns into nothing."""
    qemu = ["qemu-system-aarch64", "-M",
            f"virt,virtualization={'on' if el == 2 else 'off'}",
            "-cpu", "cortex-a57", "-nodefaults", "-display", "none",
            "-serial", "stdio", "-kernel", OUT / "payload" / f"demo.{kind}"]
    try:
        text = subprocess.run(qemu, stdin=subprocess.DEVNULL, timeout=3,
                              stdout=subprocess.PIPE).stdout
        ended = True
    except subprocess.TimeoutExpired as e:
        text, ended = e.stdout, False
    assert f"demo: entered at EL{el} with the MMU off".encode() in text
    assert ended == (kind == "img")
