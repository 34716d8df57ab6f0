import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export const usage = `usage: npm run bench -- [options]

Measures our training step against tf.layers, PyTorch and Keras, in one run and interleaved. A run of everything
writes its tables into docs/benchmarks.md; a run of a part prints them.

  --case LIST         resnet20, resnet110, resnet18, resnet34, resnet50, resnet101, resnet152
                      (default: resnet20,resnet110,resnet18,resnet50,resnet152)
  --precision LIST    float32, bfloat16 (default: both)
  --contenders LIST   fathom, tf-layers, torch, keras, fathom@NAME for a snapshot, fathom@/PATH for
                      another clone (default: the first four)
  --rounds N          rounds of each case (default: 5 to 10, by case)
  --round-ms N        how long each contender trains in a round at least (default: 1500)
  --batch N           images per step (default: 128 at 32 px, 16 at 224 px)
  --threads N         CPU threads of each contender (default: one for each core)
  --parts LIST        steps, startup, epochs, gpu (default: all; steps where a case or contenders are named)
  --allocator NAME    keep: glibc keeps the memory that is freed, for every contender; system: as it comes (default: keep)
  --quick             3 short rounds of each case
  --json FILE         all measured values
  --from FILE         the tables of an earlier run's --json; measures nothing
  --page FILE         write the tables of this run there, also of a part (default: docs/benchmarks.md, of a run of
                      everything only)
  --dry               write no tables into a page
  --snapshot NAME     keep a copy of what is built now, to be measured later as fathom@NAME; measures nothing
  --no-setup          take what is installed and built as it is
  --help

PyTorch and Keras are looked for in python3, or in the Python that FATHOM_BENCH_PYTHON names.
Exit codes: 0 measured, 1 something failed, 2 wrong options, 130 interrupted.`;

export const parts = ['steps', 'startup', 'epochs', 'gpu'];

export class UsageError extends Error {
  name = 'UsageError';
}

const list = { type: 'string' };
const flag = { type: 'boolean', default: false };

/** @throws UsageError for options that are not known; names of cases and contenders are checked later */
export function parseOptions(args) {
  const { values } = parsed(args);
  const names = (text) => text?.split(',').map((name) => name.trim());
  const whole = (name) => {
    if (values[name] === undefined) return undefined;
    if (!/^[1-9]\d*$/.test(values[name]))
      throw new UsageError(`--${name}: expected a whole number of at least 1, given ${values[name]}`);
    return Number(values[name]);
  };
  return {
    args,
    help: values.help,
    cases: names(values.case),
    precisions: names(values.precision),
    contenders: names(values.contenders),
    rounds: whole('rounds'),
    roundMs: whole('round-ms'),
    batch: whole('batch'),
    machine: {
      threads: whole('threads') ?? availableParallelism(),
      allocator: values.allocator ?? 'keep',
    },
    parts: names(values.parts) ?? (values.case || values.contenders ? ['steps'] : parts),
    quick: values.quick,
    json: values.json,
    from: values.from,
    page: values.page,
    dry: values.dry,
    snapshot: values.snapshot,
    setup: !values['no-setup'],
    python: process.env.FATHOM_BENCH_PYTHON || 'python3',
  };
}

function parsed(args) {
  try {
    return parseArgs({
      args,
      options: {
        case: list,
        precision: list,
        contenders: list,
        rounds: list,
        'round-ms': list,
        batch: list,
        threads: list,
        allocator: list,
        quick: flag,
        json: list,
        from: list,
        page: list,
        parts: list,
        dry: flag,
        snapshot: list,
        'no-setup': flag,
        help: { ...flag, short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error.message);
  }
}

/** @throws UsageError naming the option, what was given and what is allowed */
export function checkNames(option, given, isKnown, known) {
  const unknown = given.filter((name) => !isKnown(name));
  if (unknown.length > 0)
    throw new UsageError(`--${option}: there is no ${unknown.join(', ')}; allowed are ${known.join(', ')}`);
}
