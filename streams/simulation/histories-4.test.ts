import { testHistories } from './histories.ts'

testHistories(1501, 2000)
