import { type ReactNode, useEffect, useRef } from 'react'

interface DialogProps {
  readonly open: boolean
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A modal dialog: Escape closes it, the focus goes back to where it came from, and `data-first-focus` says where it starts. */
export function Dialog({ open, title, onClose, children }: DialogProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    if (element === null) return
    if (open && !element.open) {
      element.showModal()
      element.querySelector<HTMLElement>('[data-first-focus]')?.focus()
    }
    if (!open && element.open) element.close()
  }, [open])
  return (
    <dialog ref={dialog} onClose={onClose} aria-label={title}>
      {!open ? null : (
        <>
          <h2>{title}</h2>
          {children}
        </>
      )}
    </dialog>
  )
}
