# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the end-to-end tests; see vireo.py for how to write one."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import vireo                            # noqa: E402

# The scratch images are worth keeping only to look into a failure by hand.
KEEP = bool(os.environ.get("VIREO_KEEP"))


@pytest.fixture
def work(request):
    """An empty folder for the test, out/test/NAME: consoles' transcripts stay
    there, everything else is removed (VIREO_KEEP=1 keeps it)."""
    name = re.sub(r"[^\w.=-]+", "_", request.node.nodeid.split("/")[-1])
    path = vireo.OUT / "test" / name.replace(".py", "").strip("_")
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    yield path
    if KEEP:
        return
    for p in path.iterdir():
        if p.is_dir():
            shutil.rmtree(p)
        elif p.suffix not in (".log", ".err"):
            p.unlink()


@pytest.fixture
def machine(work):
    """A function that starts a vireo.Machine; all are killed at the end."""
    started = []

    def start(**config):
        m = vireo.Machine(work, **config)
        started.append(m)
        return m

    yield start
    for m in started:
        m.close()


@pytest.fixture
def image(work, request):
    """A disk image that holds the test file's DATA."""
    path = work / "d.img"
    path.write_bytes(request.module.DATA)
    return path


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that could not run is a failure: nothing here may be skipped."""
    report = (yield).get_result()
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr}"
