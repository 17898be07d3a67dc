// A process of its own, since it stands in for the clock: plays every nth scenario and prints a line of JSON for each adapter.
// Arguments: which of how many shares, as `0/2`; a part of a scenario's name; `first` to stop at the first one that is wrong, `some` to
// play every third scenario, through one adapter, by turns.
import { SCENARIOS } from './cases.ts'
import type { DoorName } from './doors.ts'
import { doorsOf, play } from './scenarios.ts'

const [share = '0/1', part = '', until] = process.argv.slice(2)
const [own = 0, shares = 1] = share.split('/').map(Number)

const plays = SCENARIOS.filter(({ name }) => name.includes(part)).flatMap((scenario, place) => {
  const doors = doorsOf(scenario)
  if (until === 'some') return place % 3 === 0 ? [{ scenario, door: doors[(place / 3) % doors.length] as DoorName }] : []
  return doors.map((door) => ({ scenario, door }))
})
for (const [index, { scenario, door }] of plays.entries()) {
  if (index % shares !== own) continue
  const before = process.cpuUsage()
  const result = await play(scenario, door)
  const { user, system } = process.cpuUsage(before)
  console.log(JSON.stringify({ scenario: scenario.name, door, seconds: (user + system) / 1e6, ...result }))
  if (result.problem && until === 'first') break
}
