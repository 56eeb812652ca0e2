import { statSync } from 'node:fs'
import { basename } from 'node:path'
import type { TopologyFile } from '../../../api/contract.ts'
import { type CheckedTopology, reloadOf } from '../../../topology/index.ts'
import type { Settings } from '../../settings.ts'
import { checkFile } from '../load-topology.ts'

/**
 * How the topology file stands to what was loaded of it. Looked at when asked, and read again only where one of its files was
 * written since.
 */
export function openFileState(settings: Settings, loaded: CheckedTopology): () => TopologyFile {
  let files: readonly string[] = [settings.topologyFile, ...settings.overlayFiles]
  let stamp = ''
  let state: TopologyFile = { state: 'as_loaded', changes: [] }
  return () => {
    const now = files.map(stampOf).join()
    if (now === stamp) return state
    const looked = look(settings, loaded)
    files = looked.files
    stamp = files.map(stampOf).join()
    state = looked.state
    return state
  }
}

interface Looked {
  readonly state: TopologyFile
  /** Those it was put together of. */
  readonly files: readonly string[]
}

function look(settings: Settings, loaded: CheckedTopology): Looked {
  try {
    const checked = checkFile(settings.topologyFile, settings)
    const files = [...checked.sources.keys()]
    if (checked.ok) return { state: comparedTo(loaded, checked.topology), files }
    const errors = checked.diagnostics.filter(({ severity }) => severity === 'error')
    const changes = errors.map(({ span, code, message }) => `${basename(span.file)}:${span.line} ${code} ${message}`)
    return { state: { state: 'broken', changes }, files }
  } catch (error) {
    return { state: { state: 'broken', changes: [(error as Error).message] }, files: [settings.topologyFile] }
  }
}

function comparedTo(loaded: CheckedTopology, now: CheckedTopology): TopologyFile {
  const reload = reloadOf(loaded, now, Object.keys(loaded.nodes))
  if (reload.kind === 'nothing') return { state: 'as_loaded', changes: [] }
  return { state: 'changed', changes: reload.kind === 'shape' ? reload.changed : reload.nodes }
}

function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  return found === undefined ? 'gone' : `${found.mtimeMs}/${found.size}`
}
