/** What stands where in a command line, for completion: by command and place of the operand. */

/** Kinds of values. Files and folders are left to the shell; the others are asked for when somebody presses TAB. */
export const kinds = [
  'files',
  'folders',
  'commands',
  'alerts',
  'quiets',
  'tables',
  'rules',
  'drills',
  'channels',
  'blocks',
  'sources',
  'versions',
  'socket filters',
  'process filters',
] as const;
export type Kind = (typeof kinds)[number];

/** By "command" or "command verb": what each operand may be; the last holds for all that follow. */
export const operandKinds: Readonly<Record<string, readonly (readonly Kind[])[]>> = {
  help: [['commands'], []],
  show: [['alerts', 'tables'], []],
  explain: [['rules', 'alerts'], []],
  check: [['tables']],
  sockets: [['socket filters']],
  processes: [['process filters']],
  files: [['files']],
  accept: [['alerts']],
  ack: [['alerts']],
  mute: [['alerts']],
  unmute: [['quiets', 'alerts']],
  'baseline show': [['versions'], []],
  'baseline diff': [['versions']],
  block: [['sources'], []],
  unblock: [['blocks'], []],
  allow: [['sources', 'blocks'], []],
  'report abuse': [['alerts'], []],
  rehearse: [['drills']],
  logrotate: [['files']],
  'rotate plan': [['files']],
  'rotate doctor': [['files']],
  'rotate now': [['files']],
  'rotate history': [['files']],
  'import lsm': [['files'], []],
  'notify test': [['channels']],
};

/** By the word in the angle brackets of an option. */
export const valueKinds: Readonly<Record<string, Kind>> = {
  file: 'files',
  target: 'files',
  folder: 'folders',
};

/** Words of a filter, and the column in which their values stand. */
export interface FilterWords {
  readonly table: string;
  readonly columns: Readonly<Record<string, string>>;
}

export const filterWords: Readonly<Record<'socket filters' | 'process filters', FilterWords>> = {
  'socket filters': {
    table: 'sockets',
    columns: {
      port: 'port',
      user: 'user',
      pid: 'pid',
      program: 'comm',
      unit: 'unit',
      package: 'package',
      address: 'address',
    },
  },
  'process filters': {
    table: 'processes',
    columns: {
      pid: 'pid',
      user: 'user',
      program: 'comm',
      unit: 'unit',
      package: 'package',
      session: 'session',
      tty: 'tty',
    },
  },
};
