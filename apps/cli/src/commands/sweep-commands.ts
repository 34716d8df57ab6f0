import { datasetFacts, sweepStateSchema, type SweepDetail } from '@fathom/contracts';
import { Option, type Command } from 'commander';
import Table from 'cli-table3';
import { ApiClient } from '../client/api-client';
import { exitCodes } from '../exit-codes';
import { percent } from '../render/format';
import { chanceWarning, headline } from '../render/html-report';
import { depthTable, leaderboard } from '../render/tables';
import { previewView } from '../render/preview-view';
import { trialView } from '../render/trial-view';
import { depthChart } from '../render/terminal-chart';
import { readSweepFile } from '../sweep-file';
import { watchSweep } from '../watch-sweep';

export const urlOption = () =>
  new Option('--url <url>', 'address of the coordinator').env('FATHOM_URL').default('http://127.0.0.1:8080');
export const jsonOption = () => new Option('--json', "print the API's answer as JSON");

interface ClientOptions {
  readonly url: string;
  readonly json?: true;
}

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** The commands that talk to a coordinator about sweeps. */
export function addSweepCommands(program: Command): void {
  program
    .command('submit <file>')
    .description('submit a sweep from a YAML or JSON file (- reads standard input)')
    .option('--idempotency-key <key>', 'submitting again with the same key gives the same sweep')
    .option('--watch', 'show it until it ends; exits 1 if no trial completed')
    .addOption(jsonOption())
    .addOption(urlOption())
    .addHelpText('after', '\nExample:\n  fathom submit docs/examples/depth-sweep.yaml --watch')
    .action(async (file: string, options: ClientOptions & { idempotencyKey?: string; watch?: true }) => {
      const client = new ApiClient(options.url);
      const { body, contentType } = readSweepFile(file);
      const key = options.idempotencyKey;
      const sweep = await client.submit(body, {
        contentType,
        ...(key === undefined ? {} : { idempotencyKey: key }),
      });
      if (options.json) printJson(sweep);
      else print(`sweep ${sweep.id} (${sweep.plannedTrials} trials)`);
      if (options.watch) await watchToEnd(client, sweep.id);
    });

  program
    .command('preview <file>')
    .description('what a sweep would do and cost, without submitting it')
    .addOption(
      new Option('--workers <n>', 'trials at a time (default: as the fleet is now)').argParser(Number),
    )
    .addOption(jsonOption())
    .addOption(urlOption())
    .addHelpText('after', '\nExample:\n  fathom preview docs/examples/depth-sweep.yaml --workers 4')
    .action(async (file: string, options: ClientOptions & { workers?: number }) => {
      const { body, contentType } = readSweepFile(file);
      const preview = await new ApiClient(options.url).preview(body, contentType, options.workers);
      if (options.json) printJson(preview);
      else print(previewView(preview));
    });

  program
    .command('list')
    .description('list sweeps, newest first')
    .addHelpText('after', '\nExample:\n  fathom list --state running')
    .addOption(new Option('--state <state>', 'only sweeps in this state').choices(sweepStateSchema.options))
    .option('--limit <n>', 'how many', Number, 20)
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(async (options: ClientOptions & { state?: string; limit: number }) => {
      const query = {
        limit: options.limit,
        ...(options.state === undefined ? {} : { state: options.state }),
      };
      const page = await new ApiClient(options.url).sweeps(query);
      if (options.json) {
        printJson(page);
        return;
      }
      const table = new Table({
        head: ['id', 'name', 'state', 'progress', 'trials', 'best'],
        style: { head: [], border: [] },
      });
      for (const sweep of page.items) {
        const best = sweep.best?.objective?.toPrecision(4) ?? '–';
        table.push([
          sweep.id,
          sweep.name,
          sweep.state,
          percent(sweep.progress, 0),
          sweep.plannedTrials,
          best,
        ]);
      }
      print(page.items.length === 0 ? 'no sweeps' : table.toString());
      if (page.total > page.items.length) print(`${page.items.length} of ${page.total}`);
    });

  program
    .command('show <sweep>')
    .description("show a sweep's progress, leaderboard and error by depth")
    .addHelpText('after', '\nExample:\n  fathom show 0198c5d2-6a51-7a3c-9d0e-2f0f5b1c7e11')
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(async (id: string, options: ClientOptions) => {
      const client = new ApiClient(options.url);
      const sweep = await client.sweep(id);
      if (options.json) printJson(sweep);
      else await printResults(client, sweep);
    });

  program
    .command('watch <sweep>')
    .description('show a sweep live until it ends; exits 1 if no trial completed')
    .addHelpText('after', '\nExample:\n  fathom watch 0198c5d2-6a51-7a3c-9d0e-2f0f5b1c7e11')
    .addOption(urlOption())
    .action(async (id: string, options: ClientOptions) => watchToEnd(new ApiClient(options.url), id));

  program
    .command('trial <id>')
    .description('show one trial: settings, epochs, attempts, failure')
    .addOption(jsonOption())
    .addOption(urlOption())
    .addHelpText('after', '\nExample:\n  fathom trial 0198c5d2-6a51-7a3c-9d0e-2f0f5b1c7e11')
    .action(async (id: string, options: ClientOptions) => {
      const trial = await new ApiClient(options.url).trial(id);
      if (options.json) printJson(trial);
      else print(trialView(trial));
    });
}

/** Watches a sweep to its end, prints its results and sets the exit code. Ctrl-C leaves the sweep running. */
export async function watchToEnd(client: ApiClient, sweepId: string): Promise<void> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const sweep = await watchSweep(client, sweepId, process.stdout, interrupted.signal);
  if (interrupted.signal.aborted) {
    print(`\nno longer watching; the sweep goes on: fathom watch ${sweepId}`);
    process.exitCode = exitCodes.interrupted.code;
    return;
  }
  await printResults(client, sweep);
  if (sweep.state !== 'completed') process.exitCode = exitCodes.failed.code;
}

/** Leaderboard, error by depth as table and chart, and the answer in one sentence. */
export async function printResults(client: ApiClient, sweep: SweepDetail): Promise<void> {
  const [trials, { rows }] = await Promise.all([client.allTrials(sweep.id), client.depthTable(sweep.id)]);
  const counts = Object.entries(sweep.trials).flatMap(([state, count]) =>
    count > 0 ? [`${count} ${state}`] : [],
  );
  print(
    `\n${sweep.name}: ${sweep.state}, ${counts.join(', ')}${sweep.reason === null ? '' : ` (${sweep.reason})`}`,
  );
  for (const { number, state, failure } of trials)
    if (failure !== null) print(`trial ${number} ${state}: ${failure.class}: ${failure.message}`);
  if (rows.length === 0) return;
  print(`\nLeaderboard\n${leaderboard(trials)}`);
  print(`\nTest error by depth, mean ± standard deviation over trials\n${depthTable(rows)}`);
  const { classes } = datasetFacts(sweep.spec.dataset);
  print(`\n${depthChart(rows)}\n\n${chanceWarning(rows, classes) ?? headline(rows)}`);
}
