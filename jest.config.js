// One file for all suites. The suffix of a test file says what it costs:
// .spec = pure and fast, .int-spec = real services or TensorFlow, .e2e-spec = the whole stack, .gpu-spec = a GPU.

// A test file has a copy of the environment: what the engine sets there for TensorFlow the library does not see.
process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';

const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  // NestJS 12 and a few others are ESM only; Jest runs in CommonJS mode, so they are transformed.
  transformIgnorePatterns: ['/node_modules/(?!(@nestjs|pure-rand|get-port|eventsource-parser)/)'],
  moduleNameMapper: {
    '^@fathom/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/.fathom/'],
};
const roots = ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test'];
module.exports = {
  testTimeout: 60_000,
  projects: [
    { ...shared, roots, displayName: 'unit', testRegex: '\\.spec\\.ts$' },
    { ...shared, roots, displayName: 'integration', testRegex: '\\.int-spec\\.ts$' },
    { ...shared, roots, displayName: 'e2e', testRegex: '\\.e2e-spec\\.ts$' },
    { ...shared, roots, displayName: 'gpu', testRegex: '\\.gpu-spec\\.ts$' },
  ],
};
