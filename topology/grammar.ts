import {
  anything,
  choice,
  duration,
  durationOrForever,
  durationRange,
  integer,
  named,
  object,
  oneOrMore,
  optional,
  rate,
  required,
  type Shape,
  text,
} from './shape.ts'

const topicName = text('the name of a topic')
const storeName = text('the name of a store')

const errors = object(
  {
    retry: optional(
      object(
        {
          max: optional(integer(0, 100), 'Tries after the first.'),
          backoff: optional(durationRange, 'First and longest wait between tries, 200ms..30s.'),
        },
        'How often a failure that may pass is tried again.',
      ),
      'How often a failure that may pass is tried again.',
    ),
    then: optional(
      choice('dlq', 'stop', 'park'),
      'After the last try: the dead-letter topic and on, or stop; or, of a processor, park: later records of the key wait.',
    ),
    park: optional(
      object(
        {
          retry: optional(durationRange, 'First and longest wait before a parked record is tried again: 1m..1h.'),
          tries: optional(integer(1, 1_000), 'So many tries, then the dead-letter topic: 24 unless given.'),
          records: optional(
            integer(1, 100_000),
            'So many records of one key; for one more the first goes to the dead-letter topic: 1000 unless given.',
          ),
        },
        'With then: park. How long a parked record is believed in.',
      ),
      'With then: park. How long a parked record is believed in.',
    ),
  },
  'What happens to a record that cannot be processed.',
)
const guarantee = choice('exactly_once', 'at_least_once')
const commit = object({ interval: optional(duration, 'Time between commits.') }, 'When progress is made durable.')

const topic = object(
  {
    key: optional(choice('string'), 'Type of the key.'),
    value: required(
      text('the name of a schema'),
      'Schema of the value, a file of the schemas directory by its record name.',
    ),
    partitions: optional(integer(1, 10_000), 'How many partitions; tasks of a reader are as many.'),
    retention: optional(
      durationOrForever,
      'How long records are kept, by their own time on Kafka; forever for recordings of the past.',
    ),
    cleanup: optional(choice('delete', 'compact'), 'compact keeps the latest value of each key.'),
  },
  'A topic of the log.',
)
const store = object(
  {
    type: required(choice('kv'), 'kv: a key-value store.'),
    ttl: optional(duration, 'Entries not written for this long may be dropped.'),
  },
  'State of one processor, kept per task.',
)

const common = {
  run: optional(text('the name of code'), 'Code to run; the node name unless given.'),
  state: optional(oneOrMore(storeName), 'Stores it owns.'),
  with: optional(anything, 'Parameters of the code.'),
  guarantee: optional(guarantee, 'exactly_once or at_least_once; overrides the default.'),
  commit: optional(commit, 'When progress is made durable; overrides the default.'),
  errors: optional(errors, 'What happens to a record that cannot be processed; overrides the default.'),
} as const

const grace = required(duration, 'How much later than others a record may come and still count; 0s: not at all.')
const window = object(
  {
    tumbling: optional(duration, 'Length of windows that lie side by side.'),
    hopping: optional(duration, 'Length of windows that overlap; one begins every `advance`.'),
    advance: optional(duration, 'How often a hopping window begins.'),
    sliding: optional(duration, 'Length of windows around each set of records.'),
    session: optional(duration, 'Longest gap between two records of one session.'),
    grace,
    emit: optional(
      choice('on_update', 'on_close'),
      'With every change, or once when a window closes: on_update unless given.',
    ),
    late: optional(topicName, 'Topic for records whose window had closed; dropped unless given.'),
  },
  'The windows of a flow: one of tumbling, hopping, sliding, session.',
)
const within = object(
  {
    before: required(duration, 'How much earlier the other record may be.'),
    after: required(duration, 'How much later the other record may be.'),
    grace,
  },
  'Which records of the second stream belong to one of the first.',
)

const calls = object(
  {
    concurrency: optional(integer(1, 10_000), 'Calls at a time in one process: 8 unless given.'),
    order: optional(
      choice('per_key', 'unordered'),
      'per_key, unless given: records of one key one after the other. unordered: as answers come.',
    ),
    timeout: optional(duration, 'How long an answer is waited for: 60s unless given.'),
    rate: optional(
      rate,
      'Calls that may begin in one process, evenly spread: 20/s; as many as there are unless given.',
    ),
    in_flight: optional(
      integer(1, 100_000),
      'Records that one task has begun and not done, those that wait for others of their key among them: 2000 unless given.',
    ),
    breaker: optional(
      object(
        {
          failures: optional(integer(1, 10_000), 'Failures in a row after which none is made: 10 unless given.'),
          cool_down: optional(duration, 'After so long a single one is tried: 30s unless given.'),
        },
        'When calls stop for a while because nobody answers.',
      ),
      'When calls stop for a while because nobody answers.',
    ),
    memo: optional(storeName, 'Store that remembers paid answers, so that none is paid for twice.'),
  },
  'How calls are made, where its code makes calls: to a model, over HTTP.',
)

const source = object(
  { ...common, to: required(oneOrMore(topicName), 'Topics it writes.') },
  'A node without input topics.',
)
const processor = object(
  {
    ...common,
    from: required(oneOrMore(topicName), 'Topics it reads, co-partitioned: a task reads the same partition of each.'),
    to: optional(oneOrMore(topicName), 'Topics it writes.'),
    broadcast: optional(oneOrMore(topicName), 'Topics every task reads whole.'),
    feedback: optional(oneOrMore(topicName), 'Those of `from` that close a loop on purpose.'),
    tables: optional(named(topicName, 'Name in code to compacted topic.'), 'Global tables, whole on every instance.'),
    window: optional(window, 'Windows of its aggregates, where its code is a flow.'),
    within: optional(within, 'Time between the records it joins, where its code is a flow.'),
    async: optional(calls, 'How calls are made, where its code makes calls.'),
    instances: optional(integer(1, 1_000), 'Processes to run; at most as many as partitions have work.'),
  },
  'A processor: a consumer group, one task a partition.',
)
const bridge = object(
  {
    list: required(text('the name of a Redis list'), 'Redis list of the older services.'),
    topic: required(topicName, 'Topic on the other side.'),
    direction: required(choice('in', 'out', 'off'), 'in: list to topic. out: topic to list.'),
    dedupe: optional(
      object(
        {
          by: required(text('the name of a field'), 'Field that makes a job one.'),
          for: required(duration, 'How long it is remembered.'),
        },
        'Drops repeats.',
      ),
      'Drops an item whose field was seen before.',
    ),
  },
  'A Redis list as a contract with older services.',
)
const sink = object(
  {
    from: required(oneOrMore(topicName), 'Topics it reads.'),
    to: required(text('the name of a sink'), 'Code to run: parquet, postgres.'),
    with: optional(anything, 'Parameters of the code.'),
    errors: optional(errors, 'What happens to a record that cannot be processed; overrides the default.'),
    batch: optional(
      object(
        {
          records: optional(integer(1, 100_000), 'Most records in a batch.'),
          wait: optional(duration, 'Longest wait for a fuller batch.'),
        },
        'How records are gathered.',
      ),
      'How records are gathered.',
    ),
  },
  'An effect outside the log.',
)

/** Of the language; a file of another one is refused before anything in it is believed. */
export const VERSION = 1

/** The whole language: parsing, checks, defaults, documentation and the editor's schema come from here. */
export const topologyShape = object(
  {
    version: required(integer(VERSION, VERSION), `Version of this language: ${VERSION}.`),
    include: optional(
      oneOrMore(text('the path of a file')),
      'Files that are parts of this topology, from the folder of this one; what two of them write is a mistake.',
    ),
    name: required(text('a name'), 'Prefix of topics and consumer groups.'),
    defaults: optional(
      object(
        {
          guarantee: optional(guarantee, 'exactly_once or at_least_once.'),
          commit: optional(commit, 'When progress is made durable.'),
          errors: optional(errors, 'What happens to a record that cannot be processed.'),
          max_task_idle: optional(
            durationOrForever,
            'How long a task holds records back for an input that is silent, so that inputs advance together in event time; 0ms takes them as they come.',
          ),
          topic: optional(
            object(
              {
                partitions: optional(integer(1, 10_000), 'Partitions.'),
                retention: optional(durationOrForever, 'Retention.'),
              },
              'Shape of a topic.',
            ),
            'Shape of a topic that does not say.',
          ),
        },
        'Used where a node or topic does not say.',
      ),
      'Used where a node or topic does not say.',
    ),
    schemas: optional(
      object(
        {
          compatibility: optional(
            choice('FULL_TRANSITIVE', 'BACKWARD_TRANSITIVE', 'FORWARD_TRANSITIVE', 'NONE'),
            'Compatibility of a subject.',
          ),
          directory: optional(text('a folder'), 'Folder of .avsc files, from this file.'),
        },
        'Where value schemas come from.',
      ),
      'Where value schemas come from.',
    ),
    moved: optional(
      object(
        {
          processors: optional(
            named(text('the name of a processor'), 'Old name to new name.'),
            'Processors that were renamed.',
          ),
          stores: optional(named(storeName, 'Old name to new name.'), 'Stores of processors that were renamed.'),
        },
        'What has another name than before; `stonks plan` carries its offsets and its state.',
      ),
      'What has another name than before; `stonks plan` carries its offsets and its state.',
    ),
    topics: required(named(topic, 'Topics by name; on the log they carry the prefix.'), 'Topics by name.'),
    stores: optional(named(store, 'Stores by name.'), 'Stores by name.'),
    sources: optional(named(source, 'Sources by name.'), 'Sources by name.'),
    processors: required(named(processor, 'Processors by name.'), 'Processors by name.'),
    bridges: optional(named(bridge, 'Bridges by name.'), 'Bridges by name.'),
    sinks: optional(named(sink, 'Sinks by name.'), 'Sinks by name.'),
  },
  'A Stonks Oracle topology.',
)

export type TopologyFile = NonNullable<ReturnType<(typeof topologyShape)['read']>>
type Value<S> = S extends Shape<infer T> ? T : never
export type ProcessorEntry = Value<typeof processor>
export type WindowEntry = Value<typeof window>
export type CallsEntry = Value<typeof calls>
export type SourceEntry = Value<typeof source>
export type SinkEntry = Value<typeof sink>
export type BridgeEntry = Value<typeof bridge>
export type ErrorsEntry = Value<typeof errors>
