import type { Recording } from '../../connectors/index.ts'

export function loadMarketDay(): Recording {
  throw new Error('not yet')
}
