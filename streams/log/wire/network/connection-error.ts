/** A broker cannot be reached, or a connection to it broke. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  /** False where the request cannot have reached the broker. */
  readonly sent: boolean

  constructor(message: string, sent: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.sent = sent
  }
}

/** What is at the address is no broker that this client can talk to, and trying again does not change that. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}
