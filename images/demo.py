#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""make demo: a bring-up in one terminal, from reset to Linux, with the glass box open.

The demo machine (images/run.sh shell) runs with its disk on a modern device that
offers both rings. Each step is explained in a sentence, then its command is typed;
Enter or space goes on, q ends. Linux' shell is the viewer's at the end.

DEMO=auto   no keys are waited for, and it ends at Linux' prompt; so it does when
            there is no terminal
MACHINE, CPU, MEM, DISK, APPEND, QEMU_ARGS: as for make shell
"""

import contextlib
import os
import shutil
import signal
import sys
import termios
import textwrap
import tty
from pathlib import Path

import pexpect

RUN = str(Path(__file__).resolve().parent / "run.sh")
BOTH_RINGS = "-global virtio-mmio.force-legacy=false -global virtio-blk-device.packed=on"
UNTOUCHED = "-fw_cfg name=opt/org.vireo/var/env_store,string=none"   # no disk was, at start
PROMPT = "[\r\n]=> "
LINUX = "/ # "
AUTO = os.environ.get("DEMO") == "auto" or not (sys.stdin.isatty() and sys.stdout.isatty())

STEPS = [
    ("The firmware has come out of reset and is at its prompt. The device tree told it "
     "where virtio devices can be; it has read what each one is, and no more: all are idle.",
     "virtio list"),
    ("From now on every register access and every event of the disk's ring is recorded.",
     "virtio trace on virtio0"),
    ("The first use brings the disk up: reset, ACKNOWLEDGE, DRIVER, features, FEATURES_OK, "
     "queue, DRIVER_OK, and then the requests that read the partition table.",
     "part list virtio 0"),
    ("That was the handshake of section 3.1.1, register by register.",
     "virtio trace show"),
    ("Recording ends here.",
     "virtio trace off"),
    ("Device and driver have agreed on what both know; the rest was refused, with a reason.",
     "virtio features virtio0"),
    ("These are the device's registers, by the standard's names.",
     "virtio regs virtio0"),
    ("Its configuration space, decoded and raw.",
     "virtio config virtio0"),
    ("The device offers packed rings. Without that feature it is reset and attached anew, "
     "with a split one.",
     "virtio features virtio0 -ring_packed"),
    ("One read done slowly: block 0, through descriptor table, available and used ring, with "
     "the bytes before and after each step.",
     "virtio step virtio0 read 0"),
    ("The ring as the request has left it.",
     "virtio ring virtio0 0"),
    ("Back to the packed ring,",
     "virtio features virtio0 +ring_packed"),
    ("and the same read, through the one ring that both sides write.",
     "virtio step virtio0 read 0"),
    ("The disk's first partition is FAT; kernel and initial RAM disk are on it.",
     "ls virtio 0:1"),
    ("How long all this took since reset.",
     "bootstage report"),
    ("The last step: find the kernel, read it where it wants to be, fix up the device tree, "
     "reset every device, and jump.",
     "boot"),
]


def say(text):
    """An explanation, as wide as the terminal, in the place of the prompt."""
    columns = max(shutil.get_terminal_size().columns, 40)
    bold, plain = ("\033[1;33m", "\033[0m") if sys.stdout.isatty() else ("", "")
    print("\r\033[K" if sys.stdout.isatty() else "")
    for line in textwrap.wrap(text, columns - 4):
        print(f"{bold}## {line}{plain}")
    sys.stdout.flush()


def key():
    """Wait for Enter or space. Return: False for q"""
    while True:
        c = os.read(sys.stdin.fileno(), 1)
        if c in (b"\n", b"\r", b" "):
            return True
        if c in (b"q", b"Q", b"\x04", b""):
            return False


@contextlib.contextmanager
def keys():
    """Keys one by one and not echoed, as long as this lasts."""
    if AUTO:
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


class Viewer:
    """pexpect's log of the console: to the terminal, as it comes, but for Linux' shell
    asking where the cursor is."""

    @staticmethod
    def write(text):
        text = text.replace("\033[6n", "")
        sys.stdout.write(text if sys.stdout.isatty() else text.replace("\r", ""))

    @staticmethod
    def flush():
        sys.stdout.flush()


def start():
    size = shutil.get_terminal_size()
    args = f"{BOTH_RINGS} {UNTOUCHED} {os.environ.get('QEMU_ARGS', '')}".strip()
    t = pexpect.spawn(RUN, ["shell"], env={**os.environ, "QEMU_ARGS": args}, timeout=60,
                      encoding="utf-8", codec_errors="replace",
                      dimensions=(size.lines, size.columns))
    t.delaybeforesend = None if AUTO else 0.03
    t.logfile_read = Viewer
    return t


def show(t):
    """Return: False when the viewer has seen enough"""
    say("This is Vireo, from reset to Linux. Enter or space: the next step; q: the end.")
    t.expect(PROMPT)
    for text, command in STEPS:
        say(text)
        if not AUTO and not key():
            return False
        sys.stdout.write("=> ")
        for c in command + "\r":
            t.send(c)
        if t.expect([PROMPT, LINUX]) != (command == "boot"):
            raise pexpect.EOF("no Linux")
    return True


def hand_over(t):
    """The machine is the viewer's."""
    sys.stdout.write(LINUX)
    sys.stdout.flush()
    t.logfile_read = None
    t.interact(escape_character=None)


def main():
    # Whoever starts us in the background may have had Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    t = start()
    try:
        with keys():
            seen = show(t)
            if seen:
                say("Linux is up." if AUTO else "Linux is up, and its shell is yours. "
                                                "Ctrl-A X ends the machine.")
        if seen and not AUTO:
            hand_over(t)
    except (pexpect.TIMEOUT, pexpect.EOF):
        sys.exit("\ndemo.py: the machine did not do as it should")
    except KeyboardInterrupt:
        pass
    finally:
        t.close(force=True)
        print()


if __name__ == "__main__":
    main()
