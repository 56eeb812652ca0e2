import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const PROGRAM = join(import.meta.dirname, '../../node_modules/yaml-language-server/bin/yaml-language-server')

interface Answer {
  readonly id?: number | string
  readonly method?: string
  readonly params?: { readonly items?: readonly unknown[] }
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

export interface Place {
  /** Both from zero, as the protocol counts. */
  readonly line: number
  readonly character: number
}

/** What an editor asks of the YAML language server, over its protocol (LSP 3.17, base protocol on stdio). */
export class LanguageServer {
  readonly #server: ChildProcessWithoutNullStreams
  readonly #waiting = new Map<number | string, { resolve(result: unknown): void; reject(error: Error): void }>()
  #received = Buffer.alloc(0)
  #asked = 0

  private constructor() {
    this.#server = spawn(process.execPath, [PROGRAM, '--stdio'])
    this.#server.stdout.on('data', (bytes: Buffer) => this.#receive(bytes))
    this.#server.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the language server ended'))
    })
  }

  /** Starts one that has the folder open. */
  static async start(folder: string): Promise<LanguageServer> {
    const server = new LanguageServer()
    const rootUri = pathToFileURL(folder).href
    const capabilities = {
      textDocument: { hover: { contentFormat: ['markdown'] } },
      workspace: { configuration: true },
    }
    await server.#ask('initialize', { processId: process.pid, rootUri, capabilities })
    server.#tell('initialized', {})
    return server
  }

  /** Opens a text as the file of that path would be. */
  open(path: string, text: string): void {
    const uri = pathToFileURL(path).href
    this.#tell('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } })
  }

  /** Labels of what can stand at a place. */
  async completions(path: string, position: Place): Promise<readonly string[]> {
    const answer = await this.#ask('textDocument/completion', at(path, position))
    const items = (Array.isArray(answer) ? answer : (answer as { items: unknown[] }).items) as { label: string }[]
    return items.map(({ label }) => label)
  }

  /** What is told about the word at a place; empty where nothing is. */
  async hover(path: string, position: Place): Promise<string> {
    const answer = (await this.#ask('textDocument/hover', at(path, position))) as {
      contents?: { value: string }
    } | null
    return answer?.contents?.value ?? ''
  }

  async stop(): Promise<void> {
    await this.#ask('shutdown', null)
    this.#server.kill()
  }

  #ask(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#asked
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#send({ id, method, params })
    })
  }

  #tell(method: string, params: unknown): void {
    this.#send({ method, params })
  }

  #send(message: object): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message })
    this.#server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes])
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number(/Content-Length: (\d+)/i.exec(this.#received.toString('latin1', 0, end))?.[1])
      const body = this.#received.subarray(end + 4, end + 4 + length)
      if (body.length < length) return
      this.#received = this.#received.subarray(end + 4 + length)
      this.#handle(JSON.parse(body.toString()) as Answer)
    }
  }

  #handle({ id, method, params, result, error }: Answer): void {
    if (id === undefined) return
    // It asks for settings, one answer for each, and to be called back later: there are none, and it may.
    if (method !== undefined) {
      this.#send({ id, result: params?.items?.map(() => null) ?? null })
      return
    }
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(error.message))
  }
}

const at = (path: string, position: Place) => ({ textDocument: { uri: pathToFileURL(path).href }, position })
