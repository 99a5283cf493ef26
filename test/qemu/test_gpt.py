# SPDX-License-Identifier: BSD-2-Clause
"""Partition tables written by gpt and mbr, judged by sgdisk, sfdisk and fdisk."""

import json
import re

import pytest

from vireo import Disk, tool

MIB = 1 << 20
TIB = 1 << 40
DISK_GUID = "375a56f7-d6c9-4e81-b5f0-09d41ca89efe"
UUIDS = [f"{n:08x}-67f6-4561-8457-6fdeed4f50a3" for n in range(1, 9)]
LINUX = "0fc63daf-8483-4772-8e79-3d69d8477de4"
ESP = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
DESC = (f"uuid_disk={DISK_GUID};"
        f"name=first,start=1M,size=1M,type=system,uuid={UUIDS[0]};"
        f"name=second ä,size=1536K,type=linux,bootable,uuid={UUIDS[1]};"
        f"name=rest,size=-,uuid={UUIDS[2]}")


def blank(path, size):
    with open(path, "wb") as f:
        f.truncate(size)
    return path


def sound(path):
    """sgdisk has nothing to say against the table."""
    out = tool("sgdisk", "-v", path)
    assert "No problems found" in out, out


def table(path, *more):
    return json.loads(tool("sfdisk", "--json", *more, path))["partitiontable"]


def parts(path):
    """(number, start, size, type, uuid, name, attributes) as sfdisk reads them."""
    return [(int(re.search(r"(\d+)$", p["node"])[1]), p["start"], p["size"],
             p["type"].lower(), p["uuid"].lower(), p.get("name", ""), p.get("attrs", ""))
            for p in table(path)["partitions"]]


def test_write(machine, work):
    """As U-Boot's test_gpt has it, and what other tools make of it."""
    image = blank(work / "d.img", 16 * MIB)
    m = machine(disks=[image], rng=True)
    assert m.ok(f"gpt write virtio 0 '{DESC}'") == "Writing GPT: success!\n"
    assert m.ok(f"gpt verify virtio 0 '{DESC}'") == "Verify GPT: success!\n"
    assert m.ok("gpt verify virtio 0") == \
        "No partition list provided - only basic check\nVerify GPT: success!\n"
    assert '0x00000800\t0x00000fff\t"first"' in m.ok("part list virtio 0")
    sound(image)
    t = table(image)
    assert (t["label"], t["id"].lower()) == ("gpt", DISK_GUID)
    assert (t["firstlba"], t["lastlba"]) == (34, 32768 - 34)
    assert parts(image) == [
        (1, 2048, 2048, ESP, UUIDS[0], "first", ""),
        (2, 4096, 3072, LINUX, UUIDS[1], "second ä", "LegacyBIOSBootable"),
        (3, 8192, 32768 - 33 - 8192, "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7",
         UUIDS[2], "rest", "")]
    # Made UUIDs are of version 4 and differ; those of a variable are kept in it.
    m.ok("gpt write virtio 0 'uuid_disk=${u};name=a,size=1M;name=b,size=1M'")
    found = [p[4] for p in parts(image)] + [table(image)["id"].lower()]
    assert len(set(found)) == 3
    assert all(re.fullmatch(r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}", u) and
               u[14] == "4" and u[19] in "89ab" for u in found)
    assert m.ok("echo $u") == found[2] + "\n"
    m.fails("gpt write virtio 0 'name=a,size=14M;name=b,size=1M'",
            "gpt write: virtio 0: partition 2 ends behind block 32734, the last it may have")
    sound(image)


def test_uuids_without_a_device(machine, work):
    """They are made of the tree's seeds, new ones at each start, or not at all."""
    image, seen = blank(work / "d.img", 8 * MIB), set()
    write = "gpt write virtio 0 'name=a,size=1M;name=b,size=1M'"
    for _ in range(2):
        m = machine(disks=[image], virtio=2)
        m.fails("rng list", "no entropy device")
        m.ok(write)
        sound(image)
        seen |= {p[4] for p in parts(image)} | {table(image)["id"].lower()}
        m.close()
    assert len(seen) == 6 and all(u[14] == "4" for u in seen)
    before = image.read_bytes()
    m = machine(disks=[image], virtio=2, machine="dtb-randomness=off")
    m.fails(write, "no source of random numbers: give every uuid")
    assert image.read_bytes() == before


def test_changes(machine, work):
    image = blank(work / "d.img", 8 * MIB)
    m = machine(disks=[image], virtio=2)
    m.ok(f"gpt write virtio 0 '{DESC}'")
    before = parts(image)
    out = m.ok("gpt rename virtio 0 1 erste")
    assert out.startswith("new partition table with 3 partitions is:\nPartition 1:\n"
                          "Start 1MiB, size 1MiB\nBlock size 512, name erste\n"
                          "Type U-Boot, bootable 0\n")
    assert out.endswith("success!\n")
    m.ok("gpt transpose virtio 0 1 2")
    m.ok("gpt swap virtio 0 erste rest")
    m.ok("gpt set-bootable virtio 0 erste")
    sound(image)
    first, second, rest = (list(p[1:]) for p in before)
    first[4], rest[4], second[5], rest[5] = "rest", "erste", "", "LegacyBIOSBootable"
    assert [list(p[1:]) for p in parts(image)] == [second, first, rest]
    m.ok("gpt setenv virtio 0 rest")
    assert m.ok("echo $gpt_partition_addr $gpt_partition_size $gpt_partition_entry") \
        == "800 800 2\n"
    m.ok("gpt enumerate virtio 0")
    assert m.ok("echo $gpt_partition_list") == "second ä rest erste\n"
    assert m.ok("gpt guid virtio 0") == DISK_GUID + "\nsuccess!\n"


def test_block_4096(machine, work):
    image = blank(work / "d.img", 64 * MIB)
    m = machine(disks=[Disk(image, bs=4096)])
    m.ok(f"gpt write virtio 0 '{DESC}'")
    out = tool("fdisk", "-b", 4096, "-l", "-o", "start,end,sectors", image)
    assert "Disklabel type: gpt" in out and "Units: sectors of 1 * 4096" in out
    assert re.findall(r"^ *(\d+) +(\d+) +(\d+)$", out, re.M) == [
        ("256", "511", "256"), ("512", "895", "384"), ("1024", "16378", "15355")]
    raw = image.read_bytes()
    # first usable 6, last usable 16378, and the copies where they must be
    for at in (4096, len(raw) - 4096):
        assert raw[at:at + 8] == b"EFI PART"
        assert raw[at + 40:at + 56] == (6).to_bytes(8, "little") + (16378).to_bytes(8, "little")
    m.ok(f"gpt write virtio 0 'uuid_disk={DISK_GUID};"
         f"name=a,start=24K,size=-,uuid={UUIDS[0]}'")
    out = tool("fdisk", "-b", 4096, "-l", "-o", "start,end", image)
    assert re.findall(r"^ *(\d+) +(\d+)$", out, re.M) == [("6", "16378")]
    m.fails(f"gpt write virtio 0 'name=a,start=20K,size=4K,uuid={UUIDS[0]}'",
            "partition 1 begins before block 6, the first it may have")
    m.ok("mbr write virtio 0 'start=1M,size=1M,id=0x0c,bootable;size=-,id=0x83'")
    out = tool("fdisk", "-b", 4096, "-l", "-o", "start,end,id", image)
    assert re.findall(r"^ *(\d+) +(\d+) +(\w+)$", out, re.M) == [
        ("256", "511", "c"), ("512", "16383", "83")]


def test_beyond_2_tib(machine, work):
    """A sparse disk of 3 TiB; behind 2 TiB lies a partition that can be written to."""
    image = blank(work / "d.img", 3 * TIB)
    m = machine(disks=[image], rng=True)
    m.ok("gpt write virtio 0 'name=a,size=2500G;name=b,size=-'")
    sound(image)
    assert [p[1:3] for p in parts(image)] == [
        (2048, 2500 << 21), (2048 + (2500 << 21), (3 << 31) - 33 - 2048 - (2500 << 21))]
    assert f"{(2500 << 21) + 2048:x}\n" == m.ok("part start virtio 0 b")
    with open(image, "rb") as f:        # as large as an MBR can say
        assert f.read(512)[446:462] == bytes.fromhex("00000200eeffffff01000000ffffffff")
    m.ok("gpt rename virtio 0 2 last")
    sound(image)
    m.fails("mbr write virtio 0 'size=2T,id=0x83'", "partition 1 ends behind block 4294967295")
    sound(image)


def test_repair(machine, work):
    image = blank(work / "d.img", 8 * MIB)
    m = machine(disks=[image], rng=True)
    m.ok(f"gpt write virtio 0 '{DESC}'")
    m.close()
    whole = image.read_bytes()
    for at, what in ((512, "primary"), (1024, "primary"), (len(whole) - 512, "backup"),
                     (len(whole) - 33 * 512, "backup")):
        image.write_bytes(whole[:at] + bytes(100) + whole[at + 100:])
        m = machine(disks=[image])
        m.fails("gpt verify virtio 0",
                f"Verify GPT: error!\ngpt verify: virtio 0: the {what} GPT is bad\n")
        assert m.ok("gpt repair virtio 0") == "Repairing GPT: success!\n" \
            f"gpt repair: virtio 0: the {what} GPT was bad: made again\n"
        assert m.ok("gpt repair virtio 0") == "Repairing GPT: success!\n" \
            "gpt repair: virtio 0: there was nothing to repair\n"
        m.close()
        assert image.read_bytes() == whole
    # A disk that grows while we look at it.
    m = machine(disks=[image])
    m.qmp("block_resize", **{"node-name": "d0", "size": 12 * MIB})
    m.fails("gpt verify virtio 0", "the backup GPT is not at the end of the disk")
    assert "the backup GPT is at the end of the disk now" in m.ok("gpt repair virtio 0")
    m.ok("gpt verify virtio 0")
    sound(image)
    assert table(image)["lastlba"] == 12 * 2048 - 34


def test_round_trip(machine, work):
    """Tables of sgdisk's making: read into a variable, written to another disk."""
    image, copy = blank(work / "d.img", 32 * MIB), blank(work / "e.img", 32 * MIB)
    tool("sgdisk", "-n", "1:2048:+1M", "-c", "1:a, b; c\\d ${e} = 'f\" ", "-A", "1:set:2",
         "-n", "3:40:99", "-a", "1", "-t", "3:8200", "-A", "3:set:0", "-A", "3:set:63",
         "-n", "7:10000:10000", "-t", "7:21686148-6449-6E6F-744E-656564454649",
         "-c", "7:ÄÖ 大きい 😀", "-A", "7:set:60", "-n", "128:20000:0", "-A", "128:set:48",
         "-c", "128:123456789012345678901234567890123456", image)
    m = machine(disks=[Disk(image, ro=True), copy])
    m.ok("gpt read virtio 0 v")
    m.ok('gpt write virtio 1 "$v"')
    m.ok('gpt verify virtio 1 "$v"')
    m.ok('gpt verify virtio 0 "$v"')
    sound(copy)
    assert parts(copy) == [(*p[:-1], p[-1]) for p in parts(image)]
    assert table(copy)["id"] == table(image)["id"]
    a, b = image.read_bytes(), copy.read_bytes()
    assert a[1024:34 * 512] == b[1024:34 * 512]
    assert m.ok("part start virtio 1 128") == f"{20000:x}\n"       # decimal, as in U-Boot
    assert m.ok("part number virtio 1 0x80") == "0x80\n"
    assert m.ok("part name virtio 1 0x80") == "123456789012345678901234567890123456\n"
    assert m.ok("part uuid virtio 1:80") == m.ok("part uuid virtio 0:80")
    m.fails("part start virtio 1 80", "** Invalid partition 80 **")
    m.fails("gpt rename virtio 0 1 x", "gpt rename: virtio 0: read-only")
    m.fails('gpt write virtio 0 "$v"', "gpt write: virtio 0: read-only")
    m.fails("mbr write virtio 0 'size=-,id=1'", "mbr write: virtio 0: read-only")
    assert image.read_bytes() == a


@pytest.mark.parametrize("iotype", ["write", "flush"])
def test_write_error(machine, work, iotype):
    """The backup's header, or the flush behind it, fails: the primary stays as it was."""
    image = blank(work / "d.img", 8 * MIB)
    tool("sgdisk", "-n", "1:2048:+1M", "-c", "1:old", image)
    sector = f"file.inject-error.0.sector={8 * 2048 - 1}," if iotype == "write" else ""
    node = ("driver=raw,node-name=%s,file.driver=blkdebug,file.image.driver=file,"
            f"file.image.filename={image},file.inject-error.0.event=none," + sector +
            f"file.inject-error.0.iotype={iotype}")
    m = machine(disks=[Disk(node=node)], rng=True)
    m.fails("gpt write virtio 0 'name=new,size=-'",
            "Writing GPT: error!\ngpt write: virtio 0: input/output error; "
            "the primary GPT is as it was\n")
    assert '"old"' in m.ok("part list virtio 0")
    m.close()
    assert "old" in tool("sgdisk", "-p", image)
    m = machine(disks=[image], rng=True)
    assert m.ok("gpt repair virtio 0") == "Repairing GPT: success!\n" + (
        "gpt repair: virtio 0: the backup GPT was bad: made again\n" if sector else
        "gpt repair: virtio 0: the backup GPT was another: made again from the primary\n")
    sound(image)
    assert [p[5] for p in parts(image)] == ["old"]


def test_mbr(machine, work):
    """U-Boot's own test of mbr, and what sfdisk makes of it."""
    image = blank(work / "d.img", 32 * MIB)
    desc = ("uuid_disk=0x12345678;name=p1,start=8M,bootable,size=1M,id=0x0e;"
            "name=p2,size=1M,id=0x0e;name=p3,size=1M,id=0x0e;name=[ext],size=-,id=0x05;"
            "name=p5,size=1M,id=0x0e;name=p6,size=2M,id=0x83;name=p7,size=-,id=0x82")
    m = machine(disks=[image])
    m.fails("mbr write virtio 0", "MBR: write error!")
    m.ok(f"setenv mbr_parts '{desc}'")
    assert m.ok("mbr write virtio 0") == "MBR: write success!\n"
    assert m.ok("mbr verify virtio 0") == "MBR: verify success!\n"
    assert m.ok("part uuid virtio 0:7") == "12345678-07\n"
    t = table(image)
    assert (t["label"], t["id"]) == ("dos", "0x12345678")
    assert [(p["start"], p["size"], p["type"], p.get("bootable", False))
            for p in t["partitions"]] == [
        (16384, 2048, "e", True), (18432, 2048, "e", False), (20480, 2048, "e", False),
        (22528, 43008, "5", False), (24576, 2048, "e", False),
        (28672, 4096, "83", False), (34816, 30720, "82", False)]
    assert "No errors detected" in tool("sfdisk", "-V", image)
    m.fails("mbr verify virtio 0 'size=1M,id=0x0c'", "the type of partition 1 differs")
    # From one kind to the other and back, with the disk cache of neither in the way.
    m.ok(f"gpt write virtio 0 '{DESC}'")
    assert "Partition Type: EFI" in m.ok("part list virtio 0")
    m.ok("mbr write virtio 0")
    assert table(image)["label"] == "dos"
    out = tool("sgdisk", "-p", image)           # nothing of the GPT is left to find
    assert "converting MBR to GPT" in out and "Invalid partition data" not in out, out


def test_help_and_tab(machine, work):
    m = machine(disks=[blank(work / "d.img", MIB)])
    assert "set-bootable" in m.ok("help gpt") and "id=0x83" in m.ok("help mbr")
    for usage in ("gpt", "gpt write virtio 0", "gpt nope virtio 0", "mbr write"):
        m.fails(usage, "Usage:")
    m.send("gpt verif\tvirt\t\t")
    m.expect("verify virtio 0 ")
    m.send("\x03")
    m.prompt()
