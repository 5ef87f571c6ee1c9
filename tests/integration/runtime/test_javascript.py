"""Scripts in JavaScript: what goes in and out, what they cannot do, what stops them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.expressions import (
    ABSENT,
    MISSING,
    Budget,
    ExpressionBudgetExceeded,
    ExpressionError,
    ExpressionSyntaxError,
    JavaScriptExpression,
    compile_expression,
    is_javascript,
    truth,
)
from bpmgrpc.engine.program import compile_process
from bpmgrpc.errors import Unavailable
from bpmgrpc.runtime import javascript
from bpmgrpc.runtime.javascript import JavaScriptPool, is_installed
from bpmgrpc.runtime.javascript import pool as pool_module
from bpmgrpc.values import parse, split_members
from tests.support.harness import Harness, MemoryRows, bpmn, catch_event, event, extensions, flows

NOW_US = 1_795_429_800_000_000  # 2026-11-23T10:30:00Z


@pytest.fixture(scope="module")
def pool() -> Iterator[JavaScriptPool]:
    """Processes that run scripts."""
    made = JavaScriptPool()
    yield made
    made.close()


class Variables:
    """Variables from JSON text; those that were asked for are kept."""

    now_us = NOW_US

    def __init__(self, variables: str = "") -> None:
        self._variables = {name: parse(text) for name, text in split_members(variables).items()}
        self.asked: list[str] = []

    def lookup(self, name: str) -> Any:
        self.asked.append(name)
        return self._variables.get(name, MISSING)

    def names(self) -> list[str]:
        return list(self._variables)


def run(pool: JavaScriptPool, script: str, variables: str = "", *, stores: bool = False) -> tuple[str, dict[str, str]]:
    """Runs a script; returns its value and what it set, as JSON texts."""
    value, changed = JavaScriptExpression.read(script, pool, stores=stores).run(Variables(variables), Budget())
    return value, {("local " if one.local else "") + one.name: one.text for one in changed}


@pytest.mark.parametrize(
    ("script", "variables", "value"),
    (
        ("x * 2", '{"x":21}', "42"),
        ("var a = 1; a + 1", "", "2"),
        ("if (x > 1) { 'much' } else { 'little' }", '{"x":2}', '"much"'),
        ("return x;", '{"x":[1,2]}', "[1,2]"),
        ("if (x) { return 'yes' }\nreturn 'no' // else", '{"x":false}', '"no"'),
        ("({a: {b: [1, 'ก', null, true]}})", "", '{"a":{"b":[1,"ก",null,true]}}'),
        ("undefined", "", "null"),
        (
            "items.filter(i => i.price > 10).map(i => i.name)",
            '{"items":[{"name":"a","price":11},{"price":1}]}',
            '["a"]',
        ),
        ("`${name}: ${amount}`", '{"name":"n","amount":5}', '"n: 5"'),
        ("execution.getVariable('a b') + kcontext.getVariable(\"c\")", '{"a b":1,"c":2}', "3"),
        ("execution.getVariable('no')", "", "null"),
        ("[execution.hasVariable('x'), execution.hasVariable('y')]", '{"x":null}', "[true,false]"),
        ("execution.getVariable('v' + 1)", '{"v1":"one"}', '"one"'),
        ("execution.getVariable('Date') + typeof Date.now", '{"Date":"1"}', '"1function"'),
        ("execution.getVariable('toString')", '{"toString":1}', "1"),
        ("ห้อง.สถานะ", '{"ห้อง":{"สถานะ":"ว่าง"}}', '"ว่าง"'),
        ("print('x'); println('x'); console.log('x'); 1", "", "1"),
        ("o.__proto__.a", '{"o":{"__proto__":{"a":1}}}', "1"),
        # Replacing what the language offers harms nobody but the script itself.
        ("JSON.stringify = String = Map.prototype.set = Array.prototype.push = null; x", '{"x":"ok"}', '"ok"'),
    ),
)
def test_script_has_a_value(pool, script, variables, value):
    """A script's value is that of its last statement, or what it returns."""
    assert run(pool, script, variables)[0] == value


@pytest.mark.parametrize(
    ("script", "variables", "value"),
    (
        ("0.1 + 0.2", "", "0.30000000000000004"),  # as JavaScript computes
        ("x", '{"x":0.30000000000000004}', "0.30000000000000004"),
        ("x", '{"x":1.10}', "1.1"),
        ("x", '{"x":5.0}', "5"),
        ("x", '{"x":1E5}', "100000"),
        ("x", '{"x":1e21}', "1e+21"),
        ("typeof x", '{"x":9007199254740991}', '"number"'),
        ("x", '{"x":9007199254740993}', "9007199254740993"),
        ("x + 1n", '{"x":9223372036854775807}', "9223372036854775808"),
        ("x", '{"x":-12345678901234567890123}', "-12345678901234567890123"),
        ("JSON.stringify({x})", '{"x":9007199254740993}', '"{\\"x\\":9007199254740993}"'),
        ("x", '{"x":0.1234567890123456789}', "0.1234567890123456789"),
        ("o", '{"o":{"a":[0.1234567890123456789,1]}}', '{"a":[0.1234567890123456789,1]}'),
        ("String(x) + `${x}`", '{"x":0.1234567890123456789}', '"0.12345678901234567890.1234567890123456789"'),
        ("x", '{"x":1e400}', "1E+400"),
        ("x", '{"x":1e-400}', "1E-400"),
        ("x", '{"x":0e5}', "0"),
        ("x", '{"x":-0.0}', "0"),
    ),
)
def test_numbers_are_never_rounded_in_silence(pool, script, variables, value):
    """Going in and coming out a number stays what it is, also where JavaScript has no number of so many digits."""
    assert parse(run(pool, script, variables)[0]) == parse(value)


@pytest.mark.parametrize(
    ("script", "variables", "message"),
    (
        ("x + 1", '{"x":9007199254740993}', "TypeError: cannot convert BigInt to number"),
        ("x * 2", '{"x":0.1234567890123456789}', "RangeError: the number 0.1234567890123456789 has more digits"),
        ("x > 0", '{"x":0.1234567890123456789}', "RangeError: the number"),
        ("1;\n  y + 1", "", "ReferenceError: y is not defined (line 2, column 3)"),
        ("x.a.b", '{"x":{}}', "TypeError: cannot read property 'b' of undefined"),
        ("throw new Error('out of stock')", "", "Error: out of stock (line 1"),
        ("throw 'text'", "", "threw text"),
        ("throw null", "", "threw null"),
        ("throw {toString() { throw 1 }}", "", "threw what has no text"),
        ("0 / 0", "", "TypeError: NaN is no value of a variable"),
        ("({a: [1 / 0]})", "", "TypeError: Infinity is no value of a variable"),
        ("(function () {})", "", "TypeError: the result is a function"),
        ("new Map()", "", "TypeError: a Map, Set or Promise is no value"),
        ("let o = {}; o.o = o; o", "", "TypeError: circular reference"),
        ("'\\ud800'", "", "the result is no value of a variable"),
        ("execution.setVariable('', 1)", "", "TypeError: the name of a variable is a text that is not empty"),
        ("execution.setVariable('a\\0', 1)", "", "'a\\x00' is no name of a variable"),
        ("execution.setVariable('f', print)", "", "TypeError: f is a function"),
        ("let a = 1; for (let i = 0; i < 120; i++) a = [a]; a", "", "the result is no value of a variable"),
        ("Math.random()", "", "Error: Math.random() is not there"),
        ("Array.prototype[Symbol.iterator] = null; execution.setVariable('a', 1)", "", "TypeError: "),
        ("Java.type('java.io.File')", "", "ReferenceError: Java is not defined"),
    ),
)
def test_script_that_fails_says_why(pool, script, variables, message):
    """What goes wrong in a script is told in JavaScript's words, with its place."""
    with pytest.raises(ExpressionError) as failure:
        run(pool, script, variables)
    assert message in str(failure.value)


@pytest.mark.parametrize(
    ("script", "message"),
    (
        ("let a = ;", "SyntaxError: unexpected token in expression: ';' (line 1, column 9)"),
        ("var a = 1;\n  b c", "(line 2, column 5)"),
        ("return a +;", "unexpected token in expression: ';' (line 1, column 11)"),
        ("for (;;", "(line 1, column 8)"),
        ("[" * 100_000, "Maximum call stack size exceeded"),
    ),
)
def test_script_with_a_syntax_error_is_refused_with_its_place(pool, script, message):
    """A script that cannot be read is refused before anything runs."""
    with pytest.raises(ExpressionSyntaxError) as failure:
        JavaScriptExpression.read(script, pool)
    assert message in str(failure.value)


def test_script_sets_variables(pool):
    """What setVariable sets, in order, what the value was at that moment; setVariableLocal the task's own."""
    script = """
        let o = {a: 1};
        execution.setVariable('first', o);
        o.a = 2;
        execution.setVariableLocal('own', o);
        kcontext.setVariable('read', execution.getVariable('first'));
        execution.setVariable('first', 10n ** 20n);
    """

    assert run(pool, script)[1] == {"first": "100000000000000000000", "local own": '{"a":2}', "read": '{"a":2}'}


def test_variables_of_the_top_level_are_set_where_the_file_says_so(pool):
    """With autoStoreVariables what is declared, assigned or changed at the top level is set, functions are not."""
    script = "var a = 1; b = 2; let c = 3; function f() {} order.total = 5; same = same; kept; Date = 1; a"
    variables = '{"order":{"total":1},"same":1.10,"kept":[1]}'

    assert run(pool, script, variables) == ("1", {})
    assert run(pool, script, variables, stores=True) == ("1", {"a": "1", "b": "2", "order": '{"total":5}'})


def test_time_is_the_commands(pool):
    """A script sees the command's time, however it asks, and nothing by which to tell another."""
    script = """[new Date().toISOString(), Date.now(), Date(), new (new Date(0)).constructor().getTime(),
        new Date(5).getTime(), new Date() instanceof Date, Date.UTC(1970, 0, 2), typeof performance, typeof WeakRef,
        new (class extends Date {})().getTime()]"""

    assert json.loads(run(pool, script)[0]) == [
        "2026-11-23T10:30:00.000Z",
        NOW_US // 1000,
        "Mon Nov 23 2026 10:30:00 GMT+0000",
        NOW_US // 1000,
        5,
        True,
        86_400_000,
        "undefined",
        "undefined",
        NOW_US // 1000,
    ]


def test_only_what_a_script_mentions_goes_in(pool):
    """Variables that a script does not name are not even asked for; where it works a name out, all are."""
    variables = Variables('{"a":1,"b":2,"c d":3}')

    assert JavaScriptExpression("a + 1", pool).evaluate(variables) == 2
    assert variables.asked == ["a"]
    assert JavaScriptExpression("execution.getVariable('c d')", pool).evaluate(variables) == 3
    assert "b" not in variables.asked
    assert JavaScriptExpression("execution.getVariableLocal('c' + ' d')", pool).evaluate(variables) == 3
    assert "b" in variables.asked


def test_condition_sets_nothing(pool):
    """A condition that sets a variable fails."""
    with pytest.raises(ExpressionError, match="a condition sets no variables"):
        JavaScriptExpression("execution.setVariable('x', 1); true", pool).evaluate(Variables())


def test_condition_gives_true_or_false(pool):
    """What JavaScript merely takes for true is no answer of a condition."""
    script = JavaScriptExpression("'yes'", pool)

    with pytest.raises(ExpressionError, match="a condition gives true or false"):
        truth(script.evaluate(Variables()), script.dialect)


def test_scripts_leave_nothing_behind(pool):
    """What one script changes in its world another one does not see."""
    run(pool, "globalThis.secret = 1; Array.prototype.map = null")

    assert run(pool, "[typeof secret, typeof [].map]")[0] == '["undefined","function"]'


@pytest.mark.parametrize(
    "script",
    (
        "for (;;) {}",
        "for (;;) { try { for (;;) {} } catch (e) {} }",
        "/(.*)*(.*)*x/.test('a'.repeat(5000))",
        "let m = new Map(); for (let i = 0; ; i++) m.set(i % 100, i)",
        "[...{[Symbol.iterator]() { return {next() { return {done: false} }} }}].length",
        "let i = 0; ({get a() { for (;;) i++ }})",
        # In C, where QuickJS never looks at its clock: the process is ended.
        "Array.prototype.join.call({length: 2 ** 32})",
        "Array.prototype.reverse.call({length: 2 ** 53 - 1})",
        "let a = new Array(2 ** 32 - 1); a.sort()",
        "let a = 'x'.repeat(5e6); for (;;) a.indexOf('y')",
        "(2n ** 1000000n).toString()",
    ),
)
def test_hostile_script_is_stopped(pool, script):
    """A script that does not end, wherever it stays, is stopped; the next one runs."""
    with pytest.raises(ExpressionError):
        run(pool, script)

    assert run(pool, "1")[0] == "1"


@pytest.mark.parametrize(
    "script",
    (
        "let s = 'x'; for (;;) s += s",
        "let a = []; for (;;) a.push(1)",
        "new Uint8Array(1e9)",
        "2n ** 100000000n",
        "function f() { return f() + 1 } f()",
        "JSON.parse('['.repeat(1e6))",
        "let p = new Proxy({}, {get(t, k, r) { return r[k] }}); p.x",
        "'x'.repeat(2_000_000)",
        "new Array(200_001).fill('xxxxx')",
    ),
)
def test_greedy_script_is_stopped(pool, script):
    """A script that wants more memory, more stack or a larger value than it may have fails."""
    with pytest.raises(ExpressionError):
        run(pool, script)


def test_costs_count_against_the_budget(pool):
    """Scripts and the texts that go in and out are charged, so that long runs are cut into slices."""
    budget = Budget()
    JavaScriptExpression("x", pool).run(Variables(json.dumps({"x": "y" * 64_000})), budget)
    assert budget.steps == 100_000 - 1_000 - 1_000 - 1_000
    with pytest.raises(ExpressionBudgetExceeded):
        JavaScriptExpression("1", pool).evaluate(Variables(), Budget(999))


def test_process_that_died_is_replaced(pool):
    """A process that somebody killed costs at most the script that it ran."""
    own = JavaScriptPool()
    run(own, "1")
    (child,) = own._idle
    child.kill()
    child.wait()

    assert run(own, "2")[0] == "2"
    own.close()
    assert own._idle == []


def test_process_that_does_not_answer_is_ended(monkeypatch, tmp_path):
    """The last resort is a clock on the wall, for a process that uses no time of the processor."""
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time\ntime.sleep(3600)")
    monkeypatch.setattr(pool_module, "_WATCH_SECONDS", 0.05)
    monkeypatch.setattr(pool_module, "_CHILD", sleeper)
    own = JavaScriptPool()

    with pytest.raises(ExpressionBudgetExceeded):
        run(own, "1")

    assert own._idle == []


def test_process_that_cannot_be_started_is_no_fault_of_the_model(monkeypatch):
    """Where the system starts nothing the command fails, to be repeated; no incident blames the script."""
    monkeypatch.setattr(pool_module.sys, "executable", "/nowhere/python")
    own = JavaScriptPool()

    with pytest.raises(Unavailable, match="no process for JavaScript can be started"):
        run(own, "1")


@pytest.mark.parametrize(
    ("language", "expected"),
    (
        ("javascript", True),
        ("JavaScript", True),
        ("ecmascript", True),
        ("text/javascript", True),
        ("application/ecmascript", True),
        ("http://www.javascript.com/javascript", True),
        ("graal.js", True),
        ("java", False),
        ("groovy", False),
        ("", False),
        (None, False),
    ),
)
def test_formats_that_are_javascript(language, expected):
    """Names, media types and URIs that stand for JavaScript."""
    assert is_javascript(language) is expected


def task(script: str, attributes: str = "", inside: str = "") -> bytes:
    """A process with a script task in JavaScript and a user task behind it."""
    return bpmn(
        f'<startEvent id="s"/><scriptTask id="t" scriptFormat="javascript" '
        f'xmlns:flowable="http://flowable.org/bpmn" {attributes}>{inside}'
        f'<script><![CDATA[{script}]]></script></scriptTask><userTask id="a"/>' + flows("s -> t", "t -> a")
    )


def verdict(content: bytes, runs: Any) -> list[str]:
    (graph,) = parse_file("p.bpmn", content).processes
    found = compile_process(graph, ELEMENTS, javascript=runs).findings
    return [f"{one.verdict.value} {one.reason}" for one in found if one.element_id in {"t", "g"}]


def test_task_sets_what_its_script_set(pool):
    """A script task runs its script in the step that enters it."""
    h = Harness(
        [task("execution.setVariable('y', x + 1); x * 2", 'camunda:resultVariable="r.v"')],
        MemoryRows(),
        javascript=pool,
    )

    h.start(x=20)

    assert h.variables() == {"x": 20, "y": 21, "r": {"v": 40}}
    assert h.active() == ["a"]


def test_task_keeps_its_own_variables_to_itself(pool):
    """What setVariableLocal sets, and everything where output mappings choose, stays with the task."""
    h = Harness(
        [task("execution.setVariableLocal('y', 1); execution.setVariable('z', 2)")], MemoryRows(), javascript=pool
    )
    h.start()
    assert h.variables() == {"z": 2}

    chosen = task(
        "execution.setVariable('y', n * 2); n",
        'camunda:resultVariable="r"',
        extensions(inputs=["x + 1 -> n"], outputs=["y + r -> out"]),
    )
    h = Harness([chosen], MemoryRows(), javascript=pool)
    h.start(x=1)
    assert h.variables() == {"x": 1, "out": 6}


def test_task_stores_top_level_variables_as_flowable_does(pool):
    """flowable:autoStoreVariables sets what the script assigned."""
    h = Harness([task("var sum = x + 1;", 'flowable:autoStoreVariables="true"')], MemoryRows(), javascript=pool)

    h.start(x=1)

    assert h.variables() == {"x": 1, "sum": 2}


def test_task_that_fails_is_an_incident_and_sets_nothing(pool):
    """A script that fails half-way has set nothing; with the variable corrected it runs again."""
    h = Harness([task("execution.setVariable('y', 1); x.total * 1")], MemoryRows(), javascript=pool)
    h.start()
    (incident,) = h.incidents()
    assert incident.reason == "EXPRESSION_ERROR"
    assert "x is not defined" in incident.message
    assert h.variables() == {}

    h.resolve(x={"total": 1})

    assert h.variables() == {"x": {"total": 1}, "y": 1}


def test_condition_beyond_the_plain_reader_runs(pool):
    """A condition in JavaScript is read by the plain reader where it can, else by JavaScript."""
    body = (
        '<startEvent id="s"/><exclusiveGateway id="g" default="f3"/>'
        '<userTask id="a"/><userTask id="b"/><userTask id="c"/>'
        + flows("s -> g", "f1| g -> a: CONDITION", "f2| g -> b: total > 10", "f3| g -> c")
    ).replace("<conditionExpression>", '<conditionExpression language="javascript">')
    content = bpmn(body.replace("CONDITION", "items.every(i => i.ok) && `${kind}` === 'k'"))
    h = Harness([content], MemoryRows(), javascript=pool)
    h.start(items=[{"ok": True}], kind="k", total=1)
    assert h.active() == ["a"]

    refused = verdict(content, None)[-1]
    assert refused.startswith("refused the condition of sequence flow 'f1'")
    assert "a server with the setting javascript takes more of the language" in refused

    broken = bpmn(body.replace("CONDITION", "items.every(i =>) > 1"))
    assert any("SyntaxError" in one and "(line 1, column" in one for one in verdict(broken, pool))

    elsewhere = Harness([content], MemoryRows(), javascript=ABSENT)
    elsewhere.start(items=[], kind="k", total=1)
    assert [one.message for one in elsewhere.incidents()] == [
        "exclusiveGateway 'g': this server does not run JavaScript (setting javascript) (line 1, column 1)"
    ]


def test_correlation_property_sees_all_that_a_message_carries(pool):
    """Also what its script names by an expression."""
    path = "<messagePath language='javascript'>execution.getVariable(kind) ?? null</messagePath>"
    properties = "".join(
        f'<correlationPropertyRetrievalExpression messageRef="{name}_message">{path}'
        "</correlationPropertyRetrievalExpression>"
        for name in "MN"
    )
    declared = (
        '<message id="M_message" name="M"/><message id="N_message" name="N"/>'
        f'<correlationProperty id="order">{properties}</correlationProperty><collaboration id="co">'
        '<correlationKey id="key"><correlationPropertyRef>order</correlationPropertyRef></correlationKey>'
        "</collaboration>"
    )
    body = '<startEvent id="s"/>' + catch_event("c", event("message", "M")) + catch_event("d", event("message", "N"))
    h = Harness([bpmn(body + flows("s -> c", "c -> d"), extra=declared)], MemoryRows(), javascript=pool)
    h.start()

    h.deliver("M", kind="number", number=17)

    assert [row.key for row in h.rows.subscriptions(h.root_id)] == ["17"]


def test_task_is_a_job_where_javascript_does_not_run(pool):
    """Without the setting a worker runs the script, whoever deployed it; the verdict says what the setting changes."""
    content = task("execution.setVariable('y', 1)", 'flowable:autoStoreVariables="true"')

    (found,) = verdict(content, None)
    assert found.startswith(
        "runs a worker runs the script as job type 'javascript'; a server with the setting javascript"
    )
    assert found.endswith("autoStoreVariables: what the worker sends with CompleteJob is stored")
    assert verdict(content, pool) == ["runs "]
    h = Harness([content], MemoryRows(), javascript=ABSENT)
    h.start()
    assert h.job("t").type == "javascript"


def test_task_with_a_syntax_error_is_refused(pool):
    """The verdict names the place in the script."""
    (refused,) = verdict(task("var a = 1;\n a b"), pool)

    assert (
        refused == "refused the script 'var a = 1; a b' cannot be read: SyntaxError: expecting ';' (line 2, column 4)"
    )


def test_plain_expression_stays_exact(pool):
    """A script that the plain reader reads is computed in decimals, with the setting as without."""
    h = Harness([task("0.1 + 0.2", 'camunda:resultVariable="c"')], MemoryRows(), javascript=pool)
    h.start()

    assert str(h.variables()["c"]) == "0.3"
    assert compile_expression("0.1 + 0.2", language="javascript").evaluate(Variables()) == parse("0.3")


def test_package_that_is_missing_is_noticed(monkeypatch):
    """Whether JavaScript can run is asked of the installed packages."""
    assert is_installed()

    def missing(name: str) -> str:
        raise javascript.pool.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(javascript.pool.importlib.metadata, "version", missing)
    assert not is_installed()
