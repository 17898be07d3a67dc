import { faultSuite } from './suite.ts'

faultSuite(10, 200)
