import { expect, test } from 'vitest'
import type { LagRow } from '../runtime/lag/lag-row.ts'
import { lagText } from './lag-text.ts'

const row = (partition: number, lagRecords: number, status: LagRow['status'] = 'ok'): LagRow => ({
  node: 'parse',
  group: 'stonks.parse',
  task_id: `parse_${partition}`,
  topic: 'stonks.documents.raw',
  partition,
  committed_offset: '0',
  end_offset: String(lagRecords),
  lag_records: lagRecords,
  lag_exact: true,
  lag_offsets: lagRecords,
  behind_ms: lagRecords === 0 ? 0 : 1_000,
  trend: 'steady',
  lag_records_per_second: 0,
  catch_up_ms: null,
  status,
  state: 'idle',
})

test('the worst rows are shown, those that are not well among them, and how many there are besides', () => {
  const rows = [row(0, 0), row(1, 5), row(2, 0, 'stop'), row(3, 0), row(4, 9)]
  const lines = lagText(rows, 3).split('\n')
  expect(lines.slice(1, 4).map((line) => line.split(' ')[0])).toEqual(['parse_4', 'parse_1', 'parse_2'])
  expect(lines[4]).toBe('… and 2 more with nothing to read: --all')
  expect(lagText([row(0, 3), row(1, 2)], 1)).toContain('… and 1 more: --all')
  expect(lagText(rows)).not.toContain('more')
})
