import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binFolder, freshRunFolder, root } from './cache.ts'
import { run } from './command.ts'
import { installGoProgram } from './go-program.ts'
import { freePort, launch } from './launch.ts'
import type { Part } from './part.ts'
import type { Breakable } from './running.ts'
import { tinyModel } from './tiny-model.ts'

const PROGRAM = {
  module: 'github.com/ollama/ollama',
  version: 'v0.17.4',
  sum: 'h1:X3KNm9x4BlHqk/AXMGtC7pBAFd46nmJmy8yDaBZLo9s=',
} as const

export const ollamaPart: Part = {
  name: 'ollama',
  version: PROGRAM.version,
  fingerprint: JSON.stringify(PROGRAM),
  tools: ['go'],
  debian: ['g++', 'nlohmann-json3-dev', 'libstb-dev'],
  heavy: true,
  files: () => [join(binFolder, 'ollama')],
  // The module leaves out two headers: one comes from Debian, the audio decoder's is ours.
  install: () =>
    installGoProgram('ollama', {
      ...PROGRAM,
      env: { CGO_ENABLED: '1', CPLUS_INCLUDE_PATH: join(root, 'test', 'services', 'no-audio') },
    }),
  otherwise: 'set OLLAMA_URL to a server, and OLLAMA_MODEL to a model that it has',
}

export interface RunningOllama extends Breakable {
  readonly url: string
  readonly model: string
}

const MODEL = 'stonks-tiny'
const MODELFILE = [
  'FROM ./tiny.gguf',
  'TEMPLATE """{{ range .Messages }}{{ .Role }}: {{ .Content }}',
  '{{ end }}assistant: """',
  'PARAMETER num_ctx 2048',
  '',
].join('\n')

/** Starts Ollama with one model of random weights: fit to test transport, schema, limits and errors, never meaning. */
export async function startOllama(): Promise<RunningOllama> {
  const port = await freePort()
  const folder = freshRunFolder('ollama')
  const models = join(folder, 'models')
  mkdirSync(models)
  const url = `http://127.0.0.1:${port}`
  const env = { ...process.env, HOME: folder, OLLAMA_HOST: `127.0.0.1:${port}`, OLLAMA_MODELS: models }
  const command = join(binFolder, 'ollama')
  const server = await launch({
    name: 'ollama',
    command,
    args: ['serve'],
    folder,
    env,
    ready: new URL(`${url}/api/version`),
  })
  try {
    writeFileSync(join(folder, 'tiny.gguf'), tinyModel())
    writeFileSync(join(folder, 'Modelfile'), MODELFILE)
    await run(command, ['create', MODEL, '-f', 'Modelfile'], { cwd: folder, env, timeoutMs: 60_000 })
  } catch (error) {
    await server.stop()
    throw error
  }
  return Object.assign(server, { url, model: MODEL })
}
