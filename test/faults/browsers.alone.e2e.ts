import { browserSuite } from './browsers/suite.ts'

browserSuite(20, 40)
