"""The reporting checklists TRIPOD+AI and CLAIM, filled in as far as a run knows the answers.

What an item asks is said in our own words, under the item's own number; the lists themselves are to be read
where they are published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from train.evaluation.figures import bootstrap
from train.evaluation.sections.section import Section, Table
from verte_core import preprocess
from verte_core.results import NOT_TO_RULE_OUT

TO_BE_WRITTEN = "to be written"
"""The mark of what no run can know."""
FACTS = {
    "architecture": "the network, its inputs and its layers",
    "calibration": "how logits become probabilities, and on which split that was fitted",
    "centres": "by how many centres or manufacturers the images were made",
    "characteristics": "age, sex, BMI and labels of the evaluated people",
    "checks": "what of manifest and images was checked before",
    "clusters": "whether figures by manufacturer or centre are given",
    "code": "where the code is and under which licence",
    "comparators": "what the scores are compared with, and on whom that was fitted",
    "data": "which manifest with its SHA-256, and whether its images are simulated",
    "disjoint": "what partitions do not share",
    "ensemble": "how many weights files were combined and how",
    "exclusions": "how many rows were left out and why",
    "external": "whether the people come from elsewhere than those trained on",
    "failures": "which images were refused and where wrong scores are listed",
    "follow_up": "length of follow-up and number of incident fractures",
    "images": "radiograph or DXA VFA, with manufacturers",
    "imbalance": "shares with the condition and what was done about them",
    "initialization": "what the training began with",
    "input_quality": "what happens to images and values that can't be used",
    "internal": "figures on people of the same source as those trained on",
    "interpretability": "how heatmaps are made and how they were checked",
    "intervals": "how intervals were made",
    "limitations": "what this evaluation can't tell",
    "metrics": "all measures of the report",
    "missing": "how many labels and values are missing, and what was done about it",
    "operating_points": "both thresholds of each score, and on which split they were set",
    "outcomes": "what 1 and 0 mean and how images' labels become a person's",
    "output": "what the model gives",
    "people": "how many people and images, and how many with each condition",
    "performance": "the main figures with intervals",
    "prediction": "how scores were calculated",
    "predictors": "the image and the clinical variables with their units",
    "preprocessing": "from an image file to the network's input",
    "purpose": "what the scores are for and what not",
    "robustness": "by what else figures were broken down or repeated",
    "selection": "by what the weights' epoch was chosen",
    "software": "versions of the program and its libraries",
    "split": "which part of the manifest was evaluated",
    "subgroups": "by which groups of people figures are given",
    "training": "optimiser, augmentation and length of the training",
    "training_people": "age, sex and BMI of the people trained on",
    "updating": "whether anything was fitted to the evaluated people",
    "users": "what a user has to give and may change",
    "weights": "name and id of the weights",
}
"""What a run can know: by name, what the sentence says."""
ALWAYS = {
    "checks": (
        "The manifest is refused as a whole when an image is missing or comes twice, a person is in "
        "two splits, or a label, age, sex or BMI is not in its range."
    ),
    "disjoint": "Splits share no person.",
    "input_quality": (
        "An image that can't be read, is not for these weights or has no contrast is refused with the "
        "reason, and counted; nothing is guessed for age and sex."
    ),
    "intervals": (
        f"95 % percentile intervals from {bootstrap.SAMPLES:,} resamples of people, each with all their "
        "images; differences are paired."
    ),
    "output": "A calibrated probability for each condition, and one of three zones between two thresholds.",
    "prediction": "By this program from the weights file, image by image, then combined for each person.",
    "preprocessing": (
        "To 8 bits by percentiles, histogram equalisation, min-max, crop, fit and zero-pad to "
        f"{preprocess.MODEL_HEIGHT} x {preprocess.MODEL_WIDTH}, by the rules that the weights record; the "
        "same for everybody."
    ),
    "purpose": f"For research, not a medical device. {NOT_TO_RULE_OUT}",
    "updating": "None: the weights, their calibration and their thresholds are evaluated as they are.",
    "users": (
        "A user gives an image and, for weights that read them, age, sex and BMI, from its header or a "
        "table; the thresholds are set."
    ),
}
"""Those that hold for every run of this program; a run's own sentence takes their place."""
_FOLDER = Path(__file__).with_name("checklists")


@dataclass(frozen=True)
class Item:
    """One item of a checklist.

    Attributes:
        item: its number there, such as ``12a``.
        topic: a word or two.
        asks: what it wants reported, in our words.
        facts: of FACTS, what a run may know of it.
        remains: what a person has to write although all of ``facts`` are known.
    """

    item: str
    topic: str
    asks: str
    facts: tuple[str, ...] = ()
    remains: str = ""

    def answer(self, facts: Mapping[str, str]) -> tuple[str, str]:
        """(what is known, what is to be written); one of them may be empty."""
        known = [facts[name] for name in self.facts if name in facts]
        unknown = [FACTS[name] for name in self.facts if name not in facts]
        rest = "; ".join([*unknown, self.remains] if self.remains else unknown)
        if rest:
            return " ".join(known), f"{TO_BE_WRITTEN}: {rest}"
        return " ".join(known), "" if known else TO_BE_WRITTEN


@dataclass(frozen=True)
class Checklist:
    """A reporting guideline: its name, where it is published, and its items in order."""

    name: str
    source: str
    items: tuple[Item, ...]


def read(key: str) -> Checklist:
    """``tripod_ai`` or ``claim``."""
    values = yaml.safe_load((_FOLDER / f"{key}.yaml").read_text(encoding="utf-8"))
    items = [
        Item(**each | {"item": str(each["item"]), "facts": tuple(each.get("facts", ()))})
        for each in values["items"]
    ]
    return Checklist(values["name"], values["source"], tuple(items))


def section(facts: Mapping[str, str]) -> Section:
    """Both checklists with the answers of a run, and marks where a person must write.

    Args:
        facts: by name of FACTS, whole sentences; those not known are absent.
    """
    assert facts.keys() <= FACTS.keys(), facts.keys() - FACTS.keys()
    known = ALWAYS | dict(facts)
    tables = []
    plain: dict[str, object] = {}
    for key in ("tripod_ai", "claim"):
        checklist = read(key)
        answers = {each: each.answer(known) for each in checklist.items}
        complete = sum(not rest for _, rest in answers.values())
        tables.append(
            Table(
                f"{checklist.name} ({checklist.source}): {complete} of {len(answers)} items are answered by "
                "the run, the others wholly or partly to be written.",
                ("Item", "Topic", "Asks for", "Known from this run", "To be written"),
                tuple((each.item, each.topic, each.asks, *answer) for each, answer in answers.items()),
            )
        )
        plain[key] = {
            each.item: {"known": answer or None, "to_be_written": rest or None}
            for each, (answer, rest) in answers.items()
        }
    words = (
        "A draft for a paper. What the run knows is filled in; the rest is marked. What an item asks is put "
        "in few words of ours and does not replace the published lists with their explanations.",
    )
    return Section("checklists", "Reporting checklists", words, tuple(tables), plain=plain)
