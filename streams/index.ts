/** The engine's door: every public name, listed. */
export { type Clock, systemClock } from './clock.ts'
export {
  type Catalog,
  type CatalogEntry,
  type Component,
  type ConfigOf,
  defineProcessor,
  defineSink,
  defineSource,
  type Field,
  type Fields,
  field,
  type ProcessorComponent,
  parseConfig,
  type SinkComponent,
  type SourceComponent,
} from './component.ts'
export { type FailureCode, type FailureDetails, StreamsError } from './errors.ts'
export {
  changelogTopicOf,
  deadLetterTopicOf,
  type ErrorPolicy,
  type Graph,
  type GraphNode,
  type Guarantee,
  groupOf,
  type ProcessorSpec,
  type SinkSpec,
  type SourceSpec,
  type StoreSpec,
  type TopicSpec,
} from './graph.ts'
export { type EmbeddedLogOptions, openEmbeddedLog } from './log/embedded/embedded-driver.ts'
export type { KafkaConnection, KafkaSasl, KafkaTls } from './log/kafka/connection.ts'
export { openKafkajsDriver, openLibrdkafkaDriver } from './log/kafka/open-driver.ts'
export type {
  AssignmentListener,
  Capabilities,
  CommitBatch,
  CommittedOffset,
  ConsumerOptions,
  LogAdmin,
  LogConsumer,
  LogDriver,
  LogProducer,
  LogReader,
  ProducerOptions,
  TopicConfig,
} from './log/port.ts'
export { partitionOf } from './partition.ts'
export type {
  ByteSink,
  Processor,
  ProcessorContext,
  PunctuationType,
  Sink,
  Source,
  SourceContext,
  SourceProgress,
} from './processor.ts'
export {
  type Headers,
  type InputRecord,
  type LogRecord,
  type OutputRecord,
  type ProducerRecord,
  partitionKey,
  type Serde,
  type TopicPartition,
} from './record.ts'
export { type Application, createApplication } from './runtime/application.ts'
export type { ApplicationOptions, NodeStatus, ReadOnlyStore, TaskStatus } from './runtime/application-options.ts'
export { topicsOf } from './runtime/internal-topics.ts'
export { lagOf, type TaskLag } from './runtime/lag.ts'
export { type EngineLogger, silentLogger } from './runtime/logger.ts'
export type { NodeCounts, NodeError } from './runtime/node-metrics.ts'
export type { ApplicationState, TaskState } from './runtime/states.ts'
export { type ServedSinks, serveSinks } from './sink-thread/serve-sinks.ts'
export { SinkThread } from './sink-thread/sink-thread.ts'
export type { KeyValueStore, ReadOnlyTable } from './state/store.ts'
export { RECORD_BYTES_MAX } from './task/dead-letter.ts'
export { ManualClock } from './testing/manual-clock.ts'
export { createMemoryDriver } from './testing/memory-driver.ts'
export { type PipedRecord, type TestDriverOptions, TopologyTestDriver } from './testing/topology-test-driver.ts'
