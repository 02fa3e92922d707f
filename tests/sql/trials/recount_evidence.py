"""An independent recount of evidence_gap on random registers of ketamine trials.

It interprets no text: each text is drawn together with its meaning.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import date

from tests.sql.trials.outcome_records import add_planned_outcomes, make_outcome_measure, post_outcomes
from tests.sql.trials.study_records import Study, make_arm, make_group, make_study

UNION = "nausea_or_vomiting"


@dataclass(frozen=True)
class Asked:
    """An outcome as it may be worded, the domains it is about, those a scale has an item for, those among others."""

    title: str
    prose: str = ""
    about: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


ASKED = (
    Asked("Pain intensity", about=("pain",)),
    Asked("VAS at 24 h", about=("pain",)),
    Asked("VAS for anxiety"),
    Asked("Sedation", "in people whose pain is treated"),
    Asked("MADRS total score", about=("depressive_symptoms",)),
    Asked("Response", "half of the HAM-D at entry", about=("depressive_symptoms",)),
    Asked("Suicidal ideation", about=("depression_or_suicidality",)),
    Asked("Respiratory depression"),
    Asked("Hallucinations or respiratory depression", about=("hallucination",)),
    Asked("Morphine consumption", about=("opioid_use",)),
    Asked("Time to first rescue analgesic"),
    Asked("Nausea and vomiting", about=(UNION,), among=("nausea", "vomiting")),
    Asked("Nausea", about=("nausea", UNION)),
    Asked("Emetic episodes", about=("vomiting", UNION)),
    Asked("Adverse events", "nausea, dissociation", among=("nausea", UNION, "dissociation")),
    Asked("BPRS", items=("hallucination", "paranoia")),
    Asked(
        "Psychotomimetic effects",
        "BPRS, positive items",
        among=("dissociation",),
        items=("hallucination", "paranoia"),
    ),
    Asked("Anxiety", "rated before the BPRS"),
    Asked("PONV impact scale", about=(UNION,), items=("nausea", "vomiting")),
    Asked("Adverse events", "by interview and by the BPRS", among=("hallucination", "paranoia")),
)
TERMS = {
    "Nausea": ("nausea", UNION),
    "Vomiting": ("vomiting", UNION),
    "Nausea/vomiting": (UNION,),
    "Hallucination": ("hallucination",),
    "Dissociation": ("dissociation",),
    "Depression": ("depressive_symptoms", "depression_or_suicidality"),
    "Rash": (),
}
REACTIONS = (
    "hallucination", "paranoia", "confusion", "nausea", "vomiting", UNION, "dissociation", "misuse_or_dependence",
    "depression_or_suicidality",
)  # fmt: skip
DOMAINS = ("pain", "depressive_symptoms", "opioid_use", *REACTIONS)
READ_ON = date(2024, 1, 10)
ASSESSMENTS = ("SYSTEMATIC_ASSESSMENT", "NON_SYSTEMATIC_ASSESSMENT", None)


@dataclass
class Trial:
    """A drawn trial. posted: the outcomes in its results, with a number or without. ended: its last day, if over."""

    number: int
    planned: list[Asked]
    posted: list[tuple[Asked, bool]]
    terms: list[str]
    threshold: str | None
    has_results: bool
    status: str
    ended: date
    assessments: list[str | None] = field(default_factory=list)

    @property
    def has_asked(self) -> bool:
        """Whether every posted term, and at least one, is stated to have been asked for."""
        return bool(self.assessments) and all(each == "SYSTEMATIC_ASSESSMENT" for each in self.assessments)


def draw_register(seed: int) -> list[Trial]:
    """Some trials of one register, the same for the same seed."""
    chance = random.Random(seed)
    return [_draw_evidence_trial(chance, number) for number in range(1, chance.randint(2, 6))]


def _draw_evidence_trial(chance: random.Random, number: int) -> Trial:
    planned = chance.sample(ASKED, chance.choice((0, 1, 3, 6)))
    has_results = chance.random() < 0.7
    posted = [(asked, chance.random() < 0.7) for asked in planned if chance.random() < 0.6] if has_results else []
    terms = chance.sample(list(TERMS), chance.choice((0, 1, 2, 3, 3))) if has_results else []
    words = chance.choice((ASSESSMENTS[:1], ASSESSMENTS, ASSESSMENTS))
    return Trial(
        number,
        planned,
        posted,
        terms,
        chance.choice(("0", "0", "5", None)),
        has_results,
        chance.choice(("COMPLETED", "TERMINATED", "RECRUITING", "WITHDRAWN")),
        date(2021 + chance.randint(0, 2), chance.randint(1, 12), chance.randint(2, 28)),
        [chance.choice(words) for _ in terms],
    )


def write_records(register: list[Trial]) -> list[Study]:
    """The register as it would be sent; each second study was received under a previous number too, asking less."""
    sent = []
    for trial in register:
        record = write_record(trial)
        sent.append(record)
        if trial.number % 2 == 0:
            number = 90000000 + trial.number
            record["protocolSection"]["identificationModule"]["nctIdAliases"] = [f"NCT{number}"]
            sent.append(write_record(replace(trial, number=number, planned=[], posted=[], terms=[], assessments=[])))
    return sent


def write_record(trial: Trial) -> Study:
    """The trial as the register would send it."""
    arms = [make_arm("Ketamine", "EXPERIMENTAL", "Ketamine"), make_arm("Saline", "PLACEBO_COMPARATOR", "Saline")]
    groups = [make_group("Ketamine", 40), make_group("Saline", 40)] if trial.has_results else None
    other = {term: [3, 1] for term in trial.terms}
    study = make_study(
        trial.number, arms, groups, other=other, threshold=trial.threshold, updated=READ_ON.isoformat()
    )
    if trial.terms:
        rows = study["resultsSection"]["adverseEventsModule"]["otherEvents"]
        for row, assessment in zip(rows, trial.assessments, strict=True):
            row["assessmentType"] = assessment
    if trial.planned:
        planned = [(each.title, each.prose) for each in trial.planned]
        add_planned_outcomes(study, *planned, status=trial.status, completed=trial.ended.isoformat())
    if trial.posted:
        post_outcomes(study, *(_write_outcome_measure(asked, has_number) for asked, has_number in trial.posted))
    return study


def _write_outcome_measure(asked: Asked, has_number: bool) -> dict:
    return make_outcome_measure(asked.title, *(("3", "NA") if has_number else ()), description=asked.prose)


def recount(register: list[Trial]) -> dict[tuple[str, str], str]:
    """The status of every trial and domain."""
    return {(f"NCT{each.number:08d}", domain): judge(each, domain) for each in register for domain in DOMAINS}


def judge(trial: Trial, domain: str) -> str:
    """Results of an outcome, then adverse events, then what was sought, with the status words of the contract."""
    wanted = [*trial.planned, *(asked for asked, has_number in trial.posted if not has_number)]
    is_over = trial.status in ("COMPLETED", "TERMINATED") and (READ_ON - trial.ended).days >= 365
    due = "sought_not_reported" if trial.has_results or is_over else "unknown"
    status = _judge_results(trial, domain)
    if not status and any(domain in (*asked.about, *asked.items) for asked in wanted):
        status = due
    if not status and _has_zero(trial, domain):
        status = "zero_not_solicited"
    if not status and trial.has_results and domain in REACTIONS:
        status = "unknown"
    if not status and any(domain in asked.among for asked in wanted):
        status = due
    return status or ("not_sought" if trial.planned else "unknown")


def _judge_results(trial: Trial, domain: str) -> str:
    """The status from results and adverse events; '' where they give none."""
    shown = [asked for asked, has_number in trial.posted if has_number]
    is_shown = any(domain in (*asked.about, *asked.items) for asked in shown)
    if (
        is_shown
        or any(domain in TERMS[term] for term in trial.terms)
        or (_has_zero(trial, domain) and trial.has_asked)
    ):
        return "reported"
    return "unknown" if _is_joint(trial, domain) or any(domain in asked.among for asked in shown) else ""


def _has_zero(trial: Trial, domain: str) -> bool:
    """Whether whole lists of adverse events hold no term of the reaction and none that may hide it."""
    is_whole = trial.has_results and domain in REACTIONS and trial.threshold == "0" and bool(trial.terms)
    return is_whole and not _is_joint(trial, domain) and not any(domain in TERMS[term] for term in trial.terms)


def _is_joint(trial: Trial, domain: str) -> bool:
    return domain in ("nausea", "vomiting") and "Nausea/vomiting" in trial.terms
