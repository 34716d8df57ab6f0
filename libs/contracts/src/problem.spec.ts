import { errorCodes, type ErrorCode } from './error-codes';
import { jsonPath, problem, problemSchema } from './problem';

describe('problem', () => {
  it.each(Object.keys(errorCodes) as ErrorCode[])('makes a valid body for %s', (code) => {
    const body = problem(code, 'what happened', [{ path: '$', rule: 'r', message: 'm' }]);
    expect(problemSchema.parse(body)).toEqual(body);
    expect(body.status).toBe(errorCodes[code].status);
  });
});

describe('jsonPath', () => {
  it('writes names, indices and names that need quotes', () => {
    expect(jsonPath([])).toBe('$');
    expect(jsonPath(['space', 'depth', 1])).toBe('$.space.depth[1]');
    expect(jsonPath(['a b', 'c"d'])).toBe('$["a b"]["c\\"d"]');
  });
});
