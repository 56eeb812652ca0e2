/** Where the engine tells what happened; pino's shape, so a pino logger fits. */
export interface EngineLogger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const silentLogger: EngineLogger = { info: () => {}, warn: () => {}, error: () => {} }
