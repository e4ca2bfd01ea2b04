import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    alias: [
      // Vitest does not read #ifdef: the tests run on the browser's platform.
      { find: /^@\/platform$/, replacement: fileURLToPath(new URL('src/platform/browser.ts', import.meta.url)) },
      { find: '@', replacement: fileURLToPath(new URL('src', import.meta.url)) },
    ],
  },
  test: { include: ['test/**/*.test.ts'] },
})
