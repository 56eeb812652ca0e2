export { type CheckOptions, type CheckResult, checkTopology } from './check.ts'
export type { SchemaProblem } from './check-edges.ts'
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
export { type Sections, sectionsText } from './diagnostic-page.ts'
export { DIAGNOSTIC_PAGES, diagnosticFiles, diagnosticPage } from './diagnostic-pages.ts'
export type { Environment } from './document.ts'
export { toSvg } from './draw-svg.ts'
export { type ExplainedKey, type Explanation, explain } from './explain.ts'
export { partJsonSchema, topologyJsonSchema } from './json-schema.ts'
export { type Layout, type LayoutEdge, type LayoutNode, layoutOf, toMermaid } from './layout.ts'
export type { Action, Blast, Change, Grade, Note, Obstacle, Plan } from './plan/change.ts'
export { type Desired, type DesiredSubject, type DesiredTopic, desiredOf } from './plan/desired.ts'
export { uncarried } from './plan/diff-moves.ts'
export type { DesiredMove } from './plan/moves.ts'
export { countGrades, type PlanOptions, planOf } from './plan/plan.ts'
export { openPlan, PlanFileError, sealPlan } from './plan/plan-file.ts'
export { type Moved, type Steps, stepsOf, unconfirmed } from './plan/steps.ts'
export {
  facetsLike,
  facetsOf,
  MANAGED_SETTINGS,
  type ManagedSetting,
  type Verdict,
  type World,
  type WorldCopy,
  type WorldGroup,
  type WorldSubject,
  type WorldTopic,
} from './plan/world.ts'
export { type Reload, reloadOf } from './reload/reload.ts'
export { aclCommands, argumentsOf } from './rights/commands.ts'
export { compareRights, type FoundRule, type RightsDifference } from './rights/compare.ts'
export { type Operation, principalOf, type Right, type SubjectRight, type Workload } from './rights/right.ts'
export { workloadsOf } from './rights/rights-of.ts'
export {
  type ComparedRecord,
  changedFields,
  diffRecords,
  type FieldChange,
  type RecordDifference,
  type RecordsDiff,
} from './shadow/diff-records.ts'
export { type DiffCounts, LiveDiff, type LiveDiffOptions, type Side } from './shadow/live-diff.ts'
export { SHADOW_SUFFIX, shadowGraphOf, shadowNodeOf, shadowTopicOf } from './shadow/shadow-graph.ts'
export { differenceOf, type Failure, judge, type Outcome, type SuiteRecord } from './suite/judge.ts'
export {
  type Expectation,
  readSuite,
  type Step,
  type StoredExpectation,
  type Suite,
  type SuiteCase,
} from './suite/suite.ts'
