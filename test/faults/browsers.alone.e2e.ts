import { browserSuite } from './browsers/suite.ts'

browserSuite(10, 40)
