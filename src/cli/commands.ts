/** Every command by name: only the one that is called is loaded, so that `telltale sockets` starts at once. */

import type { Command } from './command.ts';

/** Name, summary, and how to load it, in the order in which help lists them. */
export interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly group: 'Look' | 'Judge' | 'Answer' | 'Evidence' | 'Logs' | 'Set up';
  load(): Promise<{ readonly default: Command }>;
}

export const entries: readonly Entry[] = [
  {
    name: 'status',
    group: 'Look',
    summary: 'one sentence and the open changes (the same as no command)',
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'changes',
    group: 'Look',
    summary: 'open changes; --all also what ended, --quieted what is silenced',
    load: () => import('./commands/changes.ts'),
  },
  { name: 'show', group: 'Look', summary: 'all that is known of one change', load: () => import('./commands/show.ts') },
  {
    name: 'sockets',
    group: 'Look',
    summary: 'who listens and who is connected, marked against the baseline',
    load: () => import('./commands/sockets.ts'),
  },
  {
    name: 'processes',
    group: 'Look',
    summary: 'what runs, as ps aux, with unit, package, mark and signs of trouble',
    load: () => import('./commands/processes.ts'),
  },
  {
    name: 'check',
    group: 'Look',
    summary: 'look now; the exit code is the answer',
    load: () => import('./commands/check.ts'),
  },
  {
    name: 'explain',
    group: 'Look',
    summary: 'what a rule means, why it matters, how to quiet it',
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'users',
    group: 'Look',
    summary: 'accounts, and how each can be entered',
    load: () => import('./commands/users.ts'),
  },
  {
    name: 'files',
    group: 'Look',
    summary: 'watched files, marked against the baseline; telltale files /etc/ssh',
    load: () => import('./commands/files.ts'),
  },
  {
    name: 'sql',
    group: 'Look',
    summary: 'ask the last looks and the history in SQL; --at 03:00 for how it was',
    load: () => import('./commands/sql.ts'),
  },
  {
    name: 'accept',
    group: 'Judge',
    summary: 'it is normal: into the baseline',
    load: () => import('./commands/accept.ts'),
  },
  {
    name: 'ack',
    group: 'Judge',
    summary: 'I have seen it: no more reminders',
    load: () => import('./commands/ack.ts'),
  },
  { name: 'mute', group: 'Judge', summary: 'no notices until a time', load: () => import('./commands/mute.ts') },
  {
    name: 'unmute',
    group: 'Judge',
    summary: 'end a mute, an ack or an acceptance',
    load: () => import('./commands/unmute.ts'),
  },
  {
    name: 'baseline',
    group: 'Judge',
    summary: 'what is normal here: generate, compare, delete, show, diff',
    load: () => import('./commands/baseline.ts'),
  },
  {
    name: 'lsm',
    group: 'Judge',
    summary: 'the verbs of Linux Socket Monitor: -g, -c, -d',
    load: () => import('./commands/lsm.ts'),
  },
  {
    name: 'scans',
    group: 'Look',
    summary: 'who scans this host, and whom it scans; --all: also what is over',
    load: () => import('./commands/scans.ts'),
  },
  {
    name: 'blocks',
    group: 'Answer',
    summary: 'who is blocked, why and until when; --never: who never is',
    load: () => import('./commands/blocks.ts'),
  },
  {
    name: 'block',
    group: 'Answer',
    summary: 'shut an address out; try: whom answers would have hit',
    load: () => import('./commands/block.ts'),
  },
  {
    name: 'unblock',
    group: 'Answer',
    summary: 'let an address in again',
    load: () => import('./commands/unblock.ts'),
  },
  {
    name: 'allow',
    group: 'Answer',
    summary: 'never block an address',
    load: () => import('./commands/allow.ts'),
  },
  {
    name: 'report',
    group: 'Answer',
    summary: 'abuse ID: a letter to the network it came from; printed, never sent',
    load: () => import('./commands/report.ts'),
  },
  {
    name: 'maintenance',
    group: 'Judge',
    summary: 'a window in which changes are explained: start, end, show',
    load: () => import('./commands/maintenance.ts'),
  },
  {
    name: 'verify',
    group: 'Evidence',
    summary: 'prove that no record was changed or removed',
    load: () => import('./commands/verify.ts'),
  },
  {
    name: 'doctor',
    group: 'Evidence',
    summary: 'what can be seen here, by what, and what is blind',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'coverage',
    group: 'Evidence',
    summary: 'what could not be seen, and when',
    load: () => import('./commands/coverage.ts'),
  },
  {
    name: 'rehearse',
    group: 'Evidence',
    summary: 'do something harmless and see it told',
    load: () => import('./commands/rehearse.ts'),
  },
  {
    name: 'logrotate',
    group: 'Logs',
    summary: 'rotate logs: options, configuration, state file and words of logrotate(8)',
    load: () => import('./commands/logrotate.ts'),
  },
  {
    name: 'rotate',
    group: 'Logs',
    summary: 'plan: what the next rotation would do; doctor: what it leaves out',
    load: () => import('./commands/rotate.ts'),
  },
  { name: 'daemon', group: 'Set up', summary: 'watch', load: () => import('./commands/daemon.ts') },
  { name: 'web', group: 'Set up', summary: 'a link that opens the page once', load: () => import('./commands/web.ts') },
  {
    name: 'config',
    group: 'Set up',
    summary: 'check or show the settings',
    load: () => import('./commands/config.ts'),
  },
  {
    name: 'notify',
    group: 'Set up',
    summary: 'test: send a test through the channels, and say what they answered',
    load: () => import('./commands/notify.ts'),
  },
  {
    name: 'import',
    group: 'Set up',
    summary: 'take over the settings of another tool',
    load: () => import('./commands/import.ts'),
  },
  {
    name: 'about',
    group: 'Set up',
    summary: 'version, licence; --deps: every package inside, with its hash',
    load: () => import('./commands/about.ts'),
  },
  { name: 'version', group: 'Set up', summary: 'the version', load: () => import('./commands/version.ts') },
  {
    name: 'completion',
    group: 'Set up',
    summary: 'for bash, zsh and fish: complete commands, options, ids and ports',
    load: () => import('./commands/completion.ts'),
  },
];
