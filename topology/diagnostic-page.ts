/** Sections of a topology that a page shows; what it leaves out is the same before and after. */
export type Sections = Readonly<Record<string, string>>

export interface DiagnosticPage {
  /** What is the matter, and what would happen if nobody said so. */
  readonly cause: string
  /** What to do. */
  readonly fix: string
  readonly wrong: Sections
  readonly right: Sections
  /** Only with this driver. */
  readonly driver?: string
  /** A second file that the first includes, or that is laid on it. */
  readonly beside?: {
    readonly file: string
    readonly isOverlay: boolean
    readonly wrong: Sections
    readonly right: Sections
  }
}

/** Sections as they are written; one that is indented begins on a line of its own. */
export const sectionsText = (sections: Sections): string =>
  Object.entries(sections)
    .map(([name, text]) => `${name}:${text.startsWith(' ') ? '\n' : ' '}${text}`)
    .join('\n')
