import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useTempDir } from '@fathom/testkit';
import { describeWithTools, root, runTool } from './deploy-tools';
import { environmentIn, last, stagesOf, wholeStage } from './dockerfile';

const file = join(root, 'deploy/docker/Dockerfile');
const text = readFileSync(file, 'utf8');
const stages = stagesOf(text);

describeWithTools('the Dockerfile, by hadolint', () => {
  const dir = useTempDir();

  it('has nothing to be said against', () => {
    expect(runTool('hadolint', ['--failure-threshold=info', file])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('would be told of what is wrong', () => {
    const wrong = join(dir.path, 'Dockerfile');
    writeFileSync(wrong, text.replace('USER 10001:10001', 'USER root'));
    expect(runTool('hadolint', [wrong])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching('DL3002') as string,
    });
  });
});

describe.each(['coordinator', 'worker'])('the image of the %s', (name) => {
  const instructions = wholeStage(stages, name);
  const commands = instructions.filter(({ word }) => word === 'RUN').map(({ rest }) => rest);

  it('is an ordinary user, says how it is, and passes signals on', () => {
    expect(last(instructions, 'USER')).toBe('10001:10001');
    expect(last(instructions, 'STOPSIGNAL')).toBe('SIGTERM');
    expect(last(instructions, 'HEALTHCHECK')).toContain('/health');
    expect(JSON.parse(last(instructions, 'ENTRYPOINT'))).toEqual([
      'tini',
      '--',
      'node',
      `apps/${name}/dist/main.js`,
    ]);
  });

  it('installs nothing and compiles nothing in the end', () => {
    expect(stages.map((stage) => stage.name)).toContain('build');
    expect(commands.filter((command) => /apt|npm|pip|g\+\+|curl|wget/.test(command))).toEqual([]);
    const copies = instructions
      .filter(({ word }) => word === 'COPY' || word === 'ADD')
      .map(({ rest }) => rest);
    expect(copies).toEqual([
      '--from=node /usr/local/bin/node /usr/local/bin/node',
      '--from=build /usr/bin/tini-static /usr/local/bin/tini',
      `--from=${name}-tree /image /app`,
    ]);
  });

  it('says what it is and where the list of its parts lies', () => {
    const labels = instructions
      .filter(({ word }) => word === 'LABEL')
      .map(({ rest }) => rest)
      .join(' ');
    for (const label of ['title', 'description', 'version', 'revision', 'created', 'licenses', 'base.name'])
      expect(labels).toContain(`org.opencontainers.image.${label}=`);
    expect(labels).toContain('fathom.sbom.path=/app/sbom.cdx.json');
  });

  it('opens the port that it listens on', () => {
    const env = environmentIn(instructions);
    expect(last(instructions, 'EXPOSE')).toBe(env['PORT'] ?? env['FATHOM_METRICS_PORT']);
  });
});
