import type { LogChunk } from '@fathom/contracts';
import { createLogger } from '@fathom/runtime';
import { AttemptLog } from './attempt-log';

function given() {
  const chunks: LogChunk[] = [];
  const said: Record<string, unknown>[] = [];
  const destination = {
    write: (text: string) => void said.push(JSON.parse(text) as Record<string, unknown>),
  };
  const attempt = { trialId: 'trial', attemptId: 'attempt', fence: 2 };
  const log = new AttemptLog({
    ...attempt,
    logger: createLogger({ name: 'worker', level: 'debug', destination }).child({ trial: 'trial' }),
    publish: (chunk) => void chunks.push(chunk),
  });
  const texts = () => chunks.map(({ lines }) => lines.map(({ source, text }) => `${source}: ${text}`));
  return { log, chunks, said, texts, attempt };
}

describe('AttemptLog', () => {
  beforeEach(() => jest.useFakeTimers({ now: Date.UTC(2026, 0, 1) }));
  afterEach(() => jest.useRealTimers());

  it('sends what is said within half a second in one chunk, with its source, and says it itself', () => {
    const { log, chunks, said, texts, attempt } = given();
    log.info({ slot: 0, device: 'cpu', none: undefined }, 'training');
    log.training('\u001b[31mtensorflow says\u001b[0m');
    jest.advanceTimersByTime(499);
    expect(chunks).toEqual([]);
    jest.advanceTimersByTime(1);
    log.info({}, 'memory is short');
    log.flush();
    log.flush();
    expect(texts()).toEqual([
      ['worker: training (slot=0, device=cpu)', 'training: tensorflow says'],
      ['worker: memory is short'],
    ]);
    expect(chunks).toMatchObject([
      { ...attempt, seq: 0, endOffset: 106 },
      { ...attempt, seq: 1, endOffset: 151 },
    ]);
    expect(said).toMatchObject([
      { level: 'info', trial: 'trial', msg: 'training' },
      { level: 'debug', trial: 'trial', source: 'training' },
      { level: 'info', trial: 'trial', msg: 'memory is short' },
    ]);
  });

  it('says what a training process tells: too little memory to the trial as well, what is as it should be not', () => {
    const { log, said, texts } = given();
    const started = { type: 'started', device: 'cpu', tensorflow: '2.21.0', resumedFromStep: 7 } as const;
    log.observe(started, 123);
    log.observe({ type: 'memory', memory: { predictedBytes: 1e9, availableBytes: 2e9 } }, 123);
    log.observe({ type: 'memory', memory: { predictedBytes: 2e9, availableBytes: 1e9 } }, 123);
    log.observe({ type: 'working', at: 'evaluation' }, 123);
    log.flush();
    expect(said.map(({ level }) => level)).toEqual(['info', 'debug', 'warn']);
    expect(texts()).toEqual([
      [
        'worker: training (device=cpu, tensorflow=2.21.0, resumedFromStep=7, trainerPid=123)',
        expect.stringMatching(/^worker: .*2000 MB.*1000 MB/),
      ],
    ]);
  });

  it('keeps the newest of a flood, and says how much it left out', () => {
    const { log, chunks, texts } = given();
    for (let i = 1; i <= 1_000; i++) log.training(`${String(i)} ${'x'.repeat(200)}`);
    log.flush();
    log.training('later');
    log.flush();
    const [[first = '', ...rest] = [], second] = texts();
    expect(first).toBe(`worker: … ${String(1_000 - rest.length)} lines left out`);
    expect(rest.length).toBeGreaterThan(100);
    expect(rest.at(-1)).toMatch(/^training: 1000 /);
    expect(chunks[0]?.endOffset).toBeLessThanOrEqual(32_768);
    expect(second).toEqual(['training: later']);
  });
});
