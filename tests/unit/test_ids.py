from __future__ import annotations

import pytest

from bpmgrpc.ids import child_id, is_root_id, new_id, split_id

NOW_US = 1_704_067_200_000_000


def test_id_is_the_time_and_then_entropy():
    """An id spells 48 bits of milliseconds and 52 random bits in lower-case Crockford base32."""
    assert new_id(0, lambda _: 0) == "0" * 20
    assert new_id(1000, lambda _: 1) == "0" * 9 + "4" + "0" * 9 + "1"
    assert new_id(NOW_US, lambda bits: (1 << bits) - 1) == "066c4mfm03zzzzzzzzzz"


def test_id_asks_for_52_random_bits():
    """The entropy is the caller's; more bits than asked for do not reach the time."""
    asked = []

    def random_bits(bits):
        asked.append(bits)
        return 1 << 60

    assert new_id(0, random_bits) == "0" * 20
    assert asked == [52]


def test_ids_ascend_with_time():
    """An id that was made a millisecond later sorts later, whatever its random part."""
    earlier = new_id(NOW_US, lambda bits: (1 << bits) - 1)
    later = new_id(NOW_US + 1000, lambda _: 0)

    assert earlier < later


def test_ids_made_together_differ():
    """Ids of the same moment differ by the operating system's entropy."""
    ids = {new_id(NOW_US) for _ in range(1000)}

    assert len(ids) == 1000
    assert all(is_root_id(text) for text in ids)


@pytest.mark.parametrize("now_us", (-1, (1 << 48) * 1000))
def test_id_of_a_time_that_does_not_fit_is_refused(now_us):
    """48 bits of milliseconds reach from 1970 to the year 10889."""
    with pytest.raises(ValueError, match="an id holds times from 1970 to 10889"):
        new_id(now_us)


ROOT = "01hk153x00abcdefghjk"


@pytest.mark.parametrize("seq", (0, 1, 42, 2**63 - 1))
def test_child_id_splits_into_what_it_was_made_of(seq):
    """A child's id is its root's and its number."""
    assert child_id(ROOT, seq) == f"{ROOT}-{seq}"
    assert split_id(child_id(ROOT, seq)) == (ROOT, seq)


@pytest.mark.parametrize(
    "text",
    (
        "",
        ROOT,
        f"{ROOT}-",
        f"{ROOT}-01",
        f"{ROOT}-+1",
        f"{ROOT}--1",
        f"{ROOT}-1 ",
        f"{ROOT}-1\n",
        f"{ROOT}-1-2",
        f"{ROOT}-１",
        f"{ROOT}-{2**63}",
        f"{ROOT}-99999999999999999999",
        f"{ROOT.upper()}-1",
        f"{ROOT[:-1]}-1",
        f"{ROOT}0-1",
        f"{ROOT[:-1]}u-1",
        f"{ROOT[:-1]}i-1",
        "x" * 10_000,
    ),
)
def test_any_other_spelling_names_nothing(text):
    """An id has one spelling; whatever else a caller sends is none."""
    with pytest.raises(ValueError, match="is not an id of the form <20 characters>-<number>"):
        split_id(text)


@pytest.mark.parametrize(("text", "result"), ((ROOT, True), (f"{ROOT}-1", False), ("", False), (f"{ROOT}\n", False)))
def test_root_id_is_twenty_characters(text, result):
    """A root's id has twenty characters of the alphabet and nothing else."""
    assert is_root_id(text) is result
