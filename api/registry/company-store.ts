import type { CompanyJson } from '../contract.ts'
import type { Database } from '../database.ts'
import { Problem } from '../http/problem.ts'

/** What a client sends; the rest is ours. */
export type CompanyDraft = Omit<CompanyJson, 'version' | 'updated_at'>

export const COMPANY_SELECT = `c.company_id, c.name, c.legal_name, c.symbols, c.cik, c.sector, c.restricted, c.version, c.updated_at,
  c.simulated, coalesce((select json_agg(json_build_object('alias', a.alias, 'strength', a.strength, 'valid_from', a.valid_from,
    'valid_to', a.valid_to) order by a.alias) from aliases a where a.company_id = c.company_id), '[]'::json) as aliases`

export async function readCompany(db: Database, id: string): Promise<CompanyJson | undefined> {
  const [row] = await db.query<CompanyJson>(`select ${COMPANY_SELECT} from companies c where company_id = $1`, [id])
  return row && wire(row)
}

/** Row values as they are on the wire. */
export const wire = <T>(row: T): T => JSON.parse(JSON.stringify(row)) as T

/**
 * Creates (`expected` undefined) or replaces a company, with its history and its outbox row in one transaction. Throws 409
 * where a new one exists already, 412 where the version is not the expected one, 404 where there is nothing to replace.
 */
export async function writeCompany(
  database: Database,
  draft: CompanyDraft,
  expected: number | undefined,
  at: Date,
): Promise<CompanyJson> {
  return database.transaction(async (tx) => {
    const version = await nextVersion(tx, draft.company_id, expected)
    await tx.query(
      `insert into companies (company_id, name, legal_name, symbols, cik, sector, restricted, version, updated_at, simulated)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       on conflict (company_id) do update set name = excluded.name, legal_name = excluded.legal_name,
         symbols = excluded.symbols, cik = excluded.cik, sector = excluded.sector, restricted = excluded.restricted,
         version = excluded.version, updated_at = excluded.updated_at, simulated = excluded.simulated`,
      [
        draft.company_id,
        draft.name,
        draft.legal_name,
        JSON.stringify(draft.symbols),
        draft.cik,
        draft.sector,
        draft.restricted,
        version,
        at,
        draft.simulated,
      ],
    )
    await replaceAliases(tx, draft)
    const company = await readCompany(tx, draft.company_id)
    if (!company) throw new Error(`company ${draft.company_id} vanished inside its own transaction`)
    await announce(tx, company.company_id, version, company, at)
    return company
  })
}

/** Removes a company; its history stays, and a tombstone goes out. The same errors as `writeCompany`. */
export async function removeCompany(database: Database, id: string, expected: number, at: Date): Promise<void> {
  await database.transaction(async (tx) => {
    const version = await nextVersion(tx, id, expected)
    await tx.query('delete from companies where company_id = $1', [id])
    await announce(tx, id, version, null, at)
  })
}

async function nextVersion(tx: Database, id: string, expected: number | undefined): Promise<number> {
  const [found] = await tx.query<{ version: number }>(
    'select version from companies where company_id = $1 for update',
    [id],
  )
  if (expected === undefined) {
    if (found) throw new Problem('conflict', `company ${id} is there already: PUT replaces it`)
    const [last] = await tx.query<{ version: number | null }>(
      'select max(version) as version from company_history where company_id = $1',
      [id],
    )
    return (last?.version ?? 0) + 1
  }
  if (!found) throw new Problem('not-found', `there is no company ${id}`)
  if (found.version !== expected)
    throw new Problem('precondition-failed', `company ${id} is at version ${found.version}: read it again`)
  return found.version + 1
}

async function replaceAliases(tx: Database, draft: CompanyDraft): Promise<void> {
  await tx.query('delete from aliases where company_id = $1', [draft.company_id])
  await tx.query(
    `insert into aliases (company_id, alias, strength, valid_from, valid_to)
     select $1, alias, strength, valid_from, valid_to
     from json_to_recordset($2::json) as r(alias text, strength text, valid_from timestamptz, valid_to timestamptz)
     on conflict do nothing`,
    [draft.company_id, JSON.stringify(draft.aliases)],
  )
}

async function announce(
  tx: Database,
  id: string,
  version: number,
  company: CompanyJson | null,
  at: Date,
): Promise<void> {
  const record = company === null ? null : JSON.stringify(company)
  await tx.query('insert into company_history (company_id, version, record, changed_at) values ($1, $2, $3, $4)', [
    id,
    version,
    record,
    at,
  ])
  await tx.query('insert into registry_outbox (company_id, record) values ($1, $2)', [id, record])
}
