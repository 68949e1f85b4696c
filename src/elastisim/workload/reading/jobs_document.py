"""The jobs file as it is written: decoded from JSON, and the source of its JSON Schema (spec section 2)."""

# Annotations are objects here: as text, they would be compiled at each start.

from typing import Annotated

import msgspec
from msgspec import Meta

from elastisim.documents import LENIENT

Nodes = Annotated[int, Meta(ge=1)]
Gpus = Annotated[int, Meta(ge=0, extra=LENIENT)]
Seconds = Annotated[float, Meta(ge=0)] | Annotated[int, Meta(ge=0)]
Arguments = dict[str, str | int | float]
Attributes = dict[str, str | int | float | bool]


class Job(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="type"):
    """What all jobs have in common."""

    submit_time: Annotated[float, Meta(description="When the job is submitted, in seconds; negative counts as 0.")]
    application_model: Annotated[
        str,
        Meta(
            description="Path of the application model: relative to the working directory, else to the configuration "
            "file, else to the jobs file."
        ),
    ]
    walltime: Annotated[
        Seconds | None, Meta(description="Seconds after which the running job is killed; 0 or absent: never.")
    ] = None
    arguments: Annotated[
        Arguments | None,
        Meta(
            description="Variables for the performance models of the application. Strings may be performance models "
            "themselves. Floating-point numbers are rounded to six decimals unless full_precision is set."
        ),
    ] = None
    attributes: Annotated[
        Attributes | None, Meta(description="Anything the scheduling algorithm should know of the job.")
    ] = None


class RigidJob(Job, frozen=True, gc=False, kw_only=True, tag="rigid"):
    """A job that needs exactly as many nodes as it says."""

    num_nodes: Annotated[float, Meta(ge=1, description="Number of nodes; fractions are dropped.")]
    num_gpus_per_node: Annotated[Gpus, Meta(extra=LENIENT, description="Number of GPUs used on each node.")] = 0


class ElasticJob(Job, frozen=True, gc=False, kw_only=True):
    """A job whose number of nodes is chosen, or changes, between limits."""

    num_nodes_min: Annotated[Nodes, Meta(description="Smallest number of nodes.")]
    num_nodes_max: Annotated[Nodes, Meta(description="Largest number of nodes.")]
    num_gpus_per_node_min: Annotated[
        Gpus, Meta(extra=LENIENT, description="Smallest number of GPUs used on each node.")
    ] = 0
    num_gpus_per_node_max: Annotated[
        Gpus, Meta(extra=LENIENT, description="Largest number of GPUs used on each node.")
    ] = 0


class MoldableJob(ElasticJob, frozen=True, gc=False, kw_only=True, tag="moldable"):
    """The scheduler chooses the size when it starts the job."""


class MalleableJob(ElasticJob, frozen=True, gc=False, kw_only=True, tag="malleable"):
    """The scheduler may change the size while the job runs."""


class EvolvingJob(ElasticJob, frozen=True, gc=False, kw_only=True, tag="evolving"):
    """The job asks for changes of its size while it runs."""


class AdaptiveJob(ElasticJob, frozen=True, gc=False, kw_only=True, tag="adaptive"):
    """The scheduler may change the size while the job runs, and the job may ask for it."""


AnyJob = RigidJob | MoldableJob | MalleableJob | EvolvingJob | AdaptiveJob


class JobsDocument(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A jobs file of ElastiSim."""

    jobs: Annotated[list[AnyJob] | None, Meta(description="The jobs, in any order.")] = None
