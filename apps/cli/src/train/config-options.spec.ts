import { parameterNames, trainingConfigSchema } from '@fathom/contracts';
import { UsageError } from '../exit-codes';
import { configOf, configOptions } from './config-options';

describe('configOptions', () => {
  const options = configOptions();
  const option = (name: string) => options.find((candidate) => candidate.attributeName() === name);

  it('has one described option for every field of the training configuration', () => {
    for (const name of parameterNames) expect(option(name)?.description).toMatch(/\w/);
    expect(option('learningRate')?.long).toBe('--learning-rate');
  });

  it('takes choices, defaults and what is mandatory from the schema', () => {
    expect(option('precision')?.argChoices).toEqual(['float32', 'bfloat16', 'float16']);
    expect(option('epochs')?.description).toContain('(default: 3)');
    expect(option('depth')?.mandatory).toBe(true);
    expect(option('nesterov')?.isBoolean()).toBe(true);
  });
});

describe('configOf', () => {
  it('reads numbers, words and flags, and fills in the defaults', () => {
    const config = configOf({ depth: '20', learningRate: '0.05', precision: 'bfloat16', nesterov: true });
    expect(config).toEqual(
      trainingConfigSchema.parse({ depth: 20, learningRate: 0.05, precision: 'bfloat16', nesterov: true }),
    );
  });

  it('knows --lr and --batch', () =>
    expect(configOf({ depth: '8', lr: '0.3', batch: '64' })).toMatchObject({
      learningRate: 0.3,
      batchSize: 64,
    }));

  it('names every wrong option with what was given', () => {
    const wrong = () => configOf({ depth: '2', learningRate: 'fast', weightDecay: '0' });
    expect(wrong).toThrow(UsageError);
    expect(wrong).toThrow(/--depth: .*given 2\n--learning-rate: .*given "fast"/);
  });
});
