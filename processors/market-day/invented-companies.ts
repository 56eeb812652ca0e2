import type { Company } from '../../schemas/index.ts'
import { companyOf } from '../parse/company-of.ts'

export interface InventedCompany {
  readonly company: Company
  readonly symbol: string
  readonly name: string
  readonly legalName: string
  readonly product: string
  readonly chief: string
}

/** symbol, registered name, sector, what it makes, who runs it. None of them exists. */
const ROWS = `
ZVRN|Zavronix Robotics, Inc.|Industrials|warehouse robots|Mira Oldenquist
QLMB|Quillombra Therapeutics, Inc.|Healthcare|QL-20 asthma inhalers|Tomas Verhagel
BRVX|Brevaxon Corp.|Technology|edge servers|Ilse Brandauer
FNDL|Fendolar Foods, Inc.|Consumer Staples|frozen dumplings|Oskar Pellworm
HXTR|Hextrane Semiconductor Corp.|Technology|power chips|Wanda Kestrelli
KLDO|Keldorra Energy Corp.|Energy|offshore wind towers|Ruben Askholt
MRQV|Marquivon Holdings, Inc.|Financials|small business loans|Petra Lindqvara
NBLX|Nubrelix Software, Inc.|Technology|payroll software|Dario Fensmark
ORVK|Orvekka Mining Corp.|Materials|lithium carbonate|Hanne Goldrick
PTHN|Pathenor Logistics, Inc.|Industrials|refrigerated freight|Leon Castagnol
QRZN|Querzana Motors, Inc.|Consumer Discretionary|electric vans|Silke Drummore
RVLT|Revolath Medical, Inc.|Healthcare|insulin pumps|Anton Weskamp
SBRK|Sabrekko Aerospace Corp.|Industrials|satellite antennas|Judit Farrowby
TLVO|Telvoro Networks, Inc.|Communication Services|rural broadband|Marek Olbright
UMBR|Umbrastel Insurance Group, Inc.|Financials|crop insurance|Nadia Corvey
VKTR|Vektorra Biologics, Inc.|Healthcare|VK-7 gene therapies|Elias Montrave
WRLD|Worlandic Travel, Inc.|Consumer Discretionary|river cruises|Greta Sandholm
XNPH|Xenophar Labs, Inc.|Healthcare|XN-3 migraine tablets|Paul Iversgate
YLDM|Yieldmora Bank Corp.|Financials|savings accounts|Carla Wennstrom
ZPTL|Zeptelle Corp.|Technology|quantum sensors|Boris Halvard
ALQR|Alquorra Water Corp.|Utilities|desalination plants|Inga Thornbeck
BMVT|Bomavetta Apparel, Inc.|Consumer Discretionary|rain jackets|Felix Aumont
CRYK|Crayvok Games, Inc.|Communication Services|puzzle games|Lena Strandholt
DLPH|Dalphoria Beverage Corp.|Consumer Staples|iced tea|Victor Nyland
ELKV|Elkavar Steel Corp.|Materials|rail steel|Astrid Molkom
FRNZ|Fronzetta Brands, Inc.|Consumer Staples|shampoo bars|Hugo Bellamark
GLMT|Gelmotra Solar, Inc.|Energy|rooftop panels|Irene Valdoste
HVNR|Havenorra Homes, Inc.|Real Estate|modular houses|Jonas Ekvall
IXLD|Ixelda Pharma Corp.|Healthcare|IX-11 eye drops|Marta Quellin
JRVO|Jorvanto Airlines, Inc.|Industrials|regional flights|Stefan Oakhurst
KMTX|Kymetrix Data Corp.|Technology|invoice software|Olga Reinfeld
LVRD|Lavarido Resorts, Inc.|Consumer Discretionary|beach resorts|Piet Rosenau
MNTK|Montekka Rail Corp.|Industrials|freight wagons|Clara Uhlenberg
NVQS|Novaquist Payments, Inc.|Financials|card readers|Henrik Salvage
OMLT|Omelato Markets, Inc.|Consumer Staples|discount groceries|Ruth Varnholm
PXLR|Pixelaro Displays Corp.|Technology|foldable displays|Emil Korthaus
RSTV|Restavia Hospitals, Inc.|Healthcare|day clinics|Sofia Lundmarck
SLGN|Solganto Gas Corp.|Utilities|gas storage|Walter Brixen
TRVQ|Trevaqua Marine, Inc.|Industrials|harbour tugs|Nora Fjellman
VLCN|Velcanor Tire Corp.|Consumer Discretionary|truck tires|Adrian Moorfield`

/** Forty companies that do not exist, for simulated days. */
export const inventedCompanies = (updatedAtMs: number): InventedCompany[] =>
  ROWS.trim()
    .split('\n')
    .map((row) => {
      const [symbol = '', legalName = '', sector = '', product = '', chief = ''] = row.split('|')
      const company = companyOf({ symbol, name: legalName, sector, exchange: 'NASDAQ', updatedAtMs, simulated: true })
      return {
        company,
        symbol,
        legalName,
        name: company.aliases.at(-1)?.alias.startsWith('$')
          ? company.name
          : (company.aliases.at(-1)?.alias ?? company.name),
        product,
        chief,
      }
    })
