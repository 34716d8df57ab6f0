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
    log.warn({}, 'memory is short');
    log.debug({ step: 1 }, 'not for the trial');
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
      { level: 'warn', trial: 'trial', msg: 'memory is short' },
      { level: 'debug', trial: 'trial', msg: 'not for the trial' },
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
