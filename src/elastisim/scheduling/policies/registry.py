"""Policies by name: the built-in ones, and those that other packages bring along.

Other packages register a policy as an entry point of the group ``elastisim.policies`` under its name.
"""

from __future__ import annotations

import difflib
import inspect
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from elastisim.errors import InputError
from elastisim.scheduling.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.metadata import EntryPoint

ENTRY_POINTS = "elastisim.policies"

BUILT_IN = {
    "average-agreement": "average:AverageAgreement",
    "average-common-pool": "average:AverageCommonPool",
    "average-steal-agreement": "average:AverageStealAgreement",
    "conservative": "conservative:Conservative",
    "easy": "easy:Easy",
    "f1": "queueing:F1",
    "fair-share": "fair_share:FairShare",
    "fcfs": "queueing:Fcfs",
    "fcfs-expand": "expanding:FcfsExpand",
    "first-fit": "first_fit:FirstFit",
    "keep-pref": "keep_pref:KeepPref",
    "largest-area": "queueing:LargestAreaFirst",
    "ljf": "queueing:LongestFirst",
    "min-agreement": "minimum:MinAgreement",
    "min-common-pool": "minimum:MinCommonPool",
    "min-steal-agreement": "minimum:MinStealAgreement",
    "pref-agreement": "preferred:PrefAgreement",
    "pref-common-pool": "preferred:PrefCommonPool",
    "pref-steal-agreement": "preferred:PrefStealAgreement",
    "sjf": "queueing:ShortestFirst",
    "unicef": "queueing:Unicef",
    "wfp3": "queueing:Wfp3",
}
"""Modules of this package and classes of the policies that it contains, by name."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a policy: what it may be, in words; whether it has to be given, else its default; what it is for."""

    name: str
    values: str
    is_needed: bool
    default: object
    description: str


@dataclass(frozen=True, slots=True)
class Description:
    """A policy in words: one line, the whole, where it comes from, and its options."""

    name: str
    summary: str
    description: str
    origin: str
    options: list[Option]


def available() -> list[str]:
    """Return the names of all policies, in alphabetical order."""
    return sorted({*BUILT_IN, *_installed()})


def policy_class(name: str) -> type[Policy]:
    """Return a policy by name; raises InputError if there is none, or if it cannot be loaded."""
    if name in BUILT_IN:
        module, _, class_name = BUILT_IN[name].partition(":")
        built_in: type[Policy] = getattr(import_module(f"{__package__}.{module}"), class_name)
        return built_in
    point = _installed().get(name)
    if point is None:
        known = available()
        raise InputError.at(
            "", "", f"there is no policy {name!r}{_nearest(name, known)}; known are: {', '.join(known)}"
        )
    try:
        loaded = point.load()
    except (ImportError, AttributeError) as error:
        raise InputError.at("", "", f"the policy {name!r} cannot be loaded from {point.value}: {error}") from None
    if not (isinstance(loaded, type) and issubclass(loaded, Policy)):
        raise InputError.at("", "", f"the policy {name!r} is not a subclass of Policy: {point.value}")
    if inspect.isabstract(loaded):
        missing = ", ".join(sorted(loaded.__abstractmethods__))
        raise InputError.at("", "", f"the policy {name!r} has no method {missing}: {point.value}")
    return loaded


def _installed() -> dict[str, EntryPoint]:
    """Return the policies of other packages by name."""
    # Searching all packages takes longer than a small simulation, which usually has a built-in policy.
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}


def make_policy(name: str, options: Mapping[str, object] | None = None) -> Policy:
    """Return a policy by name with options; texts become what the options need.

    Raises InputError for a name or an option that does not exist, or a value that is not accepted.
    """
    made = policy_class(name)
    known = _options(made)
    given: dict[str, Any] = {}
    for key, value in (options or {}).items():
        option = key.replace("-", "_")
        if option not in known:
            names = ", ".join(known) or "none"
            message = f"there is no such option{_nearest(option, known)}; the policy has: {names}"
            raise InputError.at(f"policy {name}", f"option {key}", message)
        given[option] = _converted(name, option, value, known[option][1])
    for option, (parameter, _) in known.items():
        if parameter.default is parameter.empty and option not in given:
            raise InputError.at(f"policy {name}", f"option {option}", "is needed")
    policy = made(**given)
    policy.name = name
    return policy


def describe(name: str) -> Description:
    """Return a policy in words; raises InputError as :func:`policy_class` does."""
    policy = policy_class(name)
    text = inspect.getdoc(policy) or ""
    options = [_described(parameter, annotation) for parameter, annotation in _options(policy).values()]
    return Description(name, text.partition("\n")[0], text, f"{policy.__module__}:{policy.__qualname__}", options)


def _options(policy: type[Policy]) -> dict[str, tuple[inspect.Parameter, Any]]:
    """Return the keyword parameters of a constructor and their annotations, by name."""
    if policy.__init__ is object.__init__:
        return {}
    annotations = get_type_hints(policy.__init__, include_extras=True)
    parameters = list(inspect.signature(policy.__init__).parameters.values())[1:]
    return {
        parameter.name: (parameter, annotations.get(parameter.name, str))
        for parameter in parameters
        if parameter.kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    }


def _described(parameter: inspect.Parameter, annotation: Any) -> Option:
    metas = [meta for meta in getattr(annotation, "__metadata__", ()) if isinstance(meta, msgspec.Meta)]
    return Option(
        parameter.name,
        _values(annotation),
        is_needed=parameter.default is parameter.empty,
        default=None if parameter.default is parameter.empty else parameter.default,
        description=next((meta.description for meta in metas if meta.description), ""),
    )


def _values(annotation: Any) -> str:
    """Return the values that an annotation admits, in words."""
    kind = getattr(annotation, "__origin__", annotation) if hasattr(annotation, "__metadata__") else annotation
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(str, get_args(kind)))}"
    return {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, "text")


def _converted(policy: str, option: str, value: object, annotation: Any) -> object:
    """Return an option as its annotation wants it; texts stand for numbers, booleans, and None."""
    try:
        return msgspec.convert(value, annotation, strict=False)
    except msgspec.ValidationError as error:
        message = f"expected {_values(annotation)}; found {value!r}"
        limits = str(error).partition(" - at")[0]
        if not limits.startswith("Invalid enum value"):
            message += f" ({limits})"
        raise InputError.at(f"policy {policy}", f"option {option}", message) from None
    except TypeError:
        # Options that take functions: no text stands for one.
        return value


def _nearest(name: str, known: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(name, list(known), 1)
    return f" (did you mean {nearest[0]}?)" if nearest else ""
