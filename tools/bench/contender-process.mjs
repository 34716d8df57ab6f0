// One contender in a process of its own, which trains some steps when told to and says how long they took.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { environmentOf } from './environment.mjs';

const running = new Set();
/** Nothing that was started here outlives this process. */
export function killAll() {
  for (const child of running) child.kill('SIGKILL');
}
process.on('exit', killAll);

/** What a process says it cannot do, or how it ended. */
export class ContenderError extends Error {
  name = 'ContenderError';
}

export class ContenderProcess {
  #child;
  #lines;
  #errors = '';
  #ended;

  /**
   * Starts it and waits until it has warmed up.
   *
   * @param {import('./contenders.mjs').Contender} contender
   * @param {object} job what it is to train, for its last argument as JSON
   * @param {import('./environment.mjs').Machine} machine
   * @throws ContenderError
   */
  static async start(contender, job, machine) {
    const process = new ContenderProcess(contender, job, machine);
    const ready = await process.#next();
    process.ready = ready;
    if (job.parameters !== undefined && ready.parameters !== job.parameters)
      throw new ContenderError(
        `${contender.name} trains ${ready.parameters} parameters and not the network's ${job.parameters}`,
      );
    return process;
  }

  constructor(contender, job, machine) {
    this.contender = contender;
    const [command, ...args] = contender.command;
    this.#child = spawn(command, [...args, JSON.stringify({ ...job, ...machine })], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environmentOf(machine), ...contender.env },
    });
    running.add(this.#child);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.stderr.on('data', (chunk) => (this.#errors = (this.#errors + chunk).slice(-4000)));
    this.#child.stdin.on('error', () => undefined); // it ended; #next says how
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => resolve(error.message));
      this.#child.on('close', (code, signal) => {
        running.delete(this.#child);
        resolve(signal ?? `code ${code}`);
      });
    });
  }

  /**
   * @param {number} count of steps
   * @returns {Promise<{ ms: number, steps: number, loss: number }>} ms of all of them together
   */
  async steps(count) {
    this.#child.stdin.write(`steps ${count}\n`);
    const answer = await this.#next();
    if (!Number.isFinite(answer.loss))
      throw new ContenderError(`${this.contender.name}: the loss is ${answer.loss}`);
    return answer;
  }

  /** Bytes of memory the process has had at most so far; undefined where the system does not tell. */
  peakMemory() {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
    } catch {
      return undefined;
    }
  }

  async end() {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Its next answer: a line of JSON. Anything else that libraries print is passed over. */
  async #next() {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) {
        const how = await this.#ended;
        throw new ContenderError(`${this.contender.name} ended with ${how}: ${complaint(this.#errors)}`);
      }
      if (value.startsWith('{')) return JSON.parse(value);
    }
  }
}

/** Of a stack trace of Node.js or Python, the line that says what is wrong. */
const complaint = (errors) =>
  errors
    .split('\n')
    .filter((line) => /^[\w.]*(?:Error|Exception)\b.*: /.test(line))
    .at(-1) ?? errors.trim().slice(-1000);
