"""``elastisim validate``: check all input files of a scenario and report every problem."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("configuration", type=click.Path(path_type=Path))
def command(configuration: Path) -> None:
    """Read CONFIGURATION and all files that it names, and report every problem with its place.

    The exit status is 0 if the scenario can be simulated, 2 if not.  Warnings name what may not mean what it seems to.
    """
    from collections import Counter

    from elastisim.scenario import validate_scenario

    scenario = validate_scenario(configuration)
    for warning in scenario.warnings:
        click.echo(f"warning: {warning}")
    nodes, pfs_hosts = len(scenario.machine.compute_nodes), len(scenario.machine.pfs_hosts)
    jobs = scenario.workload.jobs
    kinds = Counter(job.type for job in jobs)
    listing = ", ".join(f"{kinds[kind]} {kind.name.lower()}" for kind in sorted(kinds))
    models = {job.model.file for job in jobs}
    click.echo(f"platform:   {_count(nodes, 'compute node')}, {_count(pfs_hosts, 'PFS host')}")
    click.echo(f"jobs:       {_count(len(jobs), 'job')}{f' ({listing})' if jobs else ''}")
    click.echo(f"models:     {_count(len(models), 'application model')}")
    click.echo(f"{configuration} is valid{_warned(len(scenario.warnings))}.")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _warned(number: int) -> str:
    return f", with {_count(number, 'warning')}" if number else ""
