import { API_KINDS, type ApiKind, createApp, reconciled, type Server, serveAllApps, serveApp } from '../../api/app.ts'
import { silentLogger } from '../../streams/index.ts'
import { CommandError, EXIT } from '../output.ts'
import { ACCOUNT_ID, apiDeps } from '../runtime/apis.ts'
import { createEngineView } from '../runtime/engine-view.ts'
import { graphWithoutCode } from '../runtime/graph-without-code.ts'
import { nodesOfGroups } from '../runtime/lag/lag-row.ts'
import { openLag } from '../runtime/lag/open-lag.ts'
import { recordLag } from '../runtime/lag/record-lag.ts'
import { watchBridges } from '../runtime/lag/watch-bridges.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { createLogger } from '../runtime/log.ts'
import { openDatabase, openDriver } from '../runtime/parts.ts'
import { openFileState } from '../runtime/reload/file-state.ts'
import { untilStopped } from '../runtime/until-stopped.ts'
import type { CommandPorts } from './command.ts'

/** `stonks serve`: one API on PORT, or several under their prefixes. */
export function serveCommand({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('serve')
    .description('serve an API on PORT: query, registry, risk, trading; or `all`, each under its prefix')
    .argument('<api>', 'query, registry, risk, trading or all')
    .action(async (name: string) => {
      const kind = [...API_KINDS, 'all' as const].find((k) => k === name)
      if (!kind)
        throw new CommandError(EXIT.usage, `there is no API ${name}`, `the APIs are ${API_KINDS.join(', ')}, and all`)
      const chosen = settings()
      const topology = loadTopology(chosen, output)
      const logger = createLogger(process.env['LOG_LEVEL'] || 'info')
      const database = await openDatabase(chosen)
      const driver = await openDriver(chosen, silentLogger)
      const graph = graphWithoutCode(topology)
      const opened = await openLag({ settings: chosen, graph, driver: async () => driver })
      const watched = kind === 'query' || kind === 'all' ? watchBridges(chosen, topology) : undefined
      const bridges = watched === undefined ? {} : { bridges: watched.lists }
      const file = openFileState(chosen, topology)
      const engine = createEngineView({ topology, file, lag: opened.lag, nodes: nodesOfGroups(graph), ...bridges })
      const deps = apiDeps({ settings: chosen, database, engine, driver, logger, topology })
      if (kind === 'risk' || kind === 'all') await reconciled(database, ACCOUNT_ID, new Date())
      const at = { host: chosen.host, port: chosen.port }
      const server: Server =
        kind === 'all' ? await serveAllApps(deps, at) : await serveApp(createApp(kind as ApiKind, deps), at)
      const stopRecording =
        kind === 'query' || kind === 'all' ? recordLag(opened.lag, database, logger) : async () => {}
      output.note(`${kind} API at ${server.url}, its pages at ${server.url}${kind === 'all' ? '/api' : ''}/docs`)
      await untilStopped(output.note)
      await server.close()
      await stopRecording()
      watched?.close()
      await opened.close()
      await driver.close()
      await database.close()
      finish(EXIT.done)
    })
}
