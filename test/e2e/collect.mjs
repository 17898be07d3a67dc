// One garbage collection in a process of its own, with the package as built: prints its result and the most memory it ever held.
import { collectGarbage } from '../../dist/index.mjs'

const options = JSON.parse(process.argv[2])
const before = process.memoryUsage().rss
const result = await collectGarbage(options)
console.log(JSON.stringify({ result, before, peak: process.resourceUsage().maxRSS * 1024 }))
