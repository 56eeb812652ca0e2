/** Every failure the engine can name. The code alone decides whether retrying can help. */
const FAILURES = {
  TOPOLOGY_INVALID: { retriable: false },
  INVALID_STATE: { retriable: false },
  DESERIALIZATION: { retriable: false },
  SERIALIZATION: { retriable: false },
  PROCESSING: { retriable: false },
  RECORD_TOO_LARGE: { retriable: false },
  LOG_UNAVAILABLE: { retriable: true },
  LOG_IN_USE: { retriable: false },
  DISK_FULL: { retriable: false },
  TOPIC_MISSING: { retriable: false },
  COMMIT_AMBIGUOUS: { retriable: false },
  PRODUCER_FENCED: { retriable: false },
  GUARANTEE_UNSUPPORTED: { retriable: false },
  DRIVER_MISSING: { retriable: false },
  SINK_THREAD_LOST: { retriable: true },
  SINK_UNAVAILABLE: { retriable: true },
  SINK_POSITION_LOST: { retriable: false },
  CALL_TIMEOUT: { retriable: true },
  PARKING_FULL: { retriable: false },
} as const

export type FailureCode = keyof typeof FAILURES
export type FailureDetails = Readonly<Record<string, string | number | bigint>>

/** The engine's one error class; context travels as fields in `details`. */
export class StreamsError extends Error {
  override readonly name = 'StreamsError'
  readonly code: FailureCode
  readonly retriable: boolean
  readonly details: FailureDetails

  constructor(code: FailureCode, message: string, details: FailureDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.retriable = FAILURES[code].retriable
    this.details = details
  }
}
