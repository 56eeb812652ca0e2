import type { ProcessorContext } from '../processor.ts'
import type { Receive } from './flow-record.ts'

/** The code of an operator: opened once in each task, it takes records and emits others at once, in the same call. */
export type Operator<I, O> = (context: ProcessorContext, emit: Receive<O>) => Receive<I>

declare const emitted: unique symbol

/**
 * An operator and where it stands. Which nodes share a task follows from `inputs` and `reads`; nothing else connects
 * them, so what a repartition topic lies between may run elsewhere.
 */
export interface FlowNode<O = unknown> {
  readonly [emitted]?: O
  readonly inputs: readonly FlowNode[]
  /** Nodes whose stores it reads. */
  readonly reads: readonly FlowNode[]
  /** Stores it writes. */
  readonly stores: readonly string[]
  /** Topic it takes its records from, by its name in the topology. */
  readonly from: string | undefined
  /** Topics it forwards to. */
  readonly to: readonly string[]
  /** Topics it reads as global tables. */
  readonly globals: readonly string[]
  /** Gives a receiver for each input. */
  readonly open: (context: ProcessorContext, emit: Receive<unknown>) => readonly Receive<unknown>[]
}

/** What a node has besides its operator. */
export interface NodeExtras {
  readonly reads?: readonly FlowNode[]
  readonly stores?: readonly string[]
  readonly from?: string
  readonly to?: readonly string[]
  readonly globals?: readonly string[]
}

const describe = (inputs: readonly FlowNode[], extras: NodeExtras): Omit<FlowNode<never>, 'open'> => ({
  inputs,
  reads: extras.reads ?? [],
  stores: extras.stores ?? [],
  from: extras.from,
  to: extras.to ?? [],
  globals: extras.globals ?? [],
})

// Types are checked where a node is made; between nodes they are erased, as the compiled flow treats all alike.
type Opened = readonly Receive<unknown>[]

/** A node with one input, or none where it is a source. */
export const unaryNode = <I, O>(
  input: FlowNode<I> | undefined,
  operator: Operator<I, O>,
  extras: NodeExtras = {},
): FlowNode<O> => ({
  ...describe(input === undefined ? [] : [input], extras),
  open: (context, emit) => [operator(context, emit)] as Opened,
})

/** A node that joins two. */
export const binaryNode = <L, R, O>(
  left: FlowNode<L>,
  right: FlowNode<R>,
  open: (context: ProcessorContext, emit: Receive<O>) => readonly [Receive<L>, Receive<R>],
  extras: NodeExtras = {},
): FlowNode<O> => ({
  ...describe([left, right], extras),
  open: (context, emit) => open(context, emit) as Opened,
})

/** A node that passes on what any of its inputs gives. */
export const mergeNode = <V>(inputs: readonly FlowNode<V>[]): FlowNode<V> => ({
  ...describe(inputs, {}),
  open: (_, emit) => inputs.map(() => emit),
})
