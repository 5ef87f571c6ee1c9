"""Tests, by layer; `tests.support` holds what several of them share."""
