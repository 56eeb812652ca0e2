export type { TradePorts } from './ask-risk.ts'
export { trade } from './trade.ts'
