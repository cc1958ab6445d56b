"""What is said beside scores: one wording for the panel, the report, the clipboard and the model card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verte_core.errors import printable
from verte_core.image_types import KINDS, ProtocolChoice
from verte_core.results import EVALUATION, TASKS, Provenance, cautions, evaluation_of
from verte_desktop.language import said as said_of
from verte_desktop.session.entry import Entry, Stage
from verte_desktop.session.person_work import mean

if TYPE_CHECKING:
    from verte_core.reading.radiograph import Header
    from verte_core.results import Score
    from verte_core.scoring.member import Member
    from verte_core.scoring.scorer import Scorer
    from verte_desktop.session.clinical_draft import Draft
    from verte_desktop.session.session import Session
    from verte_desktop.session.shown import Shown
    from verte_desktop.session.slow_steps import LoadedWeights

READ_AS: dict[ProtocolChoice, str] = dict([("auto", "its header says"), *KINDS.items()])
"""What an image may be read as, in words."""
WITHOUT_PATIENT = "Without the patient's data"
REPLACED = (
    "The file of these weights has since been changed or removed; the scores are of the weights as loaded."
)
_LONGEST_FACT = 72
"""Characters of a fact of the patient; a name in one script has up to 64 (PS3.5 6.2)."""
_SEXES = {"F": "female", "M": "male"}


def shortened(text: str, longest: int) -> str:
    """A text, or its beginning where it is longer than it may be."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def text_of(score: Score) -> str:
    """A score in digits, or its range when the BMI is unknown."""
    same = score.low == score.high
    return f"{score.value:.2f}" if same else f"{score.low:.2f} to {score.high:.2f}"


def status(entry: Entry) -> str:
    """One line on an image of the worklist: its scores, or what stands in their way."""
    if entry.stage is Stage.FAILED:
        return entry.reason
    if entry.stage is not Stage.OPEN:
        return str(entry.stage.value)
    if entry.result is not None:
        scores = entry.result.scores.items()
        said = "  ".join(f"{TASKS[task].short} {text_of(score)}" for task, score in scores)
        return f"{said}  (header overruled)" if entry.is_overruled else said
    checked = entry.draft.check() if entry.draft else None
    if checked and checked.errors:
        return "a value can't be used"
    return f"needs {', '.join(checked.missing)}" if checked and checked.missing else "not scored yet"


def zone(score: Score) -> str:
    """The zone of a score, and how far the members of an ensemble are apart."""
    said = f"{score.zone} zone" if score.zone else "zone depends on the BMI"
    return said if score.spread is None else f"{said}, spread {score.spread:.2f}"


def thresholds(scorer: Scorer, task: str) -> str:
    """What the two thresholds of a score are, and what they reach in people whom the weights have not seen.

    Without such figures on the card, and for several weights files, what they reach on the validation split,
    on which they were set and which flatters them.
    """
    points = scorer.metadata.operating_points[task]
    unseen = scorer.metadata.card.get(evaluation_of(task))
    if unseen:
        return (
            f"Low below {points.low:.2f}, high from {points.high:.2f}.\n"
            f"In people whom these weights have not seen, from their model card:\n{unseen}"
        )
    return (
        f"Low below {points.low:.2f}: {points.low_sensitivity:.0%} of those affected score above.\n"
        f"High from {points.high:.2f}: {points.high_specificity:.0%} of those not affected score below.\n"
        "Both on the validation split, on which the thresholds were set; what they reach in other people is "
        "not known."
    )


def advice(task: str, score: Score, trained_on: Provenance) -> str:
    """What follows from a high score; nothing from a low one, nor from simulated images."""
    if score.zone != "high" or trained_on is not Provenance.CLINICAL:
        return ""
    return f"Assessment for {TASKS[task].finding} is recommended."


def weights(scorer: Scorer) -> str:
    """Which weights, and what they do not use."""
    uses = "" if scorer.needs_clinical else "; image only, age, sex and BMI are not used"
    name = shortened(scorer.metadata.name, _LONGEST_FACT)
    return f"Weights {name}, id {scorer.weights_id}, {scorer.engine}{uses}"


def at_hand(loaded: LoadedWeights) -> str:
    """The weights that a batch is scored with."""
    scorers = loaded.scorers
    names = "; ".join(each.metadata.name for each in scorers.loaded)
    said = "The program's weights, for radiographs and for VFA images" if loaded.is_shipped else names
    return f"{shortened(said, _LONGEST_FACT)}, {scorers.device}"


def read_as(shown: Shown) -> str:
    """As what the image is read, and on whose word; empty without image or weights, and of a refused one."""
    radiograph, scorer = shown.radiograph, shown.scorer
    if radiograph is None or scorer is None or shown.is_misfit():
        return ""
    said = f"Read as {KINDS[scorer.metadata.protocol]}"
    stated = radiograph.protocol
    if shown.is_overruled():
        # What an unfit image is stands in its note.
        which = f", which says {KINDS[stated]}" if stated not in (None, scorer.metadata.protocol) else ""
        return f"{said}, overruling the header{which}."
    if stated is None:
        return f"{said}; the file does not say what it is."
    return f"{said}, as its header says."


def unlike(shown: Shown) -> str:
    """That the picture is unlike what the weights learned from; empty when it is not, or nothing tells."""
    likeness = shown.result.likeness if shown.result else None
    return likeness.notice if likeness else ""


def notes(shown: Shown) -> tuple[str, ...]:
    """What the reader is told of the picture, a sentence each; it goes into every file made of it."""
    return (*filter(None, [unlike(shown)]), *of_image(shown))


def of_image(shown: Shown) -> tuple[str, ...]:
    """What is known of the image before it is scored, a sentence each."""
    if shown.radiograph is None:
        return ()
    said = shown.weights.scorers.said(shown.radiograph, shown.read_as) if shown.weights else None
    return (*((said,) if said else ()), *shown.radiograph.notes)


def person(session: Session) -> str:
    """The person's score over several images of one study; empty while there is one image."""
    shown, entries = session.shown, session.of_person()
    scorer = shown.scorer
    if scorer is None or len(entries) < 2:
        return ""
    number, scores = mean(entries, scorer.weights_id, dict(scorer.metadata.operating_points))
    if number < 2:
        return f"{len(entries)} images of this person in this study; {number} of them scored."
    said = ", ".join(
        f"{TASKS[task].title} {text_of(score)} ({said_of(zone(score))})" for task, score in scores.items()
    )
    of_all = f"{number} images" if number == len(entries) else f"{number} of {len(entries)} images"
    return f"This person, the mean of {of_all} of this study: {said}."


def patient(header: Header) -> list[str]:
    """Name, id, sex with age, and date of the study, as far as the header has them."""
    age = None if header.age is None else f"{header.age:g} y"
    person = ", ".join(fact for fact in (header.sex, age) if fact)
    facts = (_name(header), header.patient_id or "", person, header.study_date or "")
    return [_one_line(fact) for fact in facts if fact]


def whose(entry: Entry) -> str:
    """Name and id of an image's patient on one line, else its folder; empty while the file is not read."""
    header = entry.header
    if header is None:
        return ""
    facts = (_name(header), header.patient_id or "")
    return "  ".join(_one_line(fact) for fact in facts if fact) or f"Folder {entry.path.parent.name}"


def window_title(shown: Shown, patient_shown: bool) -> str:
    """Whose image is on the screen, and of which day."""
    program = "VERTE Desktop"
    if shown.radiograph is None or not patient_shown:
        return program
    header = shown.radiograph.header
    facts = (_name(header), header.patient_id or "", header.study_date or "")
    said = "   ".join(_one_line(fact) for fact in facts if fact) or _one_line(shown.radiograph.path.name)
    return f"{said} - {program}"


def _name(header: Header) -> str:
    return header.patient_name or ""


def _one_line(fact: str) -> str:
    """What a file says as one line of some length, whatever characters it is of."""
    return shortened(" ".join(printable(fact).split()), _LONGEST_FACT)


def inputs(draft: Draft, scorer: Scorer) -> list[tuple[str, str, str]]:
    """Name, value and origin of each value that went into the scores."""
    if not scorer.needs_clinical:
        return [("Age, sex and BMI", "not used by these weights", "")]
    rows = [
        ("Age", f"{draft.age} years", draft.origin("age")),
        ("Sex", _SEXES.get(draft.sex, draft.sex), draft.origin("sex")),
    ]
    if draft.bmi_unknown:
        known = scorer.metadata.clinical_statistics
        over = f"unknown; scored over {known.bmi_percentile_5:.1f} to {known.bmi_percentile_95:.1f} kg/m²"
        return [*rows, ("BMI", over, "entered")]
    if draft.bmi:
        return [*rows, ("BMI", f"{draft.bmi} kg/m²", draft.origin("bmi"))]
    return [
        *rows,
        ("BMI", f"{draft.bmi_text()} kg/m²", "computed from height and weight"),
        ("Height", f"{draft.height} cm", draft.origin("height")),
        ("Weight", f"{draft.weight} kg", draft.origin("weight")),
    ]


def as_text(shown: Shown) -> str:
    """The scores with all that has to be said beside them, for the clipboard; without the patient's name.

    There must be scores.
    """
    result, scorer = shown.result, shown.scorer
    assert result is not None and scorer is not None
    lines = []
    for task, score in result.scores.items():
        about = TASKS[task]
        said = f"{about.title} ({about.meaning}): {text_of(score)}, {zone(score)}."
        lines.append(f"{said} {advice(task, score, result.trained_on)}".strip())
    values = [
        f"{name} {value}" + (f" ({origin})" if origin else "")
        for name, value, origin in inputs(shown.draft, scorer)
    ]
    lines += ["; ".join(values) + ".", read_as(shown), f"{weights(scorer)}. Image {result.image_id[:12]}."]
    return "\n".join([*lines, *cautions(scorer.metadata.trained_on), *notes(shown)])


def cards(scorer: Scorer) -> list[tuple[str, str, str]]:
    """Title, heading and text of the cards of all weights files that score together."""
    members = scorer.members
    if len(members) == 1:
        return [("", *row) for row in card(members[0])]
    together = (
        "Each score is the mean of those that give it; the spread is the greatest minus the least. The "
        "thresholds are the means of theirs."
    )
    rows = [("", f"{len(members)} weights files", together)]
    for number, member in enumerate(members, 1):
        rows += [(f"{number}. {member.metadata.name}", *row) for row in card(member)]
    return rows


def card(member: Member) -> list[tuple[str, str]]:
    """Heading and text of all that a weights file says of itself."""
    metadata, network = member.metadata, member.metadata.architecture
    points = [metadata.operating_points[task].sentence(task) for task in member.tasks]
    first = ("Summary", "Intended use", "Training data", "Limits", "Validation AUROC", EVALUATION)
    # Sorting is stable: what is not among the first keeps its order behind them.
    places = {name: place for place, name in enumerate(first)}
    order = sorted(metadata.card, key=lambda name: places.get(name.partition(":")[0], len(first)))
    clinical = "with age, sex and BMI" if member.needs_clinical else "image only"
    return [
        ("Weights", f"{metadata.name}, id {member.weights_id} (its file's SHA-256 begins so)"),
        ("Trained on", f"{metadata.trained_on} images"),
        *((name, metadata.card[name]) for name in order),
        ("Thresholds", "\n".join(points)),
        ("Network", f"{network.backbone}, {clinical}; for {KINDS[metadata.protocol]}"),
    ]
