export default {
  rootDir: '.',
  testTimeout: 180_000,
  testSequencer: '<rootDir>/tools/testing/test-sequencer.cjs',
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['relaypoint-source', 'node', 'node-addons'] },
  setupFiles: ['reflect-metadata'],
  setupFilesAfterEnv: ['<rootDir>/tools/testing/each-test-file.ts'],
  testMatch: [
    '<rootDir>/{apps,libs}/**/*.spec.ts',
    '<rootDir>/{apps,libs}/**/*.int-spec.ts',
    '<rootDir>/tools/**/*.spec.ts',
    '<rootDir>/e2e/**/*.e2e-spec.ts',
  ],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.relaypoint/', '<rootDir>/.artifacts/'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '\\.[mc]?[jt]s$': '<rootDir>/tools/jest-transform.cjs' },
  transformIgnorePatterns: [],
};
