"""The reaction groups against an invented distribution with the layout of MedDRA's files."""

from pathlib import Path

import pytest

from pipeline.command_line.examination import check_reactions
from pipeline.errors import UsageError
from pipeline.meddra import compare_reactions
from pipeline.resources import SQL
from pipeline.settings import Settings

HIERARCHY = """\
1001$2001$3001$4001$Hallucination$Perception disturbances$Group$Class$Psych$$4001$Y$
1002$2001$3001$4001$Hallucination, visual$Perception disturbances$Group$Class$Psych$$4001$Y$
1003$2001$3001$4001$Invented perception$Perception disturbances$Group$Class$Psych$$4001$Y$
1004$2002$3002$4002$Nausea$Nausea and vomiting$Group$Class$Gastr$$4002$Y$
1005$2003$3003$4003$Headache$Headaches$Group$Class$Nerv$$4003$Y$
"""
LOWEST = """\
1001$Hallucination$1001$$$$$$$Y$$
5001$Hallucination, auditory$1001$$$$$$$Y$$
"""


@pytest.fixture
def distribution(tmp_path: Path) -> Path:
    (tmp_path / "mdhier.asc").write_text(HIERARCHY)
    (tmp_path / "llt.asc").write_text(LOWEST)
    return tmp_path


def test_terms_are_preferred_below_one_or_unknown(distribution: Path) -> None:
    found = compare_reactions(SQL, distribution)
    assert found.preferred == ["Hallucination", "Hallucination, visual", "Nausea"]
    assert found.lowest_level == {"Hallucination, auditory": "Hallucination"}
    assert {"Vomiting", "Paranoia"} <= set(found.unknown)
    assert not {"Hallucination, auditory", "Nausea"} & set(found.unknown)


def test_terms_beside_a_narrow_one_are_shown(distribution: Path) -> None:
    """A high level term that holds a narrow term holds others that a person should decide on."""
    assert compare_reactions(SQL, distribution).neighbours == ["Invented perception"]


def test_doctor_compares_only_where_a_copy_is_named(distribution: Path) -> None:
    assert check_reactions(Settings()) == []
    checks = check_reactions(Settings(meddra_dir=distribution))
    assert [check.outcome for check in checks] == ["ok", "warning", "warning", "ok"]
    assert "Hallucination, auditory is below Hallucination" in checks[1].seen


@pytest.mark.parametrize("text", ["", "pt_code$hlt_code\n", "no table", "1001$2001\n"])
def test_other_files_are_refused(distribution: Path, text: str) -> None:
    (distribution / "mdhier.asc").write_text(text)
    with pytest.raises(UsageError, match="MedDRA"):
        compare_reactions(SQL, distribution)
    (check,) = check_reactions(Settings(meddra_dir=distribution))
    assert check.outcome == "wrong"


def test_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        compare_reactions(SQL, tmp_path)
    assert refused.value.where.endswith("mdhier.asc")
