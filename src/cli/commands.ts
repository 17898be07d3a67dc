import type { Command } from './command.ts'

/** A command, or a group of commands. What runs is loaded when it is asked for: the SDK takes longer than `--help` may. */
export interface Entry {
  readonly description: string
  readonly load?: () => Promise<Command>
  readonly commands?: Commands
}

export type Commands = Readonly<Record<string, Entry>>

/** Every command by its name. */
export const COMMANDS: Commands = {
  init: {
    description: 'Write the configuration file and the first code for your framework',
    load: async () => (await import('./commands/init.ts')).init,
  },
  table: {
    description: 'Create, verify, show or delete the table',
    commands: {
      create: {
        description: 'Create the table and wait until it is ready',
        load: async () => (await import('./commands/table.ts')).create,
      },
      ensure: {
        description: 'Create the table, or tell how it differs from the options',
        load: async () => (await import('./commands/table.ts')).ensure,
      },
      status: {
        description: 'Show the table and how it differs from the options',
        load: async () => (await import('./commands/table.ts')).status,
      },
      'enable-ttl': {
        description: 'Have DynamoDB delete expired sessions',
        load: async () => (await import('./commands/table.ts')).enableTtl,
      },
      delete: { description: 'Delete the table with every session in it', load: async () => (await import('./commands/table.ts')).remove },
    },
  },
  gc: {
    description: 'Delete sessions that are too old, idle too long or expired',
    load: async () => (await import('./commands/gc.ts')).gc,
  },
  list: { description: 'List the sessions of a user', load: async () => (await import('./commands/list.ts')).list },
  show: { description: 'Show a session, without its data', load: async () => (await import('./commands/show.ts')).show },
  revoke: { description: 'End a session, or all sessions of a user', load: async () => (await import('./commands/revoke.ts')).revoke },
  dev: {
    description: 'Serve an engine for development, with the table and a page that shows it; `dev -- COMMAND` runs a program on it',
    load: async () => (await import('./commands/dev.ts')).dev,
  },
  doctor: {
    description: 'Look for what keeps sessions from working, permissions included',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  template: {
    description: 'Print infrastructure code: the table and its policies',
    load: async () => (await import('./commands/template.ts')).template,
  },
  config: { description: 'Show the options and where each comes from', load: async () => (await import('./commands/config.ts')).config },
  completion: {
    description: 'Print completion for bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).completionOf(COMMANDS),
  },
}
