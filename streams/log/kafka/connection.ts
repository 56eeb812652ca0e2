/** Where a Kafka cluster is and how to get in. Both Kafka drivers take it. */
export interface KafkaConnection {
  /** `host:port` of some brokers; the rest is learnt from them. */
  readonly brokers: readonly string[]
  readonly clientId: string
  /** True for TLS with the system's authorities. Certificates and keys are PEM text. */
  readonly ssl?: boolean | KafkaTls
  readonly sasl?: KafkaSasl
  readonly logger?: DriverLogger
}

export interface KafkaTls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

/** What a client says of itself. Fields first, as pino has it. */
export interface DriverLogger {
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const silentLogger: DriverLogger = { warn: () => undefined, error: () => undefined }
