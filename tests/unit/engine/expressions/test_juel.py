from __future__ import annotations

from decimal import Decimal

import pytest

from bpmgrpc.engine.expressions import Dialect, ExpressionError, compile_template

VARIABLES = {
    "amount": 150,
    "price": Decimal("9.90"),
    "name": "Ann",
    "digits": "5",
    "blank": "",
    "yes": True,
    "no": False,
    "nothing": None,
    "big": 12345678901234567890123,
    "items": ["a", "b", "c"],
    "none": [],
    "order": {"total": 12, "customer": {"name": "Bob"}, "lines": [{"price": 3}, {"price": 4}], "is": 1},
    "empty object": {},
    "truthful": "TRUE",
}

VALUES = [
    # Literals.
    ("${true}", True),
    ("${false}", False),
    ("${null}", None),
    ("${42}", 42),
    ("${1.50}", Decimal("1.50")),
    ("${1e3}", Decimal(1000)),
    ("${.5}", Decimal("0.5")),
    ("${'single'}", "single"),
    ('${"double"}', "double"),
    (r"${'it\'s'}", "it's"),
    (r"${'a\\b\n'}", "a\\b\n"),
    (r"${'\u0e01'}", "ก"),
    (r"${'\ud83d\ude00'}", "😀"),
    (r"${'\q'}", r"\q"),
    ("#{amount}", 150),
    # Arithmetic is exact; a quotient that is a whole number is an int.
    ("${amount + 1}", 151),
    ("${1 + 2 * 3}", 7),
    ("${(1 + 2) * 3}", 9),
    ("${10 - 4 - 3}", 3),
    ("${10 / 4}", Decimal("2.5")),
    ("${10 / 5}", 2),
    ("${10 div 4}", Decimal("2.5")),
    ("${7 % 3}", 1),
    ("${-7 % 3}", -1),
    ("${7 mod -3}", 1),
    ("${7.5 % 2}", Decimal("1.5")),
    ("${0.1 + 0.2}", Decimal("0.3")),
    ("${0.1 + 0.2 == 0.3}", True),
    ("${price * 2}", Decimal("19.80")),
    ("${big + 1}", 12345678901234567890124),
    ("${big - 0.1}", Decimal("12345678901234567890122.9")),
    ("${-amount}", -150),
    ("${-price}", Decimal("-9.90")),
    ("${- -3}", 3),
    ("${-'3'}", -3),
    ("${digits + 1}", 6),
    ("${'1.5' * 2}", Decimal("3.0")),
    ("${nothing + 1}", 1),
    ("${blank + 1}", 1),
    ("${1 / 3}", Decimal("0.3333333333333333333333333333333333")),
    # Comparison.
    ("${amount > 100}", True),
    ("${amount gt 100}", True),
    ("${amount < 100}", False),
    ("${amount lt 100}", False),
    ("${amount >= 150}", True),
    ("${amount ge 151}", False),
    ("${amount <= 150}", True),
    ("${amount le 149}", False),
    ("${amount == 150.0}", True),
    ("${amount eq 150}", True),
    ("${amount != 150}", False),
    ("${amount ne 151}", True),
    ("${digits > 3}", True),
    ("${digits == 5}", True),
    ("${'10' < '9'}", True),
    ("${'b' > 'a'}", True),
    ("${nothing < 1}", False),
    ("${1 > nothing}", False),
    ("${nothing <= nothing}", True),
    ("${nothing < nothing}", False),
    ("${nothing == null}", True),
    ("${nothing == 0}", False),
    ("${name != null}", True),
    ("${name == 'Ann'}", True),
    ("${yes == true}", True),
    ("${'true' == yes}", True),
    ("${yes == 'no'}", False),
    ("${items == items}", True),
    ("${items == none}", False),
    ("${order == order}", True),
    ("${order == order.customer}", False),
    ("${order.lines == order.items}", False),
    ("${order.lines[0] == order.lines[1]}", False),
    # Logic.
    ("${yes && no}", False),
    ("${yes and yes and yes}", True),
    ("${no || yes}", True),
    ("${no or no}", False),
    ("${!no}", True),
    ("${not yes}", False),
    ("${!nothing}", True),
    ("${yes || unknown}", True),
    ("${no && unknown}", False),
    ("${truthful && yes}", True),
    ("${nothing || blank}", False),
    ("${yes || no && no}", True),
    ("${yes ? 'a' : 'b'}", "a"),
    ("${no ? 1 : yes ? 2 : 3}", 2),
    ("${nothing ? 1 : 2}", 2),
    ("${amount > 100 ? name : 'nobody'}", "Ann"),
    # Empty.
    ("${empty nothing}", True),
    ("${empty blank}", True),
    ("${empty none}", True),
    ("${empty items}", False),
    ("${not empty name}", True),
    ("${empty amount}", False),
    # Properties and indices.
    ("${order.total}", 12),
    ("${order.customer.name}", "Bob"),
    ("${order['customer']['name']}", "Bob"),
    ("${order.missing}", None),
    ("${order.missing.name}", None),
    ("${order.lines[1].price}", 4),
    ("${order.lines['0'].price}", 3),
    ("${items[0]}", "a"),
    ("${items[9]}", None),
    ("${items[-1]}", None),
    ("${nothing['a']}", None),
    ("${order.is}", 1),
    ("${order[amount]}", None),
    ("${items.size}", 3),
    ("${name.length}", 3),
    ("${none.empty}", True),
    ("${name['length']}", 3),
    # Variables by name.
    ("${execution.getVariable('amount')}", 150),
    ("${execution.getVariable('unknown')}", None),
    ("${execution.getVariableLocal(name)}", None),
    ("${execution.hasVariable('amount')}", True),
    ("${execution.hasVariable('un' .concat('known'))}", False),
    ("${task.getVariable('order').total}", 12),
    ("${variables:get(amount)}", 150),
    ("${variables:get('amount')}", 150),
    ("${vars:getOrDefault(unknown, 7)}", 7),
    ("${var:getOrDefault(amount, 7)}", 150),
    ("${variables:exists(amount)}", True),
    ("${variables:exists('unknown')}", False),
    ("${variables:isEmpty(unknown)}", True),
    ("${variables:isNotEmpty(items)}", True),
    ("${variables:equals(amount, 150)}", True),
    ("${variables:eq(digits, 5)}", True),
    ("${variables:notEquals(unknown, 1)}", True),
    ("${variables:contains(items, 'b')}", True),
    ("${variables:contains(unknown, 'b')}", False),
    ("${variables:gt(amount, 100)}", True),
    ("${variables:gte(amount, 150)}", True),
    ("${variables:lt(amount, 100)}", False),
    ("${variables:lte(unknown, 100)}", False),
    ("${variables:eq('amount', 150)}", True),
    ("${variables:eq('am'.concat('ount'), 150)}", True),
    ("${variables:isNull('un'.concat('known'))}", True),
    ("${KieFunctions.isNull(nothing)}", True),
    ("${KieFunctions.isTrue(yes)}", True),
    ("${KieFunctions.isFalse(yes)}", False),
    ("${KieFunctions.equalsTo(name, 'Ann')}", True),
    ("${KieFunctions.between(amount, 100, 200)}", True),
    ("${KieFunctions.between(amount, 160, 200)}", False),
    ("${KieFunctions.startsWith(name, 'A')}", True),
    ("${KieFunctions.endsWith(name, 'A')}", False),
    # Text with expressions in it.
    ("Hello ${name}", "Hello Ann"),
    ("${name} owes ${price} for #{items}", 'Ann owes 9.90 for ["a","b","c"]'),
    ("${nothing}${yes}${amount}", "true150"),
    ("  ${amount}\n", 150),
    (r"\${name} ${name} \#{x} \n", r"${name} Ann #{x} \n"),
    ("${name}$", "Ann$"),
]


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text for text, _ in VALUES])
def test_juel_gives_what_the_java_engines_give(evaluate, text, value):
    """A JUEL expression has the value that Camunda 7 and Flowable compute, with exact numbers."""
    result = evaluate(text, **VARIABLES)

    assert result == value
    assert type(result) is type(value)


METHODS = [
    ("name.size()", 3),
    ("name.length()", 3),
    ("name.isEmpty()", False),
    ("blank.isEmpty()", True),
    ("'  '.isBlank()", True),
    ("name.contains('nn')", True),
    ("name.includes('x')", False),
    ("name.equals('Ann')", True),
    ("name.equals(1)", False),
    ("name.equalsIgnoreCase('ANN')", True),
    ("name.equalsIgnoreCase(1)", False),
    ("name.compareTo('Bob')", -1),
    ("name.startsWith('A')", True),
    ("name.endsWith('A')", False),
    ("name.toUpperCase()", "ANN"),
    ("name.toLowerCase()", "ann"),
    ("' a '.trim()", "a"),
    ("name.substring(1)", "nn"),
    ("name.substring(0, 2)", "An"),
    ("name.charAt(0)", "A"),
    ("name.indexOf('n')", 1),
    ("name.indexOf('x')", -1),
    ("name.lastIndexOf('n')", 2),
    ("name.replace('n', 'x')", "Axx"),
    ("name.concat('a')", "Anna"),
    ("'a, b,c,'.split(',\\\\s*')", ["a", "b", "c"]),
    ("name.matches('A.*')", True),
    ("name.matches('A')", False),
    ("name.toString()", "Ann"),
    ("items.size()", 3),
    ("items.isEmpty()", False),
    ("items.get(1)", "b"),
    ("items.contains('c')", True),
    ("items.contains('x')", False),
    ("items.indexOf('c')", 2),
    ("items.equals(items)", True),
    ("order.get('total')", 12),
    ("order.getOrDefault('x', 1)", 1),
    ("order.containsKey('total')", True),
    ("order.containsValue(12)", True),
    ("order.customer.keySet()", ["name"]),
    ("order.customer.values()", ["Bob"]),
    ("order.getTotal()", 12),
    ("order.isIs()", 1),
    ("order.getMissing()", None),
    ("price.intValue()", 9),
    ("price.doubleValue()", Decimal("9.90")),
    ("amount.toString()", "150"),
    ("amount.compareTo(100)", 1),
    ("yes.booleanValue()", True),
]


@pytest.mark.parametrize(("text", "value"), METHODS, ids=[text for text, _ in METHODS])
def test_juel_calls_the_methods_of_its_white_list(evaluate, text, value):
    """The usual harmless methods of Java's strings, lists, maps and numbers work."""
    assert evaluate(f"${{{text}}}", **VARIABLES) == value


FAILURES = [
    ("${unknown}", "unknown variable 'unknown' (line 1, column 3)"),
    ("${a.b}\n ${c}", "unknown variable 'a' (line 1, column 3)"),
    ("x\n ${c}", "unknown variable 'c' (line 2, column 4)"),
    ("${empty unknown}", "unknown variable 'unknown' (line 1, column 9)"),
    ("${1 / 0}", "division by zero (line 1, column 5)"),
    ("${1 % 0}", "division by zero (line 1, column 5)"),
    ("${'a' + 1}", "expected a number, found the text 'a' (line 1, column 7)"),
    ("${'NaN' + 1}", "expected a number, found the text 'NaN' (line 1, column 9)"),
    ("${'1_0' + 1}", "expected a number, found the text '1_0' (line 1, column 9)"),
    ("${'1e9999' + 1}", "expected a number, found the text '1e9999' (line 1, column 12)"),
    ("${'1x' + 1}", "expected a number, found the text '1x' (line 1, column 8)"),
    ("${items + 1}", "expected a number, found list (line 1, column 9)"),
    ("${-items}", "expected a number, found list (line 1, column 3)"),
    ("${name == 1}", "expected a number, found the text 'Ann' (line 1, column 8)"),
    ("${items < 'a'}", "cannot compare list with string (line 1, column 9)"),
    ("${!amount}", "expected true or false, found number (line 1, column 3)"),
    ("${yes && amount}", "expected true or false, found number (line 1, column 7)"),
    ("${amount ? 1 : 2}", "expected true or false, found number (line 1, column 3)"),
    ("${amount.days}", "a number has no member 'days' (line 1, column 10)"),
    ("${name.days}", "a string has no member 'days' (line 1, column 8)"),
    ("${items[1.5]}", "expected a position, found 1.5 (line 1, column 8)"),
    ("${nothing.size()}", "cannot call size() of null (line 1, column 11)"),
    ("${name.getBytes()}", "a string has no method getBytes() (line 1, column 8)"),
    ("${order.getter()}", "an object has no method getter() (line 1, column 9)"),
    ("${order.getTotal(1)}", "an object has no method getTotal() (line 1, column 9)"),
    ("${name.trim(1)}", "trim() of a string takes 0 arguments, not 1 (line 1, column 8)"),
    ("${name.contains()}", "contains() of a string takes 1 argument, not 0 (line 1, column 8)"),
    ("${name.substring()}", "substring() of a string takes 1 to 2 arguments, not 0 (line 1, column 8)"),
    ("${name.substring(4)}", "substring(4, 3) is outside a text of 3 characters (line 1, column 8)"),
    ("${name.charAt(3)}", "charAt(3) is outside a text of 3 characters (line 1, column 8)"),
    ("${items.get(3)}", "get(3) is outside a list of 3 items (line 1, column 9)"),
    ("${name.contains(1)}", "expected a string, found number (line 1, column 8)"),
    ("${name.compareTo(1)}", "cannot compare string with number (line 1, column 8)"),
    ("${name.matches('(')}", "not a pattern: it ends too early at character 2 (line 1, column 8)"),
]


@pytest.mark.parametrize(("text", "message"), FAILURES, ids=[text for text, _ in FAILURES])
def test_juel_failure_names_what_was_found_and_where(evaluate, text, message):
    """An expression that fails says what it expected, what it found, and the line and column."""
    with pytest.raises(ExpressionError) as failure:
        evaluate(text, **VARIABLES)

    assert str(failure.value) == message


def test_template_without_mark_is_its_own_text(scope):
    """An attribute's value without an expression is plain text, whatever signs it holds."""
    expression = compile_template("ann > 3 && {x}")

    assert expression.evaluate(scope()) == "ann > 3 && {x}"
    assert expression.is_literal
    assert expression.dialect is Dialect.JUEL


def test_template_with_juel_is_evaluated(scope):
    """An attribute's value may mix text and expressions; its white space is part of the text."""
    assert compile_template(" ${a} ").evaluate(scope(a=1)) == " 1 "
    assert compile_template("${a}").evaluate(scope(a=1)) == 1


def test_template_with_equals_sign_is_feel(scope):
    """An attribute's value that begins with an equals sign is FEEL."""
    expression = compile_template(" = a + 1")

    assert expression.evaluate(scope(a=1)) == 2
    assert expression.dialect is Dialect.FEEL


def test_template_may_be_empty(scope):
    """An empty attribute is the empty text."""
    assert compile_template("").evaluate(scope()) == ""
