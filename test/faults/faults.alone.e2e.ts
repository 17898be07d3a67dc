import { faultSuite } from './suite.ts'

faultSuite(20, 200)
