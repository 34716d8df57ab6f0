import { createLogger } from './logger';

function capture() {
  const lines: Record<string, unknown>[] = [];
  return { lines, write: (text: string) => void lines.push(JSON.parse(text) as Record<string, unknown>) };
}

describe('createLogger', () => {
  it('writes one JSON object a line with level name, program and error', () => {
    const destination = capture();
    createLogger({ name: 'worker', level: 'info', destination }).warn(
      { error: new TypeError('bad') },
      'trial failed',
    );
    expect(destination.lines).toEqual([
      expect.objectContaining({
        level: 'warn',
        name: 'worker',
        msg: 'trial failed',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
        error: expect.objectContaining({ type: 'TypeError', message: 'bad' }) as object,
      }),
    ]);
  });

  it('leaves out what is below its level', () => {
    const destination = capture();
    const logger = createLogger({ name: 'worker', level: 'error', destination });
    logger.warn('unheard');
    expect(destination.lines).toEqual([]);
  });

  it.each([
    ['debug', 'debug'],
    ['loud', 'info'],
  ])('takes FATHOM_LOG_LEVEL=%s as %s', (given, level) => {
    const before = process.env['FATHOM_LOG_LEVEL'];
    process.env['FATHOM_LOG_LEVEL'] = given;
    try {
      expect(createLogger({ name: 'x', destination: capture() }).level).toBe(level);
    } finally {
      if (before === undefined) delete process.env['FATHOM_LOG_LEVEL'];
      else process.env['FATHOM_LOG_LEVEL'] = before;
    }
  });
});
