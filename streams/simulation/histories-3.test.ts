import { testHistories } from './histories.ts'

testHistories(1001, 1500)
