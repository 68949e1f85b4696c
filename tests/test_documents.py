"""JSON documents: all problems, with their places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from elastisim.documents import LENIENT, Findings, decode, expectation, load, warn_of_misspelled_keys
from elastisim.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


class Cat(msgspec.Struct, tag="cat", tag_field="kind"):
    lives: Annotated[int, Meta(ge=1)]


class Dog(msgspec.Struct, tag="dog", tag_field="kind"):
    names: list[str] = []
    good: Annotated[bool, Meta(extra=LENIENT)] = True


class Zoo(msgspec.Struct):
    animals: list[Cat | Dog]
    weights: list[float] = []
    notes: dict[str, str | int] = {}
    keeper: Cat | None = None
    size: Literal["small", "large"] = "small"


def read(text: str | bytes, type_: Any = Zoo) -> tuple[Any, list[tuple[str, str]], list[tuple[str, str]]]:
    findings = Findings()
    value = decode(text.encode() if isinstance(text, str) else text, type_, "zoo.json", findings)
    assert all(finding.file == "zoo.json" for finding in findings.problems + findings.warnings)
    return (
        value,
        [(problem.where, problem.message) for problem in findings.problems],
        [(warning.where, warning.message) for warning in findings.warnings],
    )


def test_a_document_that_fits_is_decoded() -> None:
    value, problems, warnings = read('{"animals": [{"kind": "cat", "lives": 9}, {"kind": "dog"}], "size": "large"}')

    assert value == Zoo([Cat(9), Dog()], size="large")
    assert problems == warnings == []


def test_all_problems_are_found_with_their_places() -> None:
    value, problems, _ = read(
        """{"animals": [{"kind": "cat", "lives": 0}, {"kind": "cow"}, {}, 7, {"kind": "cat"}, {"kind": 3},
            {"kind": "dog", "names": ["Rex", 4, true]}],
            "weights": [1, "2"], "notes": {"a": 1, "b": null}, "keeper": [], "size": "huge"}"""
    )

    assert value is None
    assert problems == [
        ("$.animals[0].lives", "expected an integer ≥ 1, found 0"),
        ("$.animals[1].kind", 'expected one of cat, dog, found "cow"'),
        ("$.animals[2].kind", "is missing (expected one of cat, dog)"),
        ("$.animals[3]", "expected an object, found 7"),
        ("$.animals[4].lives", "is missing (expected an integer ≥ 1)"),
        ("$.animals[5].kind", "expected one of cat, dog, found 3"),
        ("$.animals[6].names[1]", "expected a string, found 4"),
        ("$.animals[6].names[2]", "expected a string, found true"),
        ("$.weights[1]", 'expected a number, found "2"'),
        ("$.notes.b", "expected a string or an integer, found null"),
        ("$.keeper", "expected an object, found []"),
        ("$.size", 'expected one of "small", "large", found "huge"'),
    ]


def test_null_counts_as_absent() -> None:
    assert read('{"animals": [{"kind": "dog", "names": null, "good": null}], "size": null}')[0] == Zoo([Dog()])
    assert read('{"animals": null}')[1] == [("$.animals", "is missing (expected an array of objects)")]


def test_tags_are_accepted_in_any_case() -> None:
    assert read('{"animals": [{"kind": "CAT", "lives": 2}, {"kind": "Dog"}]}')[0] == Zoo([Cat(2), Dog()])


def test_lenient_fields_take_their_default_with_a_warning() -> None:
    value, problems, warnings = read('{"animals": [{"kind": "dog", "good": "yes", "names": ["Rex"]}]}')

    assert value == Zoo([Dog(["Rex"])])
    assert problems == []
    assert warnings == [("$.animals[0].good", 'expected true or false, found "yes"; counts as true')]


def test_broken_elements_leave_a_gap_so_that_the_others_keep_their_places() -> None:
    value, problems, _ = read('{"animals": [{"kind": "cow"}, {"kind": "dog"}]}')

    assert value == Zoo([None, Dog()])  # type: ignore[list-item]
    assert len(problems) == 1


def test_the_document_itself_may_be_of_the_wrong_kind() -> None:
    assert read("[]")[1] == [("$", "expected an object, found []")]
    assert read('"' + "x" * 100 + '"')[1] == [("$", 'expected an object, found "' + "x" * 39 + "…")]


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ('{"animals": [],\n "size" "small"}', "line 2, column 9", "is not valid JSON: expected ':'"),
        ('{"animals": [', "line 1, column 14", "is not valid JSON: the file ends in the middle of the document"),
        ("", "line 1, column 1", "is not valid JSON: the file ends in the middle of the document"),
        ('{"animals": []} x', "line 1, column 17", "is not valid JSON: trailing characters"),
        ('{"animals": [], // none\n}', "line 1, column 17", "is not valid JSON: object keys must be strings"),
        ('{"animals": [NaN]}', "line 1, column 14", "is not valid JSON: invalid character"),
    ],
)
def test_malformed_documents_are_located_by_line(text: str, where: str, message: str) -> None:
    assert read(text)[1] == [(where, message)]


@pytest.mark.parametrize("content", [b'{"size":\n"\xff"}', b'{"x":\n"\xff"}'])
def test_documents_that_are_not_utf_8_are_refused(content: bytes) -> None:
    assert read(content)[1] == [("line 2, column 2", "is not valid JSON: the text is not UTF-8")]


def test_documents_nested_too_deeply_are_refused() -> None:
    assert read('{"animals": ' + "[" * 1_000_000)[1] == [("", "is nested too deeply")]


def test_numbers_out_of_range_are_refused() -> None:
    assert read('{"animals": [], "weights": [1e999]}')[1] == [("$.weights[0]", "expected a number, found 1e999")]


def test_files_are_loaded_without_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "zoo.json"
    file.write_bytes(b"\xef\xbb\xbf{}")

    assert load(file) == b"{}"


def test_files_that_cannot_be_read_are_input_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere.json: cannot be read: No such file or directory"):
        load(tmp_path / "nowhere.json")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        (int | float | str, "a number or a string"),
        (str | int | None, "a string or an integer"),
        (Annotated[float, Meta(gt=0, le=5)], "a number > 0 ≤ 5"),
        (Annotated[float, Meta(ge=0)] | Annotated[int, Meta(ge=0)], "a number ≥ 0"),
        (Annotated[int, Meta(ge=0)] | str, "an integer ≥ 0 or a string"),
        (list[Annotated[float, Meta(lt=1)]], "an array of numbers < 1"),
        (tuple[str, ...], "an array of strings"),
        (list[int | str], "an array of elements, each an integer or a string"),
        (list[Literal[1, 2]], "an array of elements, each one of 1, 2"),
        (dict[str, int], "an object"),
        (bool, "true or false"),
    ],
)
def test_expectations_in_words(type_: Any, words: str) -> None:
    assert expectation(type_) == words


def test_misspelled_keys_are_pointed_out() -> None:
    findings = Findings()
    content = b'{"weigths": 1, "animals": [{"liver": 1, "remark": 2, "lives": {"animal": 3}}]}'
    warn_of_misspelled_keys(content, ["animals", "lives", "weights"], "zoo.json", findings)

    assert [(warning.where, warning.message) for warning in findings.warnings] == [
        ("$.weigths", "is unknown and ignored (did you mean weights?)"),
        ("$.animals[0].liver", "is unknown and ignored (did you mean lives?)"),
        ("$.animals[0].lives.animal", "is unknown and ignored (did you mean animals?)"),
    ]
