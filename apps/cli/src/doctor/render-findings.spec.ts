import { stripVTControlCharacters } from 'node:util';
import { isHealthy, type Finding } from './finding';
import { checkNode } from './machine-checks';
import { renderFindings } from './render-findings';

const ok: Finding = { name: 'Node.js', state: 'ok', found: '24.1.0' };
const optional: Finding = { name: 'Prometheus', state: 'optional', found: 'not there', advice: 'install it' };
const missing: Finding = { name: 'Redis', state: 'missing', found: 'not there', advice: 'one\nor two' };
const text = (findings: Finding[]) => stripVTControlCharacters(renderFindings(findings));

describe('renderFindings', () => {
  it('marks what is there and what only some commands use', () =>
    expect(text([ok, optional])).toBe(
      [
        '✓ Node.js     24.1.0',
        '– Prometheus  not there',
        '              install it',
        '',
        'Everything that is needed is there.',
      ].join('\n'),
    ));

  it('puts every line of the advice below, and sums up what is missing', () => {
    const lines = text([ok, missing]).split('\n');
    expect(lines).toContain('✗ Redis    not there');
    expect(lines).toContain('           one');
    expect(lines).toContain('           or two');
    expect(lines.at(-1)).toMatch(/^Missing: Redis\./);
  });
});

describe('isHealthy', () => {
  it('holds without what is optional, and not without what is needed', () => {
    expect(isHealthy([ok, optional])).toBe(true);
    expect(isHealthy([ok, missing])).toBe(false);
  });
});

describe('checkNode', () => {
  it.each([
    ['20.18.3', 'missing'],
    ['18.20.0', 'missing'],
    ['20.19.0', 'ok'],
    ['22.1.0', 'ok'],
    ['24.9.0', 'ok'],
  ])('finds %s %s', (version, state) => expect(checkNode(version).state).toBe(state));
});
