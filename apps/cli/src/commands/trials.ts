import { objectivesOf, trialStateSchema, type TrialSummary } from '@fathom/contracts';
import { Option, type Command } from 'commander';
import { ApiClient } from '../client/api-client';
import { percent } from '../render/format';
import { table } from '../render/tables';
import { trialsCsv } from '../render/trials-csv';
import { jsonOption, print, printJson, urlOption } from './sweep-commands';

interface TrialsOptions {
  readonly url: string;
  readonly json?: true;
  readonly csv?: true;
  readonly state?: string;
}

export function addTrialsCommand(program: Command): void {
  program
    .command('trials <sweep>')
    .description('list all trials of a sweep, as a table or as CSV for spreadsheets and data frames')
    .addOption(new Option('--state <state>', 'only trials in this state').choices(trialStateSchema.options))
    .option('--csv', 'every hyper-parameter and metric as comma-separated values')
    .addOption(jsonOption().conflicts('csv'))
    .addOption(urlOption())
    .addHelpText(
      'after',
      '\nExample:\n  fathom trials 0198c5d2-6a51-7a3c-9d0e-2f0f5b1c7e11 --csv > trials.csv',
    )
    .action(async (id: string, { url, json, csv, state }: TrialsOptions) => {
      const client = new ApiClient(url);
      const wanted = state === undefined ? {} : { state };
      const [sweep, trials] = await Promise.all([client.sweep(id), client.allTrials(id, wanted)]);
      const objectives = objectivesOf(sweep.spec).map(({ metric }) => metric);
      if (json) printJson(trials);
      else if (csv) process.stdout.write(trialsCsv(trials, objectives));
      else print(trials.length === 0 ? 'no trials' : trialsTable(trials, objectives[0] ?? 'objective'));
    });
}

/** In the order of their numbers. */
function trialsTable(trials: readonly TrialSummary[], objective: string): string {
  const out = table(
    ['trial', 'state', 'depth', 'variant', 'lr', 'batch', 'seed', 'epochs', objective, 'test error', 'id'],
    [0, 2, 4, 5, 6, 7, 8, 9],
  );
  for (const { number, state, config, epochsDone, objective: value, metrics, id } of trials)
    out.push([
      ...[number, state, config.depth, config.variant, Number(config.learningRate.toPrecision(3))],
      ...[config.batchSize, config.seed, epochsDone, value === null ? '–' : Number(value.toPrecision(4))],
      ...[metrics === null ? '–' : percent(metrics.testError), id],
    ]);
  return out.toString();
}
