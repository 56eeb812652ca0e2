import { type ReactNode, useState } from 'react'
import { Dialog } from '../ui/dialog.tsx'
import { setSingleKeys, singleKeysOn } from './use-keys.ts'

const KEYS: readonly (readonly [string, string])[] = [
  ['?', 'this help'],
  ['g t', 'topology'],
  ['g r', 'recommendations'],
  ['g o', 'orders and positions'],
  ['.', 'pause or resume live updates'],
  ['← →', 'topology: along the edges'],
  ['↑ ↓', 'topology: to the neighbour above or below'],
  ['t', 'topology: graph or table'],
  ['f', 'topology: fit the graph'],
  ['n p', 'document: next and previous evidence'],
  ['Esc', 'clear the selection, close a dialog'],
]

/** What the keys do, and the switch that turns single keys off. */
export function Help({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }): ReactNode {
  const [keysOn, setKeysOn] = useState(singleKeysOn)
  return (
    <Dialog open={open} title="Keyboard" onClose={onClose}>
      <table className="keys">
        <tbody>
          {KEYS.map(([key, what]) => (
            <tr key={key}>
              <th scope="row">
                <kbd>{key}</kbd>
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        <label className="check">
          <input
            type="checkbox"
            checked={keysOn}
            onChange={(event) => {
              setSingleKeys(event.target.checked)
              setKeysOn(event.target.checked)
            }}
          />{' '}
          Single keys are on
        </label>
      </p>
      <p className="buttons">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  )
}
