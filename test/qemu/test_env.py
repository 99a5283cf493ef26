# SPDX-License-Identifier: BSD-2-Clause
"""The saved environment: it survives reset and QEMU's end, in each store; U-Boot's tools
read ours and we read theirs; and trouble is one line."""

import re
import subprocess

import pytest

from vireo import Disk, tool

MIB = 1 << 20
COPY = 0x10000
FILES = ["uboot.env", "uboot-redund.env"]
SAVED = "Loading Environment from {}... OK"
FLASH_NOTE = "kept only if QEMU has -drive if=pflash,unit=1"
ANY = {"env_store": None}           # as users start it: what is there is found
FLASH = {"env_store": "FLASH"}


def raw(offset, dev="virtio 0"):
    return {"env_store": "RAW", "env_raw_dev": dev, "env_raw_offset": f"{offset:x}"}


@pytest.fixture
def fat(work):
    path = work / "fat.img"
    with open(path, "wb") as f:
        f.truncate(33 * MIB)
    tool("mkfs.fat", "--invariant", "-F", "16", path)
    return path


@pytest.fixture
def flash(work):
    path = work / "flash.img"
    with open(path, "wb") as f:
        f.write(b"\xff" * MIB)
        f.truncate(64 * MIB)
    return path


def pflash(path, more=""):
    return ["-drive", f"if=pflash,unit=1,format=raw,file={path}{more}"]


def take_out(fat):
    """The two files, beside the image, and the tools' configuration for them."""
    for name in FILES:
        tool("mcopy", "-o", "-i", fat, f"::{name}", fat.parent / name)
    config = fat.parent / "fw_env.config"
    config.write_text("".join(f"{fat.parent / name} 0 {COPY:#x}\n" for name in FILES))
    return config


def put_back(fat):
    for name in FILES:
        tool("mcopy", "-o", "-i", fat, fat.parent / name, f"::{name}")


def printed(text):
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def fsck(fat):
    tool("fsck.fat", "-n", fat)


def reset(m):
    m.send("reset\r")
    m.expect("resetting ...")
    return m.prompt()


# ---- over reset and QEMU's end

def test_fat(machine, fat):
    m = machine(env=ANY, disks=[fat])
    assert "nvironment" not in m.banner
    assert m.ok("saveenv") == "Saving Environment to FAT... OK\n"
    assert m.ok("setenv v 'a  b'; setenv vendor; saveenv") == "Saving Environment to FAT... OK\n"
    assert SAVED.format("FAT") in reset(m)
    assert m.ok("printenv v") == "v=a  b\n"
    m.fails("printenv vendor", '## Error: "vendor" not defined')
    assert m.ok("env info") == \
        "env_valid = redundant\nenv_ready = true\nenv_use_default = false\n"
    m.ok("setenv v lost")
    m.close()
    fsck(fat)

    m = machine(env=ANY, disks=[fat])
    assert m.ok("printenv v; setenv v 2; env load; printenv v") == \
        f"v=a  b\n{SAVED.format('FAT')}\nv=a  b\n"
    assert m.ok("env erase") == "Erasing Environment on FAT... OK\n"
    assert "uboot" not in m.ok("ls virtio 0")
    m.fails("env load", "Failed (virtio 0: nothing is saved there)")
    assert "nvironment" not in reset(m)
    m.close()
    fsck(fat)


def test_flash(machine, flash):
    m = machine(env=ANY, args=pflash(flash))
    m.fails("saveenv", "Saving Environment to FAT... Failed (none of the first four "
            "disks has a FAT file system that can be written)")
    assert m.ok("env select FLASH; setenv v 1; saveenv") == "Select Environment on FLASH: OK\n" \
        f"Saving Environment to FLASH... OK\n{FLASH_NOTE}\n"
    assert m.ok("flinfo") == "\nBank # 1: CFI, Intel command set, 2 x 16 bit\n" \
        "  Size: 64 MB in 256 Sectors of 0x40000 bytes\n  Base: 0x04000000\n"
    assert SAVED.format("FLASH") in reset(m)
    assert m.ok("setenv v 2; saveenv") == f"Saving Environment to FLASH... OK\n{FLASH_NOTE}\n"
    m.close()
    m = machine(env=ANY, args=pflash(flash))
    assert m.ok("printenv v") == "v=2\n"
    m.ok("env erase")
    m.close()
    data = flash.read_bytes()
    assert set(data[:0x80000]) == {0xff} and set(data[MIB:]) == {0}
    m = machine(env=ANY, args=pflash(flash, ",readonly=on"))
    m.fails("env select flash; saveenv", "Saving Environment to FLASH... Failed (flash 0: copy 1: a "
            "block is not erased: is the drive read-only?)")


def test_two_stores(machine, fat, flash):
    """Flash is looked at first, whatever FAT has; a save elsewhere says so."""
    m = machine(env=ANY, disks=[fat], args=pflash(flash))
    assert m.ok("setenv v fat; saveenv; env select FLASH; setenv v flash; saveenv").count("OK") == 3
    assert SAVED.format("FLASH") in reset(m)
    assert m.ok("printenv v; env select FAT; saveenv").endswith(
        "OK\nFLASH has one, too, which is what the next start loads\n")
    assert SAVED.format("FLASH") in reset(m)
    assert re.search(r"(?m)^\* FLASH  flash 0$", m.ok("env select"))
    m.send("env select FL\t\r")
    m.expect("\nSelect Environment on FLASH: OK\r\n")
    m.prompt()
    m.ok("env erase")
    assert SAVED.format("FAT") in reset(m)
    m.close()
    # what is no environment is no news, what was one is
    with open(flash, "r+b") as f:
        f.write(bytes(range(200, 240)))
    m = machine(env=ANY, args=pflash(flash))
    assert "nvironment" not in m.banner
    m.close()
    with open(flash, "r+b") as f:
        f.write(b"....\x01name=value\0\0")
    m = machine(env=ANY, args=pflash(flash))
    assert "*** Warning - bad CRC, using default environment\n" in m.banner


def test_askenv(machine):
    m = machine()
    m.send("askenv v Your name 3\r")
    m.expect("Your name ")
    m.send("abcdef\r")
    m.prompt()
    assert m.ok("printenv v") == "v=abc\n"
    m.send("env ask v\r")
    m.expect("Please enter 'v': ")
    m.send("\x03")
    m.prompt()
    assert m.ok("printenv v") == "v=abc\n"


def test_flash_without_a_drive(machine):
    """QEMU answers and keeps it, but for no longer than it runs itself."""
    m = machine(env=FLASH, start="pflash")
    assert FLASH_NOTE in m.ok("setenv v 1; saveenv")
    assert SAVED.format("FLASH") in reset(m)
    assert m.ok("printenv v") == "v=1\n"
    m.close()
    assert "nvironment" not in machine(env=FLASH, start="pflash").banner


def test_flash_of_a_secure_machine(machine, flash):
    m = machine(env=FLASH, args=pflash(flash), secure=True, start="kernel")
    assert "... OK" in m.ok("setenv v 1; saveenv")
    m.close()
    m = machine(env=FLASH, args=pflash(flash), secure=True, start="kernel")
    assert m.ok("printenv v") == "v=1\n"


@pytest.mark.parametrize("bs", [512, 4096])
def test_raw(machine, work, bs):
    img = work / "raw.img"
    img.write_bytes(bytes(MIB))
    m = machine(env=raw(0x20000), disks=[Disk(img, bs=bs)])
    assert "nvironment" not in m.banner
    assert m.ok("setenv v 1; saveenv; setenv v 2; saveenv").count("OK\n") == 2
    assert SAVED.format("RAW") in reset(m)
    assert m.ok("printenv v") == "v=2\n"
    m.close()
    data = img.read_bytes()
    assert not any(data[:0x20000]) and not any(data[0x40000:])
    config = work / "fw_env.config"
    config.write_text(f"{img} 0x20000 {COPY:#x}\n{img} 0x30000 {COPY:#x}\n")
    assert tool("fw_printenv", "-c", config, "v").strip() in ("v=2", b"v=2")


def test_raw_refuses(machine, fat, work):
    img = work / "mbr.img"
    img.write_bytes(bytes(2 * MIB))
    tool("sfdisk", "-q", img, input="label: dos\nstart=512, size=1024, type=83\n")
    before = fat.read_bytes()
    m = machine(env={**raw(0), "env_raw_dev": "virtio 1"}, disks=[fat, img])
    m.fails("saveenv", "env_raw_offset is in the partition table")
    m.fails("setenv env_raw_offset 30000; saveenv", "env_raw_offset is in a partition")
    m.fails("setenv env_raw_offset 1f0000; saveenv", "env_raw_offset is past the end of the disk")
    m.fails("setenv env_raw_dev virtio 0; setenv env_raw_offset 10000; saveenv",
            "there is a file system")
    m.ok("setenv env_raw_dev virtio 1:1; setenv env_raw_offset 1000; saveenv")
    m.close()
    assert fat.read_bytes() == before


# ---- U-Boot's tools

def test_tools_read_ours(machine, fat):
    m = machine(env=ANY, disks=[fat])
    m.ok("setenv v 'a=b  c'; saveenv; setenv w 1; saveenv")
    mine = printed(m.ok("printenv"))
    m.close()
    config = take_out(fat)
    theirs = printed(text_of("fw_printenv", "-c", config))
    assert theirs == mine and theirs["v"] == "a=b  c"
    text_of("fw_setenv", "-c", config, "v", "from Linux")
    put_back(fat)
    m = machine(env=ANY, disks=[fat])
    assert m.ok("printenv v w") == "v=from Linux\nw=1\n"
    # they take turns
    m.ok("setenv v ours; saveenv")
    m.close()
    config = take_out(fat)
    assert text_of("fw_printenv", "-c", config, "v") == "v=ours\n"


def text_of(*args):
    return subprocess.run([str(a) for a in args], check=True, capture_output=True,
                          text=True).stdout


@pytest.mark.parametrize("flags", [["-r"], []], ids=["pair", "single"])
def test_a_file_of_mkenvimage(machine, fat, work, flags):
    """With another size, too, which stays."""
    text, img = work / "vars.txt", work / "uboot.env"
    text.write_text("bootargs=quiet\n# no variable\nv=1\n")
    tool("mkenvimage", *flags, "-s", "0x2000", "-o", img, text)
    tool("mcopy", "-i", fat, img, "::uboot.env")
    m = machine(env=ANY, disks=[fat])
    assert SAVED.format("FAT") in m.banner
    assert m.ok("printenv bootargs v bootcmd") == "bootargs=quiet\nv=1\nbootcmd=bootlinux\n"
    m.ok("setenv v 2; saveenv")
    assert ("uboot-redund.env" in m.ok("ls virtio 0")) == bool(flags)
    assert SAVED.format("FAT") in reset(m)
    assert m.ok("printenv v; size virtio 0 uboot.env; echo $filesize") == "v=2\n2000\n"
    m.close()
    tool("mcopy", "-o", "-i", fat, "::uboot.env", img)
    if not flags:
        config = work / "fw_env.config"
        config.write_text(f"{img} 0 0x2000\n")
        assert text_of("fw_printenv", "-c", config, "v") == "v=2\n"


# ---- what wins, and starting without

def test_presets_win(machine, fat):
    m = machine(env=ANY, disks=[fat])
    m.ok("setenv v saved; setenv w saved; setenv bootdelay 77; setenv bootcmd reset; saveenv")
    m.close()
    m = machine(env={**ANY, "v": "preset"}, disks=[fat], env_text="w=text\nx=text\nbad\n")
    assert m.ok("printenv v w x bootdelay") == "v=preset\nw=text\nx=text\nbootdelay=-1\n"
    assert m.banner.count("fw_cfg: ") == 1
    m.close()
    m = machine(disks=[fat])
    assert "nvironment" not in m.banner
    assert m.ok("printenv bootcmd") == "bootcmd=bootlinux\n"
    m.fails("saveenv", "Saving Environment to none... Failed (nothing is kept)")


def test_another_machine(machine, fat):
    """Facts of a start are not another's; a variable that is not taken is named."""
    m = machine(env=ANY, disks=[fat])
    m.ok("setenv fdtcontroladdr 1; setenv fdt_addr 2; setenv v 1; saveenv")
    m.close()
    m = machine(env=ANY, disks=[fat], mem="256M")
    assert m.ok("printenv v") == "v=1\n"
    assert re.fullmatch(r"fdt_addr=0x4f[0-9a-f]+\nfdtcontroladdr=4f[0-9a-f]+\n",
                        m.ok("printenv fdt_addr fdtcontroladdr"))


def test_a_console_that_is_not_there(machine, fat, work):
    text, img = work / "vars.txt", work / "uboot.env"
    text.write_text("stdout=virtio-console\nv=1\n")
    tool("mkenvimage", "-r", "-s", "0x1000", "-o", img, text)
    tool("mcopy", "-i", fat, img, "::uboot.env")
    m = machine(env=ANY, disks=[fat])
    assert "environment: FAT: virtio 0: stdout: no such device" in m.banner
    assert m.ok("printenv stdout v") == "stdout=serial\nv=1\n"


# ---- trouble

def test_damage(machine, fat):
    m = machine(env=ANY, disks=[fat])
    m.ok("setenv v 1; saveenv; setenv v 2; saveenv")
    m.close()
    take_out(fat)
    for n, name in enumerate(reversed(FILES)):
        path = fat.parent / name
        data = bytearray(path.read_bytes())
        data[100] ^= 1
        path.write_bytes(data)
        put_back(fat)
        m = machine(env=ANY, disks=[fat])
        if n == 0:
            assert SAVED.format("FAT") + "\nenvironment: FAT: virtio 0: uboot-redund.env: " \
                "bad CRC: the other one is used\n" in m.banner
            assert m.ok("printenv v") == "v=1\n"
        else:
            assert "*** Warning - bad CRC, using default environment\n" \
                "environment: FAT: virtio 0: uboot.env: bad CRC\n" \
                "environment: FAT: virtio 0: uboot-redund.env: bad CRC\n" in m.banner
            m.fails("printenv v")
            m.fails("env load", "Loading Environment from FAT... Failed (virtio 0: "
                    "uboot.env: bad CRC; uboot-redund.env: bad CRC)")
            m.ok("saveenv")
            assert SAVED.format("FAT") in reset(m)
        m.close()


def unreadable(fat, name, work, sector=0):
    """The image with one sector of a file that does not read."""
    cluster = int(re.search(r"<(\d+)-", text_of("mshowfat", "-i", fat, f"::{name}"))[1])
    boot = fat.read_bytes()[:64]
    n = [int.from_bytes(boot[at:at + 2], "little") for at in (14, 17, 22)]
    data = n[0] + 2 * n[2] + n[1] * 32 // 512 + (cluster - 2) * boot[13] + sector
    config = work / "blkdebug.cfg"
    config.write_text(f'[inject-error]\nevent = "none"\nerrno = "5"\niotype = "read"\n'
                      f'sector = "{data}"\nonce = "off"\n')
    return Disk(node=f"driver=raw,node-name=%s,file.driver=blkdebug,file.config={config},"
                     f"file.image.driver=file,file.image.filename={fat}")


@pytest.mark.parametrize("sector", [0, 30], ids=["head", "body"])
def test_a_bad_sector(machine, fat, work, sector):
    """In the newer copy: the older one is used, and the next save is not over that."""
    m = machine(env=ANY, disks=[fat])
    m.ok("setenv v old; saveenv; setenv v new; saveenv")
    m.close()
    m = machine(env=ANY, disks=[unreadable(fat, "uboot-redund.env", work, sector)])
    assert SAVED.format("FAT") + "\nenvironment: FAT: virtio 0: uboot-redund.env: " \
        "input/output error: the other one is used\n" in m.banner
    assert m.ok("printenv v; setenv v newer; saveenv; env load; printenv v") == \
        f"v=old\nSaving Environment to FAT... OK\n{SAVED.format('FAT')}\nv=newer\n"
    m.close()
    fsck(fat)


def test_files_that_are_no_environment(machine, fat, work):
    m = machine(env=ANY, disks=[fat])
    m.ok("saveenv; rm virtio 0 uboot-redund.env; mkdir virtio 0 uboot-redund.env")
    assert "FAT: virtio 0: uboot-redund.env: is a directory: the other one is used" in reset(m)
    m.fails("saveenv", "Failed (virtio 0: uboot-redund.env: is a directory)")
    m.fails("env info -p", "cannot be persisted")
    m.ok("rm virtio 0 uboot-redund.env; env info -p; saveenv")
    m.close()
    # sound, but more than we hold
    text, img = work / "vars.txt", work / "uboot.env"
    text.write_text("v=1\n")
    tool("mkenvimage", "-s", "0x80000", "-o", img, text)
    tool("mdel", "-i", fat, "::uboot-redund.env")
    tool("mcopy", "-o", "-i", fat, img, "::uboot.env")
    m = machine(env=ANY, disks=[fat])
    assert "environment: FAT: virtio 0: uboot.env: larger than 256 KiB\n" in m.banner
    assert "CRC" not in m.banner
    m.fails("saveenv", 'Failed (virtio 0: uboot.env: larger than 256 KiB; "env erase" first)')
    m.ok("env erase; saveenv")
    m.close()
    fsck(fat)


def test_more_than_fits(machine, fat, work):
    """What was not loaded is named, and not lost by a save."""
    text, img = work / "vars.txt", work / "uboot.env"
    text.write_text("ethaddr=garbage\n" + "".join(f"v{n:03}={'y' * 1000}\n" for n in range(100)))
    tool("mkenvimage", "-r", "-s", "0x40000", "-o", img, text)
    tool("mcopy", "-i", fat, img, "::uboot.env")
    m = machine(env=ANY, disks=[fat])
    told = re.findall(r"(?m)^environment: FAT: virtio 0: (.*)$", m.banner)
    assert told[0] == "ethaddr: flags type check failure"
    assert re.fullmatch(r"v06\d: no space left", told[1]) and len(told) == 9
    assert re.fullmatch(r"[23]\d more are not loaded", told[8])
    m.fails("saveenv", 'Failed (virtio 0: it was not loaded whole; "env erase" first)')
    assert f"\nenv load: {told[1]}\n" in m.ok("env load")
    assert m.ok("env erase; setenv v000; saveenv").endswith("Environment to FAT... OK\n")
    assert "no space" not in reset(m)
    m.close()


def test_read_only_and_full_disks(machine, fat, work):
    m = machine(env=ANY, disks=[Disk(fat, ro=True)])
    m.fails("saveenv", "Saving Environment to FAT... Failed (none of the first four "
            "disks has a FAT file system that can be written)")
    m.close()
    m = machine(env=ANY, disks=[fat])
    m.ok("setenv v 1; saveenv")
    m.close()
    m = machine(env=ANY, disks=[Disk(fat, ro=True)])
    assert m.ok("printenv v") == "v=1\n"
    assert re.search(r"Failed \(virtio 0: .*read-only", m.fails("saveenv"))
    m.close()
    full = work / "full.img"
    with open(full, "wb") as f:
        f.truncate(33 * MIB)
    tool("mkfs.fat", "-F", "16", full)
    for kib in (1 << n for n in range(15, -1, -1)):
        (work / "some").write_bytes(bytes(kib * 1024))
        subprocess.run(["mcopy", "-i", full, work / "some", f"::{kib}"], capture_output=True)
    m = machine(env=ANY, disks=[full])
    assert re.search(r"Failed \(virtio 0: .*(full|space)", m.fails("saveenv"))
    m.close()
    fsck(full)


def test_a_disk_that_does_not_answer(machine, fat):
    """Ctrl-C goes on to the prompt."""
    slow = Disk(node="driver=throttle,throttle-group=slow,file.driver=file,node-name=%s,"
                     f"file.filename={fat}")
    args = ["-object", "throttle-group,id=slow,x-bps-read=1,x-bps-read-max=1"]
    m = machine(env=ANY, disks=[slow], args=args, wait=False)
    m.expect("Vireo 2")
    m.send("\x03")
    assert "environment: FAT: virtio 0: interrupted\n" in m.prompt(60)
    assert m.ok("echo alive") == "alive\n"


def test_linux_boots_with_it(machine, fat):
    """A saved bootcmd runs by itself."""
    m = machine(env=ANY, disks=[fat])
    m.ok("setenv bootdelay 0; setenv bootcmd 'echo ran; setenv bootcmd'; saveenv")
    m.close()
    m = machine(env={**ANY, "bootdelay": None}, disks=[fat])
    assert SAVED.format("FAT") in m.banner and "\nran\n" in m.banner
