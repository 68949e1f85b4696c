"""Simulations: a scenario, an algorithm and result files brought together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from elastisim.batch.observer import Audience
from elastisim.batch.rules import Rules
from elastisim.batch.system import BatchSystem
from elastisim.configuration import Keys
from elastisim.errors import ElastiSimError
from elastisim.kernel.engines import make_engine
from elastisim.kernel.ledger import Ledger
from elastisim.kernel.scope import Scope
from elastisim.kernel.sensing import Sensor
from elastisim.results.files import ADDITIONS, ResultFiles
from elastisim.results.provenance import AlgorithmUsed, InputFile, RunRecord
from elastisim.results.sensing import load_metadata
from elastisim.results.sink import MemorySink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.batch.invocation import Algorithm
    from elastisim.batch.observer import Observer
    from elastisim.configuration import Configuration
    from elastisim.kernel.engine import Engine
    from elastisim.scenario import Scenario


class Simulation:
    """One simulation of a scenario, with its results.

    Result files have their final names only when they are complete; after an interruption or an error they stay
    marked as partial, and ``run.json`` beside them says what happened.  Without *write_files* the results are kept in
    memory.  *algorithm_file* is the file that the algorithm was read from, if any.
    """

    def __init__(
        self,
        scenario: Scenario,
        algorithm: AlgorithmUsed,
        *,
        algorithm_file: Path | None = None,
        output_directory: Path | None = None,
        write_files: bool = True,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.scenario = scenario
        self._engine: Engine | None = None
        configuration = scenario.configuration
        paths = configuration.result_paths(output_directory)
        beside = paths["job_statistics"].parent
        targets = {**paths, **{kind: beside / f"{kind}.csv" for kind in ADDITIONS}}
        self.files = ResultFiles(
            targets if write_files else {kind: MemorySink() for kind in targets},
            digits=configuration.significant_digits,
            metadata=load_metadata(
                Scope(scenario.machine, configuration.pfs_read_links, configuration.pfs_write_links),
                configuration.sensing_interval,
            ),
        )
        self.record = RunRecord(
            self.files,
            engine=configuration.engine,
            algorithm=algorithm,
            inputs=[
                *(InputFile.of(role, path) for role, path in _input_files(scenario)),
                *([InputFile.of("algorithm", algorithm_file)] if algorithm_file is not None else []),
            ],
            options={key: getattr(configuration, key) for key in Keys.__struct_fields__},
        )
        self._observers = observers

    @property
    def now(self) -> float:
        """Simulated time in seconds."""
        return self._engine.now if self._engine is not None else 0.0

    def run(self, algorithm: Algorithm) -> None:
        """Simulate to the end.

        Raises InputError for inputs that cannot be simulated, and AlgorithmError for what the algorithm does wrong.
        """
        scenario = self.scenario
        configuration = scenario.configuration
        engine = make_engine(configuration.engine, scenario.machine, exclusive=not configuration.allow_oversubscription)
        self._engine = engine
        sensor = Sensor(scenario.machine, engine.bench, configuration.pfs_read_links, configuration.pfs_write_links)
        observer = Audience([self.files, *self._observers])
        system = BatchSystem(
            scenario.machine, scenario.workload.jobs, rules_of(configuration), engine, sensor, algorithm, observer
        )
        if configuration.sensing and configuration.result_format != "csv":
            engine.keep(Ledger(sensor.scope, observer))
        self.files.open()
        outcome = "interrupted"
        try:
            self.record.start()
            try:
                system.run()
            finally:
                engine.close_ledger()
            self.files.complete()
            outcome = "completed"
        except ElastiSimError as error:
            outcome = str(error)
            raise
        finally:
            self.files.abandon()
            self.record.finish(outcome, simulated_end=engine.now, counts=system.counts)


def _input_files(scenario: Scenario) -> list[tuple[str, Path]]:
    """Return the role and the path of each file that a scenario was read from."""
    configuration = scenario.configuration
    names = dict.fromkeys(job.model.file for job in scenario.workload.jobs)
    models = dict.fromkeys(map(Path, names))
    return [
        *([("configuration", Path(configuration.file))] if configuration.file else []),
        ("jobs_file", configuration.jobs_path),
        ("platform_file", configuration.platform_path),
        *(("application_model", path) for path in models),
    ]


def rules_of(configuration: Configuration) -> Rules:
    """Return the rules of the batch system that a configuration asks for."""
    return Rules(
        schedule_on_job_submit=configuration.schedule_on_job_submit,
        schedule_on_job_finalize=configuration.schedule_on_job_finalize,
        schedule_on_scheduling_point=configuration.schedule_on_scheduling_point,
        schedule_on_reconfiguration=configuration.schedule_on_reconfiguration,
        scheduling_interval=configuration.scheduling_interval,
        skip_idle_ticks=configuration.skip_idle_ticks,
        min_scheduling_interval=configuration.min_scheduling_interval,
        allow_oversubscription=configuration.allow_oversubscription,
        clip_evolving_requests=configuration.clip_evolving_requests,
        unfinished_jobs_only=configuration.unfinished_jobs_only,
        forward_io_information=configuration.forward_io_information,
        job_kill_grace_period=configuration.job_kill_grace_period,
        full_precision=configuration.full_precision,
        log_task_times=configuration.log_task_times,
        sensing_interval=configuration.sensing_interval if configuration.samples_loads else 0.0,
    )
