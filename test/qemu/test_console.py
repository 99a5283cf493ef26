# SPDX-License-Identifier: BSD-2-Clause
"""The console: nothing pasted is lost, Ctrl-C is seen while a command runs."""

import re


def lines(n, width=0):
    return "".join(f"echo line{i:04d}{'x' * width}\r" for i in range(n))


def expect_lines(m, n):
    for i in range(n):
        m.expect(f"\nline{i:04d}x*\r?\n")
    m.prompt()


def test_paste(machine):
    """20 KiB at once, far more than the UART's FIFO and the type-ahead."""
    m = machine()
    m.send(lines(1000, 5))
    expect_lines(m, 1000)


def test_paste_while_busy(machine):
    """A command runs for a second; what is typed meanwhile comes after it."""
    m = machine()
    m.send("sleep 1\r" + lines(500, 10))    # 12 KiB: type-ahead is full
    expect_lines(m, 500)


def test_ctrlc_empties_type_ahead(machine):
    m = machine()
    m.send("sleep 100\r")
    m.expect("\n")
    m.send("echo dropped\recho dropped too\r")
    m.send("\x03")
    before = m.prompt(5)
    assert "<INTERRUPT>" in before
    m.send("echo next\r")
    m.expect("\nnext\r?\n")
    assert not re.search(r"^dropped", m.prompt(), re.M)
    assert "dropped" not in m.run("true")


def test_prompt_starts_a_line(machine):
    m = machine()
    m.send("echo -n abc\r")
    m.expect("\n")
    assert m.prompt() == "abc\n"
