"""Which of two models answers: the champion, unless the challenger was better for two weeks."""

MIN_DAYS = 14
MIN_LIFT_RATIO = 1.02


def winner(champion_auc: float, challenger_auc: float, days: int) -> str:
    is_better = challenger_auc >= champion_auc * MIN_LIFT_RATIO
    return "challenger" if is_better and days >= MIN_DAYS else "champion"
