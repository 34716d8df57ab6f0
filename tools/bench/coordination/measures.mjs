// What `npm run bench:coordination` measures, each on a running stack.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReportPublisher } from '@fathom/queue';
import pg from 'pg';
import { epochReport, stepReport } from './reports.mjs';

// What was sent is counted where it arrives.
const log = { warn: () => undefined, info: () => undefined, debug: () => undefined };

export function sweepOf({ trials, epochs = 1, ...overrides }) {
  return {
    name: 'bench',
    dataset: { kind: 'shapes' },
    space: {
      depth: [8, 14, 20, 26],
      learningRate: { min: 0.001, max: 1, scale: 'log' },
      weightDecay: { min: 1e-6, max: 1e-2, scale: 'log' },
      momentum: { min: 0, max: 0.99 },
      seed: { min: 0, max: 1_000_000 },
    },
    recipe: { epochs },
    search: { algorithm: 'random', trials },
    ...overrides,
  };
}

/** Submits a sweep and waits until it has ended. */
export async function runSweep(stack, spec) {
  const began = performance.now();
  const { answer: sweep, ms } = await stack.ask('/v1/sweeps', spec);
  await stack.until(
    async () => (await stack.ask(`/v1/sweeps/${sweep.id}`)).answer.state === 'completed',
    250,
  );
  const seconds = (performance.now() - began) / 1_000;
  return { id: sweep.id, submitMs: ms, trialsPerSecond: spec.search.trials / seconds };
}

/** What the coordinator holds after a collection, when it rests. */
export async function restingMemory(stack) {
  await sleep(2_000);
  stack.coordinator.kill('SIGUSR2');
  await sleep(1_000);
  const metrics = await stack.metrics();
  return { heap: metrics.nodejs_heap_size_used_bytes, resident: metrics.process_resident_memory_bytes };
}

/** Trials that wait for a worker, with an attempt for each to report about. */
async function openAttempts(stack, count) {
  const { answer: sweep } = await stack.ask('/v1/sweeps', sweepOf({ trials: count, epochs: 1_000 }));
  const { answer: page } = await stack.ask(`/v1/sweeps/${sweep.id}/trials?limit=${count}`);
  const attempts = page.items.map(({ id, config }) => ({
    config,
    attempt: { sweepId: sweep.id, trialId: id, attemptId: randomUUID(), fence: 1, segment: 0 },
  }));
  return { sweepId: sweep.id, attempts };
}

const taken = async (stack) => (await stack.metrics()).fathom_reports_total ?? 0;

/** Reports persisted per second: of so many trainings, twenty steps to an epoch. */
export async function reportRate(stack, { trainings, epochs }) {
  const { sweepId, attempts } = await openAttempts(stack, trainings);
  const publisher = new ReportPublisher({ redisUrl: stack.redisUrl, log, maxBuffered: 1_000_000 });
  const before = await taken(stack);
  const began = performance.now();
  let sent = 0;
  const send = (report) => {
    publisher.publish(report);
    sent++;
  };
  for (let epoch = 1; epoch <= epochs; epoch++)
    for (const { attempt, config } of attempts) {
      for (let step = 1; step <= 20; step++) send(stepReport(attempt, config, 20 * (epoch - 1) + step));
      send(epochReport(attempt, config, epoch));
    }
  await stack.until(async () => (await taken(stack)) >= before + sent, 100);
  const seconds = (performance.now() - began) / 1_000;
  await publisher.close(5_000);
  await stack.ask(`/v1/sweeps/${sweepId}/cancel`, {});
  return { reports: sent, perSecond: sent / seconds };
}

/** Milliseconds from a worker's report to the client of the sweep's stream, at so many reports a second. */
export async function streamLatency(stack, { perSecond, seconds }) {
  const { sweepId, attempts } = await openAttempts(stack, 50);
  const publisher = new ReportPublisher({ redisUrl: stack.redisUrl, log });
  const over = new AbortController();
  const sentAt = new Map();
  const latencies = [];
  const response = await fetch(`${stack.url}/v1/sweeps/${sweepId}/events`, { signal: over.signal });
  const reading = read(response.body, ({ type, number, metrics }) => {
    if (type !== 'stepReported') return;
    const key = `${number} ${metrics.step}`;
    if (sentAt.has(key)) latencies.push(performance.now() - sentAt.get(key));
    sentAt.delete(key);
  });
  for (const { attempt, config } of attempts) publisher.publish(epochReport(attempt, config, 1));
  await sleep(1_000);
  const count = perSecond * seconds;
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const index = i % attempts.length;
    const { attempt, config } = attempts[index];
    const step = 21 + Math.floor(i / attempts.length);
    sentAt.set(`${index + 1} ${step}`, performance.now());
    publisher.publish(stepReport(attempt, config, step));
    await sleep(Math.max(0, began + (1_000 * (i + 1)) / perSecond - performance.now()));
  }
  await stack.until(() => Promise.resolve(latencies.length >= count), 50, 10_000).catch(() => undefined);
  over.abort();
  await reading;
  await publisher.close(5_000);
  await stack.ask(`/v1/sweeps/${sweepId}/cancel`, {});
  return { sent: count, latencies };
}

async function read(body, onEvent) {
  let text = '';
  try {
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const parts = (text + chunk).split('\n\n');
      text = parts.pop();
      for (const part of parts) {
        const data = part.split('\n').find((line) => line.startsWith('data: '));
        if (data) onEvent(JSON.parse(data.slice('data: '.length)));
      }
    }
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
  }
}

const QUESTIONS = ['importance', 'best', 'pareto', 'depth', 'parallel'];

/** Milliseconds of each answer about a sweep that has ended. */
export async function analysisTimes(stack, sweepId, repeats) {
  const times = {};
  for (const question of QUESTIONS) {
    times[question] = [];
    for (let i = 0; i < repeats; i++)
      times[question].push((await stack.ask(`/v1/sweeps/${sweepId}/analysis/${question}`)).ms);
  }
  return times;
}

/** Bytes of a row in PostgreSQL with its indices, of the tables that grow. */
export async function rowBytes({ databaseUrl }) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const bytes = {};
    for (const name of ['metric_points', 'events', 'trials', 'attempts']) {
      const { rows } = await client.query(
        `select pg_total_relation_size('${name}')::float8 / greatest(1, count(*)) as bytes from ${name}`,
      );
      bytes[name] = rows[0].bytes;
    }
    return bytes;
  } finally {
    await client.end();
  }
}
