# SPDX-License-Identifier: BSD-2-Clause
"""The real-time clock: `date` beside what QEMU was told."""

import re

DATE = r"Date: (\d{4}-\d\d-\d\d) \((\w+)\)    Time: ([ \d]\d:\d\d:\d\d)\n"


def date(m, line="date"):
    """What `date` shows: date, day of the week, time without seconds."""
    day, week, time = re.fullmatch(DATE, m.ok(line)).groups()
    return day, week, time[:5]


def test_date(machine):
    m = machine(args=["-rtc", "base=2030-02-03T04:05:06"])
    assert date(m) == ("2030-02-03", "Sunday", " 4:05")
    first = m.ok("date")
    m.ok("sleep 1.1")
    assert m.ok("date") != first


def test_set(machine):
    m = machine(args=["-rtc", "base=2030-02-03T04:05:06"])
    assert date(m, "date 112602282026.30") == ("2026-11-26", "Thursday", " 2:28")
    assert date(m, "date 0229235928") == ("2028-02-29", "Tuesday", "23:59")
    assert date(m, "date 12311200") == ("2028-12-31", "Sunday", "12:00")
    assert date(m, "date 020706282106.15") == ("2106-02-07", "Sunday", " 6:28")
    m.fails("date 020706282106.16", "date: 020706282106.16: too large")
    assert m.ok("date reset").startswith("Reset RTC...\nDate: 2000-01-01 (Saturday)    Time:  0:00:00\n")


def test_no_date(machine):
    m = machine(args=["-rtc", "base=2030-02-03T04:05:06"])
    for text in ["1", "13010000", "01320000", "02290000", "01012400", "01010060",
                 "010100002030.", "010100002030.60", "010100002030.1", "0101000020300",
                 "010100001969", "01010000203", "abcdefgh", "''", "01010000.30.30"]:
        m.fails(f"date {text}", "## Bad date format")
    m.fails("date 1 2", "Usage:")
    assert date(m) == ("2030-02-03", "Sunday", " 4:05")
