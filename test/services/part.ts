/** A real part the project's tests, benches and charts use, and how it comes onto this machine. */
export interface Part {
  readonly name: string
  readonly version: string
  /** Everything that decides what is installed; another fingerprint installs anew. */
  readonly fingerprint: string
  /** Programs that `install` calls. */
  readonly tools: readonly string[]
  /** Debian packages that must be there first. All parts' packages are installed in one go. */
  readonly debian?: readonly string[]
  /** True for a build that keeps every core busy for minutes. */
  readonly heavy?: boolean
  /** Where it lies; missing files mean that it is not installed. */
  readonly files: () => readonly string[]
  readonly install: () => Promise<void>
  /** What a person can do where the install cannot work here. */
  readonly otherwise: string
}
