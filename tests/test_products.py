"""What the sides of a contrast of routes hold, and what that makes of the contrast."""

from pipeline.estimates._products import judge_products, name_products


def test_sides_of_one_drug_of_a_mixture_and_of_two_drugs_are_distinguished() -> None:
    """The foremost drug of each side decides: shares of two drugs are a mixture, two foremost drugs no contrast."""
    intravenous = [("ketamine", "intravenous", 9), ("esketamine", "intravenous", 1)]
    assert (
        judge_products({"intravenous": intravenous[:1], "not_intravenous": [("ketamine", "oral", 1)]}) == "same_drug"
    )
    mixed = [("ketamine", "oral", 3), ("esketamine", "intranasal", 2)]
    assert judge_products({"intravenous": intravenous, "not_intravenous": mixed}) == "mixed_drugs"
    nasal = [("ketamine", "oral", 3), ("ketamine", "intramuscular", 1), ("esketamine", "intranasal", 5)]
    assert judge_products({"intravenous": intravenous, "not_intravenous": nasal}) == "different_drugs"
    assert judge_products({"intravenous": intravenous}) is None


def test_products_are_named_with_their_counts_most_first() -> None:
    held = {"not_intravenous": [("ketamine", "oral", 1), ("esketamine", "intranasal", 5)]}
    assert name_products(held, "trial") == {
        "product_contrast": None,
        "intravenous_products_text": None,
        "not_intravenous_products_text": "esketamine intranasal (5 trials), ketamine oral (1 trial)",
    }
