"""The disposition of a line in each situation."""

import pytest

from tests.landing.splitter_outcomes import read_layout_of, rebuild, split_exactly

MODERN = b"primaryid$caseid$outc_cod\n"
LEGACY = b"ISR$DRUG_SEQ$ROLE_COD$DRUGNAME$VAL_VBM$ROUTE$DOSE_VBM$DECHAL$RECHAL$LOT_NUM$EXP_DT$NDA_NUM\r\n"
KETAMINE = b"7941353$1018188212$PS$KETAMINE$1$INTRAVENOUS$$U$U$$$$\r\n"
MEMANTINE = b"7941354$1018188213$SS$MEMANTINE HYDROCHLORIDE$1$ORAL$$U$U$$$$\r\n"


def list_dispositions(data: bytes, table: str = "outc", period: str = "2017Q2") -> list[str]:
    """The disposition of each line, with its repair or reasons; the bytes must be rebuilt."""
    records, settled_lines, account = split_exactly(data, read_layout_of(data, table, period))
    assert rebuild(settled_lines, records) == data
    assert account.records == len(records)
    reasons = {each["line_number"]: each["reasons"] for each in settled_lines if isinstance(each, dict)}
    runs = [each for each in settled_lines if not isinstance(each, dict)]
    return [": ".join(filter(None, [run.disposition, run.repair, *reasons.get(run.first_line, [])])) for run in runs]


def read_records(data: bytes, table: str = "outc", period: str = "2017Q2") -> list[list[str]]:
    return split_exactly(data, read_layout_of(data, table, period))[0]


def test_regular_record_is_staged_field_by_field() -> None:
    data = MODERN + b'1001$100$HO\n1002$101$\n1003$102$O"T'
    assert read_records(data) == [["1001", "100", "HO"], ["1002", "101", ""], ["1003", "102", 'O"T']]
    assert list_dispositions(data) == ["header", "staged", "staged", "staged"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_each_terminator_ends_a_line(end: bytes) -> None:
    data = MODERN + b"1001$100$HO" + end + end + b"1002$101$DE" + end
    assert list_dispositions(data) == ["header", "staged", "blank", "staged"]


def test_too_few_and_too_many_fields_are_quarantined_with_the_reason() -> None:
    data = MODERN + b"1001$100\n1002$101$DE$X\n"
    assert list_dispositions(data) == [
        "header",
        "quarantined: too few fields: 2, expected 3",
        "quarantined: too many fields: 4, expected 3",
    ]


def test_unbalanced_quote_does_not_swallow_lines() -> None:
    """An unbalanced quote in a name hides half a file from a reader that interprets quotes."""
    data = b"primaryid$caseid$pt$drug_rec_act\n" + b'1001$100$"Nausea$\n' + b"1002$101$Vomiting$\n" * 3
    assert len(read_records(data, "reac")) == 4


def test_legacy_phantom_column_is_removed_only_when_empty() -> None:
    data = b"ISR$OUTC_COD\r\n" + b"4263742$HO$\r\n" * 3 + b"4263743$HO$DE\r\n"
    assert read_records(data, "outc", "2004Q1") == [["4263742", "HO"]] * 3
    assert list_dispositions(data, "outc", "2004Q1")[-1] == "quarantined: text past the last column"


ABSENT = "staged: phantom column absent"
SHORT = "quarantined: too few fields: 2, expected 3"
JOINED = "staged: continuation joined"


@pytest.mark.parametrize(
    ("lines", "expected"),
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
def test_line_without_the_phantom_column_is_complete_unless_it_may_continue(
    lines: bytes, expected: list[str]
) -> None:
    """The phantom column is empty: a record without it is kept, but the first part of a broken record is not
    accepted."""
    data = b"ISR$OUTC_COD\r\n" + b"4263742$HO$\r\n" * 4 + lines
    assert list_dispositions(data, "outc", "2004Q1")[5:] == expected


def test_drug_line_without_the_phantom_column_keeps_values_in_their_columns() -> None:
    line = MEMANTINE.replace(b"$$$$\r\n", b"$$$17794\r\n")
    data = LEGACY + KETAMINE * 2 + line + KETAMINE
    assert read_records(data, "drug", "2004Q1")[2][7:] == ["U", "U", "", "", "17794"]
    assert list_dispositions(data, "drug", "2004Q1")[3] == ABSENT


def test_short_line_is_quarantined_where_no_line_has_the_phantom_column() -> None:
    data = MODERN + b"1000001$100$HO\n1000002$101\n1000003$102$DE\n"
    assert list_dispositions(data)[2] == SHORT


def test_header_may_name_the_phantom_column() -> None:
    data = b"isr$outc_cod$v3\n4263742$HO$\n"
    assert read_records(data, "outc", "2004Q1") == [["4263742", "HO"]]


def test_additional_delimiter_is_quarantined_where_no_line_has_the_phantom_column() -> None:
    """Removing the empty last field would silently shift every value one column to the right."""
    data = b"primaryid$caseid$pt$drug_rec_act\n" + b"1001$100$Nausea$\n" * 3 + b"1002$101$Vomi$ting$\n"
    assert list_dispositions(data, "reac")[-1] == "quarantined: too many fields: 5, expected 4"


def test_record_broken_before_a_delimiter_is_joined() -> None:
    data = LEGACY + KETAMINE.replace(b"$INTRA", b"\r\n$INTRA") + MEMANTINE
    records = read_records(data, "drug", "2011Q4")
    assert [record[5] for record in records] == ["INTRAVENOUS", "ORAL"]
    assert list_dispositions(data, "drug", "2011Q4") == ["header", "staged: continuation joined", "staged"]


def test_record_broken_before_a_date_is_joined() -> None:
    data = b"primaryid$caseid$dsg_drug_seq$start_dt$end_dt$dur$dur_cod\n10979236$10979236$1\n$20150327\n$20150328$$\n"
    assert read_records(data, "ther") == [["10979236", "10979236", "1", "20150327", "20150328", "", ""]]


def test_two_truncated_records_are_not_joined_into_one() -> None:
    """Together they have the right number of fields, but the second begins like a separate report."""
    data = b"primaryid$caseid$pt$drug_rec_act\n1001001$1001\n1002001$1002$Nausea\n"
    assert [each.split(":")[0] for each in list_dispositions(data, "reac")] == [
        "header",
        "quarantined",
        "quarantined",
    ]


def test_lines_without_a_report_number_are_not_joined() -> None:
    data = b"primaryid$caseid$pt$drug_rec_act\nnoise$\nmore$noise$\n"
    assert [each.split(":")[0] for each in list_dispositions(data, "reac")] == [
        "header",
        "quarantined",
        "quarantined",
    ]


def test_known_fused_memantine_record_is_split() -> None:
    """DRUG11Q4 lacks a line break before it; a loader that truncates long lines loses one of our drugs."""
    data = LEGACY + KETAMINE + KETAMINE.rstrip() + MEMANTINE
    records = read_records(data, "drug", "2011Q4")
    assert [record[3] for record in records] == ["KETAMINE", "KETAMINE", "MEMANTINE HYDROCHLORIDE"]
    assert list_dispositions(data, "drug", "2011Q4")[-1].startswith("staged: split_before: DRUG11Q4")


def test_unknown_fused_record_is_quarantined_whole() -> None:
    data = LEGACY + KETAMINE + KETAMINE.rstrip() + KETAMINE
    assert list_dispositions(data, "drug", "2011Q4")[-1] == "quarantined: too many fields: 25, expected 13"


def test_known_delimiter_within_a_field_is_removed() -> None:
    """DEMO12Q1 has a manufacturer's number with the delimiter in it."""
    header = (
        b"ISR$CASE$I_F_COD$FOLL_SEQ$IMAGE$EVENT_DT$MFR_DT$FDA_DT$REPT_COD$MFR_NUM$MFR_SNDR$AGE$AGE_COD$GNDR_COD$E_SUB"
        b"$WT$WT_COD$REPT_DT$OCCP_COD$DEATH_DT$TO_MFR$CONFID$REPORTER_COUNTRY\r\n"
    )
    line = b"8000001$7000001$I$$8000001-1$$$20120102$EXP$%s$CUBIST$$$F$Y$$$$MD$$$$JAPAN$\r\n"
    data = header + line % b"JP-CUBIST-1" + line % b"JP-CUBIST-$E2B0000000182"
    assert read_records(data, "demo", "2012Q1")[1][9] == "JP-CUBIST-E2B0000000182"


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"M\xc3\xbcller", "Müller"), (b"M\xfcller", "Müller"), (b"\x80 5", "€ 5"), (b"\x81\xfc", "\x81ü")],
)
def test_text_is_utf8_or_else_cp1252_or_else_latin1(content: bytes, name: str) -> None:
    data = MODERN + b"1001$100$" + content + b"\n"
    assert read_records(data)[0][2] == name
    assert list_dispositions(data)[-1] == "staged"


def test_control_bytes_and_byte_order_marks_are_removed_and_recorded() -> None:
    data = MODERN + b"1001$100$H\x7fO\n\xef\xbb\xbf1002$101$D\0E\n\x1a\n"
    assert [record[2] for record in read_records(data)] == ["HO", "DE"]
    assert list_dispositions(data)[1:] == [
        "staged: control bytes removed",
        "staged: control bytes removed; byte order mark removed",
        "blank",
    ]


def test_repeated_header_is_not_a_record() -> None:
    assert list_dispositions(MODERN + b"1001$100$HO\n" + MODERN) == ["header", "staged", "header"]


def test_line_above_one_mebibyte_is_quarantined() -> None:
    data = MODERN + b"1001$100$" + b"x" * (1 << 20) + b"\n1002$101$DE\n"
    assert [each.split(":")[0] for each in list_dispositions(data)] == ["header", "quarantined", "staged"]


def test_deletion_list_without_header_is_read_from_its_first_line() -> None:
    """Skipping a header that is absent would lose a deleted case."""
    for data in (b"12345678\r\n2345678\r\n", b"caseid\r\n12345678\r\n2345678\r\n"):
        assert read_records(data, "deleted", "2019Q1") == [["12345678"], ["2345678"]]
