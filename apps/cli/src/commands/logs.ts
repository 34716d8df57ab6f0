import type { TrialLogLine } from '@fathom/contracts';
import type { Command } from 'commander';
import { trialLog } from '../client/trial-log';
import { exitCodes } from '../exit-codes';
import { interruption } from '../interruption';
import { wholeNumber } from '../option-values';
import { urlOption } from './sweep-commands';

interface LogsOptions {
  readonly url: string;
  readonly follow: boolean;
  readonly attempt?: number;
  readonly tail?: number;
  readonly json: boolean;
}

export function addLogsCommand(program: Command): void {
  program
    .command('logs <trial>')
    .description('show what the training process of a trial wrote, and what its worker said of it')
    .option('-f, --follow', 'go on with what comes, until the trial has ended', false)
    .option('--attempt <n>', 'of one attempt only, by its number', wholeNumber)
    .option('--tail <n>', 'the last lines of what there is', wholeNumber)
    .option('--json', 'a JSON object for each line', false)
    .addOption(urlOption())
    .addHelpText('after', '\nExample:\n  fathom logs 0190c7a2-… --tail 50 --follow')
    .action(logs);
}

async function logs(trial: string, { url, json, ...options }: LogsOptions): Promise<void> {
  using stop = interruption();
  for await (const line of trialLog(url, trial, options, stop.signal))
    process.stdout.write(`${json ? JSON.stringify(line) : textOf(line)}\n`);
  if (stop.signal.aborted) process.exitCode = exitCodes.interrupted.code;
}

const textOf = ({ at, attempt, source, text }: TrialLogLine): string =>
  `${at.slice(0, 19).replace('T', ' ')}  ${String(attempt)}  ${source.padEnd(8)}  ${text}`;
