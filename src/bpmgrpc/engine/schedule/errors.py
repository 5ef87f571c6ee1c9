"""The one error of this package."""

__all__ = ["ScheduleError"]


class ScheduleError(ValueError):
    """A text is no schedule, or names a time outside the years 1 to 9999; the message says what was expected."""
