import { testHistories } from './histories.ts'

testHistories(501, 1000)
