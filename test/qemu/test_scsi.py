# SPDX-License-Identifier: BSD-2-Clause
"""SCSI disks behind virtio-scsi: U-Boot's command, files, Linux; what is on the disk and
in memory is judged from outside."""

import random
import re
import shutil

import pytest

from vireo import OUT, Disk, comma, tool

MIB = 1 << 20
BUF = 0x48000000
DATA = random.Random(2).randbytes(4 * MIB)


def controller(name="s0", slot=8):
    return ["-device", f"virtio-scsi-device,id={name},bus=virtio-mmio-bus.{slot}"]


def unit(path, n=0, target=0, lun=0, kind="scsi-hd", ro=False, more="", name="s0",
         node=None):
    node = node or (f"driver=raw,node-name=%s,read-only={'on' if ro else 'off'},"
                    f"file.driver=file,file.filename={comma(path)}")
    return ["-blockdev", node % f"u{n}", "-device",
            f"{kind},drive=u{n},bus={name}.0,scsi-id={target},lun={lun}{more}"]


INFO = ("Device {n}: ({at}) Vendor: QEMU Prod.: {what} Rev: 2.5+\n"
        "            Type: {kind}\n"
        "            Capacity: {capacity}\n"
        "            Controller: {on}\n")
HD = {"on": "scsi0", "what": "QEMU HARDDISK", "kind": "Hard Disk"}
CD = {"on": "scsi0", "what": "QEMU CD-ROM", "kind": "Removable CD ROM"}


@pytest.mark.parametrize("virtio", [1, 2])
def test_info_and_scan(machine, image, virtio):
    """Several units, LUNs and controllers; nothing is touched before it is asked for."""
    m = machine(virtio=virtio, args=[
        *controller(), *controller("s1", 9),
        *unit(image, 0, ro=True), *unit(image, 1, lun=3, ro=True, more=",logical"
        "_block_size=4096,physical_block_size=4096"),
        *unit(image, 2, target=255, lun=300, kind="scsi-cd", ro=True),
        *unit(image, 3, target=9, name="s1", ro=True)])
    assert m.ok("virtio list").count(" idle") == 2
    texts = [
        INFO.format(n=0, at="0:0", capacity="4.0 MB = 0.0 GB (8192 x 512)", **HD),
        INFO.format(n=1, at="0:3", capacity="4.0 MB = 0.0 GB (1024 x 4096)", **HD),
        INFO.format(n=2, at="255:300", capacity="4.0 MB = 0.0 GB (2048 x 2048)", **CD),
        INFO.format(n=3, at="9:0", capacity="4.0 MB = 0.0 GB (8192 x 512)",
                    **HD | {"on": "scsi1"})]
    assert m.ok("scsi info") == "".join(texts)
    assert m.ok("scsi scan") == "scanning bus for devices...\n" + \
        "".join("  " + t for t in texts)
    assert m.ok("scsi device 2") == "\n" + texts[2] + "... is now current device\n"
    assert m.ok("virt scan; scs dev") == "\n" + texts[2]
    assert m.ok("virtio info") == "virtio info: no virtio disk\n"
    assert not m.stderr()


def test_none(machine):
    m = machine()
    assert m.ok("scsi info") == "scsi info: no scsi disk\n"
    assert m.ok("scsi scan") == "scanning bus for devices...\n"
    m.fails("scsi device", "Device 0: unknown device")
    m.fails("scsi part", "scsi part: no scsi disk")
    m.fails(f"scsi read {BUF:x} 0 1", "scsi read: device 0: unknown device")
    m.fails("ls scsi 0", "ls: scsi 0: no such device")


@pytest.mark.parametrize("virtio,kind,bs", [(1, "hd", 512), (2, "hd", 4096),
                                            (2, "cd", 2048), (1, "cd", 2048)])
def test_read(machine, image, virtio, kind, bs):
    more = f",logical_block_size={bs},physical_block_size={bs}" if kind == "hd" else ""
    m = machine(virtio=virtio, args=[*controller(), *unit(
        image, kind=f"scsi-{kind}", ro=True, more=more)])
    last = len(DATA) // bs - 1
    for blk, count in [(0, 1), (3, 5), (last, 1), (0, last + 1)]:
        m.ok(f"mw.b {BUF:x} a5 {count * bs + 64:x}")
        assert m.ok(f"scsi read {BUF:x} {blk:x} {count:x}") == (
            f"\nscsi read: device 0 block # {blk}, count {count} ... "
            f"{count} blocks read: OK\n")
        got = m.memory(BUF, count * bs + 64)
        assert got == DATA[blk * bs:][:count * bs] + b"\xa5" * 64
    assert m.fails(f"scsi read {BUF:x} {last:x} 2").endswith(
        "-5 blocks read: ERROR\nscsi read: device 0: past the end, it has "
        f"{last + 1} blocks\n")
    m.fails(f"scsi write {BUF:x} 0 1", "-5 blocks written: ERROR\n"
            "scsi write: device 0: read-only\n")


@pytest.mark.parametrize("virtio,bs", [(1, 512), (2, 512), (2, 4096)])
def test_write(machine, image, virtio, bs):
    m = machine(virtio=virtio, args=[*controller(), *unit(
        image, more=f",logical_block_size={bs},physical_block_size={bs}")])
    m.ok(f"mw.b {BUF + 3:x} 5a {3 * bs:x}; scsi write {BUF + 3:x} 5 3; scsi flush")
    m.close()
    want = bytearray(DATA)
    want[5 * bs:8 * bs] = b"\x5a" * (3 * bs)
    assert image.read_bytes() == want


@pytest.mark.parametrize("how", ["", ",packed=on", ",disable-modern=on",
                                 ",indirect_desc=off,event_idx=off"])
def test_pci(machine, image, how):
    """Over PCI, and on the other rings."""
    m = machine(args=["-device", f"virtio-scsi-pci,id=s0{how}", *unit(image)])
    m.ok(f"scsi read {BUF:x} 0 2000; scsi write {BUF:x} 1000 800; scsi flush")
    assert m.memory(BUF, 4 * MIB) == DATA
    m.close()
    assert image.read_bytes() == DATA[:2 * MIB] + DATA[:MIB] + DATA[3 * MIB:]


def test_serial(machine, image):
    m = machine(args=[*controller(), *unit(image, ro=True, more=",serial=AB-12")])
    assert m.ok("scsi id") == "Device 0: id AB-12\n"


def test_cd_without_medium(machine, image):
    """No medium, one is put in, another kind of trouble: words each time."""
    m = machine(args=[*controller(), "-device", "scsi-cd,bus=s0.0,id=cd"])
    assert m.ok("scsi info") == INFO.format(
        n=0, at="0:0", capacity="not available", **CD) + "            no medium\n"
    m.fails(f"scsi read {BUF:x} 0 1", "scsi read: device 0: no medium")
    m.fails("ls scsi 0", "ls: scsi 0: no medium")
    m.fails("scsi part", "no medium")
    m.qmp("blockdev-add", driver="file", filename=str(image), **{
        "node-name": "n", "read-only": True})
    m.qmp("blockdev-open-tray", id="cd", force=True)
    m.qmp("blockdev-insert-medium", id="cd", **{"node-name": "n"})
    m.qmp("blockdev-close-tray", id="cd")
    m.ok(f"scsi read {BUF:x} 0 10; scsi info")
    m.qmp("blockdev-open-tray", id="cd", force=True)
    m.fails(f"scsi read {BUF:x} 0 10", "scsi read: device 0: no medium")


def test_error_in_words(machine, image):
    node = ("driver=raw,node-name=%s,read-only=on,file.driver=blkdebug,"
            f"file.image.driver=file,file.image.filename={comma(image)},"
            "file.image.read-only=on,file.inject-error.0.event=read_aio,"
            "file.inject-error.0.sector=100,file.inject-error.0.errno={}")
    m = machine(args=[*controller(),
                      *unit(None, 0, node=node.replace("{}", "5"),
                            more=",rerror=report"),
                      *unit(None, 1, lun=1, node=node.replace("{}", "12"),
                            more=",rerror=report")])
    sense = r"input/output error|[\w /:]+ \(sense [0-9a-f]/[0-9a-f]{2}/[0-9a-f]{2}\)"
    for n in (0, 1):
        m.ok(f"scsi device {n}")
        out = m.fails(f"scsi read {BUF:x} 60 10", "-5 blocks read: ERROR")
        last = out.splitlines()[-1]
        assert re.fullmatch(f"scsi read: device {n}: (?:{sense})", last), last
        assert "sense" in last
        m.fails(f"scsi dump {n} 64", "(sense ")
        m.ok(f"scsi read {BUF:x} 65 10")    # and on
    assert " 0 resets" in m.ok("virtio status scsi0")


def test_grown(machine, image):
    m = machine(args=[*controller(), *unit(image)])
    m.fails(f"scsi read {BUF:x} 3000 1", "past the end, it has 8192 blocks")
    m.qmp("block_resize", **{"node-name": "u0", "size": 8 * MIB})
    m.ok(f"scsi read {BUF:x} 3000 1")
    assert "(16384 x 512)" in m.ok("scsi info")


@pytest.mark.parametrize("virtio", [1, 2])
def test_files_and_linux(machine, work, virtio):
    """ls, load and crc32 of what mtools says is there; bootcmd finds it, too."""
    disk = work / "disk.img"
    shutil.copyfile(OUT / "disk.img", disk)
    m = machine(virtio=virtio, args=[*controller(), *unit(disk, ro=True)])
    assert "Image" in m.ok("ls scsi 0:1")
    assert "Partition Map for scsi device 0" in m.ok("scsi part")
    m.ok(f"load scsi 0:1 {BUF:x} initrd.img")
    size = int(m.ok("echo $filesize"), 16)
    start = int(tool("sfdisk", "-J", disk).split('"start":')[1].split(",")[0]) * 512
    want = tool("mtype", "-i", f"{disk}@@{start}", "::initrd.img", text=False)
    assert m.memory(BUF, size) == want
    m.send("boot\r")
    m.expect("scsi 0:1: found /Image")
    m.linux(90)


def test_virtio_disks_come_first(machine, image):
    m = machine(args=[*controller(), *unit(image, ro=True)], disks=[Disk(image, ro=True)])
    out = m.fails("bootlinux")
    assert out.index("virtio 0: no ") < out.index("scsi 0: no ")
