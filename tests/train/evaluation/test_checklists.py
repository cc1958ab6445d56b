from __future__ import annotations

import pytest

from train.evaluation.sections.checklists import ALWAYS, FACTS, TO_BE_WRITTEN, read, section

# As published: letters are counted from a; 0 is an item without parts.
TRIPOD_AI = {3: 3, 5: 2, 6: 3, 8: 3, 9: 3, 12: 7, 18: 6, 20: 3, 23: 2, 27: 3}


def test_every_item_is_there_once_and_in_order() -> None:
    numbers = [
        f"{number}{letter}"
        for number in range(1, 28)
        for letter in ("abcdefg"[: TRIPOD_AI[number]] if number in TRIPOD_AI else ("",))
    ]
    assert [each.item for each in read("tripod_ai").items] == numbers
    assert len(numbers) == 52
    assert [each.item for each in read("claim").items] == [str(number) for number in range(1, 45)]


def test_every_fact_is_asked_for_and_known_by_name() -> None:
    asked = {name for key in ("tripod_ai", "claim") for each in read(key).items for name in each.facts}
    assert asked == FACTS.keys()
    assert ALWAYS.keys() <= FACTS.keys()


@pytest.mark.parametrize("known", [{}, {"people": "300 people."}, {name: f"Of {name}." for name in FACTS}])
def test_every_item_has_an_answer_or_the_mark(known: dict[str, str]) -> None:
    found = section(known)
    for table in found.tables:
        for number, topic, asks, answer, rest in table.rows:
            assert number and topic and asks
            assert answer or str(rest).startswith(TO_BE_WRITTEN)


def test_what_the_run_knows_is_filled_in() -> None:
    tripod, claim = section({"people": "300 people.", "disjoint": "Splits share no hospital."}).tables
    rows = {row[0]: row[3:] for row in tripod.rows}
    assert rows["18a"] == ("", TO_BE_WRITTEN)
    assert rows["10"] == ("300 people.", "to be written: how the number was chosen")
    assert rows["11"] == ("", f"to be written: {FACTS['missing']}")
    assert rows["12f"] == (ALWAYS["updating"], "")
    assert {row[0]: row[3] for row in claim.rows}["20"] == "Splits share no hospital."

    whole = section({name: f"Of {name}." for name in FACTS})
    plain = whole.plain["claim"]
    assert isinstance(plain, dict)
    assert plain["22"] == {"known": "Of architecture. Of predictors. Of output.", "to_be_written": None}
    assert plain["44"] == {"known": None, "to_be_written": TO_BE_WRITTEN}
    answered = sum(each["to_be_written"] is None for each in plain.values())
    assert f": {answered} of 44 items are answered" in whole.tables[1].caption
