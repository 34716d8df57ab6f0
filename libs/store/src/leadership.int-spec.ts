import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually, usePostgres } from '@fathom/testkit';
import { Client } from 'pg';
import { Leadership } from './leadership';

const FOLLOWER_MS = 10_000;
const PROGRAM = `
  const { Leadership } = require(process.argv[1]);
  new Leadership({
    url: process.argv[2],
    onElected: () => process.stdout.write('leads '),
    onLost: () => Promise.resolve(void process.stdout.write('lost ')),
    onOutbox: () => undefined,
    onError: () => undefined,
  }).start();
`;

describe('leadership', () => {
  const postgres = usePostgres();
  let url = '';
  const processes: ChildProcess[] = [];
  const leaderships: Leadership[] = [];
  beforeEach(async () => {
    url = await postgres.createDatabase();
  });
  afterEach(async () => {
    for (const leadership of leaderships.splice(0)) await leadership.stop();
    for (const child of processes.splice(0))
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
  });

  function candidate() {
    const seen: string[] = [];
    const leadership = new Leadership({
      url,
      onElected: () => seen.push('elected'),
      onLost: () => Promise.resolve(void seen.push('lost')),
      onOutbox: () => seen.push('outbox'),
      onError: () => seen.push('error'),
    });
    leaderships.push(leadership);
    leadership.start();
    return { leadership, seen };
  }

  const until = (isSo: () => boolean, timeoutMs = FOLLOWER_MS) =>
    eventually(
      () => {
        if (!isSo()) throw new Error('not so');
        return Promise.resolve();
      },
      { timeoutMs },
    );

  /** A process of its own, that leads. */
  async function leadingProcess() {
    const child = spawn(
      process.execPath,
      ['-e', PROGRAM, join(__dirname, '..', 'dist', 'leadership.js'), url],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    processes.push(child);
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until(() => said === 'leads ');
    return { child, said: () => said };
  }

  it('is had by one, and by the next when it is given up', async () => {
    const first = candidate();
    await until(() => first.leadership.isLeader);
    const second = candidate();
    const third = candidate();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect([second, third].map(({ leadership }) => leadership.isLeader)).toEqual([false, false]);
    await first.leadership.stop();
    expect(first.seen).toEqual(['elected', 'lost']);
    await until(() => second.leadership.isLeader !== third.leadership.isLeader);
  });

  it('passes on within ten seconds from a process that was killed', async () => {
    const { child } = await leadingProcess();
    const { leadership } = candidate();
    child.kill('SIGKILL');
    await until(() => leadership.isLeader);
  });

  it('passes on within ten seconds from a process that hangs, which notices when it goes on', async () => {
    const { child, said } = await leadingProcess();
    const { leadership } = candidate();
    child.kill('SIGSTOP');
    await until(() => leadership.isLeader);
    child.kill('SIGCONT');
    await until(() => said() === 'leads lost ');
    expect(leadership.isLeader).toBe(true);
  });

  it('is told of what is put into the outbox, and comes back after its session was cut', async () => {
    const { leadership, seen } = candidate();
    await until(() => leadership.isLeader);
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(`select pg_notify('fathom_outbox', '')`);
    await until(() => seen.includes('outbox'));
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'fathom-leader' and datname = current_database()`,
    );
    await client.end();
    await until(() => seen.filter((word) => word === 'elected').length === 2);
    expect(seen).toEqual(['elected', 'outbox', 'lost', 'error', 'elected']);
  });
});
