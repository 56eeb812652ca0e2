import { MARKET_DAY, openRecording, type Recording } from '../../connectors/index.ts'
import { loadMarketDay } from './market-day.ts'

/** The recording of a name: the simulated market day, or a folder that is read and checked. Throws RecordingError. */
export const loadRecording = async (name: string): Promise<Recording> =>
  name === MARKET_DAY ? loadMarketDay() : openRecording(name)
