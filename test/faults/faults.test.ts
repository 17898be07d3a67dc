import { faultSuite } from './suite.ts'

faultSuite(4, 60)
