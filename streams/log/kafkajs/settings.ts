import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import kafkajs, { type KafkaConfig, type logCreator } from 'kafkajs'
import { type KafkaConnection, silentLogger } from '../kafka/connection.ts'

const { CompressionCodecs, CompressionTypes, logLevel } = kafkajs

// Other writers compress; gzip is built in, and the runtime brings zstd. The rest fails with the codec's name.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: (encoder: { buffer: Buffer }) => promisify(zstdCompress)(encoder.buffer),
  decompress: (buffer: Buffer) => promisify(zstdDecompress)(buffer),
})

/** The connection as kafkajs wants it. Few retries: the engine decides how often to try again, and says so. */
export function kafkajsConfig(connection: KafkaConnection): KafkaConfig & { logCreator: logCreator } {
  return {
    brokers: [...connection.brokers],
    clientId: connection.clientId,
    connectionTimeout: 5_000,
    requestTimeout: 30_000,
    retry: { retries: 3, initialRetryTime: 200, maxRetryTime: 2_000 },
    ...(connection.ssl === undefined ? {} : { ssl: connection.ssl }),
    ...(connection.sasl === undefined ? {} : { sasl: connection.sasl }),
    logLevel: logLevel.WARN,
    logCreator: () => logTo(connection),
  } as KafkaConfig & { logCreator: logCreator }
}

function logTo(connection: KafkaConnection): ReturnType<logCreator> {
  const logger = connection.logger ?? silentLogger
  return ({ level, log: { message, timestamp: _, ...fields } }) => {
    if (level === logLevel.ERROR) logger.error(fields, message)
    else logger.warn(fields, message)
  }
}
