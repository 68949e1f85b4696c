"""The rules of a batch system: when the algorithm is invoked, and what is allowed (spec R1.3)."""

from __future__ import annotations

from msgspec import Struct


class Rules(Struct, frozen=True, kw_only=True):
    """Options of the batch system; times in seconds, 0.0 switches an interval off."""

    schedule_on_job_submit: bool = False
    schedule_on_job_finalize: bool = False
    schedule_on_scheduling_point: bool = False
    schedule_on_reconfiguration: bool = False
    scheduling_interval: float = 0.0
    skip_idle_ticks: bool = False
    min_scheduling_interval: float = 0.0
    allow_oversubscription: bool = False
    clip_evolving_requests: bool = True
    forward_io_information: bool = False
    unfinished_jobs_only: bool = False
    job_kill_grace_period: float = 0.0
    full_precision: bool = False
    log_task_times: bool = False
    sensing_interval: float = 0.0
