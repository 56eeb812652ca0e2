import { z } from 'zod'
import type { CompanyJson, SourceJson } from '../contract.ts'
import type { Database } from '../database.ts'
import {
  arrayOf,
  flag,
  instant,
  listOf,
  number,
  objectOf,
  orNull,
  pageOf,
  schemaOf,
  text,
} from '../http/json-schema.ts'
import { Problem } from '../http/problem.ts'
import { type Answer, type Route, route } from '../http/route.ts'
import { COMPANY_SELECT, type CompanyDraft, readCompany, removeCompany, wire, writeCompany } from './company-store.ts'

export interface RegistryDeps {
  readonly database: Database
  readonly now: () => Date
  /** Adds the companies of a CSV (`symbol,name,sector`); resolves to how many were new. Throws TypeError naming the line. */
  readonly importCsv: (text: string) => Promise<number>
}

const id = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/)
const instantOrNull = z.iso.datetime({ offset: true }).nullable().default(null)
const symbol = z.string().regex(/^[A-Z0-9.-]{1,12}$/)
const companyBody = z.strictObject({
  name: z.string().trim().min(1).max(300),
  legal_name: z.string().max(300).nullable().default(null),
  symbols: z
    .array(
      z.strictObject({
        symbol,
        exchange: z.string().max(30).nullable().default(null),
        valid_from: instantOrNull,
        valid_to: instantOrNull,
      }),
    )
    .max(50)
    .default([]),
  aliases: z
    .array(
      z.strictObject({
        alias: z.string().trim().min(2).max(200),
        strength: z.enum(['strong', 'medium', 'weak']),
        valid_from: instantOrNull,
        valid_to: instantOrNull,
      }),
    )
    .max(200)
    .default([]),
  cik: z
    .string()
    .regex(/^\d{10}$/)
    .nullable()
    .default(null),
  sector: z.string().max(100).nullable().default(null),
  restricted: z.boolean().default(false),
  simulated: z.boolean().default(false),
})
const sourceBody = z.strictObject({
  source_type: z.string().regex(/^[a-z_]{1,40}$/),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .nullable()
    .default(null),
  symbols: z.array(symbol).max(1_000).default([]),
  cadence_seconds: z.int().min(5).max(604_800),
  credibility: z.number().min(0).max(1),
  source_owner: z.string().max(200).nullable().default(null),
  enabled: z.boolean().default(false),
})
const sourceSchema = objectOf({
  source_id: text,
  source_type: text,
  url: orNull(text),
  symbols: arrayOf(text),
  cadence_seconds: number,
  credibility: number,
  source_owner: orNull(text),
  enabled: flag,
  version: number,
  updated_at: instant,
})
const SOURCE_COLUMNS =
  'source_id, source_type, url, symbols, cadence_seconds, credibility, source_owner, enabled, version, updated_at'

/** Companies and sources. Changes need the version they were made from (`If-Match`), so that none is lost. */
export const registryRoutes = (deps: RegistryDeps): readonly Route[] => [...companyRoutes(deps), ...sourceRoutes(deps)]

const tagged = (body: { readonly version: number }, status = 200): Answer => ({
  status,
  body,
  headers: { ETag: `"${body.version}"` },
})

function versionOf(headers: Readonly<Record<string, string | undefined>>): number {
  const sent = headers['if-match']
  if (sent === undefined) throw new Problem('precondition-required', 'send If-Match with the ETag you read')
  return Number(/^"(\d+)"$/.exec(sent)?.[1] ?? Number.NaN)
}

function companyRoutes({ database, now, importCsv }: RegistryDeps): readonly Route[] {
  const company = schemaOf('Company')
  const change = ['precondition-required', 'precondition-failed'] as const
  return [
    route({
      method: 'get',
      path: '/v1/companies',
      operationId: 'list_companies',
      summary: 'Companies by id; `cursor` is the last id seen, `q` part of a name or a symbol',
      query: z.object({
        limit: z.coerce.number().int().min(1).max(200).default(50),
        cursor: z.string().max(100).default(''),
        q: z.string().max(100).optional(),
      }),
      answer: pageOf(company),
      handle: async ({ query }) => {
        const rows = await database.query<CompanyJson>(
          `select ${COMPANY_SELECT} from companies c where company_id > $1 and ($2::text is null
             or name ilike '%' || $2 || '%' or symbols @> jsonb_build_array(jsonb_build_object('symbol', upper($2))))
           order by company_id limit $3`,
          [query.cursor, query.q ?? null, query.limit + 1],
        )
        const items = rows.slice(0, query.limit)
        return { body: { items, next: rows.length > items.length ? (items.at(-1)?.company_id ?? null) : null } }
      },
    }),
    route({
      method: 'get',
      path: '/v1/companies/{company_id}',
      operationId: 'get_company',
      summary: 'A company with its symbols and aliases',
      params: z.object({ company_id: id }),
      answer: company,
      handle: async ({ params }) => {
        const found = await readCompany(database, params.company_id)
        if (!found) throw new Problem('not-found', `there is no company ${params.company_id}`)
        return tagged(found)
      },
    }),
    route({
      method: 'post',
      path: '/v1/companies',
      operationId: 'create_company',
      summary: 'Adds a company',
      body: companyBody.extend({ company_id: id }),
      status: 201,
      answer: company,
      problems: ['conflict'],
      handle: async ({ body }) => {
        const made = tagged(await writeCompany(database, body as CompanyDraft, undefined, now()), 201)
        return { ...made, headers: { ...made.headers, Location: `v1/companies/${body.company_id}` } }
      },
    }),
    route({
      method: 'put',
      path: '/v1/companies/{company_id}',
      operationId: 'replace_company',
      summary: 'Replaces a company',
      params: z.object({ company_id: id }),
      body: companyBody,
      answer: company,
      problems: change,
      handle: async ({ params, body, headers }) =>
        tagged(await writeCompany(database, { ...body, ...params } as CompanyDraft, versionOf(headers), now())),
    }),
    route({
      method: 'delete',
      path: '/v1/companies/{company_id}',
      operationId: 'remove_company',
      summary: 'Removes a company; its history stays',
      params: z.object({ company_id: id }),
      status: 204,
      answer: undefined,
      problems: change,
      handle: async ({ params, headers }) => {
        await removeCompany(database, params.company_id, versionOf(headers), now())
        return {}
      },
    }),
    route({
      method: 'post',
      path: '/v1/companies/import',
      operationId: 'import_companies',
      summary: 'Adds companies of a CSV with the header symbol,name,sector; known ones are left alone',
      body: z.string(),
      bodyType: 'text/csv',
      answer: objectOf({ added: number }),
      handle: async ({ body }) => {
        const added = await importCsv(body).catch((error: Error) => {
          throw error instanceof TypeError ? new Problem('bad-request', error.message, { cause: error }) : error
        })
        return { body: { added } }
      },
    }),
  ]
}

function sourceRoutes({ database, now }: RegistryDeps): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/sources',
      operationId: 'list_sources',
      summary: 'Where documents and prices come from',
      answer: listOf(sourceSchema),
      handle: async () => ({
        body: { items: await database.query(`select ${SOURCE_COLUMNS} from sources order by source_id`) },
      }),
    }),
    route({
      method: 'put',
      path: '/v1/sources/{source_id}',
      operationId: 'put_source',
      summary: 'Adds a source, or replaces it with If-Match; `enabled` turns it on',
      params: z.object({ source_id: id }),
      body: sourceBody,
      answer: sourceSchema,
      problems: ['precondition-required', 'precondition-failed'],
      handle: async ({ params, body, headers }) => {
        const [found] = await database.query<{ version: number }>('select version from sources where source_id = $1', [
          params.source_id,
        ])
        const expected = found ? versionOf(headers) : 0
        const [row] = await database.query<SourceJson>(
          `insert into sources as s (${SOURCE_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)
           on conflict (source_id) do update set source_type = excluded.source_type, url = excluded.url,
             symbols = excluded.symbols, cadence_seconds = excluded.cadence_seconds, credibility = excluded.credibility,
             source_owner = excluded.source_owner, enabled = excluded.enabled, version = s.version + 1,
             updated_at = excluded.updated_at where s.version = $10
           returning ${SOURCE_COLUMNS.split(', ')
             .map((c) => `s.${c}`)
             .join(', ')}`,
          [
            params.source_id,
            body.source_type,
            body.url,
            body.symbols,
            body.cadence_seconds,
            body.credibility,
            body.source_owner,
            body.enabled,
            now(),
            expected,
          ],
        )
        if (!row) throw new Problem('precondition-failed', `source ${params.source_id} was changed: read it again`)
        return tagged(wire(row))
      },
    }),
  ]
}
