// The durable benchmark's work on DBOS Transact. Reads one command a line from standard input, a JSON object of
//   work       "sequence": five steps one after another; "fanout": a hundred at once
//   callers    workflows at a time, each caller starting the next one as soon as his is done
//   warmUp, seconds
// and answers each with a line {"steps", "seconds", "latencies"}: steps begun while the window was open, its length, and in
// microseconds the times from one step's start to the next one's within a sequence. Ends with its standard input.
'use strict';
const readline = require('node:readline');
const { DBOS } = require('@dbos-inc/dbos-sdk');

const SEQUENCE = 5;
const FANOUT = 100;
let window = null;

/** What FleetChat's activity does too: nothing but being counted. */
async function step(caller, previous) {
  const now = performance.now();
  if (window !== null) {
    window.steps++;
    if (previous.at !== null) window.latencies.push(Math.round((now - previous.at) * 1000));
  }
  previous.at = now;
  return caller;
}

const work = {
  sequence: DBOS.registerWorkflow(
    async (caller) => {
      const previous = { at: null };
      let last = caller;
      for (let i = 0; i < SEQUENCE; i++) last = await DBOS.runStep(() => step(last, previous), { name: 'step' });
      return last;
    },
    { name: 'sequence' },
  ),
  fanout: DBOS.registerWorkflow(
    async (caller) => {
      const results = await Promise.all(
        Array.from({ length: FANOUT }, () => DBOS.runStep(() => step(caller, { at: null }), { name: 'step' })),
      );
      return results.length;
    },
    { name: 'fanout' },
  ),
};

async function measure({ work: name, callers, warmUp, seconds }) {
  let ended = false;
  const calling = Array.from({ length: callers }, async (_, caller) => {
    while (!ended) await (await DBOS.startWorkflow(work[name])(caller)).getResult();
  });
  const failed = Promise.all(calling);
  await Promise.race([sleep(warmUp), failed]);
  const seen = (window = { steps: 0, latencies: [] });
  const openedAt = performance.now();
  await Promise.race([sleep(seconds), failed]);
  window = null;
  const length = (performance.now() - openedAt) / 1000;
  ended = true;
  await failed;
  return { steps: seen.steps, seconds: length, latencies: seen.latencies };
}

function sleep(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

async function main() {
  DBOS.setConfig({
    name: 'fleetchat-benchmarks',
    systemDatabaseUrl: process.env.DBOS_SYSTEM_DATABASE_URL,
    systemDatabasePoolSize: Number(process.env.DBOS_POOL_SIZE),
    logLevel: 'error',
  });
  await DBOS.launch();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await measure(JSON.parse(line))));
  }
  await DBOS.shutdown();
}

main().then(
  () => process.exit(0),
  (failure) => {
    console.error(failure);
    process.exit(1);
  },
);
