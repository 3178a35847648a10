/** A mount allows more than before. See docs/rules/mount-option-weakened.md. */

import { joinWords } from '#lib/plural.ts';
import { defineRule } from '#model/sensor.ts';
import { HIDDEN, type MountRow, mounts } from '#sensors/mount-table.ts';
import { srv } from './mount-rows.ts';
import { aboutMount, shownPath } from './mount-words.ts';

/** Where everyone may write: noexec and nosuid there are a wall. */
const OPEN_PLACES = /^\/(?:tmp|var\/tmp|dev\/shm|run\/user\/.*|home)$/;

export default defineRule<MountRow>({
  id: 'mount-option-weakened',
  doc: 'A file system was mounted anew with more rights: writing, running programs, setuid or devices.',
  on: 'mounts',
  table: mounts,
  attack: ['T1562', 'T1222.002'],
  types: ['changed'],
  judge({ change }) {
    if (change.type !== 'changed' || change.after.kind !== 'mount') return undefined;
    const { before, after } = change;
    const more = after.allows.filter((word) => !before.allows.includes(word));
    if (more.length === 0) return undefined;
    if (more.join() === HIDDEN) return hidden(change.before, after);
    const wall = after.over !== '' || (OPEN_PLACES.test(after.point) && !more.every((word) => word === 'write'));
    const about = aboutMount(after);
    return {
      ...about,
      facts: { ...about.facts, before: joinWords(before.allows), after: joinWords(after.allows) },
      severity: wall ? 'high' : 'medium',
      title: `${shownPath(after.point)} was mounted anew and now allows: ${joinWords(more)}`,
      why: wall
        ? 'The option was a wall: without it what lies there can be changed, or what anyone puts there can be run.'
        : 'A file system that was read-only or closed to programs is so for a reason; an intruder opens it to plant something.',
    };
  },
  samples: [
    {
      name: 'programs may be run in /tmp',
      judgement: {
        change: {
          type: 'changed',
          before: { ...srv, point: '/tmp', allows: ['write'] },
          after: { ...srv, point: '/tmp', allows: ['write', 'run programs'] },
        },
      },
      expect: 'high',
    },
    {
      name: '/usr may be written',
      judgement: {
        change: {
          type: 'changed',
          before: { ...srv, point: '/usr', over: '/usr', allows: ['run programs'] },
          after: { ...srv, point: '/usr', over: '/usr', allows: ['run programs', 'write'] },
        },
      },
      expect: 'high',
    },
    {
      name: 'whoever is not root sees no processes of others any more',
      judgement: {
        change: {
          type: 'changed',
          before: { ...srv, point: '/proc', type: 'proc', allows: ['write'] },
          after: { ...srv, point: '/proc', type: 'proc', allows: ['write', HIDDEN] },
        },
      },
      expect: 'low',
    },
    {
      name: 'a disk may be written',
      judgement: {
        change: { type: 'changed', before: { ...srv, allows: ['run programs', 'setuid', 'devices'] }, after: srv },
      },
      expect: 'medium',
    },
    {
      name: 'it allows less',
      judgement: { change: { type: 'changed', before: srv, after: { ...srv, allows: ['write'] } } },
      expect: undefined,
    },
  ],
});

/** Administrators do it against curious users; it blinds whatever watches processes and is not root as well. */
function hidden(before: MountRow, after: MountRow) {
  const about = aboutMount(after);
  return {
    ...about,
    facts: { ...about.facts, before: joinWords(before.allows), after: joinWords(after.allows) },
    severity: 'low' as const,
    title: `${shownPath(after.point)} was mounted anew and hides processes: only root sees those of others now`,
    why: 'The option hidepid keeps users from looking at each other. Monitoring that does not run as root sees no more processes either, and nobody else who works here notices what runs.',
  };
}
