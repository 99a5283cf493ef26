# SPDX-License-Identifier: BSD-2-Clause
"""The virtio command: U-Boot's texts, every refusal, and what is on the disk and
in memory afterwards, judged from outside."""

import random
import re

import pytest

from vireo import Disk

MIB = 1 << 20
BUF = 0x48000000                        # free memory, far from the firmware
DATA = random.Random(1).randbytes(4 * MIB)


def xxd(data, offset=0):
    lines = []
    for i in range(0, len(data), 16):
        row = data[i:i + 16]
        words = " ".join(row[k:k + 2].hex() for k in range(0, 16, 2))
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
        lines.append(f"{offset + i:08x}: {words:39}  {text}\n")
    return "".join(lines)


# ---- U-Boot's subcommands

def test_info(machine, image):
    m = machine(disks=[Disk(image, ro=True), Disk(image, ro=True, bs=4096)])
    assert m.ok("virtio info") == (
        "Device 0: QEMU VirtIO Block Device\n"
        "            Type: Hard Disk\n"
        "            Capacity: 4.0 MB = 0.0 GB (8192 x 512)\n"
        "Device 1: QEMU VirtIO Block Device\n"
        "            Type: Hard Disk\n"
        "            Capacity: 4.0 MB = 0.0 GB (1024 x 4096)\n")


def test_info_over_pci(machine, image):
    """PCI has no vendor in letters: U-Boot shows the number."""
    m = machine(args=["-drive", f"if=virtio,format=raw,readonly=on,file={image}"])
    assert m.ok("virtio info").startswith("Device 0: 1af4 VirtIO Block Device\n")


@pytest.mark.parametrize("size,text", [
    (512, "0.0 MB = 0.0 GB (1 x 512)"),
    (1536 * 1024, "1.5 MB = 0.0 GB (3072 x 512)"),
    (10 << 30, "10240.0 MB = 10.0 GB (20971520 x 512)"),
    (9223372035781033984,
     "8796093021184.0 MB = 8589934591.0 GB (18014398507384832 x 512)"),
])
def test_capacities(machine, size, text):
    m = machine(disks=[Disk(node=f"driver=null-co,node-name=%s,size={size}")])
    assert f"            Capacity: {text}\n" in m.ok("virtio info")


def test_no_disk(machine):
    m = machine()
    assert m.ok("virtio info") == "virtio info: no virtio disk\n"
    m.fails("virtio device", "Device 0: unknown device")
    m.fails("virtio part", "virtio part: no virtio disk")
    m.fails(f"virtio read {BUF:x} 0 1", "device 0: unknown device")
    m.fails("virtio dump 0 0", "virtio dump: device 0: unknown device")
    m.fails("virtio id", "unknown device")
    m.fails("virtio flush", "unknown device")
    assert m.ok("virtio list").endswith("32 slots, 32 empty\n")
    assert m.ok("virtio status") == "virtio status: no virtio device\n"
    assert m.ok("virtio scan") == ""


def test_device(machine, image):
    m = machine(disks=[Disk(image, ro=True)] * 2)
    assert "Device 0: QEMU" in m.ok("virtio device")
    assert "is now current" not in m.ok("virtio device")
    out = m.ok("virtio device 1")
    assert "Device 1: QEMU VirtIO Block Device\n" in out
    assert out.endswith("... is now current device\n")
    assert "Device 1: " in m.ok("virtio device")
    m.fails("virtio device 7", "Device 7: unknown device")
    m.fails("virtio device 100000000", "unknown device")
    m.fails("virtio device zz", "'zz' is not a number")
    assert "virtio read: device 1 " in m.ok(f"virtio read {BUF:x} 0 1")
    # prefixes run
    assert "Device 1: " in m.ok("virt dev")


@pytest.mark.parametrize("virtio,bs", [(1, 512), (2, 512), (1, 4096), (2, 4096)])
def test_read(machine, image, virtio, bs):
    m = machine(virtio=virtio, disks=[Disk(image, ro=True, bs=bs)])
    last = len(DATA) // bs - 1
    for blk, count in [(0, 1), (3, 5), (last, 1), (0, last + 1)]:
        m.ok(f"mw.b {BUF:x} a5 {count * bs + 64:x}")
        assert m.ok(f"virtio read {BUF:x} {blk:x} {count:x}") == (
            f"\nvirtio read: device 0 block # {blk}, count {count} ... "
            f"{count} blocks read: OK\n")
        got = m.memory(BUF, count * bs + 64)
        assert got == DATA[blk * bs:][:count * bs] + b"\xa5" * 64


@pytest.mark.parametrize("off", [1, 2, 3, 4, 511])
def test_read_misaligned(machine, image, off):
    m = machine(disks=[image])
    m.ok(f"virtio read {BUF + off:x} 7 100")
    assert m.memory(BUF + off, 256 * 512) == DATA[7 * 512:][:256 * 512]


@pytest.mark.parametrize("bs", [512, 4096])
def test_write(machine, image, bs):
    m = machine(disks=[Disk(image, bs=bs)])
    m.ok(f"mw.b {BUF:x} 5a {3 * bs:x}")
    assert m.ok(f"virtio write {BUF:x} 5 3") == (
        "\nvirtio write: device 0 block # 5, count 3 ... "
        "3 blocks written: OK\n")
    assert m.ok("virtio flush") == "Device 0: flushed\n"
    want = DATA[:5 * bs] + b"\x5a" * 3 * bs + DATA[8 * bs:]
    assert image.read_bytes() == want


@pytest.mark.parametrize("blk,count", [
    ("2000", "1"), ("1fff", "2"), ("0", "2001"), ("0", "100000001"),
    ("1", "ffffffffffffffff"), ("ffffffffffffffff", "1"),
    ("ffffffffffffffff", "ffffffffffffffff"),
    ("8000000000000000", "8000000000000000"), ("80000000000000", "1"),
])
def test_past_the_end(machine, image, blk, count):
    m = machine(disks=[image])
    m.ok(f"mw.b {BUF:x} a5 400")
    for verb, done in (("read", "read"), ("write", "written")):
        out = m.fails(f"virtio {verb} {BUF:x} {blk} {count}")
        assert out == (
            f"\nvirtio {verb}: device 0 block # {int(blk, 16)}, "
            f"count {int(count, 16)} ... -5 blocks {done}: ERROR\n"
            f"virtio {verb}: device 0: past the end, it has 8192 blocks\n")
    assert m.memory(BUF, 1024) == b"\xa5" * 1024
    assert image.read_bytes() == DATA
    m.ok(f"virtio read {BUF:x} 0 1")


def test_nothing(machine, image):
    m = machine(disks=[image])
    assert m.ok(f"virtio read {BUF:x} 0 0").endswith("0 blocks read: OK\n")
    assert m.ok(f"virtio write {BUF:x} 2000 0").endswith(
        "0 blocks written: OK\n")
    assert image.read_bytes() == DATA


@pytest.mark.parametrize("args", [
    "zz 0 1", "48000000 zz 1", "48000000 0 zz", "48000000 0 -1",
    "48000000 0 1x", "10000000000000000 0 1", "48000000 0",
    "48000000", "", "48000000 0 1 2",
])
def test_bad_arguments(machine, image, args):
    m = machine(disks=[image])
    m.fails(f"virtio read {args}")
    m.fails(f"virtio write {args}")
    assert image.read_bytes() == DATA


def reservations(m):
    """What may not be overwritten: name, first and last address."""
    return [(name, int(first, 16), int(last, 16))
            for first, last, name in re.findall(
                r"\[0x(\w+)-0x(\w+)\], 0x\w+ bytes, (.+)", m.ok("bdinfo"))
            if int(first, 16) >= 0x48000000]


def test_reserved_memory(machine, image):
    """Reads over the firmware and what it needs, whole or by one byte."""
    m = machine(disks=[image])
    found = reservations(m)
    assert {"stack", "heap", "DMA"} & {name for name, _, _ in found}
    low = min(first for _, first, _ in found)
    first = next(name for name, at, _ in found if at == low)
    text = f"virtio read: 0x{low:x}: {first} is there\n"
    m.fails(f"virtio read {low - 511:x} 0 1", text)
    m.fails(f"virtio read {low - 4 * MIB + 1:x} 0 2000", text)
    m.fails(f"virtio read {max(last for _, _, last in found):x} 0 1")
    m.ok(f"virtio read {low - 512:x} 0 1")
    m.ok(f"virtio write {low:x} 0 1")   # reading memory is allowed


@pytest.mark.parametrize("addr", ["0", "9000000", "a000000", "3ffffe01",
                                  "60000000", "5fffff01", "7fffffffffffffff",
                                  "ffffffffffffff00", "fffffffffffffe00"])
def test_not_memory(machine, image, addr):
    m = machine(disks=[image])
    m.fails(f"virtio read {addr} 0 1")
    if addr != "5fffff01":
        m.fails(f"virtio write {addr} 0 1", f"virtio write: 0x{addr}: ")
    assert image.read_bytes() == DATA


def test_read_only(machine, image):
    m = machine(disks=[Disk(image, ro=True)])
    out = m.fails(f"virtio write {BUF:x} 0 1", "-5 blocks written: ERROR\n")
    assert out.splitlines()[-1].startswith("virtio write: device 0: ")
    m.ok(f"virtio read {BUF:x} 0 1")
    assert image.read_bytes() == DATA


def blkdebug(image, sector, event="read_aio"):
    return Disk(node=f"driver=raw,node-name=%s,file.driver=blkdebug,"
                f"file.image.driver=file,file.image.filename={image},"
                f"file.inject-error.0.event={event},"
                f"file.inject-error.0.errno=5,"
                f"file.inject-error.0.sector={sector}")


@pytest.mark.parametrize("virtio", [1, 2])
def test_read_error(machine, image, virtio):
    m = machine(virtio=virtio, disks=[blkdebug(image, 16)])
    out = m.fails(f"virtio read {BUF:x} 0 20", "-5 blocks read: ERROR\n")
    assert out.splitlines()[-1].startswith("virtio read: device 0: ")
    m.ok(f"virtio read {BUF:x} 20 10")
    assert m.memory(BUF, 16 * 512) == DATA[32 * 512:][:16 * 512]


@pytest.mark.parametrize("virtio", [1, 2])
def test_silent_device(machine, image, virtio):
    """A request that would take minutes: the prompt is back within the
    deadline, the device was reset, and the next command works."""
    m = machine(virtio=virtio, args=[
        "-object", "throttle-group,id=slow,x-bps-total=1"],
        disks=[Disk(node="driver=throttle,node-name=%s,throttle-group=slow,"
                    f"file.driver=file,file.filename={image}")])
    out = m.fails(f"virtio read {BUF:x} 1 1", "-5 blocks read: ERROR\n",
                  timeout=6)
    assert "device 0: timed out" in out
    status = m.ok("virtio status 0")
    assert re.search(r"^  fault +\S.*, 1 resets$", status, re.M)
    assert "  driver     virtio-blk, reset\n" in status
    assert "not in use" in status
    assert re.search(r"0x00 reset, last fault: \S.*$", m.ok("virtio list"), re.M)
    m.qmp("qom-set", path="/objects/slow", property="limits",
          value={"bps-total": 0})
    m.ok(f"virtio read {BUF:x} 0 10")
    assert m.memory(BUF, 16 * 512) == DATA[:16 * 512]


def test_silent_device_ctrl_c(machine, image):
    m = machine(args=["-object", "throttle-group,id=slow,x-bps-total=1"],
                disks=[Disk(node="driver=throttle,node-name=%s,"
                            "throttle-group=slow,file.driver=file,"
                            f"file.filename={image}")])
    m.send(f"virtio read {BUF:x} 1 1\r")
    m.expect(r"count 1 \.\.\. ")
    m.send("\x03")
    assert "-5 blocks read: ERROR\n" in m.prompt(timeout=2)


def test_31_devices(machine, image):
    m = machine(disks=[Disk(image, ro=True)] * 31)
    assert len(re.findall(r"^Device \d+: ", m.ok("virtio info"), re.M)) == 31
    assert "Device 30: " in m.ok("virtio device 1e")
    assert "device 30 block" in m.ok(f"virtio read {BUF:x} 0 1")
    out = m.ok("virtio list")
    assert out.endswith("32 slots, 1 empty\n") and out.count(" ok\n") == 31


# ---- ours

def test_list(machine, image):
    m = machine(virtio=2, disks=[Disk(image, slot=4)], net=True, rng=True,
                args=["-device", "virtio-balloon-device,"
                                 "bus=virtio-mmio-bus.7"])
    idle = (
        "slot     base       type      driver         name      status\n"
        "slot4    0x0a000800 blk       virtio-blk     virtio0   -    idle\n"
        "slot7    0x0a000e00 balloon   -              -         -    no driver\n"
        "slot30   0x0a003c00 net       virtio-net     eth0      -    idle\n"
        "slot31   0x0a003e00 rng       virtio-rng     rng0      -    idle\n"
        "32 slots, 28 empty\n")
    assert m.ok("virtio list") == idle      # as the boot left them
    m.ok("net list")
    assert m.ok("virtio list") == idle.replace(
        "eth0      -    idle", "eth0      0x0f ok")
    m.ok("virtio scan")
    assert m.ok("virtio list") == idle.replace("-    idle", "0x0f ok")
    assert "offered" not in m.ok("virtio status slot7")
    everything = m.ok("virtio list -a")
    assert everything.count("empty\n") == 29
    assert len(everything.splitlines()) == 34
    m.fails("virtio list -x", "Usage:")


@pytest.mark.parametrize("virtio", [1, 2])
def test_status(machine, image, virtio):
    m = machine(virtio=virtio, disks=[Disk(image, slot=4)], net=True)
    m.ok(f"virtio read {BUF:x} 0 10")
    out = m.ok("virtio status virtio0")
    assert out.startswith("virtio0: blk, slot4\n")
    assert f"  transport  mmio version {virtio}, base 0x0a000800, " in out
    assert "  driver     virtio-blk, live\n" in out
    names = "ACKNOWLEDGE DRIVER DRIVER_OK" + " FEATURES_OK" * (virtio == 2)
    value = "0x0f" if virtio == 2 else "0x07"
    assert f"  status     {value} {names}\n" in out
    assert "  fault      none, 0 resets\n" in out
    assert re.search(r"^  offered +0x[0-9a-f]{16} BLK_F_SEG_MAX", out, re.M)
    assert re.search(r"^  accepted .*BLK_F_FLUSH", out, re.M)
    assert re.search(r"^  config +capacity +8192\b", out, re.M)
    queue = re.search(r"^  queue0 +requests (\d+), kicks (\d+), "
                      r"completions (\d+), errors 0$", out, re.M)
    assert queue[1] == queue[3] and int(queue[1]) >= 1
    index = re.search(r"^  queue0 +avail idx (\d+), used idx (\d+), "
                      r"seen (\d+)$", out, re.M)
    assert len(set(index.groups())) == 1
    assert all(len(line) < 80 for line in out.splitlines())
    for same in ("0", "slot4"):
        assert m.ok(f"virtio status {same}") == out
    both = m.ok("virtio status")
    assert both.startswith(out + "\neth0: net, slot30\n")
    m.fails("virtio status 1", "virtio status: 1: no such device")
    m.fails("virtio status slot5", "virtio status: slot5: empty slot")
    m.fails("virtio status slot99", "no such device")


@pytest.mark.parametrize("virtio", [1, 2])
def test_features(machine, image, virtio):
    m = machine(virtio=virtio, disks=[Disk(image, slot=4)], net=True)

    def features(name):
        head, *lines = m.ok(f"virtio features {name}").splitlines()
        rows = [re.fullmatch(r"  (\S+|bit \d+) +((not )?offered.*)", l)
                for l in lines]
        return head, {r[1]: r[2] for r in rows}

    head, before = features("virtio0")
    assert head == "virtio0: blk, slot4"
    assert before["BLK_F_FLUSH"] == "offered, accepted"
    assert before["BLK_F_RO"] == "not offered"
    assert before["BLK_F_CONFIG_WCE"] == \
        "offered, refused: not known to this driver"
    assert before.get("VERSION_1") == (
        "offered, accepted" if virtio == 2 else None)
    assert "VERSION_1" in m.ok("virtio status virtio0") or virtio == 1

    assert m.ok("virtio features 0 -flush -VIRTIO_BLK_F_DISCARD") == ""
    changed = {"BLK_F_FLUSH": "offered, refused: switched off",
               "BLK_F_DISCARD": "offered, refused: switched off"}
    assert features("virtio0")[1] == {**before, **changed}
    accepted = [l for l in m.ok("virtio status 0").splitlines()
                if l.startswith("  accepted")]
    assert "FLUSH" not in str(accepted) and "SEG_MAX" in str(accepted)
    m.ok(f"virtio read {BUF:x} 0 100")
    assert m.memory(BUF, 256 * 512) == DATA[:256 * 512]
    m.fails("virtio features 0 -version_1",
            "virtio features: version_1: cannot be switched\n")
    m.fails("virtio features 0 +nosuch",
            "virtio features: nosuch: no such feature\n")
    m.fails("virtio features 0 +ro", "virtio features: ro: not offered\n")
    assert m.ok("virtio features slot4 +flush +discard") == ""
    assert m.ok("virtio features 0 +flush") == "virtio features: flush: is on\n"
    assert features("virtio0")[1] == before

    mergeable = features("eth0")[1]["NET_F_MRG_RXBUF"]
    assert mergeable == "offered, accepted"
    for sign in "-+":
        m.ok(f"virtio features eth0 {sign}mrg_rxbuf")
        assert "52:55:0a:00:02:02" in m.ok("net arp 10.0.2.2")


def test_block_size_of_an_idle_disk_stays(machine, image):
    m = machine(virtio=2, disks=[Disk(image, bs=4096)])
    m.fails("virtio features 0 -blk_size",
            "virtio features: virtio0: block size changed\n")
    m.ok(f"virtio read {BUF:x} 1 2")
    assert m.memory(BUF, 8192) == DATA[4096:12288]


def test_unknown_features_are_numbered(machine):
    """A device without a driver is left alone and shown so."""
    m = machine(args=["-device", "virtio-balloon-device"])
    out = m.ok("virtio status slot31")
    assert "  driver     none, idle\n" in out and "queue" not in out


@pytest.mark.parametrize("bs", [512, 4096])
def test_dump(machine, image, bs):
    m = machine(disks=[Disk(image, bs=bs)])
    assert m.ok("virtio dump 0 0") == xxd(DATA[:bs])
    assert m.ok("virtio dump 0 3 2") == xxd(DATA[3 * bs:5 * bs], 3 * bs)
    last = len(DATA) // bs - 1
    assert m.ok(f"virtio dump 0 {last:x}") == xxd(DATA[-bs:], last * bs)
    for args in (f"{last + 1:x}", f"{last:x} 2", "0 ffffffffffffffff",
                 "ffffffffffffffff", "8000000000000000 8000000000000000"):
        m.fails(f"virtio dump 0 {args}", "past the end")
    m.fails("virtio dump 1 0", "virtio dump: device 1: unknown device")
    m.fails("virtio dump 0 zz", "virtio dump: 'zz' is not a number")
    m.fails("virtio dump 0", "Usage:")


def test_dump_goes_on(machine, image):
    """An empty line shows what follows, as with md."""
    m = machine(disks=[image])
    assert m.run("virtio dump 0 1 2") == xxd(DATA[512:1536], 512)
    assert m.run("") == xxd(DATA[1536:2560], 1536)
    assert m.run("") == xxd(DATA[2560:3584], 2560)


def test_dump_stops_at_the_end(machine, image):
    m = machine(disks=[image])
    m.run("virtio dump 0 1fff")
    assert "past the end" in m.run("")
    assert "past the end" in m.run("")
    m.run("virtio dump 0 1")
    refused = m.run("virtio dump 0 2000")
    assert "past the end" in refused
    assert m.run("") == refused


def test_dump_goes_on_after_an_error(machine, image):
    """At the block that could not be read, not behind what was asked for."""
    m = machine(disks=[Disk(node="driver=raw,node-name=%s,read-only=on,"
                            "file.driver=blkdebug,"
                            "file.image.driver=file,file.image.read-only=on,"
                            f"file.image.filename={image},"
                            "file.inject-error.0.event=read_aio,"
                            "file.inject-error.0.sector=5", ro=True)])
    out = m.run("virtio dump 0 4 3")
    error = "virtio dump: device 0: input/output error\n"
    assert out == xxd(DATA[4 * 512:5 * 512], 4 * 512) + error
    assert m.run("") == error


def test_dump_ctrl_c(machine, image):
    m = machine(disks=[image])
    m.send("virtio dump 0 0 2000\r")
    m.expect("00000100: ")
    m.send("\x03")
    m.prompt(timeout=5)
    m.ok("true")


def test_dump_shows_only_text(machine, work):
    path = work / "esc.img"
    path.write_bytes(bytes(range(256)) * 2)
    m = machine(disks=[path])
    m.send("virtio dump 0 0\r")
    before = m.expect("000001f0: .*\r\n")
    assert not re.search(r"[^\r\n\x20-\x7e]", before + m.match[0])


def test_id(machine, image):
    m = machine(disks=[Disk(image, ro=True, serial="DISK-0001"),
                       Disk(image, ro=True),
                       Disk(image, ro=True, serial="12345678901234567890")])
    assert m.ok("virtio id") == "Device 0: id DISK-0001\n"
    assert m.ok("virtio id 1") == "Device 1: id (empty)\n"
    assert m.ok("virtio id 2") == "Device 2: id 12345678901234567890\n"
    m.fails("virtio id 3", "virtio id: device 3: unknown device")


def test_by_serial(machine, image):
    m = machine(virtio=2, disks=[
        Disk(image, ro=True, serial=serial)
        for serial in (None, "second", "twin", "twin")])
    assert m.ok("virtio id serial=second") == "Device 1: id second\n"
    assert m.ok("virtio dump serial=second 1") == xxd(DATA[512:1024], 512)
    m.fails("virtio id serial=first",
            "virtio id: serial=first: no disk has this serial number\n")
    m.fails("virtio id serial=twin", "virtio id: serial=twin: "
            "virtio:2 and virtio:3 both have this serial number\n")
    m.fails("part list virtio serial=twin", "part list: virtio serial=twin: "
            "virtio:2 and virtio:3 both have this serial number\n")
    m.fails("ls virtio serial=second:1",
            "ls: virtio serial=second:1: no partition table\n")


def test_id_cannot_steer_the_terminal(machine, image):
    m = machine(disks=[Disk(image, ro=True, serial="A\x1b[2J\u009b1mB")])
    m.send("virtio id\r")
    m.expect(re.escape("Device 0: id A?[2J?1mB\r\n"))


def test_scan(machine, image):
    m = machine(disks=[image])
    assert "  driver     virtio-blk, idle\n" in m.ok("virtio status")
    m.ok("virtio scan")
    before = m.ok("virtio status")
    assert "  driver     virtio-blk, live\n" in before
    for _ in range(3):
        assert m.ok("virtio scan") == ""
    assert m.ok("virtio status") == before
    assert m.ok("virtio info").count("Device ") == 1


def test_usage(machine):
    m = machine()
    out = m.fails("virtio")
    assert out.startswith("virtio - virtio devices and their disks\n\nUsage:\n")
    m.fails("virtio frobnicate", "unknown subcommand 'frobnicate'")


@pytest.mark.parametrize("typed,after", [
    ("virtio rea\t", "virtio read "),
    ("virtio sta\t", "virtio status "),
    ("virtio status e\t", "virtio status eth0 "),
    ("net a\t", "net arp "),
    ("virtio dump \t", "virtio dump 0 "),
])
def test_tab(machine, image, typed, after):
    m = machine(disks=[image], net=True)
    m.send(typed)
    m.expect(re.escape(after))
    m.send("\x03")
