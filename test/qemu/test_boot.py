# SPDX-License-Identifier: BSD-2-Clause
"""From reset to a Linux shell, through the firmware, on all the machines."""

import itertools

import pytest

from vireo import OUT, ROOT, Disk, tool

DISK = OUT / "disk.img"                 # made by `make run` and `make test`
AUTOBOOT = {"bootdelay": None}          # the firmware's own default


def boot(start_machine, **config):
    """Boot the demo disk by the default bootcmd; return machine, report."""
    config.setdefault("disks", [Disk(DISK, ro=True)])
    config.setdefault("env", AUTOBOOT)
    m = start_machine(wait=False, **config)
    return m, m.linux(timeout=90)


def check(report, el=1, smp=1, mem_mib=512, disks="vda"):
    assert report["kernel"].endswith(f"entered at EL{el}")
    assert f" {smp} CPU(s), " in report["machine"]
    seen = int(report["machine"].split()[-2])
    assert mem_mib - 64 - mem_mib // 16 < seen <= mem_mib
    assert report["disks"] == disks


@pytest.mark.parametrize("start,virtio,el", itertools.product(
    ["bios", "kernel", "pflash"], [1, 2], [1, 2]))
def test_linux(machine, start, virtio, el):
    m, report = boot(machine, start=start, virtio=virtio, el=el)
    check(report, el=el)
    m.send("exit\n")
    assert m.wait_exit() == 0


def test_smp(machine):
    """The other cores are left to the kernel's PSCI calls."""
    m, report = boot(machine, smp=4)
    check(report, smp=4)
    assert "SMP: Total of 4 processors activated" in m.sh("dmesg")


@pytest.mark.parametrize("smp", [2, 8])
def test_smp_el2(machine, smp):
    check(boot(machine, smp=smp, el=2)[1], el=2, smp=smp)


def reserve_off(size):
    """RAM that the host need not have: pages exist once they are touched."""
    return ["-object", f"memory-backend-ram,id=ram,size={size},reserve=off"]


@pytest.mark.parametrize("mib", [128, 1024, 8192, 65536])
def test_memory(machine, mib):
    m, report = boot(machine, mem=f"{mib}M", args=reserve_off(f"{mib}M"),
                     machine="memory-backend=ram")
    check(report, mem_mib=mib)


@pytest.mark.parametrize("cpu", ["cortex-a53", "cortex-a72", "max"])
def test_cpu(machine, cpu):
    check(boot(machine, cpu=cpu)[1])


@pytest.mark.parametrize("el", [1, 2])
def test_gic3(machine, el):
    check(boot(machine, gic=3, el=el)[1], el=el)


def test_secure_kernel(machine):
    """secure=on with -kernel starts at EL1 with PSCI: everything works."""
    m, report = boot(machine, start="kernel", secure=True, smp=2)
    check(report, smp=2)
    m.send("exit\n")
    assert m.wait_exit() == 0


@pytest.mark.parametrize("start", ["bios", "pflash"])
def test_secure_reset_is_refused(machine, start):
    """At EL3 all cores arrive together: one line, from one of them."""
    m = machine(start=start, secure=True, smp=4, wait=False)
    m.expect(r"\AVireo: started at EL3[^\r\n]*\r\n")
    with pytest.raises(AssertionError, match="waited"):
        m.expect(r".", timeout=0.5)


def test_reboot(machine):
    """PSCI SYSTEM_RESET from Linux: the firmware starts and boots again."""
    m, _ = boot(machine)
    m.send("reboot -f\n")
    check(m.linux(timeout=90))


def test_bootargs(machine):
    text = "quiet panic=5 vireo.words=a,b;c 'x y'"
    m, report = boot(machine, env={**AUTOBOOT, "bootargs": text})
    assert report["command"] == text


def test_chosen(machine):
    """What the kernel finds in /chosen: its ramdisk, and random seeds."""
    m, _ = boot(machine, rng=True)
    names = m.sh("ls -1 /proc/device-tree/chosen").split()
    assert {"linux,initrd-start", "linux,initrd-end"} <= set(names)
    assert "KASLR enabled" in m.sh("dmesg")
    assert "KASLR disabled" not in m.sh("dmesg")


def test_two_boots_differ(machine):
    """With the machine's own seeds taken away, virtio-rng still gives KASLR."""
    m, _ = boot(machine, rng=True, machine="dtb-randomness=off")
    assert "KASLR enabled" in m.sh("dmesg")


def test_linux_reads_the_disk_the_firmware_used(machine):
    """The device was reset before the hand-over: Linux' driver finds it as
    good as new, and what it reads is what is on the disk."""
    m, _ = boot(machine, virtio=2)
    m.sh("mount -t vfat -o ro /dev/vda1 /mnt")
    sums = m.sh("sha256sum /mnt/Image /mnt/initrd.img")
    for name in ("Image", "initrd.img"):
        assert tool("sha256sum", OUT / "payload" / name).split()[0] in sums


# ---- autoboot, as it looks at disks and keys

def mkdisk(work, *files, name="t.img", options=()):
    img = work / name
    tool(ROOT / "images" / "mkdisk.sh", *options, "-o", img, *files)
    return img


@pytest.mark.parametrize("table,bits", [("mbr", 16), ("none", 32), ("gpt", 32)])
def test_kernel_name_with_a_version(machine, work, table, bits):
    """A kernel and the ramdisk of the same version, on every kind of disk."""
    img = mkdisk(work, f"{OUT}/payload/Image=vmlinuz-6.1.0-9-arm64",
                 f"{OUT}/payload/initrd.img=initrd.img-6.1.0-9-arm64",
                 options=["-t", table, "-f", bits])
    check(boot(machine, disks=[img])[1])


def test_4k_sectors(machine, work):
    img = mkdisk(work, OUT / "payload" / "Image", OUT / "payload" / "initrd.img",
                 options=["-b", 4096])
    check(boot(machine, disks=[Disk(img, bs=4096)])[1])


def test_kernel_without_initrd(machine, work):
    img = mkdisk(work, OUT / "payload" / "Image")
    m = machine(wait=False, disks=[img], env=AUTOBOOT)
    m.expect("Unable to mount root fs", timeout=60)


def test_second_disk_has_the_kernel(machine, work):
    empty = mkdisk(work, ROOT / "images" / "sample" / "README.TXT", name="e.img")
    check(boot(machine, disks=[empty, Disk(DISK, ro=True)])[1],
          disks="vda vdb")


@pytest.mark.parametrize("disks", [0, 1])
def test_nothing_to_boot(machine, work, disks):
    """The reason is given, and the prompt."""
    img = mkdisk(work, ROOT / "images" / "sample" / "README.TXT")
    m = machine(disks=[img] * disks, env=AUTOBOOT)
    assert m.banner.strip().splitlines()[-1]
    assert "Image" in m.banner or "no disk" in m.banner.lower()
    m.ok("true")


def test_bootdelay_counts_down(machine):
    m = machine(wait=False, disks=[Disk(DISK, ro=True)],
                env={"bootdelay": "2", "bootcmd": "echo started"})
    m.expect(r"Hit any key to stop autoboot:  2")
    assert "started" in m.prompt()


def test_key_stops_the_countdown(machine):
    m = machine(wait=False, env={"bootdelay": "9", "bootcmd": "echo started"})
    m.expect(r"Hit any key to stop autoboot:  9")
    m.send(" ")
    assert "started" not in m.prompt(timeout=3)


def test_no_delay_by_default(machine):
    """bootdelay is 0: no text, no wait, bootcmd at once."""
    m = machine(env={"bootdelay": None, "bootcmd": "echo started"})
    assert "started" in m.banner
    assert "autoboot" not in m.banner


def test_demo_by_booti(machine):
    """A bare-metal Image is entered as a kernel is: device tree in x0, MMU
    off."""
    m = machine(disks=[Disk(DISK, ro=True)])
    m.ok("load virtio 0:1 $kernel_addr_r demo.img")
    m.send("booti $kernel_addr_r - $fdtcontroladdr\r")
    m.expect(r"demo: entered at EL1 with the MMU off, x0 = 0x[0-9a-f]+")
    m.expect("demo: x0 is a device tree")
    assert m.wait_exit() == 0
