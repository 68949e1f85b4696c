"""One example for each built-in policy, chosen so that it shows what is characteristic of it."""

from __future__ import annotations

from pictures.example import Example, Task, malleable, rigid

HOUR = 3600.0


def _queue(since: float) -> list[Task]:
    """Return six rigid jobs: one that fills the machine, and five that wait for its end."""
    return [
        rigid("A", since, 6, 10),
        rigid("B", since + 1, 3, 8),
        rigid("C", since + 2, 2, 4),
        rigid("D", since + 3, 4, 3),
        rigid("E", since + 4, 2, 6),
        rigid("F", since + 5, 1, 12),
    ]


def _agreements(steps_of_b: float, steps_of_c: float) -> list[Task]:
    """Return a job that ends soon, two malleable ones that fill the machine, and two that wait for their nodes."""
    return [
        rigid("A", 0, 2, 7),
        malleable("B", 0, (1, 2, 4), 4, steps_of_b, setup=1),
        malleable("C", 0, (1, 3, 6), 5, steps_of_c, setup=2),
        rigid("D", 4, 2, 4),
        rigid("E", 5, 2, 4),
    ]


def _all() -> list[Example]:
    found = [
        Example(name, 6, _queue(0.0))
        for name in ("fcfs", "sjf", "ljf", "largest-area", "wfp3", "unicef", "first-fit", "easy", "conservative")
    ]
    found.append(Example("f1", 6, _queue(HOUR)))
    found.append(
        Example(
            "fair-share",
            4,
            [
                rigid("ann 1", 0, 4, 10, user="ann"),
                rigid("ben 1", 1, 4, 10, user="ben"),
                rigid("ben 2", 2, 2, 6, user="ben"),
                rigid("ann 2", 3, 2, 6, user="ann"),
                rigid("cat 1", 14, 2, 6, user="cat"),
                rigid("ben 3", 15, 2, 4, user="ben", queue="debug"),
            ],
            {"half_life": 10.0, "queues": "debug=1"},
        )
    )
    found.append(
        Example(
            "fcfs-expand",
            6,
            [rigid("A", 0, 1, 6), rigid("B", 0, 2, 12), malleable("C", 1, (1, 3, 6), 8, 12), rigid("D", 3, 2, 5)],
        )
    )
    found.append(
        Example(
            "keep-pref",
            8,
            [
                malleable("A", 0, (1, 3, 6), 25, 6),
                malleable("B", 0, (2, 3, 4), 15, 6),
                rigid("C", 8, 2, 8),
                rigid("D", 14, 3, 5),
            ],
        )
    )
    for kind in ("agreement", "common-pool", "steal-agreement"):
        # Those who are asked first release their nodes last: that is where agreements differ.
        found.append(Example(f"min-{kind}", 11, _agreements(24, 40)))
        found.append(Example(f"pref-{kind}", 11, _agreements(36, 30)))
        found.append(Example(f"average-{kind}", 11, _agreements(36, 30)))
    return found


EXAMPLES = {example.policy: example for example in _all()}
