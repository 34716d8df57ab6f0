import { ProblemError } from './problem-error';
import { parseBody } from './request-body';

const bytes = (text: string) => new TextEncoder().encode(text);

function problemOf(run: () => unknown) {
  try {
    run();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseBody', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])('reads %s', (type) => {
    expect(parseBody(type, bytes('{"a":[1,true]}'))).toEqual({ a: [1, true] });
  });

  it.each(['application/yaml', 'application/x-yaml', 'text/yaml'])('reads %s', (type) => {
    expect(parseBody(type, bytes('a: [1, true]\nb: no\n'))).toEqual({ a: [1, true], b: 'no' });
  });

  it.each([undefined, '', 'text/plain', 'multipart/form-data'])('refuses the type %p', (type) => {
    expect(problemOf(() => parseBody(type, bytes('{}')))).toMatchObject({
      code: 'unsupported-media-type',
      status: 415,
    });
  });

  it.each([
    ['application/json', ''],
    ['application/json', '{"a":'],
    ['application/yaml', 'a: [1'],
    ['application/yaml', 'a: 1\na: 2'],
    ['application/yaml', 'a: 1\n---\nb: 2'],
    ['application/yaml', 'a: !!js/function "x"'],
    ['application/yaml', '['.repeat(50_000)],
    ['application/yaml', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['application/yaml', `${'- '.repeat(5_000)}1`],
    ['application/yaml', `a: ${'? '.repeat(5_000)}1`],
  ])('says of %s %j that it is malformed', (type, text) => {
    expect(problemOf(() => parseBody(type, bytes(text)))).toMatchObject({
      code: 'malformed-body',
      status: 400,
    });
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(problemOf(() => parseBody('application/json', new Uint8Array([0x22, 0xff, 0x22])))).toMatchObject({
      code: 'malformed-body',
    });
  });

  it('refuses an alias bomb instead of expanding it', () => {
    const levels = Array.from({ length: 12 }, (_, i) => {
      const inner = i === 0 ? 'x' : `*l${String(i - 1)}`;
      return `l${String(i)}: &l${String(i)} [${Array(10).fill(inner).join(', ')}]`;
    });
    expect(problemOf(() => parseBody('application/yaml', bytes(levels.join('\n'))))).toMatchObject({
      code: 'malformed-body',
      detail: expect.stringContaining('alias') as string,
    });
  });
});
