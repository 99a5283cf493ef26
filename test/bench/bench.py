#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Speed and size of the firmware beside Debian's U-Boot, on the same QEMU in
the same run, in turns; and beside a Linux guest where that compares.

    bench.py [--rounds N]       writes the table to out/bench.txt too; rings.py has the
                                part that compares transports and rings

Instructions are counted by a TCG plugin (count.c) and repeat exactly, but for
what waits for the clock or polls a device. Speeds and times are the host's
wall clock, the best of the rounds, in which the machines take turns command
by command: quote their ratios, not themselves. U-Boot's countdown is stopped
by a key typed before it starts; its automatic path is what its own `boot`
then does, the time until the prompt added.
"""

import argparse
import itertools
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "qemu"))
sys.dont_write_bytecode = True  # only out/ is written to

import rings                                        # noqa: E402
from crowd import crowd                             # noqa: E402
from vireo import OUT, Disk, Machine, tool          # noqa: E402

WORK = OUT / "bench"
MIB = 1 << 20
ADDR = 0x48000000
BIG, FRAGMENTED, SCRATCH = 256, 64, 64  # MiB
DEEP = "/".join("abcdefghijklmnop")
CROWD = 5000
EXTLINUX = """default linux
timeout 0
label linux
  kernel /Image
  initrd /initrd.img
"""


class Firmware:
    """One of the two: how it starts, and what is the same for both."""

    def __init__(self, name, image, key):
        self.name = name
        self.image = image
        self.key = key          # typed at once, to stop a countdown

    def start(self, disks, plugin=None, autoboot=False, **config):
        args = []
        if plugin:
            args = ["-plugin", ",".join([str(WORK / "count.so"), *plugin])]
        env = {"env_store": None} | ({"bootdelay": None} if autoboot else {})
        m = Machine(WORK / "log", firmware=self.image, mem="1G", disks=disks,
                    args=args, env=env, wait=False, timeout=120, **config)
        if self.key and not autoboot:
            m.send(self.key)
        return m


def prepare():
    """The plugin, U-Boot, and the disks."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    version = tool("qemu-system-aarch64", "--version")
    major = int(re.search(r"version (\d+)", version)[1])
    tool("cc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror",
         f"-DPLUGIN_API={1 if major < 9 else 2}", "-o", WORK / "count.so",
         ROOT / "test" / "bench" / "count.c")
    deb = tool(ROOT / "images" / "fetch" / "deb.sh", "u-boot-qemu").strip()
    tool("dpkg-deb", "-x", deb, WORK / "u-boot")

    small = WORK / "small.bin"
    small.write_bytes(os.urandom(4096))
    for name, mib in (("big.bin", BIG), ("frag.bin", FRAGMENTED), ("turns.bin", FRAGMENTED),
                      ("others.bin", FRAGMENTED)):
        with open(WORK / name, "wb") as f:
            for _ in range(mib):
                f.write(os.urandom(MIB))
    (WORK / "extlinux").mkdir()
    (WORK / "extlinux" / "extlinux.conf").write_text(EXTLINUX)
    mkdisk = ROOT / "images" / "mkdisk.sh"
    tool(mkdisk, "-s", "550", "-c", "8", "-o", WORK / "files.img",
         *(WORK / f"{name}.bin" for name in ("big", "frag", "turns", "others")), small)
    for what in (["/frag.bin"], ["/turns.bin", "--among", "/others.bin"]):
        tool(sys.executable, ROOT / "images" / "fragment.py", f"{WORK}/files.img@@{MIB}", *what)
    tool(mkdisk, "-s", "300", "-c", "8", "-o", WORK / "boot.img",
         OUT / "payload" / "Image", OUT / "payload" / "initrd.img",
         WORK / "extlinux")
    make_tree(small)
    return [Firmware("Vireo", OUT / "vireo.bin", ""),
            Firmware("U-Boot", next(WORK.glob("u-boot/usr/lib/u-boot/"
                                              "qemu_arm64/u-boot.bin")), " ")]


def make_tree(small):
    """tree.img: a file sixteen directories deep, and one behind thousands."""
    deep = WORK / "tree" / DEEP
    deep.mkdir(parents=True)
    (deep / "small.bin").write_bytes(small.read_bytes())
    tool(ROOT / "images" / "mkdisk.sh", "-s", "300", "-c", "8", "-o", WORK / "tree.img",
         WORK / "tree" / "a", f"{small}=last.bin")
    crowd(WORK / "tree.img", MIB, "many", CROWD, "last.bin")


# ---- instructions

def events(path):
    """The plugin's lines as (kind, instructions, rest)."""
    rows = [line.split() for line in Path(path).read_text().splitlines()]
    return [(r[0], int(r[1]), r[2:]) for r in rows]


def boot_counts(fw, disks):
    """Instructions to the first byte, the prompt, the kernel."""
    path = WORK / f"{fw.name}.count"
    with fw.start(disks, [f"out={path}"]) as m:
        m.prompt()
        text = m.console_bytes()
        m.send("boot\r")
        wait_for_entry(path, m)
    rows = events(path)
    uart = [n for kind, n, _ in rows if kind == "uart"]
    prompt = uart[text - 1]
    echo = uart[text + len("boot") - 1]
    entry = next(n for kind, n, _ in rows if kind == "entry")
    return uart[0], prompt, prompt + entry - echo


def prompt_count(fw, disks):
    """Instructions to the prompt."""
    path = WORK / f"{fw.name}.count"
    with fw.start(disks, [f"out={path}"]) as m:
        m.prompt()
        text = m.console_bytes()
    return [n for kind, n, _ in events(path) if kind == "uart"][text - 1]


def idle_count(fw, many=30):
    """What one more disk that nobody uses adds to the way to the prompt."""
    img = WORK / "idle.img"
    img.write_bytes(bytes(MIB))
    one, all_ = (prompt_count(fw, [Disk(img, ro=True)] * n) for n in (1, many))
    return (all_ - one) // (many - 1)


def wait_for_entry(path, m, seconds=120):
    """Wait for the plugin's "entry" line; return its time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for kind, _, rest in events(path) if path.exists() else []:
            if kind == "entry" and rest:
                return int(rest[0]) / 1e9
        m.poll()
        time.sleep(0.002)
    raise SystemExit(f"{m.log_path}: the kernel was not entered")


def command_counts(fw, disks, lines):
    """For each command: instructions and kicks from Enter to the prompt."""
    path = WORK / f"{fw.name}.count"
    spans = []
    with fw.start(disks, [f"out={path}"]) as m:
        m.prompt()
        for line in lines:
            before = m.console_bytes()
            m.run(line)
            spans.append((before + len(line), m.console_bytes()))
    rows = events(path)
    at = [i for i, r in enumerate(rows) if r[0] == "uart"]
    result = []
    for first, last in spans:
        part = rows[at[first - 1]:at[last - 1] + 1]
        result.append((part[-1][1] - part[0][1],
                       sum(r[0] == "kick" for r in part)))
    return result


# ---- wall clock

def boot_seconds(fw, disks):
    """From QEMU's start to the kernel's first instruction."""
    path = WORK / f"{fw.name}.entry"
    path.unlink(missing_ok=True)
    start = time.monotonic()
    with fw.start(disks, [f"out={path}", "count=off"],
                  autoboot=not fw.key) as m:
        waited = 0
        if fw.key:
            m.prompt()
            prompt = time.monotonic()
            m.send("boot\r")
            waited = time.monotonic() - prompt
        return wait_for_entry(path, m) - start - waited


def seconds(m, line):
    """How long a command of the firmware takes, the console's part taken
    off."""
    def once(text):
        start = time.perf_counter()
        out = m.run(text)
        return time.perf_counter() - start, out
    idle = min(once("true")[0] for _ in range(3))
    took, out = once(line)
    if re.search(r"error|fail|unknown", out, re.I):
        raise SystemExit(f"{line}: {out}")
    return max(took - idle, 1e-6)


def linux_seconds(m, line):
    m.sh("sync; echo 3 >/proc/sys/vm/drop_caches")
    start = time.perf_counter()
    out = m.sh(line, timeout=120)
    if "records" not in out:
        raise SystemExit(f"{line}: {out}")
    return time.perf_counter() - start


# name, MiB, the firmware's command, the Linux guest's
SPEEDS = [
    ("raw read", BIG, f"virtio read {ADDR:x} 0 {BIG * 2048:x}",
     f"dd if=/dev/vda of=/dev/null bs=1M count={BIG} iflag=direct"),
    ("FAT file, contiguous", BIG, f"load virtio 0:1 {ADDR:x} big.bin",
     "dd if=/mnt/big.bin of=/dev/null bs=1M"),
    (f"FAT file, fragmented ({FRAGMENTED} MiB, 4 KiB pieces)", FRAGMENTED,
     f"load virtio 0:1 {ADDR:x} frag.bin", "dd if=/mnt/frag.bin of=/dev/null bs=1M"),
    ("the same, another file's between them", FRAGMENTED,
     f"load virtio 0:1 {ADDR:x} turns.bin", "dd if=/mnt/turns.bin of=/dev/null bs=1M"),
    ("FAT file, contiguous 64 MiB, aligned", 64,
     f"load virtio 0:1 {ADDR:x} big.bin {64 * MIB:x}", None),
    ("the same at an address = 4 mod 64", 64,
     f"load virtio 0:1 {ADDR + 4:x} big.bin {64 * MIB:x}", None),
    ("raw write", SCRATCH, f"virtio write {ADDR:x} 0 {SCRATCH * 2048:x}",
     "dd if=/dev/zero of=/dev/vdb bs=1M count=64 oflag=direct"),
    ("FAT file, written", SCRATCH, f"fatwrite virtio 2:0 {ADDR:x} f{{n}}.bin {SCRATCH * MIB:x}",
     f"dd if=/dev/zero of=/new/f{{n}}.bin bs=1M count={SCRATCH} conv=fsync"),
]


def linux_guest(disks):
    m = Machine(WORK / "log", start="kernel", mem="1G", wait=False, timeout=120,
                firmware=OUT / "payload" / "Image", disks=disks,
                args=["-initrd", str(OUT / "payload" / "initrd.img")])
    m.linux()
    m.sh("mount -t vfat -o ro /dev/vda1 /mnt; mkdir /new; mount -t vfat /dev/vdc /new")
    return m


def empty_volume(path, rounds):
    """A FAT32 volume with room for a new file each round, all of it on the host's disk."""
    with open(path, "wb") as f:
        for _ in range(max(300, SCRATCH * rounds + 20)):
            f.write(bytes(MIB))
    tool("mkfs.fat", "--invariant", "-F", "32", "-s", "8", path)
    return path


def speeds(firmwares, rounds):
    """The best MiB/s of each row, by firmware, and of a Linux guest. The
    machines run at the same time, all but one of them stopped."""
    files = Disk(WORK / "files.img", ro=True)
    machines = {}
    try:
        for name in [fw.name for fw in firmwares] + ["Linux"]:
            scratch = WORK / f"{name}.img"
            scratch.write_bytes(b"\xff" * (SCRATCH * MIB))
            fw = next((fw for fw in firmwares if fw.name == name), None)
            disks = [files, Disk(scratch), Disk(empty_volume(WORK / f"{name}.fat.img", rounds))]
            m = machines[name] = fw.start(disks) if fw else linux_guest(disks)
            if fw:
                m.prompt()
                m.run("virtio scan")
            m.qmp("stop")
        best = {}
        for (row, mib, line, linux), n, (name, m) in itertools.product(
                SPEEDS, range(rounds), machines.items()):
            if name == "Linux" and not linux:
                continue
            m.qmp("cont")
            if name == "Linux":
                took = linux_seconds(m, linux.format(n=n))
            else:
                m.run(f"virtio device {1 if row == 'raw write' else 0}")
                took = seconds(m, line.format(n=n))
            m.qmp("stop")
            best[row, name] = max(best.get((row, name), 0), mib / took)
        return best
    finally:
        for m in machines.values():
            m.close()


# ---- the table

class Table:
    def __init__(self):
        self.lines = [f"{'':44}{'Vireo':>12}{'U-Boot':>12}{'ratio':>8}"
                      f"{'Linux':>10}"]

    def head(self, text):
        self.lines += ["", text]

    def row(self, name, ours, theirs, form="{:,.0f}", linux=None):
        ratio = f"{ours / theirs:.3g}" if theirs else "-"
        self.lines.append(f"  {name:42}{form.format(ours):>12}"
                          f"{form.format(theirs):>12}{ratio:>8}"
                          + (f"{form.format(linux):>10}" if linux else ""))


def load_rows(table, firmwares, disks, loads):
    """Instructions and kicks of loading these files, (row, path), one after another."""
    lines = [f"load virtio 0:1 {ADDR:x} {file}" for _, file in loads]
    for (name, _), ours, theirs in zip(
            loads, *(command_counts(fw, disks, lines) for fw in firmwares)):
        table.row(f"{name}: instructions", ours[0], theirs[0])
        table.row(f"{name}: kicks", ours[1], theirs[1])


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--rounds", type=int, default=5)
    rounds = args.parse_args().rounds
    firmwares = prepare()
    files = [Disk(WORK / "files.img", ro=True)]
    boot = [Disk(WORK / "boot.img", ro=True)]
    table = Table()

    table.head("Boot, instructions (ratio: less is better)")
    names = ["reset to the first UART byte", "reset to the prompt",
             "reset to kernel entry, from a FAT disk"]
    for row in zip(names, *(boot_counts(fw, boot) for fw in firmwares)):
        table.row(*row)
    table.row("each of 29 more idle disks, to the prompt", *map(idle_count, firmwares))

    table.head("Boot, milliseconds")
    times = [[], []]
    for _ in range(rounds):
        for fw, list_ in zip(firmwares, times):
            list_.append(boot_seconds(fw, boot) * 1000)
    table.row("QEMU's start to kernel entry", *map(min, times))

    table.head("Image, bytes")
    table.row("size", *(fw.image.stat().st_size for fw in firmwares))

    table.head("Loads: instructions (polling included), and kicks of the device")
    loads = [("4 KiB file, first time", "small.bin"),
             ("4 KiB file, again", "small.bin"),
             (f"{BIG} MiB file, contiguous", "big.bin"),
             (f"{FRAGMENTED} MiB file, fragmented", "frag.bin"),
             (f"{FRAGMENTED} MiB file, among another", "turns.bin")]
    load_rows(table, firmwares, files, loads)
    tree = [Disk(WORK / "tree.img", ro=True)]
    load_rows(table, firmwares, tree, [
        (f"16 levels down, {when}", f"{DEEP}/small.bin") for when in ("first", "again")])
    load_rows(table, firmwares, tree, [
        (f"behind {CROWD} files, {when}", "many/last.bin") for when in ("first", "again")])

    table.head("Disk, MiB/s (ratio: more is better)")
    result = speeds(firmwares, rounds)
    for name, *_ in SPEEDS:
        table.row(name, result[name, "Vireo"], result[name, "U-Boot"],
                  linux=result.get((name, "Linux")))

    vireo, image, path = firmwares[0], WORK / "files.img", WORK / "rings.count"
    table.lines += rings.report(
        rings.measure(vireo, image, min(rounds, 3)),
        *(rings.instructions(vireo, path, events, size, 64)
          for size in (512, 4096)))

    qemu = tool("qemu-system-aarch64", "--version").splitlines()[0]
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"],
                            stdout=subprocess.PIPE, text=True).stdout.strip()
    table.lines += ["", f"{qemu}; -cpu cortex-a57, 1 GiB, virtio-mmio v1; "
                        f"{rounds} rounds; Vireo {commit or 'unknown'}",
                    "ratio is Vireo's figure divided by U-Boot's."]
    text = "\n".join(table.lines) + "\n"
    (OUT / "bench.txt").write_text(text)
    print(text)
    for img in WORK.glob("*.img"):
        img.unlink()
    for name in ("big.bin", "frag.bin"):
        (WORK / name).unlink()


if __name__ == "__main__":
    main()
