// All that is played.
import { LOG_INS } from './cases/log-ins.ts'
import { EVERYWHERE, LOG_OUTS } from './cases/log-outs.ts'
import { FAULTS, OTHER_ADAPTERS, SEVERAL, SEVERAL_LIVE } from './cases/network.ts'
import { ROTATIONS, THIEVES } from './cases/rotations.ts'
import { TIMES } from './cases/times.ts'
import { DOORS } from './doors.ts'
import type { DoorName } from './doors.ts'
import type { Scenario } from './scenarios.ts'

const PAIRS: readonly (readonly DoorName[])[] = [
  ['h3', 'remix 3'],
  ['react-router', 'react-router middleware'],
]

/** Two adapters in turn for three requests, which have many more orders than two. */
function withDoors(scenario: Scenario, index: number): Scenario {
  const requests = Object.values(scenario.tabs).flatMap(({ actions }) => actions)
  if (requests.length < 3 && scenario.faults === undefined) return scenario
  const doors = scenario.doors ?? DOORS
  const pair = PAIRS[index % PAIRS.length] as readonly DoorName[]
  const both = doors.filter((door) => pair.includes(door))
  return { ...scenario, doors: both.length > 0 ? both : doors.slice(0, 1) }
}

export const SCENARIOS: readonly Scenario[] = [
  ...LOG_INS,
  ...ROTATIONS,
  ...LOG_OUTS,
  ...THIEVES,
  ...EVERYWHERE,
  ...TIMES,
  ...FAULTS,
  ...SEVERAL,
  ...SEVERAL_LIVE,
  ...OTHER_ADAPTERS,
].map(withDoors)
