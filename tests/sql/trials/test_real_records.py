"""The real ClinicalTrials.gov records: staged, quarantined and unnested rows agree with an independent count.

The counts are made here from the files with the standard library, without `pipeline`.
"""

import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from pipeline import typed
from pipeline.landing.inbox import find_offers
from pipeline.sources import clinicaltrials
from tests.sql.trials.study_records import SQL, fetch_rows, load_trial_models, load_typed_models, open_session


@pytest.fixture(scope="module")
def records(shared: Path) -> dict[str, str]:
    """The texts of the real files by name."""
    return {
        path.name: path.read_bytes().decode() for path in sorted((shared / "data" / "ctgov_v2_json").glob("*.json"))
    }


def is_sound(name: str, text: str) -> bool:
    """Whether this is a study record of API v2 with a complete NCT number that its file name does not contradict."""
    record = json.loads(text)
    nct_id = record.get("protocolSection", {}).get("identificationModule", {}).get("nctId", "")
    if not re.fullmatch(r"NCT[0-9]{8}", nct_id):
        return False
    return not re.fullmatch(r"NCT[0-9]{8}\.json", name) or name == f"{nct_id}.json"


def module_of(text: str) -> dict:
    return json.loads(text).get("resultsSection", {}).get("adverseEventsModule", {})


@pytest.fixture(scope="module")
def built(records, shared, tmp_path_factory):
    """The real files landed as one folder, typed, and the models of trials run on them."""
    from pipeline.settings import Settings

    settings = Settings(home=tmp_path_factory.mktemp("real") / "data")
    folder = settings.inbox / "clinicaltrials" / "records"
    folder.parent.mkdir(parents=True)
    shutil.copytree(shared / "data" / "ctgov_v2_json", folder)
    receipt = clinicaltrials.land(find_offers(settings)[0], settings)
    paths = typed.type_delivery(settings, receipt)
    session = open_session()
    for model in load_typed_models(SQL, "clinicaltrials"):
        session.execute(f"create view typed.{model.name} as select * from read_parquet('{paths[model.name]}')")
    for model in load_trial_models():
        session.execute(f"create table {model.table} as\n{model.sql}")
    yield settings, receipt, session
    session.close()


def test_staged_and_quarantined_records_agree_with_an_independent_count(records, built):
    """Old envelopes, fixtures without a protocol and invented numbers are quarantined; the rest is staged whole."""
    settings, receipt, _ = built
    sound = {name for name, text in records.items() if is_sound(name, text)}
    quarantine = settings.quarantine / "clinicaltrials" / receipt.delivery_id / "records.parquet"
    with duckdb.connect() as connection:
        broken = connection.execute(
            "select member, bytes, reasons from read_parquet(?)", [str(quarantine)]
        ).fetchall()
        raw = settings.raw / "clinicaltrials" / receipt.raw_in / "records.parquet"
        staged = connection.execute("select member, record_text from read_parquet(?)", [str(raw)]).fetchall()
    assert dict(staged) == {name: records[name] for name in sound}
    assert {name for name, _, _ in broken} == set(records) - sound
    assert all(content.decode() == records[name] and reasons for name, content, reasons in broken)
    envelopes = {name for name, text in records.items() if "FullStudiesResponse" in json.loads(text)}
    assert {name for name, _, reasons in broken if "envelope" in reasons[0]} == envelopes
    assert len(envelopes) == 3
    assert sum(each.physical_lines for each in receipt.tables.values()) == len(records)


def test_adverse_event_rows_agree_with_an_independent_count(records, built):
    """Every row of every adverse-event table, with its participants, from the staged records."""
    _, _, session = built
    wanted = []
    for name, text in records.items():
        if is_sound(name, text):
            nct_id = json.loads(text)["protocolSection"]["identificationModule"]["nctId"]
            for key in ("seriousEvents", "otherEvents"):
                for event in module_of(text).get(key, []):
                    wanted += [
                        (
                            nct_id,
                            key == "seriousEvents",
                            event["term"],
                            stat["groupId"],
                            stat.get("numAffected"),
                            stat["numAtRisk"],
                        )
                        for stat in event["stats"]
                    ]
    found = fetch_rows(
        session,
        "select trial_id, is_serious, term_text, arm_id, participants_affected, participants_at_risk "
        "from clean.trial_event",
    )
    assert sorted(found, key=repr) == sorted(wanted, key=repr)
    assert len(wanted) > 30


def test_groups_arms_and_outcomes_agree_with_an_independent_count(records, built):
    _, _, session = built
    sound = [json.loads(text) for name, text in records.items() if is_sound(name, text)]
    protocols = [record["protocolSection"] for record in sound]
    outcomes = [each.get("outcomesModule", {}) for each in protocols]
    wanted = {
        "trial": len(sound),
        "trial_arm": sum(len(each.get("armsInterventionsModule", {}).get("armGroups", [])) for each in protocols),
        "trial_intervention": sum(
            len(each.get("armsInterventionsModule", {}).get("interventions", [])) for each in protocols
        ),
        "trial_outcome": sum(
            len(each.get(key, []))
            for each in outcomes
            for key in ("primaryOutcomes", "secondaryOutcomes", "otherOutcomes")
        ),
        "trial_event_group": sum(len(module_of(json.dumps(record)).get("eventGroups", [])) for record in sound),
    }
    found = {name: fetch_rows(session, f"select count(*) from clean.{name}")[0][0] for name in wanted}
    assert found == wanted


def measures_of(record: dict) -> list[dict]:
    return record.get("resultsSection", {}).get("outcomeMeasuresModule", {}).get("outcomeMeasures", [])


def people_of(denominators: list[dict], group_id: str) -> str | None:
    """The participants of a group by the first unit of a list of denominators."""
    counts = denominators[0]["counts"] if denominators else []
    return next((count["value"] for count in counts if count["groupId"] == group_id), None)


def test_posted_outcome_values_agree_with_an_independent_count(records, built):
    """Every number of every posted outcome, as posted, with its group and the participants analysed."""
    _, _, session = built
    sound = [json.loads(text) for name, text in records.items() if is_sound(name, text)]
    wanted = []
    for record in sound:
        nct_id = record["protocolSection"]["identificationModule"]["nctId"]
        for number, outcome in enumerate(measures_of(record), start=1):
            titles = {group["id"]: group["title"] for group in outcome.get("groups", [])}
            for part in outcome.get("classes", []):
                for category in part.get("categories", []):
                    for each in category.get("measurements", []):
                        people = people_of(part.get("denoms") or outcome.get("denoms", []), each["groupId"])
                        wanted.append(
                            (
                                nct_id, number, part.get("title"), category.get("title"), titles[each["groupId"]],
                                each.get("value"), each.get("spread"), each.get("lowerLimit"), each.get("upperLimit"),
                                int(people) if people and people.isdigit() else None,
                            )
                        )  # fmt: skip
    found = fetch_rows(
        session,
        "select trial_id, outcome_number, class_title, category_title, group_title, value_text, spread_text, "
        "lower_limit_text, upper_limit_text, analysed_count from clean.trial_outcome_result",
    )
    assert sorted(found, key=repr) == sorted(wanted, key=repr)
    assert len(wanted) > 50
    listed = fetch_rows(session, "select trial_id, outcome_measure, reporting_status from clean.trial_outcome_posted")
    assert sorted(listed) == sorted(
        (record["protocolSection"]["identificationModule"]["nctId"], outcome["title"], outcome["reportingStatus"])
        for record in sound
        for outcome in measures_of(record)
    )


def test_real_trials_without_a_watched_drug_publish_nothing(built):
    """As the note in the folder states: their arms have no watched drug, and nothing of them is published."""
    _, _, session = built
    assert fetch_rows(session, "select count(*) from events.observed_arm where drug is not null") == [(0,)]
    assert fetch_rows(session, "select count(*) from summary.observed_by_drug_route") == [(0,)]
    assert fetch_rows(session, "select count(*) from summary.evidence_gap") == [(0,)]
    vomiting = fetch_rows(
        session,
        "select participants_affected_lower, participants_at_risk from events.observed "
        "where reaction = 'vomiting' and definition = 'narrow' and terms_text = 'vomiting' order by 1 desc",
    )
    assert vomiting == [(1, 27), (0, 13)]
