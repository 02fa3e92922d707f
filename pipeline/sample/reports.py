"""Invented reports as FAERS text: seven tables per quarter, each in the layout of its time.

Each line carries its intended disposition (staged, blank, quarantined, header), from which the expected results are
counted.
"""

from dataclasses import dataclass, field

from pipeline.sample.cases import FUSED_REPORT, Drug, Version
from pipeline.sample.courses import Course, make_course, make_dose
from pipeline.sample.terms import FORMER_NAMES

TABLES = ("demo", "drug", "reac", "outc", "rpsr", "ther", "indi")
_LEGACY_HEADERS = {
    "demo": "ISR$CASE$I_F_COD$FOLL_SEQ$IMAGE$EVENT_DT$MFR_DT$FDA_DT$REPT_COD$MFR_NUM$MFR_SNDR$AGE$AGE_COD$GNDR_COD"
    "$E_SUB$WT$WT_COD$REPT_DT$OCCP_COD$DEATH_DT$TO_MFR$CONFID$REPORTER_COUNTRY",
    "drug": "ISR$DRUG_SEQ$ROLE_COD$DRUGNAME$VAL_VBM$ROUTE$DOSE_VBM$DECHAL$RECHAL$LOT_NUM$EXP_DT$NDA_NUM",
    "reac": "ISR$PT",
    "outc": "ISR$OUTC_COD",
    "rpsr": "ISR$RPSR_COD",
    "ther": "ISR$DRUG_SEQ$START_DT$END_DT$DUR$DUR_COD",
    "indi": "ISR$DRUG_SEQ$INDI_PT",
}
_MODERN_HEADERS = {
    "demo": "primaryid$caseid$caseversion$i_f_code$event_dt$mfr_dt$init_fda_dt$fda_dt$rept_cod$auth_num$mfr_num"
    "$mfr_sndr$lit_ref$age$age_cod$age_grp$sex$e_sub$wt$wt_cod$rept_dt$to_mfr$occp_cod$reporter_country$occr_country",
    "drug": "primaryid$caseid$drug_seq$role_cod$drugname$prod_ai$val_vbm$route$dose_vbm$cum_dose_chr$cum_dose_unit"
    "$dechal$rechal$lot_num$exp_dt$nda_num$dose_amt$dose_unit$dose_form$dose_freq",
    "reac": "primaryid$caseid$pt$drug_rec_act",
    "outc": "primaryid$caseid$outc_cod",
    "rpsr": "primaryid$caseid$rpsr_cod",
    "ther": "primaryid$caseid$dsg_drug_seq$start_dt$end_dt$dur$dur_cod",
    "indi": "primaryid$caseid$indi_drug_seq$indi_pt",
}
_FIRST_MODERN_HEADERS = {
    **_MODERN_HEADERS,
    "demo": "primaryid$caseid$caseversion$i_f_code$event_dt$mfr_dt$init_fda_dt$fda_dt$rept_cod$mfr_num$mfr_sndr$age"
    "$age_cod$gndr_cod$e_sub$wt$wt_cod$rept_dt$to_mfr$occp_cod$reporter_country$occr_country",
    "drug": _MODERN_HEADERS["drug"].replace("$prod_ai", ""),
    "reac": "primaryid$caseid$pt",
    "outc": "primaryid$caseid$outc_code",
}
_COUNTRY_NAMES = {
    "US": "UNITED STATES",
    "GB": "UNITED KINGDOM",
    "DE": "GERMANY",
    "FR": "FRANCE",
    "JP": "JAPAN",
    "CA": "CANADA",
    "NA": "NAMIBIA",
}


@dataclass
class Member:
    """One file of a quarter: its lines as (bytes, intended disposition), and the repairs that change the count."""

    table: str
    lines: list[tuple[bytes, str]] = field(default_factory=list)
    splits: int = 0
    joins: int = 0

    def add(self, text: str | bytes, disposition: str = "staged") -> None:
        self.lines.append((text.encode("utf-8") if isinstance(text, str) else text, disposition))

    def count_lines(self) -> dict[str, int]:
        """Count the lines of each disposition, and the records they make."""
        dispositions = [disposition for _, disposition in self.lines]
        staged = dispositions.count("staged")
        return {
            "physical_lines": len(dispositions),
            "header_lines": dispositions.count("header"),
            "blank_lines": dispositions.count("blank"),
            "staged_lines": staged,
            "quarantined_lines": dispositions.count("quarantined"),
            "splits": self.splits,
            "joins": self.joins,
            "records": staged + self.splits - self.joins,
        }


def find_headers(period: str) -> dict[str, str]:
    """Find the header line of each table in that quarter's layout."""
    if period < "2012Q4":
        return _LEGACY_HEADERS
    return _FIRST_MODERN_HEADERS if period < "2014Q3" else _MODERN_HEADERS


def write_members(period: str, versions: list[Version]) -> dict[str, Member]:
    """Write the seven tables of one quarter, without faults."""
    headers = find_headers(period)
    members = {table: Member(table, [(headers[table].encode(), "header")]) for table in TABLES}
    for index, version in enumerate(versions):
        for table, rows in _make_rows(version, index).items():
            columns = headers[table].lower().replace("gndr_cod", "sex").replace("outc_code", "outc_cod").split("$")
            for row in rows:
                line = "$".join(row.get(column, "") for column in columns)
                _add_row(members[table], line + ("$" if version.is_legacy and table != "indi" else ""))
    return members


def _add_row(member: Member, line: str) -> None:
    """Add a line; FDA's fused memantine record begins on the line before, as it does in DRUG11Q4."""
    if member.table == "drug" and line.startswith(f"{FUSED_REPORT}$"):
        before, disposition = member.lines[-1]
        member.lines[-1] = (before + line.encode(), disposition)
        member.splits += 1
    else:
        member.add(line)


def _make_rows(version: Version, index: int) -> dict[str, list[dict[str, str]]]:
    """Make every row of one report version, by table, under the lower-case column names of both eras."""
    key = {
        "primaryid": version.primary_id,
        "caseid": version.case_id,
        "isr": version.primary_id,
        "case": version.case_id,
    }
    rows: dict[str, list[dict[str, str]]] = {table: [] for table in TABLES}
    rows["demo"].append(key | _make_demo(version))
    for order, drug in enumerate(version.drugs, start=1):
        sequence = _number_drug(version, index, order)
        rows["drug"].append(key | _make_drug(version, drug, sequence))
        rows["indi"].append(
            key
            | {
                "drug_seq": sequence,
                "indi_drug_seq": sequence,
                "indi_pt": _apply_letter_case(version, drug.indication),
            }
        )
        if order == 1:
            start = {"start_dt": _make_course(version).start, "dur": "2", "dur_cod": "DAY"}
            rows["ther"].append(key | start | {"drug_seq": sequence, "dsg_drug_seq": sequence})
    for term in version.terms:
        named = FORMER_NAMES.get(term, term) if version.period < "2017" else term
        rows["reac"].append(key | {"pt": _apply_letter_case(version, named)})
    rows["outc"].extend(key | {"outc_cod": outcome} for outcome in version.outcomes)
    if index % 5 == 0:
        rows["rpsr"].append(key | {"rpsr_cod": "HP"})
    return rows


def _number_drug(version: Version, index: int, order: int) -> str:
    """Number a drug record: LAERS counts across the file (FDA's number for the fused one), FAERS within the case."""
    if not version.is_legacy:
        return str(order)
    return "1018188213" if version.primary_id == FUSED_REPORT else str(1_900_000_000 + index * 10 + order)


def _make_demo(version: Version) -> dict[str, str]:
    follow_up = "F" if version.number > 1 else "I"
    return {
        "caseversion": str(version.number),
        "i_f_code": follow_up,
        "i_f_cod": follow_up,
        "foll_seq": str(version.number - 1) if version.number > 1 else "",
        "image": f"{version.primary_id}-X",
        "event_dt": version.event_date or _make_course(version).event,
        "mfr_dt": version.received,
        "init_fda_dt": version.first_received,
        "fda_dt": version.received,
        "rept_cod": version.report_kind,
        "mfr_num": version.sender_number or f"INVENTED-{version.case_id}",
        "mfr_sndr": "INVENTED PHARMA",
        "age": version.age,
        "age_cod": version.age_code if version.age else "",
        "sex": version.sex,
        "e_sub": "Y",
        "wt": "71",
        "wt_cod": "KG",
        "rept_dt": version.received,
        "occp_cod": version.reporter,
        "to_mfr": "N",
        "reporter_country": _COUNTRY_NAMES.get(version.country, "") if version.is_legacy else version.country,
        "occr_country": version.country,
    }


def _make_course(version: Version) -> Course:
    return make_course(version.case_id, version.first_received, version.drugs[0].product.drugs)


def _make_drug(version: Version, drug: Drug, sequence: str) -> dict[str, str]:
    course = _make_course(version)
    dose = make_dose(version.case_id, sequence, drug.product.drugs, drug.route.standard)
    return {
        "drug_seq": sequence,
        "role_cod": drug.role,
        "drugname": drug.product.name,
        "prod_ai": drug.product.prod_ai,
        "val_vbm": "1",
        "route": _apply_letter_case(version, drug.route.text),
        "dose_vbm": drug.dose_text or dose.text,
        "dechal": course.dechallenge,
        "rechal": course.rechallenge,
        "dose_amt": dose.amount,
        "dose_unit": dose.unit,
        "dose_form": drug.dose_form,
        "dose_freq": dose.frequency,
    }


def _apply_letter_case(version: Version, text: str) -> str:
    """Write a term or route in the era's letter case: LAERS uses capitals."""
    return text.upper() if version.is_legacy else text
