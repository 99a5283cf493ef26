# SPDX-License-Identifier: BSD-2-Clause
"""Disks that lie, end to end: a vhost-user back end in this process answers the
firmware's requests in every way that is wrong. Whatever it does: the command ends
in time, with an error or with the right data; nothing outside its destination
changes; the device is reset; and the next command is right."""

import random
import time

import pytest

import vhost_devices as vd
from hostile import ONE, OTHER, WAYS, Witness, device, is_packed
from vhost_devices import SECTOR, sectors
from vireo import Disk, tool

MIB = 1 << 20
BUF = 0x40800000                        # free memory; BUF + 16 MiB too
NSECTORS = 16384                        # 8 MiB
BATCH = 8192                            # 4 MiB: four requests, two or all at once
CONTENTS = sectors(0, NSECTORS)
POISON = b"\xa5"


class DiskWitness(Witness):
    def read(self, lba, n=1, base=CONTENTS):
        """virtio read. Return: None and the data is right, or the reason."""
        size = n * SECTOR
        self.put(BUF, POISON * size)
        out, rc = self.run(f"virtio read {BUF:x} {lba:x} {n:x}", (BUF, size))
        head = f"\nvirtio read: device 0 block # {lba}, count {n} ... "
        got = self.back.mem.read(BUF, size)
        want = bytes(base[lba * SECTOR:][:size])
        if rc == 0:
            assert out == head + f"{n} blocks read: OK\n"
            assert got == want, "reported read, and is not"
            return None
        said = head + "-5 blocks read: ERROR\nvirtio read: device 0: "
        assert rc == 1 and out.startswith(said) and out.endswith("\n")
        # Where something arrived it is what was asked for.
        for i in range(0, size, SECTOR):
            assert got[i:i + SECTOR] in (POISON * SECTOR, want[i:i + SECTOR])
        return out[len(said):-1]

    def good(self):
        """The device serves well again, and the firmware uses it well."""
        self.back.misbehave(None)
        assert self.read(7) is None
        assert self.read(NSECTORS - BATCH, BATCH) is None

    def lied_to(self, lie, lba=1000, n=1, skip=0, times=1):
        """A read with a lie in it. Return: the reason, None it was right"""
        self.back.misbehave(lie, times=times, skip=skip)
        stops = self.back.stops
        reason = self.read(lba, n)
        assert self.back.lied, "the lie was not told"
        self.resets = self.back.stops - stops
        return reason

    def rejects(self, lie, why, **how):
        """An error, one reset for one of these reasons, and all is well."""
        before = self.fault("virtio0")[1]
        assert self.lied_to(lie, **how), "believed"
        assert self.resets == 1
        said, resets = self.fault("virtio0")
        assert said in why and resets == before + 1
        if lie is vd.after_reset:       # it writes what it was lent then
            time.sleep(0.3)
            self.look("after the reset", (BUF, how.get("n", 1) * SECTOR))
        self.good()

    def survives(self, lie, **how):
        """Where the driver need not notice: its next descriptor overwrites the
        false one. Then the device is out of step, which the next read ends."""
        if self.lied_to(lie, **how) is None:
            self.back.misbehave(None)
            self.read(5)
        self.good()

    def believes(self, lie, **how):
        """Unusual, and right."""
        assert self.lied_to(lie, **how) is None
        assert self.resets == 0


@pytest.fixture
def disk_machine(machine):
    """start(way, contents): a witness of a machine with a back end's disk."""
    disks = []

    def start(way="split", contents=CONTENTS, disks_too=(), **how):
        disk = vd.Disk(contents, packed=is_packed(way), **how)
        disks.append(disk)
        dev = device("vhost-user-blk", way, "chardev=vu0")
        m = machine(**disk.config("-device", dev, disks=list(disks_too)))
        return DiskWitness(m, disk)

    yield start
    for disk in disks:
        disk.close()
        disk.check()


# ---- served well

@pytest.mark.parametrize("way", [ONE, OTHER])
def test_honest(disk_machine, way):
    w = disk_machine(way)
    assert w.read(0, NSECTORS) is None
    for lba in (0, 1, NSECTORS - 1):
        assert w.read(lba) is None
    out, rc = w.run(f"virtio write {BUF:x} 64 1")
    assert rc == 0 and "1 blocks written: OK" in out
    want = bytearray(CONTENTS)
    want[100 * SECTOR:101 * SECTOR] = CONTENTS[-SECTOR:]
    assert w.back.contents == want
    assert "hostile" in w.run("virtio id")[0]
    assert w.run("virtio flush")[1] == 0
    assert w.back.stops == 0


@pytest.mark.parametrize("way,indirect,event_idx", [
    (ONE, False, False), (OTHER, False, False), (ONE, True, False),
    (OTHER, False, True)])
def test_offers(disk_machine, way, indirect, event_idx):
    """Rings with less than they may have."""
    w = disk_machine(way, indirect=indirect, event_idx=event_idx)
    for lba in range(0, 100):
        assert w.read(lba) is None
    assert w.read(0, NSECTORS) is None
    w.rejects(vd.twice if way == ONE else vd.length(0),
              AHEAD if way == ONE else SHORT)


# ---- the ring

BEYOND, SHORT = ["used length is beyond the buffer"], ["read came back short"]
AHEAD = ["used index is ahead of the requests"]
NOT_OURS = ["used element is not a request"]
UNANSWERED = ["request came back unanswered"]
WHY = {
    "length 0": SHORT, "length one short": SHORT, "length one long": BEYOND,
    "length 2^31": BEYOND, "length 2^32-1": BEYOND,
    "id size": NOT_OURS, "id 2^16-1": NOT_OURS, "id free": NOT_OURS,
    "id not a head": NOT_OURS, "twice": AHEAD,
    "index + 2": AHEAD, "index + 1000": AHEAD,
}


def reasons(name, batch):
    """What the driver may say. Which of them depends on how much it sees at
    once: a forged id or index may meet a request that is in flight as well."""
    if not batch:
        return WHY[name]
    return WHY[name] + {"twice": NOT_OURS, "id not a head": UNANSWERED,
                        "index + 2": NOT_OURS + UNANSWERED}.get(name, [])


def tell_all(w, way, **how):
    for name, lie in vd.RING_LIES.items():
        if not is_packed(way):
            w.rejects(lie, reasons(name, "n" in how), **how)
        elif name in ("twice", "index + 2"):
            w.survives(lie, **how)
        elif name != "index + 1000":    # there is no index
            w.rejects(lie, reasons(name, "n" in how), **how)


@pytest.mark.parametrize("way", WAYS)
def test_ring(disk_machine, way):
    """Ids, lengths and indices that cannot be, for one request alone."""
    w = disk_machine(way)
    assert w.read(0, NSECTORS) is None
    tell_all(w, way)
    if not is_packed(way):
        w.rejects(vd.jump(-1), AHEAD)


@pytest.mark.parametrize("way", WAYS)
def test_ring_in_a_batch(disk_machine, way):
    """The same in the third of four requests that are in flight together."""
    w = disk_machine(way)
    tell_all(w, way, n=BATCH, skip=2)
    if not is_packed(way):
        w.rejects(vd.jump(-3), AHEAD, n=BATCH, skip=2, times=None)


# ---- answers

@pytest.mark.parametrize("way", [ONE, OTHER])
def test_status(disk_machine, way):
    """A status byte that is none, or comes too late; and errors, which are no
    reason for a reset."""
    w = disk_machine(way)
    for lie in (vd.status(vd.UNTOUCHED), vd.status(0x55), vd.status(3),
                vd.status(0x80), vd.status(0xff), vd.premature):
        w.rejects(lie, UNANSWERED)
        w.rejects(lie, UNANSWERED, n=BATCH, skip=1)
    for value, reason in ((vd.IOERR, "input/output error"),
                          (vd.UNSUPP, "not supported")):
        assert w.lied_to(vd.status(value)) == reason
        assert w.lied_to(vd.status(value), n=BATCH, skip=1) == reason
        assert w.resets == 0
        w.good()


def test_write(disk_machine):
    """A write that was not answered well is not reported as written."""
    w = disk_machine()
    for lie in (*vd.RING_LIES.values(), vd.status(vd.UNTOUCHED),
                vd.status(0x55), vd.status(vd.IOERR)):
        if lie == vd.RING_LIES["length one short"]:
            continue                    # 0 again
        w.put(BUF, sectors(5, 1))
        w.back.misbehave(lie, times=1)
        out, rc = w.run(f"virtio write {BUF:x} 5 1")
        assert rc == 1 and "-5 blocks written: ERROR\n" in out
        assert w.back.lied
        w.good()


@pytest.mark.parametrize("way", [ONE, OTHER])
def test_legal(disk_machine, way):
    """Strange, but within a device's rights, or no matter: in another order, and
    with the driver's half of the ring overwritten."""
    w = disk_machine(way)
    w.believes(vd.rewritten)
    w.believes(vd.rewritten, n=BATCH)
    assert w.back.lied in (2, 4)
    assert w.read(99) is None
    w.believes(vd.reversed_order, n=BATCH)
    assert w.back.lied in (2, 4)
    w.good()


@pytest.mark.parametrize("way", [ONE, OTHER])
def test_slow(disk_machine, way):
    """Late, but before the deadline; and asking for no more notifications."""
    w = disk_machine(way)
    w.believes(vd.late(1), n=BATCH, times=None)
    assert w.took > 0.9
    if way == ONE:
        w.believes(vd.late(3))
    w.believes(vd.deaf)
    assert w.read(5) is None            # notified once more after 2 s
    assert w.took > 1.5
    w.good()


# ---- no answer

@pytest.mark.parametrize("lie,way,n,skip", [
    (vd.never, ONE, 1, 0), (vd.never, OTHER, BATCH, 2),
    (vd.at_reset, ONE, BATCH, 2), (vd.at_reset, OTHER, 1, 0),
    (vd.after_reset, ONE, 1, 0), (vd.after_reset, OTHER, BATCH, 2)])
def test_no_answer(disk_machine, lie, way, n, skip):
    """The deadline; what comes after it harms nothing. The right data may even
    come while the device is reset: it was not reported."""
    w = disk_machine(way)
    w.rejects(lie, ["no answer in time"], n=n, skip=skip)


def test_interrupted(disk_machine):
    """Ctrl-C ends it at once."""
    w = disk_machine()
    w.back.misbehave(vd.never, times=1)
    w.m.send(f"virtio read {BUF:x} 0 1\r")
    w.m.expect(r"count 1 \.\.\. ")
    w.m.send("\x03")
    assert "device 0: interrupted" in w.m.prompt(2)
    assert w.fault("virtio0") == ("stopped by Ctrl-C", 1)
    w.good()


# ---- the disk itself

@pytest.mark.parametrize("way", [ONE, OTHER])
def test_shrinking(disk_machine, way):
    """Smaller than the request that is under way, then than the next; and as
    large as before."""
    w = disk_machine(way)
    assert w.lied_to(vd.shrinking(BATCH), lba=BATCH, n=64) == "input/output error"
    w.back.misbehave(None)
    assert w.read(BATCH) == f"past the end, it has {BATCH} blocks"
    assert w.read(BATCH - 1) is None
    for capacity in (0, 1, 1 << 63, (1 << 64) - 1, NSECTORS):
        w.back.call(w.back.resize, capacity)
        w.back.call(w.back.config_changed)
        have = min(capacity, (1 << 55) - 1)
        assert (w.read(0) is None) == (capacity > 0)
        assert w.read(have) == f"past the end, it has {have} blocks"
    w.good()


@pytest.mark.parametrize("way,n,skip", [(ONE, 1, 0), (OTHER, BATCH, 2)])
def test_disconnect(disk_machine, way, n, skip):
    """The back end is gone for good, as far as the firmware can know."""
    w = disk_machine(way)
    assert w.lied_to(vd.gone(), n=n, skip=skip) == "timed out"
    assert w.fault("virtio0") == ("no answer in time", 1)
    w.back.misbehave(None)
    if way == ONE:
        assert w.read(0) == "timed out"
    w.back.come_back()
    time.sleep(0.3)                     # QEMU asks for features and more
    w.good()


@pytest.mark.parametrize("way,n,skip", [(ONE, BATCH, 2), (OTHER, 1, 0)])
def test_reconnect(disk_machine, way, n, skip):
    """Back within the deadline: QEMU hands over what was not answered."""
    w = disk_machine(way)
    reason = w.lied_to(vd.gone(0.5), n=n, skip=skip)
    assert reason in (None, "timed out")
    w.good()


def volume(work, name, size, words):
    """A FAT volume with F.BIN, 100,000 bytes of sectors(), in D."""
    path = work / name
    path.write_bytes(bytes(size))
    data = sectors(0, 196)[:100000]
    env = {"MTOOLS_SKIP_CHECK": "1"}
    tool("mkfs.fat", "--invariant", *words, path)
    tool("mmd", "-i", path, "::D", env=env)
    tool("mcopy", "-i", path, "-", "::D/F.BIN", input=data, text=False, env=env)
    return path.read_bytes(), data


# ls, load and what else reads the tables of a volume
FILES = ["ls virtio 0", "ls virtio 0 d", "fatinfo virtio 0", "fstype virtio 0",
         "size virtio 0 d/f.bin", "part list virtio 0",
         f"load virtio 0 {BUF:x} d/f.bin"]


def well_again(w, data):
    w.back.call(w.back.views.clear)
    w.back.misbehave(None)
    # what was kept of the other disk goes when its size changes
    for capacity in (1, NSECTORS):
        w.back.call(w.back.resize, capacity)
        w.back.call(w.back.config_changed)
        w.run("virtio info")
    out, rc = w.run(FILES[-1], (BUF, MIB))
    assert rc == 0 and "100000 bytes read" in out
    assert w.back.mem.read(BUF, len(data)) == data


def test_changing_data(disk_machine, work):
    """Every read finds another disk than the one before: what was checked on
    one is then not true of the other."""
    fat16, data = volume(work, "a.img", 8 * MIB, ["-F", "16", "-s", "1"])
    fat12, _ = volume(work, "b.img", 4 * MIB, ["-F", "12", "-s", "8", "-R", "9"])
    fat12 = fat12.ljust(len(fat16), b"\0")
    noise = random.Random(1).randbytes(len(fat16))
    w = disk_machine(contents=fat16)
    well_again(w, data)
    told = 0
    for views in ([fat12, fat16], [fat16, fat12], [fat16, fat16, noise],
                  [fat16, bytes(len(fat16)), fat16, bytes(b"\xff") * len(fat16)],
                  [fat16, fat16, fat16, fat12, noise]):
        for line in FILES:
            w.back.call(w.back.views.extend, views)
            out, rc = w.run(line, (BUF, MIB))
            told += rc == 1
            assert rc == 0 or out.strip(), f"{line}: failed without a word"
            w.back.call(w.back.views.clear)
        well_again(w, data)
    assert told                         # some of it must have been noticed


@pytest.mark.parametrize("filler", [b"\0", b"\xff", b"\x55", b"\2\0"])
def test_overwritten(disk_machine, work, filler):
    """Buffers that the device goes on writing to after it has answered: nothing
    is looked at twice in memory that it was lent."""
    fat16, data = volume(work, "a.img", 8 * MIB, ["-F", "16", "-s", "1"])
    w = disk_machine(contents=fat16)
    w.back.misbehave(vd.overwritten(filler))
    for line in FILES:
        out, rc = w.run(line, (BUF, MIB))
        assert rc == 0 or out.strip(), f"{line}: failed without a word"
    assert w.back.lied
    well_again(w, data)


def test_neighbour(disk_machine, work):
    """A disk that lies does not touch the one beside it."""
    path = work / "d.img"
    path.write_bytes(sectors(0, 2048, 1))
    w = disk_machine(disks_too=[Disk(path, slot=1)])
    for lie in (vd.never, vd.RING_LIES["twice"], vd.status(0x55)):
        assert w.lied_to(lie, n=64)
        out, rc = w.run(f"virtio device 1; virtio read {BUF:x} 100 20; "
                        "virtio device 0", (BUF, 32 * SECTOR))
        assert rc == 0 and "32 blocks read: OK" in out
        assert w.back.mem.read(BUF, 32 * SECTOR) == sectors(256, 32, 1)
        assert w.fault("virtio1") == ("none", 0)
        w.good()
