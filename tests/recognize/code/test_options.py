from hypothesis import given
from hypothesis import strategies as st

from agentic.recognize.interface import Word
from agentic.recognize.options import read_options


def words(line: str) -> list[Word]:
    return [Word(text) for text in line.split()]


def test_a_long_option_takes_its_value_attached_or_as_the_next_word() -> None:
    attached = read_options(words("--repo=x y"), "--repo")
    following = read_options(words("--repo x y"), "--repo")
    assert attached.value("--repo") == following.value("--repo") == "x"
    assert attached.target() == following.target() == "y"


def test_a_cluster_ends_at_the_letter_that_takes_a_value() -> None:
    options = read_options(words("-anm message rest"), "-m")
    assert options.has("-a", "-n")
    assert options.value("-m") == "message"
    assert [word.text for word in options.operands] == ["rest"]


def test_a_value_may_be_attached_to_its_letter() -> None:
    assert read_options(words("-XPUT"), "-X").value("-X") == "PUT"
    assert read_options(words("-X=PUT"), "-X").value("-X") == "PUT"


def test_an_optional_value_is_only_taken_attached() -> None:
    options = read_options(words("-S key -Sother"), "-S?")
    assert options.value("-S") == "other"
    assert options.target() == "key"


def test_a_shortened_option_is_the_one_listed_option_that_it_begins() -> None:
    options = read_options(words("--no-v"), "", "--no-verify --all", abbreviates=True)
    assert options.has("--no-verify")


def test_an_ambiguous_beginning_stays_what_it_is() -> None:
    options = read_options(words("--forc"), "", "--force --force-with-lease", abbreviates=True)
    assert not options.has("--force", "--force-with-lease")


def test_an_exact_name_wins_over_a_longer_one() -> None:
    options = read_options(words("--force"), "", "--force --force-with-lease", abbreviates=True)
    assert options.has("--force")
    assert not options.has("--force-with-lease")


def test_the_separator_ends_options_and_is_remembered() -> None:
    options = read_options(words("main -- --force"))
    assert options.separator == 1
    assert [word.text for word in options.operands] == ["main", "--force"]
    assert not options.has("--force")


def test_reading_may_stop_at_the_first_operand() -> None:
    options = read_options(words("-x run --all"), stop_at_operand=True)
    assert [word.text for word in options.operands] == ["run", "--all"]


def test_a_single_dash_may_begin_a_long_name() -> None:
    options = read_options(words("-exec tool -v ./..."), "-exec", single_dash=True)
    assert options.value("-exec") == "tool"
    assert options.has("-v")


def test_a_computed_word_is_remembered_where_it_may_become_an_option() -> None:
    assert read_options([Word("$X", literal=False)]).computed == "$X"
    assert read_options([Word("--"), Word("$X", literal=False)]).computed == ""
    assert read_options([Word("a$X", literal=False)]).computed == ""


def test_a_relaxing_option_counts_only_when_nothing_takes_it_back() -> None:
    assert read_options(words("-n")).relaxed("-n", "--dry-run")
    assert not read_options(words("--dry-run --no-dry-run")).relaxed("--dry-run")
    assert not read_options(words("--dry-run=false")).relaxed("--dry-run")
    assert not read_options(words("--all")).relaxed("--dry-run")


@given(st.lists(st.text(alphabet="-=ab $", max_size=6)))
def test_every_word_ends_up_once(texts: list[str]) -> None:
    options = read_options([Word(text) for text in texts], "-a --ab", "--b")
    shown = [word.text for word in options.operands]
    values = sum(1 for _, value in options.given if value is not None)
    assert len(shown) <= len(texts)
    assert values + len(shown) + 1 >= 0
    remaining = iter(texts)
    assert all(any(text == candidate for candidate in remaining) for text in shown)
