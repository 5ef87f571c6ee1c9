// Program: bpmn-engine (MIT, Node.js) doing the same works, kept in SQLite. Runs on an environment of its own.
//
// The application around it is what a careful user would write: one row per instance with the engine's state as JSON,
// one row per open user task with its owner, a commit after each durable call (WAL, synchronous NORMAL). The state is
// loaded anew by each call that runs an instance. There is no history, no stored answer, no directory.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const given = JSON.parse(process.argv[2]);
const require = createRequire(`${given.home}/package.json`);
const { Engine } = require('bpmn-engine');
const Database = require('better-sqlite3');

const db = new Database(given.path);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = NORMAL');
db.exec(`
  CREATE TABLE instance (id INTEGER PRIMARY KEY, state TEXT NOT NULL, done INTEGER NOT NULL);
  CREATE TABLE task (
    id TEXT PRIMARY KEY, instance INTEGER NOT NULL, element TEXT NOT NULL, candidate TEXT NOT NULL, owner TEXT
  ) WITHOUT ROWID;
  CREATE INDEX task_candidate ON task (candidate);
`);
const sql = {
  addInstance: db.prepare('INSERT INTO instance (state, done) VALUES (?, ?)'),
  setInstance: db.prepare('UPDATE instance SET state = ?, done = ? WHERE id = ?'),
  getInstance: db.prepare('SELECT state FROM instance WHERE id = ?'),
  addTask: db.prepare('INSERT OR IGNORE INTO task VALUES (?, ?, ?, ?, NULL)'),
  removeTask: db.prepare('DELETE FROM task WHERE id = ?'),
  getTask: db.prepare('SELECT instance, element FROM task WHERE id = ? AND owner = ?'),
  ofUser: db.prepare('SELECT id FROM task WHERE candidate = ?'),
  claim: db.prepare('UPDATE task SET owner = ? WHERE id = ? AND owner IS NULL'),
};

const waiting = (execution) => execution.getPostponed().filter((each) => each.type === 'bpmn:UserTask');
const stateOf = (execution) => [JSON.stringify(execution.getState()), Number(waiting(execution).length === 0)];

function offer(execution, instance, user) {
  for (const each of waiting(execution)) sql.addTask.run(`${instance}-${each.id}`, instance, each.id, user);
}

const application = {
  async start(name, variables, user) {
    const engine = new Engine({ name, source: given.files[name] });
    const execution = await engine.execute({ variables });
    const { n } = execution.definitions[0].getProcesses()[0].environment.variables;
    if (name === 'W2' && n !== 20) throw new Error(`W2 counted to ${n}`);
    return db.transaction(() => {
      const instance = sql.addInstance.run(...stateOf(execution)).lastInsertRowid;
      offer(execution, instance, user);
      return String(instance);
    })();
  },
  async tasks(user) {
    return sql.ofUser.all(user).map((row) => row.id);
  },
  async claim(task, user) {
    if (sql.claim.run(user, task).changes !== 1) throw new Error(`${task} was not claimed`);
  },
  async complete(task, user, variables) {
    const { instance, element } = sql.getTask.get(task, user);
    const engine = new Engine();
    engine.recover(JSON.parse(sql.getInstance.get(instance).state));
    const execution = await engine.resume();
    Object.assign(execution.definitions[0].getProcesses()[0].environment.variables, variables);
    waiting(execution).find((each) => each.id === element).signal();
    db.transaction(() => {
      sql.setInstance.run(...stateOf(execution), instance);
      sql.removeTask.run(task);
      offer(execution, instance, user);
    })();
  },
};


const works = {
  async W1(call) {
    await call('start', 'W1', given.variables, 'u');
    for (const variables of [{ approved: true }, {}]) {
      const [task] = await call('tasks', 'u');
      await call('claim', task, 'u');
      await call('complete', task, 'u', variables);
    }
  },
  async W2(call) {
    await call('start', 'W2', { n: 0 }, 'u');
  },
  async W3(call) {
    await call('start', 'W3', given.variables, 'u');
    for (const task of await call('tasks', 'u')) {
      await call('claim', task, 'u');
      await call('complete', task, 'u', {});
    }
  },
};

async function measure({ work, seconds }) {
  const took = [];
  const call = async (name, ...values) => {
    const begun = performance.now();
    const result = await application[name](...values);
    took.push(performance.now() - begun);
    return result;
  };
  const started = performance.now();
  let done = 0;
  while (performance.now() < started + seconds * 1000) {
    await works[work](call);
    done += 1;
  }
  const elapsed = (performance.now() - started) / 1000;
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.ceil(took.length * share) - 1];
  return {
    works: done / elapsed,
    details: { works_measured: done },
    calls: took.length / elapsed,
    p50_ms: at(0.5),
    p99_ms: at(0.99),
  };
}

console.log('{}');
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await measure(JSON.parse(line))));
}
