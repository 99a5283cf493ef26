# SPDX-License-Identifier: BSD-2-Clause
"""The outside view of a firmware whose devices lie: guest memory is mapped here,
so every byte that a command changed is seen, whoever changed it."""

import re
import time

from vireo import ROOT, SLOW
from vring import F_PACKED

LIMIT = 5                               # seconds to the prompt: the deadline is 4

# What a device is reached by: its transport and its rings. Tests that wait for
# the deadline take one or two of them, so that the whole stays short.
PACKED = (ROOT / "drivers" / "virtio" / "virtq_packed.c").exists()
WAYS = ["mmio split", "pci split"] + ["mmio packed", "pci packed"] * PACKED
ONE, OTHER = "mmio split", WAYS[-1]
SLOT = "virtio-mmio-bus.0"


def is_packed(way):
    return way.endswith(" packed")


def device(name, way, props):
    """The value of -device; name: of the device on a virtio bus."""
    if way.startswith("pci "):
        name = name.removesuffix("-device") + "-pci"
        where = ",romfile="             # none is needed, nor installed
    else:
        where = f",bus={SLOT}"
    return f"{name},{props}{where}" + ",packed=on" * is_packed(way)


class Witness:
    """Runs commands of a machine and holds each to what every command owes: it
    ends in time, changes nothing outside the memory it was given and the
    firmware's own, and lends the device only the former and DMA memory.
    back: the vhost_devices.Liar that shares memory with it."""

    def __init__(self, m, back):
        self.m = m
        self.back = back
        m.run("virtio info; net list")  # first use: now memory is shared
        assert bool(back.accepted & F_PACKED) == bool(back.features & F_PACKED)
        out = m.ok("bdinfo")
        # The rest is not to change: the tree, and memory between.
        self.own = [(int(a, 16), int(z, 16) + 1) for a, z in re.findall(
            r"\[0x(\w+)-0x(\w+)\].*, (?:firmware|stack|DMA|heap)$", out, re.M)]
        assert len(self.own) == 4
        self.dma = tuple(int(x, 16) for x in re.search(
            r"\[0x(\w+)-0x(\w+)\].*, DMA$", out, re.M).groups())
        self.start, size = [int(re.search(rf"-> {what} += (\w+)", out)[1], 16)
                            for what in ("start", "size")]
        self.known = bytearray(back.mem.read(self.start, size))

    def put(self, addr, data):
        """Change memory from outside."""
        self.back.mem.write(addr, data)
        self.known[addr - self.start:addr - self.start + len(data)] = data

    def run(self, line, *dest):
        """Type a line. dest: (address, length) that it may change.
        Return: what it printed, $?"""
        began = time.monotonic()
        out = self.m.run(line, LIMIT)
        self.took = time.monotonic() - began
        self.look(line, *dest)
        self.check_lent(line, dest)
        assert self.took < LIMIT * SLOW, f"{line}: {self.took:.1f} s"
        return out, int(self.m.run("echo $?"))

    def look(self, what, *dest):
        """Since the last look nothing but dest has changed."""
        self.back.check()
        for addr, size in self._still(dest):
            self._unchanged(what, addr, size)
        for addr, size in dest:
            at = addr - self.start
            self.known[at:at + size] = self.back.mem.read(addr, size)

    def check_lent(self, what, dest):
        ranges = [self.dma, *((a, a + n - 1) for a, n in dest)]
        lent, self.back.lent = self.back.lent, set()
        for addr, size in lent:
            assert any(a <= addr and addr + size - 1 <= z for a, z in ranges), \
                f"{what}: the device was lent {addr:#x}, {size} bytes"

    def _still(self, dest):
        busy = sorted(self.own + [(a, a + n) for a, n in dest])
        end = self.start + len(self.known)
        edges = [self.start, *(e for b in busy for e in b), end]
        return [(a, z - a) for a, z in zip(edges[::2], edges[1::2]) if z > a]

    def _unchanged(self, what, addr, size):
        at = addr - self.start
        if self.back.mem.same(addr, size, self.known, at):
            return
        new, old = self.back.mem.read(addr, size), self.known[at:at + size]
        i = next((i for i in range(size) if new[i] != old[i]), 0)
        raise AssertionError(f"{what}: memory at {addr + i:#x} has changed")

    def fault(self, name):
        """The last fault of a device, and how often it was reset for one."""
        out = self.m.ok(f"virtio status {name}")
        why, resets = re.search(r"^  fault +(.*), (\d+) resets$", out, re.M).groups()
        return why, int(resets)
