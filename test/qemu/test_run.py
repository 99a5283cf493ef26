# SPDX-License-Identifier: BSD-2-Clause
"""`make run`, `make shell` and `make debug`, as a user at a terminal has
them: images/run.sh on a pseudo-terminal, with the variables of the Makefile."""

import os
import shutil

import pexpect
import pytest

from vireo import OUT, ROOT, SLOW

RUN = str(ROOT / "images" / "run.sh")
PROMPT = r"[\r\n]=> "


@pytest.fixture
def terminal(work):
    """A function that starts run.sh with variables set, on a copy of the demo
    disk unless DISK says otherwise."""
    started = []

    def start(job, **variables):
        if "DISK" not in variables:
            shutil.copyfile(OUT / "disk.img", work / "disk.img")
            variables["DISK"] = str(work / "disk.img")
        t = pexpect.spawn(RUN, [job], env={**os.environ, "TERM": "dumb", **variables},
                          timeout=60 * SLOW, encoding="utf-8",
                          codec_errors="replace")
        t.logfile_read = open(work / f"{job}.log", "w")
        started.append(t)
        return t

    yield start
    for t in started:
        t.close(force=True)
        t.logfile_read.close()


def test_run(terminal):
    t = terminal("run", SMP="2", MEM="768M", MACHINE="virt,virtualization=on",
                 CPU="cortex-a72", APPEND="quiet test.word=a,b")
    t.expect("Ctrl-A X ends it")
    t.expect("Vireo: Linux is up")
    t.expect("entered at EL2")
    t.expect(r"2 CPU\(s\), 7\d\d MiB")
    t.expect("command  quiet test.word=a,b\r")
    t.expect("/ # ")
    t.sendline("exit")
    t.expect(pexpect.EOF)
    t.close()
    assert t.exitstatus == 0


def test_shell_takes_ctrl_c(terminal):
    """Ctrl-C goes to the firmware, Ctrl-A X ends QEMU."""
    t = terminal("shell")
    t.expect(PROMPT)
    t.send("sleep 60\r")
    t.expect("\n")
    t.send("\x03")
    t.expect(PROMPT, timeout=5 * SLOW)
    t.send("echo $?\r")
    t.expect(r"\n1\r")
    t.send("\x01x")
    t.expect(pexpect.EOF)


def test_more_arguments(terminal):
    t = terminal("shell", QEMU_ARGS="-global virtio-mmio.force-legacy=false")
    t.expect(PROMPT)
    t.send("virtio list\r")
    t.expect("blk")
    t.expect(PROMPT)


def test_disk_that_is_not_there(terminal, work):
    t = terminal("run", DISK=str(work / "none.img"))
    t.expect("cannot read the disk image .*none.img")
    t.expect(pexpect.EOF)
    t.close()
    assert t.exitstatus == 1


def test_debug(terminal):
    """gdb halts the machine at reset, follows the move to high RAM, and has
    symbols on both sides of it."""
    t = terminal("debug")
    gdb = r"\(gdb\) "
    t.expect("Halted at reset")
    t.expect(gdb)
    t.sendline("continue")
    t.expect(r"Vireo moves to (0x[0-9a-f]+): symbols are there now")
    assert int(t.match[1], 16) > 0x44000000
    t.expect(gdb)
    t.sendline("hbreak vireo_main")
    t.expect(r"at 0x[0-9a-f]+: file .*main\.c")
    t.expect(gdb)
    t.sendline("continue")
    t.expect(r"vireo_main \(.*main\.c:\d+")
    t.expect(gdb)
    t.sendline("kill")
    t.expect(gdb)
    t.sendline("quit")
    t.expect(pexpect.EOF)
