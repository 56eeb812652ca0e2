import { defineConfig } from 'vitest/config'

/**
 * `unit` needs nothing but this folder; `services` runs against real parts, two files at a time, and `analytics` against
 * the metastore and Trino besides.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{streams,schemas,topology,processors,connectors,api,cli,dashboard,helm,test,bench}/**/*.test.{ts,tsx}',
          ],
          exclude: ['**/*.services.test.ts', '**/*.analytics.test.ts', '**/node_modules/**'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'services',
          include: [
            '{streams,schemas,topology,processors,connectors,api,cli,dashboard,helm,test}/**/*.services.test.ts',
          ],
          globalSetup: ['test/services/global-setup.ts'],
          // Two at a time: most of their time they wait for a part that is gone, or for a session to end.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'analytics',
          include: ['{connectors,cli,test}/**/*.analytics.test.ts'],
          globalSetup: ['test/services/global-setup.ts', 'test/services/lakehouse-setup.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
