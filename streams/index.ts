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
export type {
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
export type { KeyValueStore, ReadOnlyTable } from './state/store.ts'
