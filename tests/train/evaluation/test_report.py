from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from train.evaluation.people.cohort import CLINICAL, People, Unit
from train.evaluation.report import page, svg
from train.evaluation.sections import published_cohorts
from train.evaluation.sections.section import Picture, Section, Table
from verte_core.errors import OutputError
from verte_core.results import OperatingPoints, Provenance

HOSTILE = '<script>alert(\'x\')</script> & "$1" --> id="x"'
FORMULA = "=cmd|'/c calc'!A1"
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Every element with its attributes, having checked that all that is opened is closed in turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open += [] if tag in VOID else [tag]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def draw(figure: Figure) -> None:
    axes = figure.subplots()
    axes.plot([0, 0.4, 1], [0, 0.8, 1], "o-", label=HOSTILE)
    axes.fill_between([0, 1], [0, 0], [1, 0.5], hatch="//", alpha=0.2)
    axes.set_title("\N{HANGUL SYLLABLE HAN}")
    axes.legend()


def sections() -> list[Section]:
    table = Table(
        f"Of {HOSTILE}.",
        ("Group", "AUROC", "Of them"),
        (("everybody", "0.926 [0.908, 0.955]", 12), (HOSTILE, "-", 3)),
    )
    drawings = tuple(Picture(name, f"{HOSTILE} of {name}.", draw) for name in ("roc-pvf", "roc-osteo"))
    plain: dict[str, object] = {"b": 1 / 3, "a": {"value": math.nan, "all": [math.inf, 1, None]}}
    return [
        Section("discrimination", f"How well? {HOSTILE}", (HOSTILE,), (table,), drawings, plain),
        Section("nothing", "Nothing", ("Nobody was followed.",), (Table("Empty.", ("A", "B"), ()),)),
        published_cohorts.section("radiograph", {}, "simulated"),
    ]


@pytest.fixture
def people() -> People:
    units = (
        Unit(FORMULA, 2, 71.5, "F", 23.4, {"pvf": 1.0, "osteo": math.nan}, {"pvf": 1 / 3, "osteo": 0.9}),
        Unit(
            *(HOSTILE, 1, 55.0, "M", 30.0, {"pvf": 0.0, "osteo": 1.0}, {"pvf": 0.05, "osteo": 0.5}),
            *(4.5, 1.0, 61.0, {"manufacturer": "+Firm"}),
        ),
    )
    points = {task: OperatingPoints(0.1, 0.6, 0.9, 0.9) for task in ("pvf", "osteo")}
    compared = {"osteo": {CLINICAL: np.array([0.25, math.nan]), "OSTA": np.array([-3.2, 1.0])}}
    return People(units, ("pvf", "osteo"), points, compared, Provenance.SIMULATED)


FACTS = {
    "model": f"tiny {HOSTILE}",
    "trained_on": "simulated",
    "manifest_sha256": "0" * 64,
    "intervals": {"percent": 95, "samples": 2000},
}


def test_the_files_are_the_same_each_time_and_replace_those_before(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    page.write(tmp_path / "new" / "one", HOSTILE, FACTS, sections(), people)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "report.html").write_text("of last week")
    # Nor do a user's own settings of matplotlib matter, and they stay as they are.
    monkeypatch.setitem(matplotlib.rcParams, "font.size", 23)
    page.write(tmp_path / "two", HOSTILE, FACTS, sections(), people)
    assert matplotlib.rcParams["font.size"] == 23
    names = ["people.csv", "report.html", "report.json"]
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == names
    for name in names:
        assert (tmp_path / "two" / name).read_bytes() == (tmp_path / "new" / "one" / name).read_bytes()
    assert not recwarn.list


def test_a_folder_that_can_not_be_written_is_a_sentence(people: People, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file can't be written: .*\.$"):
        page.write(tmp_path / "file", "Title", FACTS, sections(), people)
    # What was there stays whole when the new one can't take its place.
    taken = tmp_path / "taken"
    (taken / "report.html").mkdir(parents=True)
    (taken / "people.csv").write_text("of last week")
    with pytest.raises(OutputError, match="taken can't be written"):
        page.write(taken, "Title", FACTS, sections(), people)
    assert (taken / "people.csv").read_text() == "of last week"


def test_the_page_stands_alone_and_can_be_read_aloud(people: People) -> None:
    text = page.page(HOSTILE, FACTS, sections(), people)
    parsed = Page(text)
    for tag, attributes in parsed.elements:
        assert tag not in ("script", "link", "img", "iframe", "object", "image")
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("src", "href", "xlink:href"):
                assert value is not None and value.startswith("#")
    assert not re.search(r"url\((?!#)|@import", text)

    ids = Counter(attributes["id"] for _, attributes in parsed.elements if "id" in attributes)
    assert ids.most_common(1)[0][1] == 1
    for _, attributes in parsed.elements:
        points_at = [attributes.get("xlink:href"), attributes.get("href"), attributes.get("aria-labelledby")]
        used = [(each or "").lstrip("#") for each in points_at if each]
        used += re.findall(r"url\(#([^)]*)\)", " ".join(each or "" for each in attributes.values()))
        assert set(used) <= ids.keys()

    levels = [int(tag[1]) for tag, _ in parsed.elements if re.fullmatch("h[1-6]", tag)]
    assert levels == [1, 2, 2, 2, 2, 2]
    assert all("scope" in attributes for tag, attributes in parsed.elements if tag == "th")
    tags = Counter(tag for tag, _ in parsed.elements)
    assert tags["table"] == tags["caption"] == tags["thead"] == 4
    assert tags["svg"] == tags["figcaption"] == 2

    assert "".join(parsed.text).count(HOSTILE) >= 7
    # A line may end before an interval, but not within.
    assert "0.926 [0.908,\N{NO-BREAK SPACE}0.955]" in text
    assert Provenance.SIMULATED.notice in text
    assert "figures say nothing about patients" in text
    assert "Not a medical device" in text


def test_what_is_not_simulated_carries_no_banner(people: People) -> None:
    real = People(people.units, people.tasks, people.operating_points, people.comparators, None)
    text = page.page("Title", FACTS | {"trained_on": "clinical"}, sections()[:2], real)
    assert "simulated" not in [attributes.get("class") for _, attributes in Page(text).elements]
    assert "Simulated:" not in text
    assert "The images are simulated" not in text
    assert Provenance.SIMULATED.notice not in text
    assert "Not a medical device" in text


def test_a_cohort_simulated_in_part_says_so(people: People) -> None:
    some = dataclasses.replace(people, provenance=Provenance.MIXED)
    text = page.page("Title", FACTS | {"trained_on": "clinical"}, sections()[:2], some)
    assert "Some of the images are simulated: the figures say nothing about patients." in text
    assert '"simulated" role="note"' in text
    (cell,) = {row["cohort"] for row in csv.DictReader(io.StringIO(page.people_table(some, "clinical")))}
    assert cell == "mixed"


def test_pictures_are_whole_by_themselves() -> None:
    one, two = (svg.svg(Picture(name, "", draw)) for name in ("one", "two"))
    assert ElementTree.fromstring(one).tag == "{http://www.w3.org/2000/svg}svg"
    assert two == one.replace("one-", "two-")
    assert "<text" not in one
    assert svg.OWN in one


def test_figures_keep_their_digits_and_order_and_hold_no_nan() -> None:
    text = page.figures(FACTS, sections())
    found = json.loads(text, parse_constant=pytest.fail)
    assert list(found) == [*FACTS, "discrimination", "nothing", "published"]
    assert list(found["discrimination"].items()) == [
        ("b", 1 / 3),
        ("a", {"value": None, "all": [None, 1, None]}),
    ]


def test_the_table_of_people(people: People) -> None:
    text = page.people_table(people, "simulated")
    first, second = csv.DictReader(io.StringIO(text, newline=""))
    assert first["person_id"] == f"'{FORMULA}"
    assert second["person_id"] == HOSTILE
    assert second["manufacturer"] == "'+Firm"
    assert (first["pvf"], float(first["pvf_score"]), first["pvf_zone"]) == ("1", 1 / 3, "indeterminate")
    assert (first["osteo"], first["osteo_zone"], second["pvf_zone"]) == ("", "high", "low")
    assert (first["osteo_age_sex_and_bmi"], first["osteo_osta"]) == ("0.25", "-3.2")
    assert second["osteo_age_sex_and_bmi"] == ""
    assert (first["followup_years"], first["fracture_event"], first["manufacturer"]) == ("", "", "")
    assert (second["followup_years"], second["fracture_event"]) == ("4.5", "1")
    assert {row["trained_on"] for row in (first, second)} == {"simulated"}
    assert first["cohort"] == "simulated"


def test_columns_of_figures_are_known() -> None:
    rows = [("all", "0.926 [0.908, 0.955]", 12, "-", "12/30"), ("some", "-", 3, "-", "to be written: 3 more")]
    assert page.kinds(rows) == ["short", "figure", "figure", "short", "text"]


def test_the_published_figures_are_beside_ours() -> None:
    ours = {
        "auroc_pvf": {"value": 0.8444, "low": 0.8, "high": 0.88, "samples": 2000},
        "auroc_osteo": {"value": 0.9, "low": None, "high": None, "samples": 0},
        "median_followup_years": 5.25,
        "hr_pvf": None,
        "hr_osteo": {"value": math.nan, "low": math.nan, "high": math.nan},
    }
    section = published_cohorts.section("radiograph", ours, "simulated")
    assert section.tables[0].header == ("", "Ours, simulated", "Published, different data")
    assert [row[1:] for row in section.tables[0].rows] == [
        ("0.844 [0.800, 0.880]", "0.926 [0.908, 0.955]"),
        ("0.900 [-]", "0.848 [0.827, 0.869]"),
        ("5.2", "5.4"),
        ("-", "13.3"),
        ("-", "3.23 [2.51, 5.17]"),
        ("-", "2.62 [1.90, 3.63]"),
    ]
    assert "1852 people" in section.tables[0].caption
    vfa = published_cohorts.section("vfa", {}, "")
    assert [row[2] for row in vfa.tables[0].rows] == [
        "0.924 [0.905, 0.942]",
        "0.867 [0.853, 0.881]",
        "6.4",
        "13.6",
        "2.11 [1.62, 2.74]",
        "2.14 [1.72, 2.66]",
    ]
    assert all("10.1093/jbmr/zjaf050" in each.words[0] for each in (section, vfa))
