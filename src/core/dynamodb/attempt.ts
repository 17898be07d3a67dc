// What goes around one attempt, whoever signs and sends it.
import type { Deadline } from '../base/deadline.ts'
import type { Slots } from './slots.ts'
import { overdue } from './transport-error.ts'
import type { Hooks } from './transport.ts'

/**
 * Waits for a place, so that an attempt is not dated and its time does not run while it waits for a socket, and begins none that comes
 * too late.
 * @param slots `undefined` where nothing bounds how many are under way.
 */
export async function inLine<Result>(
  slots: Slots | undefined,
  deadline: Deadline | undefined,
  attempt: () => Promise<Result>,
): Promise<Result> {
  if (slots && !slots.tryEnter()) await slots.enter()
  try {
    if (deadline && deadline.left() <= 0) throw overdue()
    return await attempt()
  } finally {
    slots?.leave()
  }
}

/** Tells that an answer came. After one of 5xx the attempt may yet be carried out. */
export function tellAnswer(hooks: Hooks | undefined, slots: Slots | undefined, status: number, date: string | undefined): void {
  slots?.answered()
  if (status >= 500) hooks?.onUnanswered?.(status)
  if (hooks?.onAnswer) hooks.onAnswer({ status, date: dateOf(date) })
}

function dateOf(text: string | undefined): Date | undefined {
  const date = text === undefined ? undefined : new Date(text)
  return date && !Number.isNaN(date.getTime()) ? date : undefined
}
