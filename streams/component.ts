import type { Flow } from './operators/flow.ts'
import type { JoinWindow } from './operators/join-streams.ts'
import type { WindowedOptions } from './operators/window-emitter.ts'
import type { Windows } from './operators/windows.ts'
import type { AsyncProcessor, Processor, Sink, Source } from './processor.ts'

/** One parameter under `with:`: parses it, documents it, and gives the editor its schema. */
export interface Field<T> {
  readonly doc: string
  readonly jsonSchema: Readonly<Record<string, unknown>>
  readonly default: T | undefined
  /** Throws TypeError in words that end the sentence "expected …". */
  readonly parse: (raw: unknown) => T
}
export type Fields = Readonly<Record<string, Field<unknown>>>
export type ConfigOf<F extends Fields> = { readonly [K in keyof F]: ReturnType<F[K]['parse']> }

/** Records of one schema that code reads or writes. */
export interface RecordKind {
  /** Name of the schema, as topics have it. */
  readonly schema: string
  /** The one topic the code knows them by; left out, any topic that holds them. */
  readonly topic?: string
}
/** What the records of some code are. What is left out may be anything. */
export interface RecordKinds {
  readonly reads?: readonly RecordKind[]
  /** Name of a table in code -> schema. */
  readonly tables?: Readonly<Record<string, string>>
  readonly writes?: readonly RecordKind[]
}

/**
 * Code a node of the topology can run: name, summary, parameters, and how to make it. `ports` are the network, disk and
 * clocks it is handed by the composition root.
 */
export interface Component<Kind extends string, F extends Fields, Ports, Made> {
  readonly kind: Kind
  readonly type: string
  readonly summary: string
  readonly fields: F
  readonly records?: RecordKinds
  create(config: ConfigOf<F>, ports: Ports): Made
}
export type ProcessorComponent<F extends Fields, Ports> = Component<'processor', F, Ports, Processor>
/** Code that may make calls: whether it does is decided by its parameters. */
export type AsyncProcessorComponent<F extends Fields, Ports> = Component<
  'processor',
  F,
  Ports,
  AsyncProcessor | Processor
> & { readonly calls: true }
export type SourceComponent<F extends Fields, Ports> = Component<'source', F, Ports, Source>
export type SinkComponent<F extends Fields, Ports> = Component<'sink', F, Ports, Sink>

/** How a flow stands in the topology: names of what it may use, and the windows its node is given. */
export interface FlowPlace {
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly state: readonly string[]
  /** Name in code -> topic name. */
  readonly tables: Readonly<Record<string, string>>
  readonly window:
    | { readonly windows: Windows; readonly emit: NonNullable<WindowedOptions<never>['emit']>; readonly late?: string }
    | undefined
  readonly within: JoinWindow | undefined
}
/** Adds a processor's operators to an empty flow. Throws TOPOLOGY_INVALID where the place does not suit it. */
export type BuildFlow = (flow: Flow, place: FlowPlace) => void
/** A processor built of operators. They are pure, so it is handed nothing. */
export type FlowComponent<F extends Fields> = Component<'flow', F, object, BuildFlow>

type Definition<C> = Omit<C, 'kind'>
export const defineProcessor = <const F extends Fields, Ports = object>(
  definition: Definition<ProcessorComponent<F, Ports>>,
): ProcessorComponent<F, Ports> => Object.freeze({ kind: 'processor', ...definition })
export const defineAsyncProcessor = <const F extends Fields, Ports = object>(
  definition: Omit<AsyncProcessorComponent<F, Ports>, 'kind' | 'calls'>,
): AsyncProcessorComponent<F, Ports> => Object.freeze({ kind: 'processor', calls: true, ...definition })
export const defineFlow = <const F extends Fields>(definition: Definition<FlowComponent<F>>): FlowComponent<F> =>
  Object.freeze({ kind: 'flow', ...definition })
export const defineSource = <const F extends Fields, Ports = object>(
  definition: Definition<SourceComponent<F, Ports>>,
): SourceComponent<F, Ports> => Object.freeze({ kind: 'source', ...definition })
export const defineSink = <const F extends Fields, Ports = object>(
  definition: Definition<SinkComponent<F, Ports>>,
): SinkComponent<F, Ports> => Object.freeze({ kind: 'sink', ...definition })

/** What the topology's checks need of a component: everything but how it is made. Flows are made, to be checked. */
export type CatalogEntry =
  | {
      readonly kind: 'processor' | 'source' | 'sink'
      readonly type: string
      readonly summary: string
      readonly fields: Fields
      readonly records?: RecordKinds
      readonly calls?: true
    }
  | FlowComponent<Fields>
export type Catalog = Readonly<Record<string, CatalogEntry>>

/** Builders of fields. A field without a default is required. */
export const field = {
  number: (
    doc: string,
    options: { readonly min: number; readonly max: number; readonly default?: number },
  ): Field<number> => ({
    doc,
    jsonSchema: { type: 'number', minimum: options.min, maximum: options.max },
    default: options.default,
    parse(raw) {
      const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw
      if (typeof value === 'number' && value >= options.min && value <= options.max) return value
      throw new TypeError(`a number from ${options.min} to ${options.max}`)
    },
  }),
  text: (doc: string, options: { readonly default?: string } = {}): Field<string> => ({
    doc,
    jsonSchema: { type: 'string' },
    default: options.default,
    parse(raw) {
      if (typeof raw === 'string') return raw
      throw new TypeError('text')
    },
  }),
  flag: (doc: string, options: { readonly default?: boolean } = {}): Field<boolean> => ({
    doc,
    jsonSchema: { type: 'boolean' },
    default: options.default,
    parse(raw) {
      if (typeof raw === 'boolean') return raw
      if (raw === 'true' || raw === 'false') return raw === 'true'
      throw new TypeError('true or false')
    },
  }),
  texts: (doc: string): Field<Readonly<Record<string, string>>> => ({
    doc,
    jsonSchema: { type: 'object', additionalProperties: { type: 'string' } },
    default: undefined,
    parse(raw) {
      const isMap = typeof raw === 'object' && raw !== null && !Array.isArray(raw)
      if (isMap && Object.values(raw).every((one) => typeof one === 'string')) return raw as Record<string, string>
      throw new TypeError('a map of names to texts')
    },
  }),
  choice: <const T extends string>(
    doc: string,
    choices: readonly T[],
    options: { readonly default?: NoInfer<T> } = {},
  ): Field<T> => ({
    doc,
    jsonSchema: { type: 'string', enum: choices },
    default: options.default,
    parse(raw) {
      const found = choices.find((choice) => choice === raw)
      if (found !== undefined) return found
      throw new TypeError(`one of ${choices.join(', ')}`)
    },
  }),
} as const

/** Parameters with defaults filled in. Throws TypeError naming the first that does not fit. */
export function parseConfig<F extends Fields>(
  component: { readonly type: string; readonly fields: F },
  raw: Readonly<Record<string, unknown>>,
): ConfigOf<F> {
  const unknown = Object.keys(raw).find((name) => !(name in component.fields))
  if (unknown !== undefined) throw new TypeError(`${component.type} has no parameter ${unknown}`)
  const entries = Object.entries(component.fields).map(([name, f]) => [
    name,
    parseField(component.type, name, f, raw[name]),
  ])
  return Object.fromEntries(entries) as ConfigOf<F>
}

function parseField(type: string, name: string, f: Field<unknown>, raw: unknown): unknown {
  if (raw === undefined || raw === null || raw === '') {
    if (f.default !== undefined) return f.default
    if (raw === undefined) throw new TypeError(`${type} needs the parameter ${name}: ${f.doc}`)
  }
  try {
    return f.parse(raw)
  } catch (error) {
    throw new TypeError(`${type}: ${name} is ${JSON.stringify(raw)}, expected ${(error as Error).message}`, {
      cause: error,
    })
  }
}
