import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import { PROBLEM_TITLES, Problem } from './problem.ts'
import type { Route } from './route.ts'

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'request_id'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string', enum: Object.keys(PROBLEM_TITLES) },
    request_id: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { pointer: { type: 'string' }, detail: { type: 'string' } } },
    },
  },
}

/** OpenAPI 3.1 of an API, from the same routes its router is made from. */
export function openApiOf(title: string, routes: readonly Route[]): object {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const r of routes) {
    const at = paths[r.path] ?? {}
    at[r.method] = operationOf(r)
    paths[r.path] = at
  }
  return createDocument({
    openapi: '3.1.1',
    info: { title, version: '1.0.0', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '.', description: 'beside this document' }],
    paths: paths as ZodOpenApiPathsObject,
    components: { schemas: { Problem: PROBLEM_SCHEMA as never } },
  })
}

function operationOf(r: Route): ZodOpenApiOperationObject {
  return {
    operationId: r.operationId,
    summary: r.summary,
    tags: [r.path.split('/')[2] ?? 'service'],
    requestParams: { ...(r.params ? { path: r.params } : {}), ...(r.query ? { query: r.query } : {}) } as never,
    ...(r.body
      ? { requestBody: { required: true, content: { [r.bodyType ?? 'application/json']: { schema: r.body } } } }
      : {}),
    responses: {
      [String(r.status)]: {
        description: 'Done',
        ...(r.answer ? { content: { [r.answerType ?? 'application/json']: { schema: r.answer as never } } } : {}),
      },
      ...(r.immutable ? { '304': { description: 'Unchanged' } } : {}),
      ...problemResponses(r),
    },
  } as ZodOpenApiOperationObject
}

function problemResponses(r: Route): Record<string, object> {
  const byStatus = Map.groupBy(r.problems, (code) => new Problem(code, '').status)
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => PROBLEM_TITLES[code]).join('; '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  )
}
