import { pino } from 'pino'
import type { EngineLogger } from '../../streams/index.ts'

/** Log lines as JSON on stderr; LOG_LEVEL sets how many. */
export const createLogger = (level: string): EngineLogger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2))
