"""FAERS text as FDA writes it: seven tables a quarter in the layout of their time, and the deletion lists.

A written line carries its author's intent (staged, blank, quarantined, header); the known answer is counted from it.
"""

from dataclasses import dataclass, field

from pipeline.sample.cases import FUSED_REPORT, Drug, Version
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
    """One file of a quarter: its lines as (bytes, what becomes of the line), and repairs that change the count."""

    table: str
    lines: list[tuple[bytes, str]] = field(default_factory=list)
    splits: int = 0
    joins: int = 0

    def add(self, text: str | bytes, fate: str = "staged") -> None:
        self.lines.append((text.encode("utf-8") if isinstance(text, str) else text, fate))

    def counts(self) -> dict[str, int]:
        """How many lines meet each fate, and the records that come of them."""
        fates = [fate for _, fate in self.lines]
        staged = fates.count("staged")
        return {
            "physical_lines": len(fates),
            "header_lines": fates.count("header"),
            "blank_lines": fates.count("blank"),
            "staged_lines": staged,
            "quarantined_lines": fates.count("quarantined"),
            "splits": self.splits,
            "joins": self.joins,
            "records": staged + self.splits - self.joins,
        }


def headers_of(period: str) -> dict[str, str]:
    """The header line of each table in that quarter's layout."""
    if period < "2012Q4":
        return _LEGACY_HEADERS
    return _FIRST_MODERN_HEADERS if period < "2014Q3" else _MODERN_HEADERS


def write_members(period: str, versions: list[Version]) -> dict[str, Member]:
    """The seven tables of one quarter, without dirt."""
    headers = headers_of(period)
    members = {table: Member(table, [(headers[table].encode(), "header")]) for table in TABLES}
    for index, version in enumerate(versions):
        for table, rows in _rows_of(version, index).items():
            columns = headers[table].lower().replace("gndr_cod", "sex").replace("outc_code", "outc_cod").split("$")
            for row in rows:
                line = "$".join(row.get(column, "") for column in columns)
                _add_row(members[table], line + ("$" if version.is_legacy and table != "indi" else ""))
    return members


def _add_row(member: Member, line: str) -> None:
    """Keep a line; FDA's fused memantine record begins on the line before, as it does in DRUG11Q4."""
    if member.table == "drug" and line.startswith(f"{FUSED_REPORT}$"):
        before, fate = member.lines[-1]
        member.lines[-1] = (before + line.encode(), fate)
        member.splits += 1
    else:
        member.add(line)


def _rows_of(version: Version, index: int) -> dict[str, list[dict[str, str]]]:
    """Every row of one report version, by table, under the lower-case column names of both eras."""
    key = {
        "primaryid": version.primary_id,
        "caseid": version.case_id,
        "isr": version.primary_id,
        "case": version.case_id,
    }
    rows: dict[str, list[dict[str, str]]] = {table: [] for table in TABLES}
    rows["demo"].append(key | _demo(version))
    for order, drug in enumerate(version.drugs, start=1):
        sequence = _drug_sequence(version, index, order)
        rows["drug"].append(key | _drug(version, drug, sequence))
        rows["indi"].append(
            key | {"drug_seq": sequence, "indi_drug_seq": sequence, "indi_pt": _cased(version, drug.indication)}
        )
        if order == 1:
            start = {"start_dt": version.received[: (8, 6, 4)[index % 3]], "dur": "2", "dur_cod": "DAY"}
            rows["ther"].append(key | start | {"drug_seq": sequence, "dsg_drug_seq": sequence})
    for term in version.terms:
        named = FORMER_NAMES.get(term, term) if version.period < "2017" else term
        rows["reac"].append(key | {"pt": _cased(version, named)})
    rows["outc"].extend(key | {"outc_cod": outcome} for outcome in version.outcomes)
    if index % 5 == 0:
        rows["rpsr"].append(key | {"rpsr_cod": "HP"})
    return rows


def _drug_sequence(version: Version, index: int, order: int) -> str:
    """LAERS numbers drug records across the file (FDA's number for the fused one), FAERS within the case."""
    if not version.is_legacy:
        return str(order)
    return "1018188213" if version.primary_id == FUSED_REPORT else str(1_900_000_000 + index * 10 + order)


def _demo(version: Version) -> dict[str, str]:
    follow_up = "F" if version.number > 1 else "I"
    return {
        "caseversion": str(version.number),
        "i_f_code": follow_up,
        "i_f_cod": follow_up,
        "foll_seq": str(version.number - 1) if version.number > 1 else "",
        "image": f"{version.primary_id}-X",
        "event_dt": version.event_date or version.first_received[:6],
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
        "reporter_country": _COUNTRY_NAMES[version.country] if version.is_legacy else version.country,
        "occr_country": version.country,
    }


def _drug(version: Version, drug: Drug, sequence: str) -> dict[str, str]:
    return {
        "drug_seq": sequence,
        "role_cod": drug.role,
        "drugname": drug.product.name,
        "prod_ai": drug.product.prod_ai,
        "val_vbm": "1",
        "route": _cased(version, drug.route.text),
        "dose_vbm": drug.dose_text,
        "dechal": "U",
        "rechal": "U",
        "dose_form": drug.dose_form,
    }


def _cased(version: Version, text: str) -> str:
    """LAERS writes terms and routes in capitals."""
    return text.upper() if version.is_legacy else text
