from churn.serving.champion_challenger import winner


def test_a_young_challenger_waits() -> None:
    assert winner(0.80, 0.90, days=3) == "champion"
