"""Disks (spec F7)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elastisim.kernel.disk import Disk, DiskAccess, disk_rates

from .flows import WORK, amounts


def closed_form(read: float, write: float, readers: int, writers: int) -> tuple[float, float]:
    """Rates of each reader and writer by the formulas of F7.4."""
    if write > read:
        writer, reader = closed_form(write, read, writers, readers)
        return reader, writer
    if not writers:
        return read / readers, 0.0
    if not readers:
        return 0.0, write / writers
    if writers * read / (readers + writers) <= write:
        return read / (readers + writers), read / (readers + writers)
    return (read - write) / readers, write / writers


@given(read=amounts(1e6, 1e10), write=amounts(1e6, 1e10), readers=st.integers(0, 9), writers=st.integers(0, 9))
@settings(max_examples=100, deadline=None)
def test_progressive_filling_agrees_with_the_closed_form(read: float, write: float, readers: int, writers: int) -> None:
    """Readers and writers get the rates of F7.4."""
    if readers + writers:
        found = disk_rates(read, write, readers, writers, WORK)
        assert found == pytest.approx(closed_form(read, write, readers, writers), rel=1e-9)


def test_a_read_parallel_to_three_writes() -> None:
    """Reading at 2 GB/s and writing at 1 GB/s: a read beside three writes runs at 1 GB/s (R13.8)."""
    assert disk_rates(2e9, 1e9, 1, 3, WORK) == pytest.approx((1e9, 1e9 / 3))


def test_nobody_there() -> None:
    """Without accesses there are no rates."""
    assert disk_rates(2e9, 1e9, 0, 0, WORK) == (0.0, 0.0)


def test_sharing_counts_both_directions() -> None:
    """A disk gives each of its accesses the rate of its direction."""
    disk = Disk("disk", 3e9, 1e9)
    accesses = [DiskAccess(disk, 100.0, write) for write in (False, True, True)]
    for access in accesses:
        disk.accesses[access] = None
    disk.share(WORK)

    assert [access.rate for access in accesses] == pytest.approx([2e9, 5e8, 5e8])


def test_sizes_are_whole_bytes() -> None:
    """The size of an access is truncated (F7.2)."""
    assert DiskAccess(Disk("disk", 1.0, 1.0), 7.9, False).remaining == 7.0
