/** A service asks in another way who somebody is. See docs/rules/pam-stack-changed.md. */

import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type PamRow, pam } from '#sensors/pam.ts';
import { aboutPam, commonAuth, pamUnix, services, shownPam } from './pam-words.ts';

const session: PamRow = {
  ...commonAuth,
  service: 'common-session',
  type: 'session',
  steps: ['required pam_unix.so'],
  verdict: '',
};

export default defineRule<PamRow>({
  id: 'pam-stack-changed',
  doc: 'Lines of a PAM stack were added, removed or moved, or a service with a stack of its own came.',
  on: 'pam',
  table: pam,
  attack: ['T1556.003'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || learning || change.after.kind !== 'stack') return undefined;
    const row = change.after;
    const before = change.type === 'changed' ? change.before : undefined;
    // Told by pam-accepts-all.
    if (row.verdict.startsWith('accepted') && before?.verdict !== row.verdict) return undefined;
    if (before !== undefined && before.steps.join('\n') === row.steps.join('\n')) return opened(before, row);
    return told(before, row);
  },
  samples: [
    {
      name: 'a program sees each password',
      judgement: {
        change: {
          type: 'changed',
          before: commonAuth,
          after: { ...commonAuth, steps: [...commonAuth.steps, 'optional pam_exec.so expose_authtok /tmp/x'] },
        },
      },
      expect: 'high',
    },
    {
      name: 'a module from elsewhere',
      judgement: {
        change: {
          type: 'changed',
          before: session,
          after: { ...session, steps: [...session.steps, 'optional /opt/x.so'] },
        },
      },
      expect: 'high',
    },
    {
      name: 'another option of a session',
      judgement: {
        change: { type: 'changed', before: session, after: { ...session, steps: ['required pam_unix.so quiet'] } },
      },
      expect: 'low',
    },
    {
      name: 'pam_unix was taken out',
      judgement: {
        change: { type: 'changed', before: commonAuth, after: { ...commonAuth, steps: ['requisite pam_deny.so'] } },
      },
      expect: 'high',
    },
    {
      name: 'a new service',
      judgement: { change: { type: 'added', after: { ...commonAuth, service: 'cockpit', usedBy: [] } } },
      expect: 'medium',
    },
    {
      name: 'everyone may write it',
      judgement: {
        change: { type: 'changed', before: commonAuth, after: { ...commonAuth, trouble: 'everyone may write it' } },
      },
      expect: 'high',
    },
    {
      name: 'everybody gets in, which pam-accepts-all tells',
      judgement: {
        change: { type: 'changed', before: commonAuth, after: { ...commonAuth, steps: [], verdict: 'accepted' } },
      },
      expect: undefined,
    },
    { name: 'a module', judgement: { change: { type: 'added', after: pamUnix } }, expect: undefined },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: commonAuth }, learning: true },
      expect: undefined,
    },
  ],
});

function told(before: PamRow | undefined, row: PamRow) {
  const old = before?.steps ?? [];
  const added = row.steps.filter((step) => !old.includes(step));
  const gone = old.filter((step) => !row.steps.includes(step));
  const about = aboutPam(row);
  const severity = severityOf(row, added, gone);
  return {
    ...about,
    severity,
    onlyAsPackaged: severity === 'high',
    title: `${howOf(row)} ${before === undefined ? 'is new' : 'was changed'}: ${wordsOf(added, gone)}`,
    why: whyOf(added),
    facts: { ...about.facts, added, gone },
  };
}

const DOES: Readonly<Record<string, string>> = {
  auth: 'checks who somebody is',
  account: 'decides who may enter',
  password: 'changes passwords',
  session: 'begins a session',
};

/** "How sshd checks who somebody is (PAM auth)". */
function howOf(row: PamRow): string {
  return `How ${services(row)} ${DOES[row.type] ?? 'asks'} (PAM ${shownPam(row.type, 20)})`;
}

const RUNS_PROGRAM = /pam_(?:exec|script|python|perl)\.so/;
const ELSEWHERE = /(?:^|\s)\/(?!(?:usr\/)?lib)\S*\.so/;
const ASKS_PASSWORD = /pam_(?:unix|sss|ldap|krb5|winbind|deny)\.so/;

function severityOf(row: PamRow, added: readonly string[], gone: readonly string[]): Severity {
  if (added.some((step) => RUNS_PROGRAM.test(step) || ELSEWHERE.test(step))) return 'high';
  const lost = gone.some((step) => ASKS_PASSWORD.test(step) && !added.some((other) => sameModule(step, other)));
  if (lost && row.type !== 'session') return 'high';
  return row.type === 'session' ? 'low' : 'medium';
}

function sameModule(a: string, b: string): boolean {
  const module = (step: string): string => /\S+\.so/.exec(step)?.[0] ?? step;
  return module(a) === module(b);
}

function wordsOf(added: readonly string[], gone: readonly string[]): string {
  const parts = [
    ...(added.length > 0 ? [`added "${shownPam(added.join('; '), 100)}"`] : []),
    ...(gone.length > 0 ? [`removed "${shownPam(gone.join('; '), 100)}"`] : []),
  ];
  return parts.length === 0 ? 'lines stand in another order' : parts.join(', ');
}

function whyOf(added: readonly string[]): string {
  if (added.some((step) => RUNS_PROGRAM.test(step)))
    return 'A program is run at each login, with the rights of the service; with expose_authtok it is handed the password.';
  if (added.some((step) => ELSEWHERE.test(step)))
    return 'A module that no folder for modules holds runs in every service that reads this, as root, and sees each password.';
  return 'These lines decide who gets in, and every module among them sees the password.';
}

function opened(before: PamRow, row: PamRow) {
  if (before.trouble === row.trouble || row.trouble === '') return undefined;
  return {
    ...aboutPam(row),
    severity: 'high' as const,
    title: `PAM: the file of ${services(row)} is open: ${shownPam(row.trouble)}`,
    why: 'Whoever may write it decides who gets in, and can have each password handed to a program.',
  };
}
