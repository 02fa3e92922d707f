"""What becomes of a line, situation by situation."""

import pytest

from tests.landing.splitter_outcomes import layout_of, rebuild, split_exactly

MODERN = b"primaryid$caseid$outc_cod\n"
LEGACY = b"ISR$DRUG_SEQ$ROLE_COD$DRUGNAME$VAL_VBM$ROUTE$DOSE_VBM$DECHAL$RECHAL$LOT_NUM$EXP_DT$NDA_NUM\r\n"
KETAMINE = b"7941353$1018188212$PS$KETAMINE$1$INTRAVENOUS$$U$U$$$$\r\n"
MEMANTINE = b"7941354$1018188213$SS$MEMANTINE HYDROCHLORIDE$1$ORAL$$U$U$$$$\r\n"


def fates(data: bytes, table: str = "outc", period: str = "2017Q2") -> list[str]:
    """The fate of each line, with its repair or reasons; the bytes must come back."""
    records, told, account = split_exactly(data, layout_of(data, table, period))
    assert rebuild(told, records) == data
    assert account.records == len(records)
    reasons = {each["line_number"]: each["reasons"] for each in told if isinstance(each, dict)}
    runs = [each for each in told if not isinstance(each, dict)]
    return [": ".join(filter(None, [run.fate, run.repair, *reasons.get(run.first_line, [])])) for run in runs]


def records_of(data: bytes, table: str = "outc", period: str = "2017Q2") -> list[list[str]]:
    return split_exactly(data, layout_of(data, table, period))[0]


def test_a_plain_record_is_staged_field_by_field() -> None:
    data = MODERN + b'1001$100$HO\n1002$101$\n1003$102$O"T'
    assert records_of(data) == [["1001", "100", "HO"], ["1002", "101", ""], ["1003", "102", 'O"T']]
    assert fates(data) == ["header", "staged", "staged", "staged"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_each_terminator_ends_a_line(end: bytes) -> None:
    data = MODERN + b"1001$100$HO" + end + end + b"1002$101$DE" + end
    assert fates(data) == ["header", "staged", "blank", "staged"]


def test_too_few_and_too_many_fields_are_quarantined_with_the_reason() -> None:
    data = MODERN + b"1001$100\n1002$101$DE$X\n"
    assert fates(data) == [
        "header",
        "quarantined: too few fields: 2, expected 3",
        "quarantined: too many fields: 4, expected 3",
    ]


def test_a_stray_quote_swallows_nothing() -> None:
    """An unbalanced quote in a name hides half a file from a reader that believes in quoting."""
    data = b"primaryid$caseid$pt$drug_rec_act\n" + b'1001$100$"Nausea$\n' + b"1002$101$Vomiting$\n" * 3
    assert len(records_of(data, "reac")) == 4


def test_the_legacy_phantom_column_is_dropped_only_when_empty() -> None:
    data = b"ISR$OUTC_COD\r\n" + b"4263742$HO$\r\n" * 3 + b"4263743$HO$DE\r\n"
    assert records_of(data, "outc", "2004Q1") == [["4263742", "HO"]] * 3
    assert fates(data, "outc", "2004Q1")[-1] == "quarantined: text past the last column"


ABSENT = "staged: phantom column absent"
SHORT = "quarantined: too few fields: 2, expected 3"
JOINED = "staged: continuation joined"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (b"4263743$DE\r\n4263744$HO$\r\n", [ABSENT, "staged"]),
        (b"4263743$DE\r\n4263744$HO\r\n4263745$LT", [ABSENT, ABSENT, ABSENT]),
        (b"4263743$D\0E\n4263744$HO$\n", [f"{ABSENT}; control bytes removed", "staged"]),
        (b"4263743$D\xc9\n4263744$HO$\n", [ABSENT, "staged"]),
        (b"4263743$D\r\nE$\r\n4263744$HO$\r\n", [JOINED, "staged"]),
        (b"4263743$D\r\nE\r\n4263744$HO$\r\n", [SHORT, SHORT.replace("2,", "1,"), "staged"]),
        (b"4263743$D\r\n\r\nE$\r\n", [SHORT, "blank", SHORT]),
        (b"4263743$\r\n4263744$HO$\r\n", [SHORT, "staged"]),
        (b"20040115$DE\r\n4263744$HO$\r\n", [SHORT, "staged"]),
        (b"noise$DE\r\n4263744$HO$\r\n", [SHORT, "staged"]),
    ],
)
def test_a_line_without_the_phantom_column_is_whole_unless_it_may_go_on(lines: bytes, told: list[str]) -> None:
    """The phantom says nothing: a case is not lost for it, and the first piece of a broken record is not taken."""
    data = b"ISR$OUTC_COD\r\n" + b"4263742$HO$\r\n" * 4 + lines
    assert fates(data, "outc", "2004Q1")[5:] == told


def test_a_drug_line_without_the_phantom_column_keeps_each_value_in_its_column() -> None:
    line = MEMANTINE.replace(b"$$$$\r\n", b"$$$17794\r\n")
    data = LEGACY + KETAMINE * 2 + line + KETAMINE
    assert records_of(data, "drug", "2004Q1")[2][7:] == ["U", "U", "", "", "17794"]
    assert fates(data, "drug", "2004Q1")[3] == ABSENT


def test_where_no_line_has_a_phantom_a_short_line_stays_short() -> None:
    data = MODERN + b"1000001$100$HO\n1000002$101\n1000003$102$DE\n"
    assert fates(data)[2] == SHORT


def test_the_header_may_name_the_phantom_column() -> None:
    data = b"isr$outc_cod$v3\n4263742$HO$\n"
    assert records_of(data, "outc", "2004Q1") == [["4263742", "HO"]]


def test_one_delimiter_too_many_is_no_phantom_where_the_others_have_none() -> None:
    """Dropping the empty last field would shift every value one column to the right in silence."""
    data = b"primaryid$caseid$pt$drug_rec_act\n" + b"1001$100$Nausea$\n" * 3 + b"1002$101$Vomi$ting$\n"
    assert fates(data, "reac")[-1] == "quarantined: too many fields: 5, expected 4"


def test_a_record_broken_before_a_delimiter_is_joined() -> None:
    data = LEGACY + KETAMINE.replace(b"$INTRA", b"\r\n$INTRA") + MEMANTINE
    records = records_of(data, "drug", "2011Q4")
    assert [record[5] for record in records] == ["INTRAVENOUS", "ORAL"]
    assert fates(data, "drug", "2011Q4") == ["header", "staged: continuation joined", "staged"]


def test_a_record_broken_before_a_date_is_joined() -> None:
    data = b"primaryid$caseid$dsg_drug_seq$start_dt$end_dt$dur$dur_cod\n10979236$10979236$1\n$20150327\n$20150328$$\n"
    assert records_of(data, "ther") == [["10979236", "10979236", "1", "20150327", "20150328", "", ""]]


def test_two_truncated_records_are_not_joined_into_one() -> None:
    """Together they have the right number of fields, but the second begins like a report of its own."""
    data = b"primaryid$caseid$pt$drug_rec_act\n1001001$1001\n1002001$1002$Nausea\n"
    assert [fate.split(":")[0] for fate in fates(data, "reac")] == ["header", "quarantined", "quarantined"]


def test_a_record_is_not_made_of_two_lines_that_begin_with_no_report_number() -> None:
    data = b"primaryid$caseid$pt$drug_rec_act\nnoise$\nmore$noise$\n"
    assert [fate.split(":")[0] for fate in fates(data, "reac")] == ["header", "quarantined", "quarantined"]


def test_the_fused_memantine_record_is_split_by_its_pattern() -> None:
    """DRUG11Q4 lacks a line break before it; a loader that cuts ragged lines loses one of our drugs."""
    data = LEGACY + KETAMINE + KETAMINE.rstrip() + MEMANTINE
    records = records_of(data, "drug", "2011Q4")
    assert [record[3] for record in records] == ["KETAMINE", "KETAMINE", "MEMANTINE HYDROCHLORIDE"]
    assert fates(data, "drug", "2011Q4")[-1].startswith("staged: split_before: DRUG11Q4")


def test_an_unknown_fused_record_is_quarantined_whole() -> None:
    data = LEGACY + KETAMINE + KETAMINE.rstrip() + KETAMINE
    assert fates(data, "drug", "2011Q4")[-1] == "quarantined: too many fields: 25, expected 13"


def test_a_known_delimiter_within_a_field_is_removed() -> None:
    """DEMO12Q1 has a manufacturer's number with the delimiter in it."""
    header = (
        b"ISR$CASE$I_F_COD$FOLL_SEQ$IMAGE$EVENT_DT$MFR_DT$FDA_DT$REPT_COD$MFR_NUM$MFR_SNDR$AGE$AGE_COD$GNDR_COD$E_SUB"
        b"$WT$WT_COD$REPT_DT$OCCP_COD$DEATH_DT$TO_MFR$CONFID$REPORTER_COUNTRY\r\n"
    )
    line = b"8000001$7000001$I$$8000001-1$$$20120102$EXP$%s$CUBIST$$$F$Y$$$$MD$$$$JAPAN$\r\n"
    data = header + line % b"JP-CUBIST-1" + line % b"JP-CUBIST-$E2B0000000182"
    assert records_of(data, "demo", "2012Q1")[1][9] == "JP-CUBIST-E2B0000000182"


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"M\xc3\xbcller", "Müller"), (b"M\xfcller", "Müller"), (b"\x80 5", "€ 5"), (b"\x81\xfc", "\x81ü")],
)
def test_text_is_utf8_or_else_cp1252_or_else_latin1(content: bytes, name: str) -> None:
    data = MODERN + b"1001$100$" + content + b"\n"
    assert records_of(data)[0][2] == name
    assert fates(data)[-1] == "staged"


def test_control_bytes_and_marks_are_removed_and_said() -> None:
    data = MODERN + b"1001$100$H\x7fO\n\xef\xbb\xbf1002$101$D\0E\n\x1a\n"
    assert [record[2] for record in records_of(data)] == ["HO", "DE"]
    assert fates(data)[1:] == [
        "staged: control bytes removed",
        "staged: control bytes removed; byte order mark removed",
        "blank",
    ]


def test_a_header_that_comes_again_is_no_record() -> None:
    assert fates(MODERN + b"1001$100$HO\n" + MODERN) == ["header", "staged", "header"]


def test_a_line_of_more_than_a_mebibyte_is_quarantined() -> None:
    data = MODERN + b"1001$100$" + b"x" * (1 << 20) + b"\n1002$101$DE\n"
    assert [fate.split(":")[0] for fate in fates(data)] == ["header", "quarantined", "staged"]


def test_a_deletion_list_needs_no_header() -> None:
    """Skipping a first line that is not there loses a withdrawn case."""
    for data in (b"12345678\r\n2345678\r\n", b"caseid\r\n12345678\r\n2345678\r\n"):
        assert records_of(data, "deleted", "2019Q1") == [["12345678"], ["2345678"]]
