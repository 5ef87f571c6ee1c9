// Runs one script in a context made for it alone. Given a request as JSON, gives an answer as JSON.
//
// Rule of this file: whatever it needs of the language is taken before the script runs, which may replace everything.
// Nothing here reaches the host, since the host put nothing in; the time is the command's, chance is refused.
(function () {
  "use strict";
  const { parse, stringify, rawJSON } = JSON;
  const { defineProperty, getOwnPropertyNames, hasOwn } = Object;
  const { construct, apply } = Reflect;
  const isSafeInteger = Number.isSafeInteger, isFinite = Number.isFinite;
  const evaluate = eval, text = String, whole = BigInt;
  const TypeFault = TypeError, SyntaxFault = SyntaxError, RangeFault = RangeError;
  const NativeDate = Date, NativeMap = Map, NativeSet = Set, NativePromise = Promise, NativeError = Error;
  const exec = RegExp.prototype.exec;
  const matches = (pattern, value) => apply(exec, pattern, [value]);
  const WHOLE = /^-?\d+$/, DECIMAL = /^-?0*(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
  const LEADING = /^0*/, TRAILING = /0*$/, LONG = /[\d.]{16}|\d[eE]/, FRAME = /<input>:(\d+):(\d+)/;
  const slice = String.prototype.slice, split = String.prototype.split, trimEnd = String.prototype.trimEnd;
  const cut = (value, from, to) => apply(slice, value, [from, to]);
  const globals = globalThis;

  // A decimal with more digits than a number of JavaScript keeps. It is carried through as it is; who computes with it
  // is told so, instead of getting another number.
  class LongDecimal {
    #digits;
    constructor(digits) { this.#digits = digits; }
    toString() { return this.#digits; }
    toJSON() { return rawJSON(this.#digits); }
    [Symbol.toPrimitive](hint) {
      if (hint === "string") return this.#digits;
      const why = "has more digits than JavaScript computes with; String() gives its text";
      throw new RangeFault(`the number ${this.#digits} ${why}`);
    }
  }
  const asJSON = { value() { return rawJSON(text(this)); }, writable: true, configurable: true };
  defineProperty(BigInt.prototype, "toJSON", asJSON);

  function canonical(number) {
    const [, head, tail = "", power = "0"] = matches(DECIMAL, number);
    let digits = head + tail, exponent = +power - tail.length;
    digits = cut(digits, matches(LEADING, digits)[0].length);
    const zeros = matches(TRAILING, digits)[0].length;
    digits = cut(digits, 0, digits.length - zeros);
    return digits + "e" + (digits ? exponent + zeros : 0);
  }

  function exactly(_, value, { source }) {
    if (typeof value !== "number") return value;
    if (matches(WHOLE, source)) return isSafeInteger(value) ? value : whole(source);
    return isFinite(value) && canonical(source) === canonical(text(value)) ? value : new LongDecimal(source);
  }

  const read = (json) => (matches(LONG, json) ? parse(json, exactly) : parse(json));

  function plain(_, value) {
    if (typeof value === "number" && !isFinite(value)) throw new TypeFault(`${value} is no value of a variable`);
    if (value instanceof NativeMap || value instanceof NativeSet || value instanceof NativePromise) {
      throw new TypeFault("a Map, Set or Promise is no value of a variable: use an object or a list");
    }
    return value;
  }

  function write(value, what) {
    if (typeof value === "function" || typeof value === "symbol") {
      throw new TypeFault(`${what} is a ${typeof value}, no value of a variable`);
    }
    return value === undefined ? "null" : stringify(value, plain);
  }

  function forbid(now) {
    defineProperty(NativeDate, "now", { value: () => now });
    const Clock = new Proxy(NativeDate, {
      apply: () => new NativeDate(now).toString(),
      construct: (target, given, made) => construct(target, given.length ? given : [now], made),
    });
    defineProperty(NativeDate.prototype, "constructor", { value: Clock });
    defineProperty(globals, "Date", { value: Clock });
    defineProperty(Math, "random", {
      value() {
        throw new NativeError("Math.random() is not there: the same script and variables give the same result");
      },
    });
    const others = ["performance", "WeakRef", "FinalizationRegistry", "Atomics", "SharedArrayBuffer", "queueMicrotask"];
    for (const name of others) delete globals[name];
  }

  // Reads a script without running it: what is thrown stands before it on its first line.
  const BEFORE = "throw 0;", HEAD = "(function(){";
  function fault(script) {
    try { evaluate(BEFORE + script); } catch (error) { return error === 0 ? null : error; }
  }

  function report(error, first) {
    let message, line = 0, column = 0, trace = "";
    try {
      if (error === null) throw null;  // also what is thrown where no memory is left to say so
      message = error instanceof NativeError ? `${error.name}: ${error.message}` : `threw ${text(error)}`;
      trace = error instanceof NativeError ? text(error.stack) : "";
    } catch { message = error === null ? "threw null, or needs too much memory" : "threw what has no text"; }
    for (const frame of apply(split, trace, ["\n"])) {
      const place = matches(FRAME, frame);
      if (place && +place[1] < 10000) {  // this file stands behind line 10,000
        line = +place[1];
        column = line === 1 ? +place[2] - first : +place[2];
        break;
      }
    }
    return { error: cut(message, 0, 1000), line, column: column < 1 ? 1 : column };
  }

  return function run(request) {
    const { script, now, variables, changes } = parse(request);
    const own = getOwnPropertyNames(globals);  // before the reader, which declares a script's variables already
    let first = 0, syntax = fault(script);
    if (syntax && matches(/\breturn\b/, script)) {  // a function's body, as jBPM's conditions are
      first = HEAD.length;
      syntax = fault(HEAD + script + "\n})()");
    }
    if (syntax) return stringify({ ...report(syntax, BEFORE.length + first), syntax: true });
    if (variables === undefined) return "{}";
    forbid(now);
    const values = new NativeMap(), set = new NativeMap();
    const get = NativeMap.prototype.get, put = NativeMap.prototype.set, has = NativeMap.prototype.has;
    const nothing = () => undefined;
    const change = (local) => (name, value) => {
      if (!changes) throw new TypeFault("a condition sets no variables");
      if (typeof name !== "string" || !name) throw new TypeFault("the name of a variable is a text that is not empty");
      // Written at once: what becomes of the object later is not what was set.
      apply(put, set, [(local ? "l" : "p") + name, write(value, name)]);
      apply(put, values, [name, value]);
    };
    const find = (name) => (apply(has, values, [text(name)]) ? apply(get, values, [text(name)]) : null);
    const known = (name) => apply(has, values, [text(name)]);
    const execution = {
      getVariable: find, getVariableLocal: find, hasVariable: known, hasVariableLocal: known,
      setVariable: change(false), setVariableLocal: change(true),
    };
    const offered = {
      execution, kcontext: execution, print: nothing, println: nothing,
      console: { log: nothing, info: nothing, warn: nothing, error: nothing, debug: nothing },
    };
    for (const name of getOwnPropertyNames(offered)) {
      defineProperty(globals, name, { value: offered[name], writable: true, configurable: true });
    }
    const before = new NativeMap();
    const taken = new NativeSet([...own, ...getOwnPropertyNames(offered), ...getOwnPropertyNames(Object.prototype)]);
    for (const name of getOwnPropertyNames(variables)) {
      const value = read(variables[name]);
      values.set(name, value);
      // A variable called as the language's own (Date, Object) is reached by execution.getVariable.
      if (taken.has(name)) continue;
      globals[name] = value;
      if (changes === "all") before.set(name, write(value, name));
    }
    if (changes === "all") {
      for (const name of taken) before.set(name, undefined);
    }
    let value;
    try {
      value = evaluate(first ? HEAD + script + "\n})()" : script);
    } catch (error) {
      return stringify(report(error, first));
    }
    try {
      const answer = { value: write(value, "the result"), set: [] };
      if (changes === "all") {
        for (const name of getOwnPropertyNames(globals)) {
          const known = apply(has, before, [name]), old = apply(get, before, [name]);
          const now = globals[name];
          if ((known && old === undefined) || typeof now === "function") continue;
          const json = write(now, name);
          if (json !== old && !apply(has, set, ["p" + name])) apply(put, set, ["p" + name, json]);
        }
      }
      let count = 0;
      for (const [key, json] of apply(NativeMap.prototype.entries, set, [])) {
        defineProperty(answer.set, count++, { value: { name: cut(key, 1), json, local: key[0] === "l" }, enumerable: true });
      }
      return stringify(answer);
    } catch (error) {
      return stringify(report(error, 0));
    }
  };
})()
