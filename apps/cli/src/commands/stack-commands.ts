import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { checkEnvironment, redacted } from '../environment';
import { UsageError } from '../exit-codes';
import { aborted, interruption } from '../interruption';
import { portNumber, wholeNumber } from '../option-values';
import { repositoryRoot } from '../repository';
import { defaultStackDir, startLocalStack, type LocalStack } from '../stack/local-stack';

interface UpOptions {
  readonly workers: number;
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
}

const log = (line: string): void => void process.stdout.write(`${line}\n`);

/** The commands that run the product's own processes. */
export function addStackCommands(program: Command): void {
  program
    .command('up')
    .description('run Redis, PostgreSQL, a coordinator and workers on this machine until Ctrl-C')
    .option(
      '--workers <n>',
      'workers, each with its share of the cores',
      wholeNumber,
      Math.min(2, availableParallelism()),
    )
    .option('--port <port>', 'port of the API', portNumber, 8080)
    .option('--host <address>', 'address the API listens on; it has no authentication', '127.0.0.1')
    .option('--data-dir <folder>', 'data, logs and checkpoints', defaultStackDir('up'))
    .addHelpText(
      'after',
      '\nREDIS_URL and DATABASE_URL, where set, are used instead of our own Redis and PostgreSQL.\n\n' +
        'Example:\n  fathom up --workers 4 --port 9000',
    )
    .action(up);

  addAppCommand(program, {
    app: 'coordinator',
    description: 'run a coordinator in the foreground; needs REDIS_URL and DATABASE_URL',
    example:
      'REDIS_URL=redis://host:6379 DATABASE_URL=postgres://user:password@host/fathom fathom coordinator',
  });
  addAppCommand(program, {
    app: 'worker',
    description: 'run a worker in the foreground, on any machine that reaches REDIS_URL',
    example: 'REDIS_URL=redis://coordinator-host:6379 fathom worker',
  });
}

async function up(options: UpOptions): Promise<void> {
  checkEnvironment(process.env);
  using stop = interruption();
  log(`Starting in ${options.dataDir}`);
  let stack: LocalStack;
  try {
    stack = await startLocalStack({
      dir: options.dataDir,
      workers: options.workers,
      port: options.port,
      host: options.host,
      durable: true,
      env: process.env,
      signal: stop.signal,
      log: (line) => log(`  ${line}`),
    });
  } catch (error) {
    if (stop.signal.aborted) return;
    throw error;
  }
  try {
    log(addresses(stack));
    await aborted(stop.signal);
    log('\nStopping; running trials write a checkpoint first');
  } finally {
    await stack.stop();
  }
  log('Stopped');
}

const addresses = (stack: LocalStack): string =>
  [
    '',
    `API            ${stack.url}/v1/sweeps`,
    `documentation  ${stack.url}/docs`,
    `queue          ${stack.url}/queues`,
    `metrics        ${[`${stack.url}/metrics`, ...stack.workerMetricsUrls].join('\n               ')}`,
    `Prometheus     prometheus --config.file=${stack.prometheusConfig}`,
    `logs           ${stack.logs}`,
    `more workers   REDIS_URL=${redacted(stack.redisUrl, process.env)} FATHOM_METRICS_PORT=0 fathom worker`,
    '',
    `Try: fathom submit docs/examples/depth-sweep.yaml --watch${port(stack)}`,
    'Ctrl-C stops everything.',
  ].join('\n');

const port = ({ url }: LocalStack): string => (url.endsWith(':8080') ? '' : ` --url ${url}`);

interface AppCommand {
  readonly app: 'coordinator' | 'worker';
  readonly description: string;
  readonly example: string;
}

function addAppCommand(program: Command, { app, description, example }: AppCommand): void {
  program
    .command(app)
    .description(description)
    .addHelpText(
      'after',
      `\nSettings are environment variables, see docs/configuration.md.\nSIGTERM and Ctrl-C end it in order.\n\nExample:\n  ${example}`,
    )
    .action(() => {
      const main = join(repositoryRoot, 'apps', app, 'dist/main.js');
      if (!existsSync(main)) throw new UsageError(`${main} is missing: run "npm run build"`);
      // This process becomes the app: signals and the exit code are its own.
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- chosen at run time; an app is not a library
      require(main);
    });
}
