import { browserSuite } from './browsers/suite.ts'

browserSuite(2, 10)
