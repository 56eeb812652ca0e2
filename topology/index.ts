export { type CheckOptions, type CheckResult, checkTopology } from './check.ts'
export type { CheckedBridge, CheckedNode, CheckedTopic, CheckedTopology } from './checked.ts'
export { type CompilePorts, compileTopology } from './compile.ts'
export {
  CODES,
  type Diagnostic,
  type DiagnosticCode,
  diagnosticToJson,
  renderDiagnostic,
  type Span,
  suggest,
} from './diagnostic.ts'
export type { Environment } from './document.ts'
export { topologyJsonSchema } from './grammar.ts'
export { type Layout, type LayoutEdge, type LayoutNode, layoutOf, toMermaid } from './layout.ts'
