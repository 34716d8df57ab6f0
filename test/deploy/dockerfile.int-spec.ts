import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
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

describe('the build stage', () => {
  const dir = useTempDir();
  const build = stages.find(({ name }) => name === 'build')?.instructions ?? [];

  it('compiles both programs from what .dockerignore lets it see', () => {
    const context = contextFiles();
    expect(context).toContain('package-lock.json');
    for (const file of context) cpSync(join(root, file), join(dir.path, file));
    linkPackages(dir.path);
    const [program = '', ...args] = last(build, 'RUN').split(' ');
    expect(program).toBe('node_modules/.bin/tsc');
    const compiled = spawnSync(join(root, program), args, { cwd: dir.path, encoding: 'utf8' });
    expect(compiled).toMatchObject({ stdout: '', status: 0 });
    for (const app of ['coordinator', 'worker'])
      expect(existsSync(join(dir.path, 'apps', app, 'dist/main.js'))).toBe(true);
    // Without arguments it only says how it is used, once all that it imports is there.
    const tool = spawnSync(process.execPath, ['tools/image-tree.mjs'], { cwd: dir.path, encoding: 'utf8' });
    expect(tool).toMatchObject({ status: 2, stderr: expect.stringContaining('usage:') as string });
  });

  it('installs what the lock file says, and runs no scripts of packages', () => {
    expect(build.map(({ rest }) => rest).join()).toContain('npm ci --ignore-scripts');
  });
});

/** Files that are sent to be built: those that a line with ! lets in and no later one keeps out. */
function contextFiles(): string[] {
  const lines = readFileSync(`${file}.dockerignore`, 'utf8')
    .split('\n')
    .filter((line) => /^[^#]/.test(line));
  const [all, ...rules] = lines;
  expect(all).toBe('*');
  const allowed = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1));
  // What begins with ** is what git ignores, too.
  const kept = rules.filter((rule) => !/^(!|\*\*\/)/.test(rule));
  const within = (path: string) => (folder: string) => path === folder || path.startsWith(`${folder}/`);
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed
    .split('\n')
    .filter((path) => allowed.some(within(path)) && !kept.some(within(path)) && existsSync(join(root, path)));
}

/** node_modules as npm would make it there: our packages from there, all others from here. */
function linkPackages(folder: string): void {
  const [there, here] = [join(folder, 'node_modules'), join(root, 'node_modules')];
  mkdirSync(join(there, '@fathom'), { recursive: true });
  for (const name of readdirSync(here).filter((entry) => entry !== '@fathom'))
    symlinkSync(join(here, name), join(there, name));
  for (const name of readdirSync(join(here, '@fathom'))) {
    const path = relative(root, realpathSync(join(here, '@fathom', name)));
    symlinkSync(join('../..', path), join(there, '@fathom', name));
    // Another version than most of the others have.
    const own = join(root, path, 'node_modules');
    if (existsSync(own) && existsSync(join(folder, path)))
      symlinkSync(own, join(folder, path, 'node_modules'));
  }
}

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
