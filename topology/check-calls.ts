import type { CatalogEntry } from '../streams/index.ts'
import type { CheckedNode } from './checked.ts'
import type { Diagnostics } from './diagnostic.ts'

/** How calls are made is for code that makes calls, and what it reads must be able to wait for them. */
export function checkCalls(node: CheckedNode, code: CatalogEntry, diagnostics: Diagnostics): void {
  const mayCall = code.kind === 'processor' && code.calls === true
  if (node.calls !== undefined && !mayCall) {
    diagnostics.error(
      'T031',
      node.span,
      `\`${node.name}\` has \`async:\`, but its code \`${node.run}\` makes no calls`,
      'calls that nobody makes',
      'only code made with defineAsyncProcessor makes them',
    )
  }
  if (mayCall && node.broadcast.length > 0) {
    diagnostics.error(
      'T031',
      node.span,
      `\`${node.name}\` may make calls, and reads broadcast topics`,
      'calls and broadcast topics',
      'give it a table, or another processor before it that reads them',
    )
  }
}
