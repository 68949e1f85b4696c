"""What can be wrong with an entry of a trace, and what can be done about it.

The table below is the one place where the defects, the possible actions and the defaults are written down: the options
of the command line, the report and the documentation follow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from elastisim.errors import InputError

Actions: TypeAlias = Mapping[str, str]
"""The chosen action for each rule, by name."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of defect; ``actions`` explains each possible action, the first one is the default."""

    name: str
    defect: str
    actions: dict[str, str]

    @property
    def default(self) -> str:
        """The action that is taken unless another one is chosen."""
        return next(iter(self.actions))


ERROR = "stop with an error"
DROP = "drop the job"
KEEP = "keep the job"

RULES = {
    rule.name: rule
    for rule in (
        Rule(
            "malformed",
            "a line that cannot be understood: too few fields, or text where a number belongs",
            {"error": ERROR, "drop": "skip the line"},
        ),
        Rule(
            "extra-fields",
            "a line with more fields than the format has",
            {"keep": "ignore the fields at the end", "drop": "skip the line", "error": ERROR},
        ),
        Rule("unknown-submit", "submit time missing or negative", {"drop": DROP, "error": ERROR}),
        Rule(
            "duplicate",
            "a job with the identifier of an earlier one",
            {"keep": KEEP, "drop": DROP, "error": ERROR},
        ),
        Rule(
            "partial",
            "part of a job that was interrupted and continued (status 2, 3, 4); the whole job has an entry of its own",
            {"drop": "drop the part", "keep": "keep each part as a job", "error": ERROR},
        ),
        Rule(
            "unfinished",
            "job still waiting or running when the trace was written",
            {"drop": DROP, "keep": KEEP, "error": ERROR},
        ),
        Rule("unknown-status", "status that the format does not define", {"keep": KEEP, "drop": DROP, "error": ERROR}),
        Rule(
            "never-started",
            "cancelled job without run time",
            {"drop": DROP, "keep": "treat it like other jobs without run time", "error": ERROR},
        ),
        Rule("cancelled", "job cancelled while it ran", {"keep": KEEP, "drop": DROP, "error": ERROR}),
        Rule("failed", "job that failed or exceeded its limit", {"keep": KEEP, "drop": DROP, "error": ERROR}),
        Rule(
            "unknown-runtime",
            "run time missing",
            {"drop": DROP, "limit": "use the requested time, drop the job if that is missing too", "error": ERROR},
        ),
        Rule(
            "negative-runtime",
            "run time below zero",
            {"drop": DROP, "limit": "use the requested time, drop the job if that is missing too", "error": ERROR},
        ),
        Rule(
            "zero-runtime",
            "run time of zero, i.e. less than half a second",
            {"drop": DROP, "keep": KEEP, "second": "let the job run for one second", "error": ERROR},
        ),
        Rule("unknown-size", "neither allocated nor requested size known", {"drop": DROP, "error": ERROR}),
        Rule(
            "size",
            "allocated and requested size differ, or the preferred one is missing (then the other one is used)",
            {"allocated": "prefer the allocated size", "requested": "prefer the requested size"},
        ),
        Rule(
            "partial-node",
            "number of processors that does not fill whole nodes",
            {"round-up": "give the job whole nodes", "drop": DROP, "error": ERROR},
        ),
        Rule(
            "too-large",
            "job larger than the machine",
            {"drop": DROP, "cap": "reduce the job to the size of the machine", "error": ERROR},
        ),
        Rule(
            "negative-wait",
            "job that started before it was submitted",
            {"keep": KEEP, "drop": DROP, "error": ERROR},
        ),
        Rule(
            "unknown-limit",
            "requested time missing, zero or negative",
            {"none": "no walltime", "runtime": "the run time, rounded up, becomes the walltime", "drop": DROP},
        ),
        Rule(
            "overrun",
            "run time longer than requested time",
            {
                "extend": "raise the walltime to the run time, rounded up",
                "kill": "keep both: the simulator will kill the job",
                "truncate": "cut the run time to the requested time",
                "drop": DROP,
                "error": ERROR,
            },
        ),
        Rule(
            "out-of-order",
            "job submitted before the job ahead of it in the trace",
            {"sort": "sort by submit time", "error": ERROR},
        ),
    )
}


def choose(chosen: Actions) -> dict[str, str]:
    """Return an action for each rule: the chosen one, else the default; raise InputError for unknown ones."""
    for name, action in chosen.items():
        if name not in RULES:
            raise InputError.at("", "", f"there is no rule {name!r}; known are: {', '.join(RULES)}")
        if action not in RULES[name].actions:
            possible = ", ".join(RULES[name].actions)
            raise InputError.at("", "", f"{action!r} is no action for {name!r}; possible are: {possible}")
    return {name: chosen.get(name, rule.default) for name, rule in RULES.items()}
