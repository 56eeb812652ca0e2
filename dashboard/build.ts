import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const configFile = fileURLToPath(new URL('./vite.config.ts', import.meta.url))

/** Writes the pages to `outDir`, which is emptied first. Throws what the bundler throws. */
export async function buildDashboard(outDir: string): Promise<void> {
  // The bundler reads this, not its mode, to choose React's production code; the caller may run under another.
  const before = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  try {
    await build({
      configFile,
      mode: 'production',
      logLevel: 'warn',
      build: { outDir: resolve(outDir), emptyOutDir: true },
    })
  } finally {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outDir = process.argv[2]
  if (outDir === undefined)
    throw new Error('dashboard/build.ts needs the folder to write to: node dashboard/build.ts <outDir>')
  await buildDashboard(outDir)
}
