/** What an account may do or where it begins was changed. See docs/rules/account-changed.md. */

import { shorten, visible } from '#lib/escape.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type AccountRow, accounts } from '#sensors/accounts.ts';
import { aboutAccount, beforeFacts, bob, loginWords, named, wwwData } from './account-words.ts';
import { isRootTwin } from './uid-zero-twin.ts';

export default defineRule<AccountRow>({
  id: 'account-changed',
  doc: 'The number, group, home, shell, expiry or way in of an account changed.',
  on: 'accounts',
  table: accounts,
  attack: ['T1098'],
  types: ['changed'],
  judge({ change, known }) {
    if (change.type !== 'changed' || known) return undefined;
    const { before, after } = change;
    // Told by uid-zero-twin and password-empty.
    if (isRootTwin(after) && !isRootTwin(before)) return undefined;
    if (after.login === 'without a password' && before.login !== after.login) return undefined;
    const told = newsOf(before, after);
    if (told === undefined) return undefined;
    const about = aboutAccount(after);
    return { ...about, ...told, facts: { ...about.facts, ...beforeFacts(before, after) } };
  },
  samples: [
    {
      name: 'the user of a service got a shell and a password',
      judgement: {
        change: {
          type: 'changed',
          before: wwwData,
          after: { ...wwwData, shell: '/bin/bash', password: 'set', login: 'with a password' },
        },
      },
      expect: 'high',
    },
    {
      name: 'a person was unlocked',
      judgement: {
        change: { type: 'changed', before: { ...bob, login: 'no', expires: '2026-01-01' }, after: bob },
      },
      expect: 'medium',
    },
    {
      name: 'another user number',
      judgement: { change: { type: 'changed', before: bob, after: { ...bob, uid: 1002 } } },
      expect: 'high',
    },
    {
      name: 'another shell',
      judgement: { change: { type: 'changed', before: bob, after: { ...bob, shell: '/bin/zsh' } } },
      expect: 'low',
    },
    {
      name: 'a shell where everyone may write',
      judgement: { change: { type: 'changed', before: bob, after: { ...bob, shell: '/tmp/sh' } } },
      expect: 'high',
    },
    {
      name: 'another home',
      judgement: { change: { type: 'changed', before: bob, after: { ...bob, home: '/srv/bob' } } },
      expect: 'medium',
    },
    {
      name: 'closed',
      judgement: {
        change: { type: 'changed', before: bob, after: { ...bob, login: 'no', shell: '/usr/sbin/nologin' } },
      },
      expect: 'low',
    },
    {
      name: 'only the password, which password-changed tells',
      judgement: { change: { type: 'changed', before: bob, after: { ...bob, passwordMark: '00000000' } } },
      expect: undefined,
    },
    {
      name: 'back to what is normal',
      judgement: { change: { type: 'changed', before: { ...bob, shell: '/bin/zsh' }, after: bob }, known: true },
      expect: undefined,
    },
  ],
});

interface News {
  readonly severity: Severity;
  readonly title: string;
  readonly why: string;
  readonly onlyAsPackaged?: boolean;
}

/** The gravest of what changed. */
function newsOf(before: AccountRow, after: AccountRow): News | undefined {
  return loginNews(before, after) ?? numberNews(before, after) ?? placeNews(before, after);
}

function loginNews(before: AccountRow, after: AccountRow): News | undefined {
  if (before.login === after.login) return undefined;
  const name = named(after.name);
  if (after.login === 'no')
    return {
      severity: 'low',
      title: `${name} may no longer log in`,
      why: 'Somebody closed the account: an administrator who tidies up, or an intruder who locks others out.',
    };
  const service = after.uid < 1000 && after.uid !== 0;
  const opened = before.login === 'no';
  return {
    severity: opened && service ? 'high' : 'medium',
    onlyAsPackaged: true,
    title: `${name} may now log in ${after.login}${opened ? '' : `, before ${before.login}`}`,
    why: service
      ? 'It is the user of a service, which nobody should log in as: opening one is a quiet way to come back.'
      : 'The account has a way in that it did not have before.',
  };
}

function numberNews(before: AccountRow, after: AccountRow): News | undefined {
  const name = named(after.name);
  if (before.uid !== after.uid)
    return {
      severity: 'high',
      onlyAsPackaged: true,
      title: `${name} has another user number: ${after.uid} instead of ${before.uid}`,
      why: 'Files and processes belong to numbers: the account now owns what belongs to that number.',
    };
  if (before.gid !== after.gid)
    return {
      severity: after.gid === 0 ? 'high' : 'medium',
      title: `${name} has another primary group: ${after.gid} instead of ${before.gid}`,
      why: 'A primary group is a membership that does not stand in /etc/group, where people look for it.',
    };
  return undefined;
}

function placeNews(before: AccountRow, after: AccountRow): News | undefined {
  const name = named(after.name);
  const shown = (path: string): string => shorten(visible(path), 80) || '""';
  if (before.shell !== after.shell)
    return {
      severity: /^\/(?:tmp|var\/tmp|dev\/shm|home)\//.test(after.shell) ? 'high' : 'low',
      title: `${name} has another shell: ${shown(after.shell)} instead of ${shown(before.shell)}`,
      why: `${loginWords(after)}, and this is the program that runs then.`,
    };
  if (before.home !== after.home)
    return {
      severity: 'medium',
      title: `${name} has another home: ${shown(after.home)} instead of ${shown(before.home)}`,
      why: 'Keys, start files and cron habits are taken from the home: another home can bring other keys.',
    };
  if (before.expires !== after.expires)
    return {
      severity: 'low',
      title: `${name} now expires ${after.expires === '' ? 'never' : `on ${after.expires}`}`,
      why: 'The day on which the account closes was changed; an account that never closes is a way in that stays.',
    };
  return undefined;
}
