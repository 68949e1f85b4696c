"""The page on policies: every policy has a section with its options, and a picture that is what the policy does."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from bench import Bench

from elastisim.scheduling.policies.registry import available, describe
from pictures.examples import EXAMPLES
from pictures.gantt import svg

DOCS = Path(__file__).parents[2] / "docs"
SECTIONS = dict(
    re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", (DOCS / "policies.md").read_text(), re.MULTILINE | re.DOTALL)
)

every = pytest.mark.parametrize("policy", available())


def starts(policy: str) -> dict[str, float]:
    """Return when the jobs of an example start, from its own beginning."""
    example = EXAMPLES[policy]
    first = min(task.submit for task in example.tasks)
    jobs = example.play().jobs
    return {
        task.name: job.start - first for task, job in zip(example.tasks, jobs, strict=True) if job.start is not None
    }


def test_all_policies_have_a_section_and_an_example() -> None:
    assert sorted(SECTIONS) == sorted(EXAMPLES) == available()
    assert sorted(path.stem for path in (DOCS / "policies").iterdir()) == available()


@every
def test_sections_are_complete(policy: str) -> None:
    section = SECTIONS[policy]
    for part in ("Source", "Rule", "Evolving requests", "What to see"):
        assert f"**{part}.** " in section
    assert f"](policies/{policy}.svg)" in section


@every
def test_sections_name_all_options_with_their_defaults(policy: str) -> None:
    named = re.findall(r"^\| `(\w+)` \| (\S+) \|", SECTIONS[policy], re.MULTILINE)

    assert named == [(option.name, written(option.default)) for option in describe(policy).options]


def written(default: object) -> str:
    if default == "":
        return "empty"
    return f"`{default:g}`" if isinstance(default, float) else f"`{str(default).lower()}`"


@every
def test_pictures_are_drawn_the_same_again(policy: str) -> None:
    example = EXAMPLES[policy]
    drawn = svg(example, example.play()).encode()

    assert drawn == (DOCS / "policies" / f"{policy}.svg").read_bytes()
    texts = {element.text for element in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")}
    assert {task.name for task in example.tasks} <= texts


# Computed on paper from the rules and the sizes, run times and submissions of the examples.
BY_HAND = {
    "fcfs": {"B": 10, "C": 10, "D": 18, "E": 18, "F": 21},
    "sjf": {"B": 14, "C": 10, "D": 10, "E": 13, "F": 14},
    "ljf": {"B": 10, "C": 16, "D": 20, "E": 10, "F": 10},
    "largest-area": {"B": 10, "C": 21, "D": 18, "E": 18, "F": 21},
    "wfp3": {"B": 13, "C": 10, "D": 10, "E": 14, "F": 14},
    "unicef": {"B": 17, "C": 10, "D": 14, "E": 17, "F": 10},
    "f1": {"B": 19, "C": 10, "D": 16, "E": 10, "F": 10},
    "first-fit": {"B": 10, "C": 10, "D": 20, "E": 14, "F": 10},
    "easy": {"B": 10, "C": 10, "D": 18, "E": 21, "F": 10},
    "conservative": {"B": 10, "C": 10, "D": 18, "E": 14, "F": 20},
    "fair-share": {"ben 1": 10, "ben 3": 20, "cat 1": 20, "ann 2": 24, "ben 2": 26},
    "fcfs-expand": {"A": 0, "B": 0, "C": 1, "D": 12},
    # A has five nodes and steps of 1.2 s from 1 s on; later both have three, and B is the later one to reach a point.
    "keep-pref": {"C": 8.2, "D": 15},
    "min-agreement": {"D": 10, "E": 7},
    "min-steal-agreement": {"D": 7, "E": 10},
    "min-common-pool": {"D": 7, "E": 7},
    "pref-agreement": {"D": 10, "E": 8},
    "pref-steal-agreement": {"D": 8, "E": 10},
    "pref-common-pool": {"D": 7, "E": 8},
    "average-agreement": {"D": 10, "E": 8},
    "average-steal-agreement": {"D": 8, "E": 10},
    "average-common-pool": {"D": 7, "E": 8},
}


@pytest.mark.parametrize("policy", BY_HAND)
def test_jobs_of_the_pictures_start_when_the_rules_say(policy: str) -> None:
    expected = BY_HAND[policy]
    found = starts(policy)

    assert {name: found[name] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("family", "gifts"),
    [("min", [("C", "D"), ("B", "E")]), ("pref", [("B", "D"), ("C", "E")]), ("average", [("B", "D"), ("C", "E")])],
)
@pytest.mark.parametrize("kind", ["agreement", "steal-agreement", "common-pool"])
def test_who_gives_nodes_in_the_pictures(family: str, kind: str, gifts: list[tuple[str, str]]) -> None:
    example = EXAMPLES[f"{family}-{kind}"]
    names = [task.name for task in example.tasks]
    shrinks = [line for line in example.play().decisions if line["decision"] == "shrink"]

    assert [(names[line["job"]], names[int(line["reason"].split()[-1])]) for line in shrinks] == gifts


@every
def test_sections_say_who_ignores_evolving_requests(policy: str) -> None:
    # With minimum, preferred size and maximum it would have one, three and eight nodes.
    bench = Bench(policy, 8)
    job = bench.submit("evolving", 1, 8, num_nodes_pref=3, runtime=100)
    bench.request(job, 2, time=1)

    assert (bench.size(job) != 2) == ("**Evolving requests.** Ignored" in SECTIONS[policy])


@every
def test_sections_say_who_answers_requests_before_it_starts_others(policy: str) -> None:
    bench = Bench(policy, 8)
    bench.submit("rigid", 6, runtime=10)
    job = bench.submit("evolving", 1, 8, num_nodes_pref=2, runtime=100)
    bench.end(0)
    bench.queue("rigid", 4, runtime=1000)
    # Six nodes are free: the request takes four of them, or only two that the waiting job leaves over.
    bench.request(job, 6, time=20)

    assert (bench.size(job) == 6) == ("before jobs are started" in SECTIONS[policy])


PUBLISHED = [name for name in available() if name.endswith(("agreement", "common-pool"))]
VARIANTS = [("first-fit", "wagomu", 3), ("easy", "wagomu", 3), *((name, "sane", 2) for name in PUBLISHED)]


@pytest.mark.parametrize(("policy", "variant", "size"), VARIANTS)
def test_the_other_variant_treats_requests_the_other_way(policy: str, variant: str, size: int) -> None:
    bench = Bench(policy, 8, variant=variant)
    job = bench.submit("evolving", 1, 8, num_nodes_pref=3, runtime=100)
    bench.request(job, 2, time=1)

    assert bench.size(job) == size
    assert f"variant={variant}" in SECTIONS[policy].partition("**Evolving requests.**")[2].partition("|")[0]
