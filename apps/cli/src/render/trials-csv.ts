import { finalMetricsSchema, trainingConfigSchema, type TrialSummary } from '@fathom/contracts';
import { stringify } from 'csv-stringify/sync';

interface Column {
  readonly name: string;
  readonly of: (trial: TrialSummary) => string | number | boolean | null | undefined;
}

/** The JSON has what is told of each class, which is not one number, and the last learning rate: a column has its name. */
const LEFT_OUT: readonly string[] = ['classAccuracy', 'confusion', 'learningRate'];

const parameters = trainingConfigSchema.keyof().options.map((name): Column => ({
  name,
  of: ({ config }) => config[name],
}));
const metrics = finalMetricsSchema
  .keyof()
  .options.filter((name) => !LEFT_OUT.includes(name))
  .map((name): Column => ({
    name,
    of: (trial) => {
      const value = trial.metrics?.[name];
      return Array.isArray(value) ? undefined : value;
    },
  }));

/**
 * A table of trials for spreadsheets and data frames (RFC 4180): a row each, a column for each hyper-parameter and metric,
 * with the names of the API. Shares are between 0 and 1, times seconds; what there is not is empty.
 *
 * @param objectives names of the sweep's objectives: `objective.<name>` is its final value, or that of the last epoch
 */
export function trialsCsv(trials: readonly TrialSummary[], objectives: readonly string[]): string {
  const columns: readonly Column[] = [
    { name: 'trial', of: ({ number }) => number },
    { name: 'id', of: ({ id }) => id },
    { name: 'state', of: ({ state }) => state },
    ...parameters,
    { name: 'attempts', of: ({ attempts }) => attempts },
    { name: 'epochsDone', of: ({ epochsDone }) => epochsDone },
    ...objectives.map((name, i): Column => ({
      name: `objective.${name}`,
      of: (trial) => trial.objectives[i],
    })),
    ...metrics,
    { name: 'failureClass', of: ({ failure }) => failure?.class },
    { name: 'failureMessage', of: ({ failure }) => failure?.message },
    { name: 'createdAt', of: ({ createdAt }) => createdAt },
    { name: 'startedAt', of: ({ startedAt }) => startedAt },
    { name: 'endedAt', of: ({ endedAt }) => endedAt },
  ];
  const rows = trials.map((trial) => columns.map(({ of }) => of(trial)));
  return stringify([columns.map(({ name }) => name), ...rows], { cast: { boolean: String } });
}
