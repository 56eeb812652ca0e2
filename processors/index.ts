export { type CompanySeed, companyOf } from './parse/company-of.ts'
export { type ParsePorts, parse } from './parse/parse.ts'
export { sketchOf, sketchSimilarity } from './parse/text-sketch.ts'
