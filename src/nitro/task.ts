// The task that collects garbage, as Nitro's options name it; Nuxt hands them on.

/** What we need of Nitro's options, before they are complete and afterwards. */
export interface TaskOptions {
  tasks?: Record<string, { handler?: string; description?: string }>
  scheduledTasks?: Readonly<Record<string, string | string[]>> | false
  experimental?: { tasks?: boolean }
}

const TASK = 'sessions:gc'

/** Names the task, which costs an application nothing that does not run it, and switches tasks on where it is scheduled. */
export function addGarbageCollection(options: TaskOptions, handler: string): void {
  options.tasks = { [TASK]: { handler, description: 'Deletes sessions that are too old or idle too long' }, ...options.tasks }
  const isScheduled = Object.values(options.scheduledTasks || {})
    .flat()
    .includes(TASK)
  if (isScheduled) options.experimental = { ...options.experimental, tasks: true }
}
