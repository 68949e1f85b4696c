"""Disks: local storage whose accesses share bandwidth among themselves only (spec F7)."""

from __future__ import annotations

from elastisim.kernel.actors import Activity


class Disk:
    """A disk with bandwidths in bytes per second, and its running accesses in the order of their starts."""

    __slots__ = ("accesses", "name", "read_bandwidth", "write_bandwidth")

    def __init__(self, name: str, read_bandwidth: float, write_bandwidth: float) -> None:
        self.name = name
        self.read_bandwidth = read_bandwidth
        self.write_bandwidth = write_bandwidth
        self.accesses: dict[DiskAccess, None] = {}

    def share(self, work_precision: float) -> None:
        """Set the rates of all accesses: max-min fair under the limits of both directions and their common one."""
        writers = sum(access.write for access in self.accesses)
        read_rate, write_rate = disk_rates(
            self.read_bandwidth, self.write_bandwidth, len(self.accesses) - writers, writers, work_precision
        )
        for access in self.accesses:
            access.rate = write_rate if access.write else read_rate


class DiskAccess(Activity):
    """Reading or writing a whole number of bytes (F7.2); ``remaining`` is in bytes, ``rate`` in bytes per second."""

    __slots__ = ("disk", "rate", "remaining", "write")

    def __init__(self, disk: Disk, size: float, write: bool) -> None:
        super().__init__()
        self.disk = disk
        self.remaining = float(int(size))
        self.rate = 0.0
        self.write = write


def disk_rates(
    read_bandwidth: float, write_bandwidth: float, readers: int, writers: int, work_precision: float
) -> tuple[float, float]:
    """Return the rates of each reader and each writer by progressive filling (F7.3), in bytes per second."""
    unfixed = {write: count for write, count in ((False, readers), (True, writers)) if count}
    rates = {False: 0.0, True: 0.0}
    limits = [
        _Limit(max(read_bandwidth, write_bandwidth), (False, True)),
        _Limit(read_bandwidth, (False,)),
        _Limit(write_bandwidth, (True,)),
    ]
    while True:
        open_limits = [limit for limit in limits if limit.is_open(unfixed, work_precision)]
        if not open_limits:
            return rates[False], rates[True]
        rate = min(limit.ratio(unfixed) for limit in open_limits)
        tightest = [limit for limit in open_limits if limit.ratio(unfixed) == rate]
        fixed = {write for limit in tightest for write in limit.directions if write in unfixed}
        for write in sorted(fixed):
            rates[write] = rate
            count = unfixed.pop(write)
            for limit in open_limits:
                if write in limit.directions:
                    limit.take(rate, count, work_precision)


class _Limit:
    """A bandwidth that holds for the accesses of some directions, and what remains of it."""

    __slots__ = ("capacity", "directions", "remaining")

    def __init__(self, capacity: float, directions: tuple[bool, ...]) -> None:
        self.capacity = capacity
        self.directions = directions
        self.remaining = capacity

    def _count(self, unfixed: dict[bool, int]) -> int:
        return sum(unfixed.get(write, 0) for write in self.directions)

    def ratio(self, unfixed: dict[bool, int]) -> float:
        """Return what each access that is not fixed yet may get."""
        return self.remaining / self._count(unfixed)

    def is_open(self, unfixed: dict[bool, int], work_precision: float) -> bool:
        """Return whether the limit still matters to anyone."""
        return self._count(unfixed) > 0 and self.remaining > self.capacity * work_precision

    def take(self, rate: float, count: int, work_precision: float) -> None:
        """Subtract the consumption of *count* accesses, one by one."""
        for _ in range(count):
            self.remaining -= rate
            if self.remaining < self.capacity * work_precision:
                self.remaining = 0.0
