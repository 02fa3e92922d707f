"""FAERS quarterly ASCII extracts, both eras: which tables a quarter has, and what their columns are called.

Legacy (LAERS, 2004Q1-2012Q3) is keyed by ISR and has no case id in its child tables; since 2012Q4 rows carry
primaryid and caseid. Both become the same raw columns; a column that a quarter does not have is null there.
"""

from pipeline.landing.layout import TableShape

NAME = "faers"
FIRST_MODERN_QUARTER = "2012Q4"
TABLES = ("demo", "drug", "reac", "outc", "rpsr", "ther", "indi")
COLUMNS = {
    "demo": "primaryid caseid caseversion foll_seq image i_f_code event_dt mfr_dt init_fda_dt fda_dt rept_cod "
    "auth_num mfr_num mfr_sndr lit_ref age age_cod age_grp sex e_sub wt wt_cod rept_dt occp_cod death_dt to_mfr "
    "confid reporter_country occr_country",
    "drug": "primaryid caseid drug_seq role_cod drugname prod_ai val_vbm route dose_vbm cum_dose_chr cum_dose_unit "
    "dechal rechal lot_num exp_dt nda_num dose_amt dose_unit dose_form dose_freq",
    "reac": "primaryid caseid pt drug_rec_act",
    "outc": "primaryid caseid outc_cod",
    "rpsr": "primaryid caseid rpsr_cod",
    "ther": "primaryid caseid dsg_drug_seq start_dt end_dt dur dur_cod",
    "indi": "primaryid caseid indi_drug_seq indi_pt",
    "deleted": "caseid",
}
ALIASES = {
    "demo": {"isr": "primaryid", "case": "caseid", "gndr_cod": "sex", "i_f_cod": "i_f_code"},
    "drug": {"isr": "primaryid", "lot_nbr": "lot_num", "cum_dos_unit": "cum_dose_unit"},
    "reac": {"isr": "primaryid"},
    "outc": {"isr": "primaryid", "outc_code": "outc_cod"},
    "rpsr": {"isr": "primaryid"},
    "ther": {"isr": "primaryid", "drug_seq": "dsg_drug_seq"},
    "indi": {"isr": "primaryid", "drug_seq": "indi_drug_seq"},
    "deleted": {"case": "caseid"},
}
# The first quarter that has a column, by FDA's change notes. They do not date occr_country: it is surely there from
# 2014Q3 on, so only from then on is its absence a fault.
_BEGINS = {
    **dict.fromkeys(("caseversion", "init_fda_dt", "cum_dose_chr", "cum_dose_unit"), FIRST_MODERN_QUARTER),
    **dict.fromkeys(("dose_amt", "dose_unit", "dose_form", "dose_freq"), FIRST_MODERN_QUARTER),
    **dict.fromkeys(("auth_num", "lit_ref", "age_grp", "prod_ai", "drug_rec_act", "occr_country"), "2014Q3"),
    "reporter_country": "2005Q3",
}
# No model reads these: a quarter without them is whole.
_OPTIONAL = {"mfr_dt", "e_sub", "rept_dt", "death_dt", "to_mfr", "confid", "val_vbm", "exp_dt"}
_LEGACY_ONLY = {"foll_seq", "image", "death_dt", "confid"}


def make_shape(table: str, period: str) -> TableShape:
    """What a table of that quarter may and must look like."""
    columns = tuple(COLUMNS[table].split())
    needed = {column for column in columns if _BEGINS.get(column, "") <= period} - _OPTIONAL
    if period < FIRST_MODERN_QUARTER:
        needed -= {"caseid"} if table not in ("demo", "deleted") else set()
    else:
        needed -= _LEGACY_ONLY
    return TableShape(table, columns, frozenset(needed), ALIASES[table], has_optional_header=table == "deleted")
