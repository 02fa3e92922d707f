"""FAERS members broken on purpose: any number of lines, each with a fault drawn by a seeded generator."""

import random
from collections import Counter

COLUMNS = {
    "demo": "ISR$CASE$I_F_COD$FOLL_SEQ$IMAGE$EVENT_DT$MFR_DT$FDA_DT$REPT_COD$MFR_NUM$MFR_SNDR$AGE$AGE_COD$GNDR_COD"
    "$E_SUB$WT$WT_COD$REPT_DT$OCCP_COD$DEATH_DT$TO_MFR$CONFID$REPORTER_COUNTRY",
    "drug": "ISR$DRUG_SEQ$ROLE_COD$DRUGNAME$VAL_VBM$ROUTE$DOSE_VBM$DECHAL$RECHAL$LOT_NUM$EXP_DT$NDA_NUM",
    "reac": "ISR$PT",
    "outc": "ISR$OUTC_COD",
    "rpsr": "ISR$RPSR_COD",
    "ther": "ISR$DRUG_SEQ$START_DT$END_DT$DUR$DUR_COD",
    "indi": "ISR$DRUG_SEQ$INDI_PT",
}
WORDS = [
    b"",
    b"KETAMINE",
    b'MEMANTINE "HCL"',
    b"20031115",
    b"I",
    b"Hallucination, visual",
    "Zürich €".encode(),
    b"'#;,\\|\t",
]
ENDS = [b"\n", b"\r\n", b"\r"]
FAULTS = (
    "none", "delimiter too many", "delimiter missing", "cut short", "cp1252", "invalid bytes", "NUL", "control byte",
    "quote", "blank", "white space", "broken in two", "broken in three", "carriage return inside", "byte order mark",
    "fused", "known fused", "header again", "noise", "only delimiters", "other terminator",
    "phantom absent", "very long",
)  # fmt: skip
WEIGHTS = [400] + [10] * (len(FAULTS) - 2) + [0.02]


def make_member(table: str, lines: int, seed: int) -> tuple[bytes, Counter[str]]:
    """A member with its header and about that many lines, and how often each fault was planted."""
    draw = random.Random(f"{table} {seed}")
    tail = b"" if table == "indi" else b"$"
    end = draw.choice(ENDS[:2])
    header = COLUMNS[table].encode()
    pieces, planted = [header + end], Counter[str]()
    for number in range(lines):
        fault = draw.choices(FAULTS, WEIGHTS)[0]
        planted[fault] += 1
        record = _make_record(draw, table, 4_000_000 + number) + tail
        pieces.append(_damage(draw, fault, record, header, end))
    if draw.random() < 0.5:
        pieces.append(b"4999999$9")  # a member may end without a terminator, and within a record
    return b"".join(pieces), planted


def _make_record(draw: random.Random, table: str, number: int) -> bytes:
    others = COLUMNS[table].count("$")
    return b"$".join([b"%d" % number, *(draw.choice(WORDS) for _ in range(others))])


def _damage(draw: random.Random, fault: str, record: bytes, header: bytes, end: bytes) -> bytes:
    at = draw.randrange(len(record) + 1)
    head, tail = record[:at], record[at:]
    other = draw.choice(ENDS)
    whole = {
        "delimiter too many": head + b"$" + tail + end,
        "delimiter missing": record.replace(b"$", b"", 1) + end,
        "cut short": head + end,
        "cp1252": head + b"\xdcber \x80" + tail + end,
        "invalid bytes": head + b"\x81\xff\xc3" + tail + end,
        "NUL": head + b"\0" + tail + end,
        "control byte": head + bytes([draw.choice([1, 8, 11, 12, 26, 27, 31, 127])]) + tail + end,
        "quote": head + b'"' + tail + end,
        "blank": end,
        "white space": draw.choice([b" ", b"\t", b"\x1a", b" \0 "]) + end,
        "broken in two": head + end + tail + end,
        "broken in three": head + other + tail[:2] + other + tail[2:] + end,
        "carriage return inside": head + b"\r" + tail + end,
        "byte order mark": b"\xef\xbb\xbf" + record + end,
        "fused": record + record + end,
        "known fused": record + b"7941354$1018188213$SS$MEMANTINE HYDROCHLORIDE$1$$$$$$$$" + end,
        "header again": header + end,
        "noise": draw.randbytes(draw.randrange(1, 60)) + end,
        "only delimiters": b"$" * record.count(b"$") + end,
        "other terminator": record + other,
        "phantom absent": record.removesuffix(b"$") + end,
    }
    if fault == "very long":
        return record + b"x" * (1 << 20) + end
    return whole.get(fault, record + end)
