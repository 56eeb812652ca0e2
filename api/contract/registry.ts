export interface CompanyJson {
  readonly company_id: string
  readonly name: string
  readonly legal_name: string | null
  readonly symbols: readonly {
    readonly symbol: string
    readonly exchange: string | null
    readonly valid_from: string | null
    readonly valid_to: string | null
  }[]
  readonly aliases: readonly {
    readonly alias: string
    readonly strength: 'strong' | 'medium' | 'weak'
    readonly valid_from: string | null
    readonly valid_to: string | null
  }[]
  readonly cik: string | null
  readonly sector: string | null
  readonly restricted: boolean
  readonly version: number
  readonly updated_at: string
  readonly simulated: boolean
}

export interface SourceJson {
  readonly source_id: string
  readonly source_type: string
  readonly url: string | null
  readonly symbols: readonly string[]
  readonly cadence_seconds: number
  /** Prior of how much its words weigh, 0 to 1. */
  readonly credibility: number
  readonly source_owner: string | null
  readonly enabled: boolean
  readonly version: number
  readonly updated_at: string
}
