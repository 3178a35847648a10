/** Somebody gets in without a password. See docs/rules/pam-accepts-all.md. */

import { defineRule } from '#model/sensor.ts';
import { type PamRow, pam } from '#sensors/pam.ts';
import { aboutPam, commonAuth, services } from './pam-words.ts';

/** Services at which people prove who they are; sessions that begin by themselves (autologin) are not among them. */
const ASKS =
  /^(?:sshd|login|remote|su|su-l|sudo|sudo-i|passwd|polkit-1|vsftpd|dovecot|cockpit|other|gdm-password|lightdm|sddm|common-auth|system-auth|password-auth|system-login|system-remote-login|system-local-login)$/;

export default defineRule<PamRow>({
  id: 'pam-accepts-all',
  doc: 'An auth stack lets somebody in who knows no password.',
  on: 'pam',
  table: pam,
  attack: ['T1556.003'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || !lets(change.after)) return undefined;
    const row = change.after;
    if (change.type === 'changed' && change.before.verdict === row.verdict) return undefined;
    const told = row.verdict === 'accepted' ? acceptsAll(row) : acceptsSome(row);
    if (learning && !told.dangerous) return undefined;
    const about = aboutPam(row);
    return {
      ...about,
      ...told,
      facts: { ...about.facts, ...(change.type === 'changed' && { stepsBefore: change.before.steps }) },
    };
  },
  samples: [
    {
      name: 'pam_deny was taken out',
      judgement: {
        change: {
          type: 'changed',
          before: commonAuth,
          after: { ...commonAuth, steps: commonAuth.steps.slice(0, 1), verdict: 'accepted' },
        },
      },
      expect: 'critical',
    },
    {
      name: 'in the first look',
      judgement: { change: { type: 'added', after: { ...commonAuth, verdict: 'accepted' } }, learning: true },
      expect: 'critical',
    },
    {
      name: 'pam_exec decides',
      judgement: {
        change: {
          type: 'changed',
          before: commonAuth,
          after: { ...commonAuth, verdict: 'accepted under a condition' },
        },
      },
      expect: 'high',
    },
    {
      name: 'a session that begins by itself',
      judgement: {
        change: { type: 'added', after: { ...commonAuth, service: 'gdm-autologin', usedBy: [], verdict: 'accepted' } },
      },
      expect: 'medium',
    },
    { name: 'as Debian ships it', judgement: { change: { type: 'added', after: commonAuth } }, expect: undefined },
    {
      name: 'it is known',
      judgement: { change: { type: 'added', after: { ...commonAuth, verdict: 'accepted' } }, known: true },
      expect: undefined,
    },
  ],
});

function lets(row: PamRow): boolean {
  return row.kind === 'stack' && row.verdict.startsWith('accepted');
}

function isAsked(row: PamRow): boolean {
  return ASKS.test(row.service) || row.usedBy.some((service) => ASKS.test(service));
}

function acceptsAll(row: PamRow) {
  const asked = isAsked(row);
  return {
    severity: asked ? ('critical' as const) : ('medium' as const),
    dangerous: asked,
    title: `Every password is accepted for ${services(row)}`,
    why: 'The modules of this stack come to "success" when no password is right: pam_permit stands where it must not, or what refuses was taken out or is jumped over.',
  };
}

function acceptsSome(row: PamRow) {
  return {
    severity: isAsked(row) ? ('high' as const) : ('medium' as const),
    dangerous: false,
    title: `${services(row)} may let somebody in without a password: a module decides by something else`,
    why: 'A module such as pam_succeed_if, pam_listfile or pam_exec comes before the password is asked for and is enough by itself.',
  };
}
