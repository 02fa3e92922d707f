"""The bulk splitter and the exact splitter give the same outcome for every byte sequence."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.landing import bulk
from pipeline.landing.lines import MAX_LINE_BYTES
from tests.landing.fuzz import COLUMNS, make_member
from tests.landing.independent_counts import count_physical_lines
from tests.landing.splitter_outcomes import read_layout_of, rebuild, split_exactly, split_in_bulk
from tests.repetitions import choose_count

pytestmark = pytest.mark.slow

PIECES = st.sampled_from(
    [
        b"$", b"$", b"$$", b"\n", b"\n", b"\r\n", b"\r", b"\0", b"\x7f", b"\t", b" ", b'"', b"\xef\xbb\xbf",
        b"\xc3\xa9",
        b"\xe9", b"\x81", b"4123456$", b"20031115", b"5123456", b"NAUSEA", b"ISR$PT", b"x", b"4123456$NAUSEA$\n",
        b"4123456$NAUSEA$\r\n", b"\x85", b"\xe2\x80\xa8", b"ISR$PT\n",
        b"4123457$NAUSEA\n", b"4123457$NAUSEA\r\n", b"4123457$NAU\r", b"SEA$\n",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@example(pieces=[b"\n", b"$", b"$$"], block_bytes=1)
@example(pieces=[b"4123456$NAU", b"\n" * 300, b"SEA$\n", b"\n" * 150, b"\r\n", b"\n" * 120], block_bytes=64)
@example(pieces=[b"4123456$NAU", b"\n" * 300, b"SEA$\n", b"\n" * 150, b"\r\n", b"\n" * 120], block_bytes=1 << 20)
@given(pieces=st.lists(PIECES, max_size=40), block_bytes=st.sampled_from([1, 7, 64, 1 << 20]))
def test_both_splitters_agree_on_any_bytes_and_block_size(pieces: list[bytes], block_bytes: int) -> None:
    """Records, dispositions, repairs, offsets and reasons are equal, and the bytes can be rebuilt."""
    data = b"ISR$PT\n" + b"".join(pieces)
    layout = read_layout_of(data, "reac")
    exact, fast = split_exactly(data, layout), split_in_bulk(data, layout, block_bytes)
    assert fast == exact
    records, settled_lines, account = exact
    assert rebuild(settled_lines, records) == data
    assert account.physical_lines == count_physical_lines(data)
    assert account.records == len(records)


@settings(max_examples=200, deadline=None)
@given(pieces=st.lists(PIECES, max_size=40), part_bytes=st.sampled_from([1, 5, 16, 100]))
def test_outcome_does_not_depend_on_the_parts_of_a_block(pieces: list[bytes], part_bytes: int) -> None:
    """Dense blocks are looked at in parts; a line longer than a part is left to the exact splitter."""
    data = b"ISR$PT\n" + b"".join(pieces)
    layout = read_layout_of(data, "reac")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "PART_BYTES", part_bytes)
        assert split_in_bulk(data, layout, 1 << 20) == split_exactly(data, layout)


@pytest.mark.parametrize("table", COLUMNS)
def test_both_splitters_agree_on_fuzzed_members(table: str) -> None:
    """A thousand fuzzed lines of each table, in small blocks and in one."""
    data, _ = make_member(table, 1_000, seed=1)
    layout = read_layout_of(data, table)
    exact = split_exactly(data, layout)
    for block_bytes in (997, 1 << 23):
        assert split_in_bulk(data, layout, block_bytes) == exact


PHANTOM_ABSENT = [
    b"4123456$NAUSEA$\n", b"4123456$NAUSEA$\r\n", b"4123456$NAUSEA$\r", b"4123457$VOMITING\n",
    b"4123457$VOMITING\r\n", b"4123457$VOMITING\r", b"4123457$B\xe9LA\n", b"4123457$VOM\0ITING\n",
    b"\xef\xbb\xbf4123457$VOMITING\n", b"4123458$MALA\n", b"ISE$\n", b"ISE$$\n", b"4123459$\n", b"4123459\n",
    b"20031115$\n", b"20031115$X\n", b"20031115$X$\n", b"4123457$A$B\n", b"\n", b"ISR$PT\n",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    pieces=st.lists(st.sampled_from(PHANTOM_ABSENT), max_size=12), block_bytes=st.sampled_from([1, 7, 64, 1 << 20])
)
def test_both_splitters_agree_on_lines_without_the_phantom_column(pieces: list[bytes], block_bytes: int) -> None:
    """Complete lines with and without the phantom column, and possible neighbours, in every order and block size."""
    data = b"ISR$PT\n" + b"4123455$NAUSEA$\n" * 13 + b"".join(pieces)
    layout = read_layout_of(data, "reac")
    assert layout.phantom_count == 1
    exact = split_exactly(data, layout)
    assert split_in_bulk(data, layout, block_bytes) == exact
    records, settled_lines, account = exact
    assert rebuild(settled_lines, records) == data
    assert account.physical_lines == count_physical_lines(data)
    assert account.records == len(records)


def test_overlong_line_is_quarantined_despite_valid_fields() -> None:
    data = b"ISR$PT\n4123456$NAUSEA\n4123456$" + b"x" * MAX_LINE_BYTES + b"\n4123457$VOMITING\n"
    layout = read_layout_of(data, "reac")
    exact = split_exactly(data, layout)
    assert split_in_bulk(data, layout, 1 << 23) == exact
    assert exact[2].quarantined_lines == 1


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(choose_count(2, 5)))
def test_both_splitters_agree_on_many_fuzzed_lines(seed: int) -> None:
    """The same on 20,000 lines of DEMO and DRUG."""
    for table in ("demo", "drug"):
        data, _ = make_member(table, 20_000, seed)
        layout = read_layout_of(data, table)
        assert split_in_bulk(data, layout, 1 << 16) == split_exactly(data, layout)
