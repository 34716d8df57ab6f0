import pc from 'picocolors';
import { isHealthy, type Finding, type FindingState } from './finding';

const marks: Readonly<Record<FindingState, string>> = {
  ok: pc.green('✓'),
  missing: pc.red('✗'),
  optional: pc.dim('–'),
};

/** The findings for a terminal: one line each, with what to do about it below, and a verdict. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map((finding) => finding.name.length));
  const indent = ' '.repeat(width + 4);
  const lines = findings.flatMap(({ name, state, found, advice }) => [
    `${marks[state]} ${name.padEnd(width)}  ${found}`,
    ...(advice === undefined ? [] : advice.split('\n').map((line) => `${indent}${line}`)),
  ]);
  return [...lines, '', verdict(findings)].join('\n');
}

function verdict(findings: readonly Finding[]): string {
  const missing = findings.filter((finding) => finding.state === 'missing').map((finding) => finding.name);
  return isHealthy(findings)
    ? 'Everything that is needed is there.'
    : `Missing: ${missing.join(', ')}. "npm run setup" provides what can be provided.`;
}
