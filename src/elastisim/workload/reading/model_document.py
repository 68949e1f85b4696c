"""The application model as it is written: decoded from JSON, and the source of its JSON Schema (spec section 3)."""

# Annotations are objects here: as text, they would be compiled at each start.

from typing import Annotated, get_args

import msgspec
from msgspec import Meta

from elastisim.documents import LENIENT
from elastisim.patterns import MatrixPattern, VectorPattern

Count = Annotated[int, Meta(ge=0)]
Number = Annotated[float, Meta(ge=0)]
Amount = Number | str | list[Number]
"""A number, a performance model, or for explicit patterns the payloads themselves."""

_VECTOR_NAMES = [pattern.value for pattern in VectorPattern] + ["total"]
_MATRIX_NAMES = [pattern.value for pattern in MatrixPattern]
_GPU_NAMES = [pattern.value for pattern in MatrixPattern if pattern is not MatrixPattern.MATRIX]

Flag = Annotated[bool, Meta(extra=LENIENT)]
VectorName = Annotated[str, Meta(extra_json_schema={"enum": _VECTOR_NAMES})]
MatrixName = Annotated[str, Meta(extra_json_schema={"enum": _MATRIX_NAMES})]
GpuMatrixName = Annotated[str, Meta(extra_json_schema={"enum": _GPU_NAMES})]
Iterations = Annotated[
    Count | str,
    Meta(extra=LENIENT, description="How often: a number, or a performance model whose result is truncated."),
]
Asynchronous = Annotated[
    bool, Meta(extra=LENIENT, description="Whether the following tasks start before the transfer has ended.")
]
Bytes = Annotated[
    Amount, Meta(description="Bytes: a number, a performance model, or one number for each rank (pattern vector).")
]
OptionalFlops = Annotated[
    Amount | None,
    Meta(description="Flops: a number, a performance model, or one number for each rank (pattern vector)."),
]


class AnyTask(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="type"):
    """What all tasks have in common."""

    name: Annotated[str, Meta(extra=LENIENT, description="Name of the task in the log of task times.")] = ""
    iterations: Iterations = 1
    synchronized: Annotated[
        bool, Meta(extra=LENIENT, description="Whether all ranks wait for one another before each iteration.")
    ] = False


class Delay(AnyTask, frozen=True, gc=False, kw_only=True):
    """What both kinds of delays have in common."""

    delay: Annotated[
        Amount,
        Meta(description="Seconds: a number, a performance model, or one number for each rank (pattern vector)."),
    ]
    pattern: Annotated[VectorName, Meta(description="How the delay is spread over the ranks.")] = "uniform"


class Idle(Delay, frozen=True, gc=False, kw_only=True, tag="idle"):
    """The ranks sleep."""


class BusyWait(Delay, frozen=True, gc=False, kw_only=True, tag="busy_wait"):
    """The ranks compute for some time, which takes longer on shared nodes."""


class Cpu(AnyTask, frozen=True, gc=False, kw_only=True, tag="cpu"):
    """The ranks compute, communicate, or both."""

    flops: OptionalFlops = None
    computation_pattern: Annotated[
        VectorName | None, Meta(description="How the flops are spread over the ranks; mandatory with flops.")
    ] = None
    bytes: Annotated[
        Amount | None,
        Meta(
            description="Bytes: a number, a performance model, or one number for each pair of ranks in row-major order "
            "(pattern matrix)."
        ),
    ] = None
    communication_pattern: Annotated[
        MatrixName | None, Meta(description="Who sends to whom; mandatory with bytes.")
    ] = None
    coupled: Annotated[
        bool, Meta(extra=LENIENT, description="Whether computation and communication proceed at one joint rate.")
    ] = False


class Gpu(AnyTask, frozen=True, gc=False, kw_only=True, tag="gpu"):
    """The GPUs of the ranks compute, communicate, or both."""

    flops: OptionalFlops = None
    computation_pattern: Annotated[
        VectorName | None,
        Meta(
            description="How the flops are spread over the ranks, each of which splits its share evenly over its GPUs; "
            "mandatory with flops."
        ),
    ] = None
    bytes: Annotated[
        Annotated[float, Meta(ge=0)] | str | None, Meta(description="Bytes: a number or a performance model.")
    ] = None
    communication_pattern: Annotated[
        GpuMatrixName | None,
        Meta(
            description="Which GPU sends to which; gather, scatter and master_worker with one GPU per node only; "
            "mandatory with bytes."
        ),
    ] = None


class InputOutput(AnyTask, frozen=True, gc=False, kw_only=True):
    """What all transfers from and to storage have in common."""

    bytes: Bytes
    pattern: Annotated[VectorName, Meta(description="How the bytes are spread over the ranks.")] = "uniform"
    asynchronous: Asynchronous = msgspec.field(default=False, name="async")


class PfsRead(InputOutput, frozen=True, gc=False, kw_only=True, tag="pfs_read"):
    """The ranks read from the parallel file system."""


class PfsWrite(InputOutput, frozen=True, gc=False, kw_only=True, tag="pfs_write"):
    """The ranks write to the parallel file system."""


class BurstBufferRead(InputOutput, frozen=True, gc=False, kw_only=True, tag="bb_read"):
    """The ranks read from burst buffers."""


class BurstBufferWrite(InputOutput, frozen=True, gc=False, kw_only=True, tag="bb_write"):
    """The ranks write to burst buffers."""


class Sequence(AnyTask, frozen=True, gc=False, kw_only=True, tag="sequence"):
    """Tasks that are executed one after the other, as a whole as often as the iterations say."""

    tasks: Annotated[list["TaskDocument"] | None, Meta(description="The tasks, in order.")] = None


TaskDocument = Idle | BusyWait | Cpu | Gpu | PfsRead | PfsWrite | BurstBufferRead | BurstBufferWrite | Sequence


class PhaseDocument(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A phase of an application."""

    iterations: Annotated[
        Count | str,
        Meta(
            extra=LENIENT,
            description="How often: a number, or a performance model of the job's arguments whose result is truncated.",
        ),
    ] = 1
    scheduling_point: Annotated[
        bool, Meta(extra=LENIENT, description="Whether the job can be reconfigured between iterations.")
    ] = True
    evolving_request: Annotated[
        str | float | None,
        Meta(
            extra=LENIENT, description="Number of nodes that the job asks for between iterations: a performance model."
        ),
    ] = None
    barrier: Annotated[bool, Meta(extra=LENIENT, description="Whether all ranks meet before each iteration.")] = True
    tasks: Annotated[list[TaskDocument] | None, Meta(description="The tasks of each iteration, in order.")] = None


class OneTimePhaseDocument(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A phase outside of the main part of an application."""

    iterations: Annotated[Count, Meta(extra=LENIENT, description="How often, a number.")] = 1
    tasks: Annotated[list[TaskDocument] | None, Meta(description="The tasks of each iteration, in order.")] = None


class ModelDocument(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An application model of ElastiSim."""

    phases: Annotated[list[PhaseDocument] | None, Meta(description="The main part of the application.")] = None
    on_init: Annotated[OneTimePhaseDocument | None, Meta(description="Executed once, when the job starts.")] = None
    on_reconfiguration: Annotated[
        OneTimePhaseDocument | None, Meta(description="Executed by all nodes after each reconfiguration.")
    ] = None
    on_expansion: Annotated[
        OneTimePhaseDocument | None, Meta(description="Executed by the nodes that a reconfiguration added.")
    ] = None


KEYS = sorted(
    {
        field.encode_name
        for struct in (ModelDocument, PhaseDocument, OneTimePhaseDocument, *get_args(TaskDocument))
        for field in msgspec.structs.fields(struct)
    }
    | {"type"}
)
"""All keys that occur in application models."""
