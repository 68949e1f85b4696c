"""Simulations: a scenario, an algorithm and result files brought together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from elastisim.batch.observer import Observer
from elastisim.batch.system import BatchSystem
from elastisim.configuration import Keys
from elastisim.errors import ElastiSimError
from elastisim.kernel.engines import make_engine
from elastisim.kernel.sensing import Sensor
from elastisim.results.files import ADDITIONS, ResultFiles
from elastisim.results.provenance import AlgorithmUsed, InputFile, RunRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.batch.invocation import Algorithm
    from elastisim.batch.job import Job
    from elastisim.batch.node import Node
    from elastisim.batch.observer import Sample
    from elastisim.scenario import Scenario


class Simulation:
    """One simulation of a scenario, with its result files.

    Result files have their final names only when they are complete; after an interruption or an error they stay
    marked as partial, and ``run.json`` beside them says what happened.
    """

    def __init__(
        self,
        scenario: Scenario,
        algorithm: AlgorithmUsed,
        *,
        output_directory: Path | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.scenario = scenario
        configuration = scenario.configuration
        paths = configuration.result_paths(output_directory)
        beside = paths["job_statistics"].parent
        additions = {kind: beside / f"{kind}.csv" for kind in ADDITIONS}
        self.files = ResultFiles({**paths, **additions}, digits=configuration.significant_digits)
        self.record = RunRecord(
            self.files,
            engine=configuration.engine,
            algorithm=algorithm,
            inputs=[InputFile.of(role, path) for role, path in scenario.input_files.items()],
            options={key: getattr(configuration, key) for key in Keys.__struct_fields__},
        )
        self._observers = observers

    def run(self, algorithm: Algorithm) -> None:
        """Simulate to the end.

        Raises InputError for inputs that cannot be simulated, and AlgorithmError for what the algorithm does wrong.
        """
        scenario = self.scenario
        configuration = scenario.configuration
        engine = make_engine(configuration.engine, scenario.machine, exclusive=not configuration.allow_oversubscription)
        sensor = Sensor(scenario.machine, engine.bench, configuration.pfs_read_links, configuration.pfs_write_links)
        observer = Observers([self.files, *self._observers])
        system = BatchSystem(
            scenario.machine, scenario.workload.jobs, scenario.rules, engine, sensor, algorithm, observer
        )
        self.files.open()
        outcome = "interrupted"
        try:
            self.record.start()
            system.run()
            self.files.complete()
            outcome = "completed"
        except ElastiSimError as error:
            outcome = str(error)
            raise
        finally:
            self.files.abandon()
            self.record.finish(outcome, simulated_end=engine.now, counts=system.counts)


class Observers(Observer):
    """Passes everything on to several observers, in order."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers

    def simulation_started(self, nodes: Sequence[Node]) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.simulation_started(nodes)

    def job_submitted(self, now: float, job: Job) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.job_submitted(now, job)

    def job_started(self, now: float, job: Job) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.job_started(now, job)

    def job_reconfigured(self, now: float, job: Job, before: Sequence[Node]) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.job_reconfigured(now, job, before)

    def reconfiguration_finished(self, now: float, job: Job) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.reconfiguration_finished(now, job)

    def evolving_request_handled(self, now: float, job: Job, nodes_before: int, requested: int) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.evolving_request_handled(now, job, nodes_before, requested)

    def job_ended(self, now: float, job: Job) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.job_ended(now, job)

    def nodes_changed(self, now: float, nodes: Sequence[Node]) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.nodes_changed(now, nodes)

    def task_finished(self, now: float, job: Job, nodes: Sequence[Node], task: str, duration: float) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.task_finished(now, job, nodes, task, duration)

    def sampled(self, sample: Sample) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.sampled(sample)

    def simulation_ended(self, now: float, jobs: Sequence[Job]) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.simulation_ended(now, jobs)
