import { InvalidArgumentError, type Command } from 'commander';
import { ApiError, UnreachableError } from './client/api-error';
import { exitCodeOf, exitCodes, UsageError } from './exit-codes';
import { createProgram } from './main';
import { portNumber, wholeNumber, wholeNumbers, yamlObject } from './option-values';

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

describe('fathom --help', () => {
  const program = createProgram();

  it('lists every exit code', () => {
    const help = helpOf(program);
    for (const { code, meaning } of Object.values(exitCodes)) expect(help).toContain(`${code}  ${meaning}`);
  });

  it.each(program.commands.map((command) => [command.name(), command] as const))(
    'describes %s and gives an example',
    (name, command) => {
      expect(command.description()).toMatch(/\w/);
      expect(helpOf(command)).toMatch(new RegExp(`Examples?:\\n.*fathom ${name}`));
    },
  );
});

describe('exitCodeOf', () => {
  const problem = { type: 'urn:fathom:error:x', title: 'T', detail: 'D' };
  it.each([
    [new UsageError('wrong'), 2],
    [new UnreachableError('http://127.0.0.1:1', new Error('refused')), 3],
    [new ApiError({ ...problem, status: 503, code: 'dependency-unavailable' }), 3],
    [new ApiError({ ...problem, status: 422, code: 'sweep-cannot-run' }), 4],
    [new Error('anything else'), 1],
  ])('%s', (error, code) => expect(exitCodeOf(error)).toBe(code));
});

describe('ApiError', () => {
  it('shows each violation on a line of its own', () => {
    const error = new ApiError({
      type: 'urn:fathom:error:invalid-request',
      title: 'The request does not have the required shape',
      status: 400,
      code: 'invalid-request',
      detail: '2 fields are wrong',
      violations: [
        { path: '$.name', rule: 'too_small', message: 'too short' },
        { path: '$.dept', rule: 'unrecognized_keys', message: 'unknown field "dept"' },
      ],
    });
    expect(error.message.split('\n').slice(1)).toEqual([
      '  $.name: too short',
      '  $.dept: unknown field "dept"',
    ]);
  });
});

describe('option values', () => {
  it('takes whole numbers, lists of them and ports', () => {
    expect(wholeNumber('12')).toBe(12);
    expect(wholeNumbers('8,14,20')).toEqual([8, 14, 20]);
    expect(portNumber('8080')).toBe(8080);
  });

  it('takes an object in YAML, and refuses anything else', () => {
    expect(yamlObject('{ learningRate: { min: 0.1, max: 1 } }')).toEqual({
      learningRate: { min: 0.1, max: 1 },
    });
    for (const text of ['8', '[1]', 'null', '{ a: '])
      expect(() => yamlObject(text)).toThrow(InvalidArgumentError);
  });

  it.each(['0', '-1', '1.5', 'x', ''])('refuses %j', (text) => {
    expect(() => wholeNumber(text)).toThrow(InvalidArgumentError);
    expect(() => wholeNumbers(`8,${text}`)).toThrow(InvalidArgumentError);
    expect(() => portNumber(text)).toThrow(InvalidArgumentError);
  });
});
