from __future__ import annotations

import pytest

from bpmgrpc.clock import ManualClock, SystemClock


def test_system_clock_tells_microseconds_since_the_epoch():
    """The machine's time lies between the release of this product and the year 2200."""
    assert 1_700_000_000_000_000 < SystemClock().now_us() < 7_300_000_000_000_000


def test_manual_clock_stands_still_until_it_is_moved():
    """A test's time passes when the test says so."""
    clock = ManualClock(1_000_000)

    assert clock.now_us() == 1_000_000
    assert clock.advance(1.5) == 2_500_000
    assert clock.now_us() == 2_500_000
    clock.move_to(0)
    assert clock.now_us() == 0


def test_manual_clock_does_not_advance_backwards():
    """Stepping back is said aloud, with move_to."""
    with pytest.raises(ValueError, match="zero or more seconds, not by -1"):
        ManualClock().advance(-1)
