export { broker } from './broker.ts'
