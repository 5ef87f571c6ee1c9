from __future__ import annotations

import pytest

from bpmgrpc.engine.expressions import Budget, ExpressionBudgetExceeded, ExpressionError
from bpmgrpc.engine.expressions.regex import compile_pattern


def search(pattern, text, flags=""):
    """Returns the first match and its groups as texts, None for no match."""
    budget = Budget()
    found = compile_pattern(pattern, flags, budget).search(text, 0, budget)
    if found is None:
        return None
    return [text[found[i] : found[i + 1]] if found[i] >= 0 else None for i in range(0, len(found), 2)]


MATCHES = [
    ("b", "abc", ["b"]),
    ("x", "abc", None),
    ("", "abc", [""]),
    ("a|b|c", "cab", ["c"]),
    ("ab|a", "ab", ["ab"]),
    ("a|ab", "ab", ["a"]),
    ("(a)(b)?", "a", ["a", "a", None]),
    ("(?:a)(b)", "ab", ["ab", "b"]),
    ("a*", "aaa", ["aaa"]),
    ("a*?", "aaa", [""]),
    ("a+?", "aaa", ["a"]),
    ("a??b", "ab", ["ab"]),
    ("a{2}", "aaa", ["aa"]),
    ("a{2,}", "aaa", ["aaa"]),
    ("a{1,2}", "aaa", ["aa"]),
    ("a{1,2}?", "aaa", ["a"]),
    ("a{0}b", "ab", ["b"]),
    ("(a*)*", "aa", ["aa", "aa"]),
    ("(a|ab)(c|bcd)(d*)", "abcd", ["abcd", "a", "bcd", ""]),
    ("^b", "ab", None),
    ("^a", "ab", ["a"]),
    ("b$", "ab", ["b"]),
    ("a$", "ab", None),
    (".b", "\nb", None),
    ("[abc]+", "xbcay", ["bca"]),
    ("[^abc]+", "axyb", ["xy"]),
    ("[a-c]+", "xbcay", ["bca"]),
    ("[a-]+", "b-a", ["-a"]),
    ("[a-z-[aeiou]]+", "abcde", ["bcd"]),
    ("[\\d.]+", "v1.5", ["1.5"]),
    ("[\\]]", "]", ["]"]),
    ("[\\--/]", ".", ["."]),
    ("[+-\\-]+", "a,-+", [",-+"]),
    ("\\d+", "a12b", ["12"]),
    ("\\D+", "12ab", ["ab"]),
    ("\\s", "a b", [" "]),
    ("\\S+", " ab ", ["ab"]),
    ("\\w+", "-ab1-", ["ab1"]),
    ("\\W+", "ab--", ["--"]),
    ("\\i\\c*", "1_a-b.c ", ["_a-b.c"]),
    ("\\I", "a1", ["1"]),
    ("\\p{Lu}", "aB", ["B"]),
    ("\\P{L}+", "ab12", ["12"]),
    ("\\.\\n\\t\\r\\$", ".\n\t\r$", [".\n\t\r$"]),
    ("a\\{2\\}", "a{2}", ["a{2}"]),
    ("ก+", "กก", ["กก"]),
]


@pytest.mark.parametrize(("pattern", "text", "found"), MATCHES, ids=[repr(row[:2]) for row in MATCHES])
def test_pattern_finds_what_backtracking_would_find(pattern, text, found):
    """The first match is the leftmost, the alternatives in order of preference, as in Perl and Java."""
    assert search(pattern, text) == found


FLAGGED = [
    (".b", "\nb", "s", ["\nb"]),
    ("^b", "a\nb", "m", ["b"]),
    ("a$", "a\nb", "m", ["a"]),
    ("ABC", "abc", "i", ["abc"]),
    ("[A-C]+", "abc", "i", ["abc"]),
    ("[^a]", "A", "i", None),
    ("a b\n c", "abc", "x", ["abc"]),
    ("[ ]\\ s", "  ", "x", ["  "]),
    ("[\\] ]", " ", "x", [" "]),
    ("a.b*", "a.b*", "q", ["a.b*"]),
    ("A.", "a.", "qi", ["a."]),
]


@pytest.mark.parametrize(("pattern", "text", "flags", "found"), FLAGGED)
def test_flags_change_what_matches(pattern, text, flags, found):
    """The flags s, m, i, x and q do what XPath says."""
    assert search(pattern, text, flags) == found


REFUSED = [
    ("(", "it ends too early at character 2"),
    ("(a", "it ends too early at character 3"),
    (")", "a ')' without '(' at character 1"),
    ("[", "it ends too early at character 2"),
    ("[]", "an empty class at character 3"),
    ("[b-a]", "a range that ends before it begins at character 5"),
    ("[a-\\d]", "a range ends with a character at character 5"),
    ("[[a]]", "'[' in a class is written '\\[' at character 3"),
    ("[a-[b]c]", "expected ']' after what a class leaves out at character 7"),
    ("*", "'*' with nothing to repeat at character 2"),
    ("a{", "expected a number of repeats up to 1,000 at character 3"),
    ("a{1001}", "expected a number of repeats up to 1,000 at character 7"),
    ("a{99999}", "expected a number of repeats up to 1,000 at character 8"),
    ("a{2,1}", "the greatest number of repeats is below the least at character 7"),
    ("a{1;2}", "expected '}' at character 5"),
    ("a]", "']' without its opening bracket at character 3"),
    ("a++", "a quantifier after a quantifier at character 3"),
    ("a{2}*", "a quantifier after a quantifier at character 5"),
    ("(?=a)", "a group that looks around or has a name is not supported at character 3"),
    ("(a)\\1", "the escape '\\1' is not supported at character 6"),
    ("\\b", "the escape '\\b' is not supported at character 3"),
    ("\\", "it ends too early at character 2"),
    ("\\pL", "expected '{' at character 4"),
    ("\\p{Greek}", "expected a general category such as {Lu}, or a block such as {IsThai} at character 4"),
    ("\\p{Lu", "expected a general category such as {Lu}, or a block such as {IsThai} at character 4"),
    ("(" * 51, "more than 50 groups in one another at character 51"),
    ("()" * 100, "more than 99 groups at character 200"),
]


@pytest.mark.parametrize(("pattern", "message"), REFUSED, ids=[row[0][:20] for row in REFUSED])
def test_pattern_that_is_none_is_refused(pattern, message):
    """A pattern that cannot be matched in linear time, or is none, is refused with the place."""
    with pytest.raises(ExpressionError) as refusal:
        compile_pattern(pattern, "", Budget())

    assert str(refusal.value) == f"not a pattern: {message}"


def test_unknown_flag_is_refused():
    """Flags are s, m, i, x and q."""
    with pytest.raises(ExpressionError, match="unknown flags 'g': a pattern knows s, m, i, x and q"):
        compile_pattern("a", "g", Budget())


def test_long_pattern_is_refused():
    """A pattern has at most a thousand characters."""
    with pytest.raises(ExpressionError, match="at most 1,000 characters"):
        compile_pattern("a" * 1001, "", Budget())


@pytest.mark.parametrize("pattern", ("((a{1,100}){1,100}){1,100}", "(?:(?:(?:){1000}){1000}){1000}"))
def test_pattern_that_repeats_too_much_is_refused(pattern):
    """Counted repeats multiply, and their product is limited."""
    with pytest.raises(ExpressionError, match="the pattern repeats too much"):
        compile_pattern(pattern, "", Budget())


@pytest.mark.parametrize("pattern", ("(a*)*b", "(a|aa)+$", "(a|a?)+$", "(.*)*x"))
def test_pattern_that_explodes_elsewhere_costs_linear_steps(pattern):
    """Patterns made to backtrack for ever take a few steps per character."""
    budget = Budget(20_000)

    compile_pattern(pattern, "", budget).search("a" * 500 + "!", 0, budget)

    assert budget.steps > 0


def test_match_is_charged():
    """A long text with a pattern of many states uses the budget up, and is stopped."""
    budget = Budget()

    with pytest.raises(ExpressionBudgetExceeded):
        compile_pattern("(a|b|c|d|e)*x", "", budget).search("abcde" * 10_000, 0, budget)


def test_whole_match_ends_where_the_text_ends():
    """Java's matches() wants all of the text, not a part, whichever alternative comes first."""
    budget = Budget()

    assert compile_pattern("a|ab", "", budget).matches_all("ab", budget)
    assert not compile_pattern("a", "", budget).matches_all("ba", budget)
    assert not compile_pattern("a", "", budget).matches_all("ab", budget)


@pytest.mark.parametrize(
    ("pattern", "replacement", "text", "result"),
    (
        ("b", "x", "abcb", "axcx"),
        ("(b)(c)?", "<$0$1$2>", "abcb", "a<bcbc><bb>"),
        ("b", "\\$1\\\\", "ab", "a$1\\"),
        ("(b)", "$10", "ab", "ab0"),
        ("b", "$1", "ab", "a"),
        ("b*", "-", "abba", "a-a"),
    ),
)
def test_replacement_may_name_groups(pattern, replacement, text, result):
    """$1 is the first group, $0 the match; a backslash makes a sign plain; empty matches are left alone."""
    budget = Budget()

    assert compile_pattern(pattern, "", budget).replace(text, replacement, budget) == result


@pytest.mark.parametrize(
    ("replacement", "message"),
    (
        ("$", "'\\$' in a replacement stands before the number of a group"),
        ("$x", "'\\$' in a replacement stands before the number of a group"),
        ("\\n", "a backslash in a replacement stands before '\\$' or a backslash"),
    ),
)
def test_replacement_that_is_none_is_refused(replacement, message):
    """A replacement's signs have a meaning or are refused."""
    budget = Budget()

    with pytest.raises(ExpressionError, match=message):
        compile_pattern("a", "", budget).replace("a", replacement, budget)


def test_split_cuts_at_every_match():
    """Parts may be empty; an empty match cuts nothing."""
    budget = Budget()

    assert compile_pattern(",", "", budget).split("a,,b,", budget) == ["a", "", "b", ""]
    assert compile_pattern("x*", "", budget).split("abc", budget) == ["abc"]
