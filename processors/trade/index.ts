export { type TradePorts, trade } from './trade.ts'
