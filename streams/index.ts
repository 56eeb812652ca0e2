/** The engine's door: every public name, listed. */
export { type Clock, systemClock } from './clock.ts'
export {
  type AsyncProcessorComponent,
  type BuildFlow,
  type Catalog,
  type CatalogEntry,
  type Component,
  type ConfigOf,
  defineAsyncProcessor,
  defineFlow,
  defineProcessor,
  defineSink,
  defineSource,
  type Field,
  type Fields,
  type FlowComponent,
  type FlowPlace,
  field,
  type ProcessorComponent,
  parseConfig,
  type RecordKind,
  type RecordKinds,
  type SinkComponent,
  type SourceComponent,
} from './component.ts'
export { type FailureCode, type FailureDetails, StreamsError } from './errors.ts'
export {
  type CallPolicy,
  changelogTopicOf,
  DEFAULT_CALLS,
  DEFAULT_PARK,
  deadLetterTopicOf,
  type ErrorPolicy,
  type EventTime,
  type Graph,
  type GraphNode,
  type Guarantee,
  groupOf,
  type ParkPolicy,
  type ProcessorSpec,
  type SinkSpec,
  type SourceSpec,
  type StoreSpec,
  storesOf,
  type TopicSpec,
} from './graph.ts'
export { ClusterLagReader, type ClusterLagScope } from './lag/cluster-lag-reader.ts'
export { LagCollector, type LagCollectorPorts } from './lag/lag-collector.ts'
export { LagHistory, type PartitionLag } from './lag/lag-history.ts'
export type { LagReading } from './lag/lag-reading.ts'
export { LAG_STATUSES, type LagStatus } from './lag/lag-status.ts'
export { readLogLag } from './lag/log-lag-reader.ts'
export { type Bounds, boundDriver } from './log/bounded-driver.ts'
export { type EmbeddedLogOptions, openEmbeddedLog } from './log/embedded/embedded-driver.ts'
export type { KafkaConnection, KafkaSasl, KafkaTls } from './log/kafka/connection.ts'
export {
  openClusterOperations,
  openKafkajsDriver,
  openLibrdkafkaDriver,
  openWireDriver,
} from './log/kafka/open-driver.ts'
export type {
  ClusterAcl,
  ClusterGroup,
  ClusterOperations,
  ClusterTopic,
  FoundOffset,
  GroupMember,
  GroupOffset,
  OffsetsAt,
  Peek,
  TopicSetting,
} from './log/operations.ts'
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
export type { WireOptions } from './log/wire/settings.ts'
export type { SessionFold } from './operators/aggregate-sessions.ts'
export { type CompiledFlow, compileFlow, type FlowSettings, withFlow } from './operators/compile-flow.ts'
export { windowAggregate } from './operators/declared-aggregate.ts'
export { joinTopics } from './operators/declared-join.ts'
export type {
  ForeignKeyOptions,
  Grouped,
  GroupedTable,
  RepartitionOptions,
  SessionGroups,
  Stream,
  Table,
  WindowedGroups,
  WindowedTable,
} from './operators/dsl.ts'
export { Flow, type TableOptions } from './operators/flow.ts'
export type { Window, Windowed } from './operators/flow-record.ts'
export type { JoinWindow, StreamJoinOptions } from './operators/join-streams.ts'
export { LATE_HEADER } from './operators/late.ts'
export { type Topic, topic, type WritableTopic } from './operators/topic.ts'
export type { Fold, WindowedOptions } from './operators/window-emitter.ts'
export {
  hopping,
  type SessionWindows,
  type SlidingWindows,
  sessions,
  sliding,
  type TimeWindows,
  tumbling,
  type Windows,
} from './operators/windows.ts'
export { partitionOf } from './partition.ts'
export type {
  AsyncProcessor,
  ByteSink,
  CallContext,
  Finish,
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
export type {
  ApplicationOptions,
  CallsStatus,
  NodeStatus,
  ReadOnlyStore,
  TaskStatus,
} from './runtime/application-options.ts'
export { topicsOf } from './runtime/internal-topics.ts'
export { lagOf, type TaskLag } from './runtime/lag.ts'
export { type EngineLogger, silentLogger } from './runtime/logger.ts'
export type { NodeCounts, NodeError } from './runtime/node-metrics.ts'
export type { ApplicationState, TaskState } from './runtime/states.ts'
export { type ServedSinks, serveSinks } from './sink-thread/serve-sinks.ts'
export { SinkThread } from './sink-thread/sink-thread.ts'
export { openSessionStore, type Session, type SessionStore, type SessionStoreOptions } from './state/session-store.ts'
export type { KeyValueStore, ReadOnlyTable } from './state/store.ts'
export { openTimers, type Timer, type Timers, type TimersOptions } from './state/timers.ts'
export {
  openVersionedStore,
  type Version,
  type VersionedStore,
  type VersionedStoreOptions,
} from './state/versioned-store.ts'
export { openWindowStore, type WindowStore, type WindowStoreOptions } from './state/window-store.ts'
export { RECORD_BYTES_MAX } from './task/dead-letter.ts'
export { ManualClock } from './testing/manual-clock.ts'
export { createMemoryDriver } from './testing/memory-driver.ts'
export { type PipedRecord, type TestDriverOptions, TopologyTestDriver } from './testing/topology-test-driver.ts'
