import { type FormEvent, type ReactNode, useState } from 'react'
import { postJson } from '../../data/client.ts'
import { type ApiProblem, asProblem } from '../../data/problem.ts'
import type { RiskStateJson } from '../../data/wire.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { formatTime, plural } from '../../ui/format.ts'

interface HaltProps {
  readonly risk: RiskStateJson | null
  /** Null where the orders are not known. */
  readonly openOrders: number | null
}

const leftRunning = (openOrders: number | null): string =>
  openOrders === null
    ? 'Open orders stay open'
    : `${plural(openOrders, 'open order')} ${openOrders === 1 ? 'stays' : 'stay'} open`

/** Stops new orders: one click and one confirm. What is open stays open, and the dialog says how much that is. */
export function HaltSwitch({ risk, openOrders }: HaltProps): ReactNode {
  const [open, setOpen] = useState(false)
  const [result, setResult] = useState<RiskStateJson | null>(null)
  const isHalted = risk?.state === 'halted'
  return (
    <div className="halt">
      <button type="button" className="danger" disabled={isHalted} onClick={() => setOpen(true)}>
        ■ Halt new orders
      </button>
      <p className="faint halt-result" role="status">
        {result === null
          ? isHalted
            ? 'Halted already.'
            : ''
          : `Halted at ${formatTime(result.changed_at)} by ${result.changed_by}. ${leftRunning(openOrders)}.`}
      </p>
      <Dialog open={open} title="Halt new orders?" onClose={() => setOpen(false)}>
        <HaltForm
          openOrders={openOrders}
          onCancel={() => setOpen(false)}
          onHalted={(state) => {
            setResult(state)
            setOpen(false)
          }}
        />
      </Dialog>
    </div>
  )
}

interface FormProps {
  readonly openOrders: number | null
  readonly onCancel: () => void
  readonly onHalted: (state: RiskStateJson) => void
}

function HaltForm({ openOrders, onCancel, onHalted }: FormProps): ReactNode {
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const [busy, setBusy] = useState(false)
  const halt = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const said = (name: string, otherwise: string): string => String(form.get(name) ?? '').trim() || otherwise
    setBusy(true)
    try {
      const body = { reason: said('reason', 'halted from the dashboard'), by: said('by', 'dashboard') }
      onHalted(await postJson<RiskStateJson>('/risk/v1/state/halt', body))
    } catch (caught) {
      setProblem(asProblem(caught))
      setBusy(false)
    }
  }
  return (
    <form onSubmit={(event) => void halt(event)}>
      <p>
        No new order leaves until a person lifts the halt. {leftRunning(openOrders)}, and positions keep the stops the
        broker holds.
      </p>
      <label className="field-block">
        Reason
        <input name="reason" autoComplete="off" defaultValue="halted from the dashboard" maxLength={200} />
      </label>
      <label className="field-block">
        Your name
        <input name="by" autoComplete="name" maxLength={80} placeholder="dashboard" />
      </label>
      {problem === null ? null : (
        <p className="error-text" role="alert">
          Not halted: {problem.message} <code>{problem.code}</code>
          {problem.requestId === null ? '' : ` · request ${problem.requestId}`}
        </p>
      )}
      <p className="buttons">
        {/* One click and one confirm: Enter confirms. */}
        <button type="submit" className="danger" disabled={busy} data-first-focus>
          ■ Halt now
        </button>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
      </p>
    </form>
  )
}
