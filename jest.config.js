/**
 * Unit tests run anywhere; integration tests need the sandbox cloud, which `npm test` starts. Those named `.full.test.ts`
 * take longer and belong to `npm run test:full`.
 */
const base = {
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': ['ts-jest', { transpilation: true, diagnostics: false }] },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/examples/'],
};

module.exports = {
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
      testPathIgnorePatterns: ['/__tests__/integration/'],
    },
    {
      ...base,
      displayName: 'integration',
      testMatch: ['<rootDir>/__tests__/integration/**/*.test.ts'],
      testPathIgnorePatterns: process.env.FIRESTEEL_TEST_FULL ? [] : ['\\.full\\.test\\.ts$'],
      setupFilesAfterEnv: ['<rootDir>/__tests__/integration/_empty-cloud.ts'],
    },
  ],
};
