/** logrotate's command line: options of popt(3), short ones joined, values behind "=" or as the next word. */

export interface LogrotateOptions {
  debug: boolean;
  force: boolean;
  verbose: boolean;
  state: string;
  mail: string;
  log: string | undefined;
  skipLock: boolean;
  waitForLock: boolean;
  show: 'version' | 'help' | 'usage' | undefined;
  readonly configs: string[];
}

export const DEFAULT_STATE = '/var/lib/logrotate/status';

const SHORT: Readonly<Record<string, string>> = {
  d: 'debug',
  f: 'force',
  v: 'verbose',
  m: 'mail',
  s: 'state',
  l: 'log',
  '?': 'help',
};

const SWITCHES: Readonly<Record<string, (options: LogrotateOptions) => void>> = {
  debug: (options) => {
    options.debug = true;
    options.verbose = true;
  },
  force: (options) => void (options.force = true),
  verbose: (options) => void (options.verbose = true),
  'skip-state-lock': (options) => void (options.skipLock = true),
  'wait-for-state-lock': (options) => void (options.waitForLock = true),
  version: (options) => void (options.show ??= 'version'),
  help: (options) => void (options.show ??= 'help'),
  usage: (options) => void (options.show ??= 'usage'),
};

/** The options, or the argument that is none of them. "--" ends the options. */
export function parseOptions(args: readonly string[]): LogrotateOptions | { readonly bad: string } {
  const options: LogrotateOptions = {
    debug: false,
    force: false,
    verbose: false,
    state: DEFAULT_STATE,
    mail: '/usr/bin/mail',
    log: undefined,
    skipLock: false,
    waitForLock: false,
    show: undefined,
    configs: [],
  };
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') {
      options.configs.push(...rest);
      break;
    }
    if (!arg.startsWith('-') || arg === '-') options.configs.push(arg);
    else if (!(arg.startsWith('--') ? long(options, arg, rest) : short(options, arg, rest))) return { bad: arg };
    if (options.show !== undefined) break;
  }
  return options;
}

function long(options: LogrotateOptions, arg: string, rest: string[]): boolean {
  const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
  const apply = SWITCHES[name];
  if (apply !== undefined) {
    if (value !== undefined) return false;
    apply(options);
    return true;
  }
  return give(options, name, value ?? rest.shift());
}

function short(options: LogrotateOptions, arg: string, rest: string[]): boolean {
  for (let at = 1; at < arg.length; at += 1) {
    const name = SHORT[arg[at] ?? ''] ?? '';
    const apply = SWITCHES[name];
    if (apply === undefined) {
      const joined = arg.slice(at + 1).replace(/^=/, '');
      return give(options, name, joined === '' ? rest.shift() : joined);
    }
    apply(options);
  }
  return true;
}

function give(options: LogrotateOptions, name: string, value: string | undefined): boolean {
  if (value === undefined || (name !== 'mail' && name !== 'state' && name !== 'log')) return false;
  options[name] = value;
  return true;
}
