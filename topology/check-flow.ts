import {
  type Fields,
  type FlowComponent,
  parseConfig,
  type Serde,
  StreamsError,
  type TopicSpec,
} from '../streams/index.ts'
import type { CheckedNode, Draft } from './checked.ts'
import type { Diagnostics } from './diagnostic.ts'
import { flowOf } from './flow.ts'

const NO_SERDE: Serde = {
  serialize: () => new Uint8Array(),
  deserialize: () => undefined,
}

/** The topics of a topology as flows see them, which read and write nothing here. */
export const flowTopics = (draft: Draft): Readonly<Record<string, TopicSpec>> =>
  Object.fromEntries(Object.values(draft.topics).map((t) => [t.name, { ...t, value: NO_SERDE }]))

/** Builds the flow as the engine will: what it may not do shows here, and not when it starts. */
export function checkFlowNode(
  node: CheckedNode,
  code: FlowComponent<Fields>,
  application: string,
  topics: Readonly<Record<string, TopicSpec>>,
  diagnostics: Diagnostics,
): void {
  try {
    flowOf(node, code.create(parseConfig(code, node.config), {}), application, topics)
  } catch (error) {
    // A wrong parameter has been told already, at its place.
    if (!(error instanceof StreamsError)) return
    const isCopartitioning = error.message.includes('equally many partitions')
    diagnostics.error(
      isCopartitioning ? 'T021' : 'T027',
      node.span,
      `\`${node.name}\` cannot be built: ${error.message}`,
      isCopartitioning ? 'inputs differ' : 'flow that cannot be built',
      isCopartitioning ? 'give them the same number of partitions, or repartition one' : code.summary,
    )
  }
}

/** Windows are for flows; other code would never see them. */
export function checkNoWindow(node: CheckedNode, diagnostics: Diagnostics): void {
  if (node.window === undefined && node.within === undefined) return
  const key = node.window === undefined ? 'within' : 'window'
  diagnostics.error(
    'T029',
    node.span,
    `\`${node.name}\` has \`${key}:\`, but its code \`${node.run}\` is not a flow`,
    'window without a flow',
    'only code made with defineFlow reads it; give other code its times under `with:`',
  )
}
