import { ABSENT, type Blast, type Change, type Obstacle } from './change.ts'
import type { Desired, DesiredSubject } from './desired.ts'
import { compatibilityFacet, versionsFacet, versionsText, type WorldSubject } from './world.ts'

const NONE: WorldSubject = { compatibility: undefined, versions: 0, hasWanted: false, verdicts: [] }
const ALL = ['backward', 'forward', 'backward to all', 'forward to all'] as const
/** What each level holds a new version to. */
const DEMANDS: Readonly<Record<string, readonly string[]>> = {
  NONE: [],
  BACKWARD: ['backward'],
  FORWARD: ['forward'],
  FULL: ['backward', 'forward'],
  BACKWARD_TRANSITIVE: ['backward', 'backward to all'],
  FORWARD_TRANSITIVE: ['forward', 'forward to all'],
  FULL_TRANSITIVE: ALL,
}

/** From a subject as it is to one of the wanted compatibility, with the wanted schema among its versions. */
export function diffSubject(
  wanted: DesiredSubject,
  desired: Desired,
  found: WorldSubject = NONE,
): { readonly changes: readonly Change[]; readonly obstacles: readonly Obstacle[] } {
  const { subject } = wanted
  const topic = desired.topics.find((one) => one.topic === wanted.topic)
  const blast: Blast = {
    nodes: [...new Set([...(topic?.writers ?? []), ...(topic?.readers ?? [])])],
    records: null,
    bytes: null,
  }
  const changes: Change[] = []
  if (found.compatibility !== desired.compatibility)
    changes.push(levelChange(subject, desired.compatibility, found, blast))
  if (found.hasWanted) return { changes, obstacles: [] }
  const refusing = found.verdicts.filter((verdict) => !verdict.isCompatible)
  if (refusing.length > 0) return { changes, obstacles: [refusal(subject, refusing)] }
  changes.push({
    name: subject,
    action: { kind: 'register_schema', subject, schema: wanted.schema },
    grade: 'safe',
    what: `register version ${found.versions + 1}`,
    reason:
      found.versions === 0
        ? 'the subject has no version yet'
        : `compatible with ${found.versions === 1 ? 'the version' : `all ${found.versions} versions`} there`,
    blast,
    turns: {
      [versionsFacet(subject)]: {
        before: versionsText(found.versions, false),
        after: versionsText(found.versions + 1, true),
      },
    },
  })
  return { changes, obstacles: [] }
}

function levelChange(subject: string, level: string, found: WorldSubject, blast: Blast): Change {
  // Where the registry's default holds it may be any level; nobody relies on it before there is a version.
  const held = found.compatibility ?? (found.versions === 0 ? 'NONE' : 'FULL_TRANSITIVE')
  const isStricter = (DEMANDS[held] ?? ALL).every((demand) => DEMANDS[level]?.includes(demand))
  return {
    name: subject,
    action: { kind: 'set_compatibility', subject, level },
    grade: isStricter ? 'safe' : 'disruptive',
    what: `compatibility ${found.compatibility ?? "the registry's default"} -> ${level}`,
    reason: isStricter
      ? 'later versions are held to more'
      : 'later versions may break readers that this level protected',
    blast,
    turns: { [compatibilityFacet(subject)]: { before: found.compatibility ?? ABSENT, after: level } },
  }
}

const refusal = (subject: string, refusing: readonly WorldSubject['verdicts'][number][]): Obstacle => ({
  name: subject,
  message: `the schema is not compatible with version${refusing.length === 1 ? '' : 's'} ${refusing
    .map(({ version, messages }) => `${version}${messages[0] === undefined ? '' : ` (${messages[0]})`}`)
    .join(', ')}`,
  help: 'give a new field a default, keep names and types of old ones, or use a topic of another name',
})
