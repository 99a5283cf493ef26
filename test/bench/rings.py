# SPDX-License-Identifier: BSD-2-Clause
"""Requests by size and depth on every transport and ring: what `virtio bench` says of
the same file behind each of them, best of the rounds, in turns."""

import re
from dataclasses import dataclass

from vireo import Disk

RINGS = [                               # name, register version, bus, properties
    ("MMIO version 1, split", 1, "mmio", ""),
    ("MMIO version 2, split", 2, "mmio", ""),
    ("MMIO version 2, packed", 2, "mmio", "packed=on"),
    ("PCI modern, split", 1, "pci-modern", ""),
    ("PCI modern, packed", 1, "pci-modern", "packed=on"),
    ("PCI legacy, split", 1, "pci-legacy", ""),
]
SIZES = {512: "512 B", 4096: "4 KiB", 65536: "64 KiB", 1 << 20: "1 MiB",
         4 << 20: "4 MiB"}
DEPTHS = [1, 4, 16, 64]
# What a bare-metal probe reached on another machine: us a request, by size and depth.
FLOOR = {(4096, 1): 52, (4096, 16): 2.1, (4096, 64): 1.25, (512, 64): 0.75,
         (1 << 20, 64): 1e6 / 4366}


@dataclass
class Cell:
    mib: float = 0                      # a second
    requests: int = 0                   # a second
    kicks_req: float = 0
    kicks_mib: float = 0


def parse(text):
    """The table of `virtio bench`: (bytes, depth) to Cell."""
    rows = re.findall(r"^ *(\d+) +(\d+) +\d+ +([\d.]+) +(\d+) +([\d.]+) +([\d.]+)$",
                      text, re.M)
    return {(int(size), int(depth)): Cell(float(mib), int(req), float(kr), float(km))
            for size, depth, mib, req, kr, km in rows}


def measure(fw, image, rounds):
    """{ring: {(bytes, depth): Cell}}; the machines run one at a time."""
    machines, best = {}, {}
    try:
        for name, virtio, bus, props in RINGS:
            m = machines[name] = fw.start([Disk(image, ro=True, device=props)],
                                          virtio=virtio, bus=bus)
            m.prompt()
            m.qmp("stop")
        for _ in range(rounds):
            for name, m in machines.items():
                m.qmp("cont")
                cells = parse(m.run("virtio bench 0"))
                m.qmp("stop")
                if len(cells) != len(SIZES) * len(DEPTHS):
                    raise SystemExit(f"{m.log_path}: not the whole table")
                old = best.setdefault(name, cells)
                for key, cell in cells.items():
                    if cell.mib > old[key].mib:
                        old[key] = cell
        return best
    finally:
        for m in machines.values():
            m.close()


def requests_of(m):
    return int(re.search(r"requests (\d+)", m.run("virtio status virtio0"))[1])


def instructions(fw, path, events, size, depth):
    """{ring: instructions a request}, of a disk that answers at once, so that little
    of it is polling."""
    result = {}
    for name, virtio, bus, props in RINGS:
        line = f"virtio bench 0 {size:x} {depth:x}"
        null = Disk(node="driver=null-co,node-name=%s,read-zeroes=on,size=268435456", device=props)
        with fw.start([null], [f"out={path}"], virtio=virtio, bus=bus) as m:
            m.prompt()
            m.run("virtio read 48000000 0 1")
            before, first = requests_of(m), m.console_bytes() + len(line)
            m.run(line)
            last = m.console_bytes()
            count = requests_of(m) - before
        uart = [n for kind, n, _ in events(path) if kind == "uart"]
        result[name] = (uart[last - 1] - uart[first - 1]) / count
    return result


def report(best, small, large):
    """The lines of it all."""
    lines = ["", "Requests by size and depth, MiB/s", f"{'':34}"
             + "".join(f"{'depth ' + str(d):>10}" for d in DEPTHS)]
    for name, cells in best.items():
        lines.append(f"  {name}")
        for size, text in SIZES.items():
            lines.append(f"    {text:30}" + "".join(
                f"{cells[size, d].mib:10,.0f}" for d in DEPTHS))
    lines += ["", "The same: us a request, beside a bare-metal probe's on another machine",
              f"{'':30}{'4 KiB/1':>10}{'4 KiB/16':>10}{'4 KiB/64':>10}"
              f"{'512 B/64':>10}{'1 MiB/64':>10}",
              f"  {'the probe':28}" + "".join(f"{us:10.2f}" for us in FLOOR.values())]
    for name, cells in best.items():
        us = [1e6 / max(cells[key].requests, 1) for key in FLOOR]
        lines += [f"  {name:28}" + "".join(f"{v:10.2f}" for v in us),
                  f"  {'  times the probe':28}" + "".join(
                      f"{v / floor:10.2f}" for v, floor in zip(us, FLOOR.values()))]
    lines += ["", "At depth 64: requests/s, notifications, and instructions with a null disk",
              f"{'':30}{'512 B/s':>10}{'kicks/MiB':>10}{'kicks/MiB':>10}"
              f"{'insns/req':>10}{'insns/req':>10}",
              f"{'':30}{'':>10}{'512 B':>10}{'1 MiB':>10}{'512 B':>10}{'4 KiB':>10}"]
    for name, cells in best.items():
        a, b = cells[512, 64], cells[1 << 20, 64]
        lines.append(f"  {name:28}{a.requests:10,}{a.kicks_mib:10.2f}{b.kicks_mib:10.2f}"
                     f"{small[name]:10,.0f}{large[name]:10,.0f}")
    return lines
