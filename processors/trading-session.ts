const DAY_MS = 86_400_000
/** New York is five hours behind UTC in winter, four in summer; no session comes near its midnight, so five will do. */
const BEHIND_UTC_MS = 5 * 3_600_000

/** Number of the trading day in New York an instant belongs to; one more is the next calendar day. */
export const sessionNumberOf = (atMs: number): number => Math.floor((atMs - BEHIND_UTC_MS) / DAY_MS)
