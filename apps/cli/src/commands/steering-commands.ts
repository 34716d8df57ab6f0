import type { CloneRequest, ExtendRequest, RerunRequest, SteerRequest, SweepDetail } from '@fathom/contracts';
import type { Command } from 'commander';
import { ApiClient } from '../client/api-client';
import { wholeNumber, wholeNumbers, yamlObject } from '../option-values';
import { jsonOption, print, printJson, urlOption, watchToEnd } from './sweep-commands';

interface SteeringOptions extends SteerRequest {
  readonly url: string;
  readonly json?: true;
  readonly watch?: true;
  readonly idempotencyKey?: string;
}

const EXAMPLE_ID = '0198c5d2-6a51-7a3c-9d0e-2f0f5b1c7e11';

/** The commands that change a sweep that is there. */
export function addSteeringCommands(program: Command): void {
  steering(
    program,
    'pause',
    'pause a sweep: running trials are checkpointed and given back, queued ones wait',
  );
  steering(program, 'resume', 'let a paused sweep go on where it was');
  steering(program, 'cancel', 'cancel a sweep: queued trials are dropped, running ones stopped');

  repeatable(program, 'extend', 'give a sweep more to do: trials, epochs, values, budget', [
    `fathom extend ${EXAMPLE_ID} --trials 48`,
    `fathom extend ${EXAMPLE_ID} --space '{ learningRate: { min: 0.001, max: 1, scale: log } }'`,
    `fathom extend ${EXAMPLE_ID} --budget '{ maxDeviceHours: 8 }'`,
  ])
    .option('--trials <n>', 'configurations to try in all', wholeNumber)
    .option(
      '--epochs <n>',
      'epochs of a training, while the sweep is paused and no trial has begun',
      wholeNumber,
    )
    .option('--space <yaml>', 'whole new domains; every old value has to be among the new', yamlObject)
    .option('--budget <yaml>', 'higher limits; null takes one away', yamlObject)
    .action(async (id: string, options: SteeringOptions & ExtendRequest) => {
      const { trials, epochs, space, budget } = options;
      await carryOut(id, 'extend', options, { trials, epochs, space, budget });
    });

  repeatable(program, 'clone', 'start a sweep like another one', [
    `fathom clone ${EXAMPLE_ID} --name 'second try' --trials 48 --warm-start`,
    `fathom clone ${EXAMPLE_ID} --changes '{ recipe: { epochs: 20 } }'`,
  ])
    .option('--name <name>', 'of the new sweep (default: the same with " copy" behind it)')
    .option('--trials <n>', 'configurations to try in all', wholeNumber)
    .option('--changes <yaml>', 'what else is different; null takes a field away', yamlObject)
    .option('--warm-start', "learn from the sweep's completed trials, which are not trained again")
    .action(
      async (
        id: string,
        options: SteeringOptions & Partial<CloneRequest> & { name?: string; trials?: number },
      ) => {
        const { name, trials, changes, warmStart } = options;
        const given = {
          ...changes,
          ...(name === undefined ? {} : { name }),
          ...(trials === undefined ? {} : { search: { ...searchOf(changes), trials } }),
        };
        await carryOut(id, 'clone', options, { changes: given, warmStart });
      },
    );

  repeatable(program, 'rerun', 'give failed and diverged trials another attempt', [
    `fathom rerun ${EXAMPLE_ID}`,
    `fathom rerun ${EXAMPLE_ID} --trials 3,17`,
  ])
    .option(
      '--trials <numbers>',
      'only these, by number (default: all that failed or diverged)',
      wholeNumbers,
    )
    .action(async (id: string, options: SteeringOptions & RerunRequest) => {
      await carryOut(id, 'rerun-failed', options, { trials: options.trials });
    });
}

const searchOf = (changes: CloneRequest['changes'] | undefined): object => {
  const search = changes?.['search'];
  return typeof search === 'object' && search !== null ? search : {};
};

/** One that changes nothing where it is asked for again. */
function steering(program: Command, name: 'pause' | 'resume' | 'cancel', description: string): void {
  asked(program, name, `${description}; again changes nothing`)
    .addHelpText('after', `\nExample:\n  fathom ${name} ${EXAMPLE_ID} --reason 'the machine is needed'`)
    .action(async (id: string, options: SteeringOptions) => {
      await carryOut(id, name, options, {});
    });
}

/** One that a repeat would do twice. */
function repeatable(
  program: Command,
  name: string,
  description: string,
  examples: readonly string[],
): Command {
  return asked(program, name, description)
    .option('--idempotency-key <key>', 'asking again with the same key has no second effect')
    .option('--watch', 'show it until it ends; exits 1 if no trial completed')
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`);
}

const asked = (program: Command, name: string, description: string): Command =>
  program
    .command(`${name} <sweep>`)
    .description(description)
    .option('--by <name>', 'who asks, for the log of decisions')
    .option('--reason <text>', 'why, for the log of decisions')
    .addOption(jsonOption())
    .addOption(urlOption());

async function carryOut(
  id: string,
  operation: string,
  options: SteeringOptions,
  body: object,
): Promise<void> {
  const { url, by, reason, idempotencyKey, json, watch } = options;
  const client = new ApiClient(url);
  const sweep = await client.steer(id, operation, { ...body, by, reason }, idempotencyKey);
  if (json) printJson(sweep);
  else print(inOneLine(sweep));
  if (watch) await watchToEnd(client, sweep.id);
}

/** "sweep 0198… is paused: 3 of 12 trials have ended (paused by Ada)" */
export function inOneLine({ id, state, reason, trials, plannedTrials }: SweepDetail): string {
  const { queued, running, paused, ...ended } = trials;
  const count = Object.values(ended).reduce((sum, n) => sum + n, 0);
  const waiting = [`${running} running`, `${queued} queued`, ...(paused > 0 ? [`${paused} at a rung`] : [])];
  const why = reason === null ? '' : ` (${reason})`;
  return `sweep ${id} is ${state}: ${count} of ${plannedTrials} trials have ended, ${waiting.join(', ')}${why}`;
}
