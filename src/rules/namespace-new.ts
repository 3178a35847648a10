/** A container or a process with namespaces of its own appeared. See docs/rules/namespace-new.md. */

import { visible } from '#lib/escape.ts';
import { joinWords } from '#lib/plural.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type NamespaceRow, namespaces } from '#sensors/namespaces.ts';
import { aboutProgram, apartOf, programName, startedBy, userOf } from './program-words.ts';
import { container, hidden } from './sample-namespace.ts';

const byHand: NamespaceRow = {
  ...container,
  container: '',
  user: 'marta',
  uid: 1000,
  packageState: 'packaged',
  from: 'session-*.scope',
};

export default defineRule<NamespaceRow>({
  id: 'namespace-new',
  doc: 'A container that is not in the baseline was started, or a program put itself apart from the host.',
  on: 'namespaces',
  table: namespaces,
  attack: ['T1610', 'T1611'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning) return undefined;
    const row = change.after;
    // container-privileged says more of those that reach the host.
    if (row.reach.length > 0 || isOrdinary(row)) return undefined;
    const about = aboutProgram(row);
    const what =
      row.container === ''
        ? `has ${ownThings(row.kinds)} of its own, apart from those of this host`
        : `runs in a new container of ${visible(row.container)}`;
    return {
      ...about,
      subject: `${row.kinds} ${about.subject}`,
      folds: apartOf(row),
      severity: severityOf(row),
      title: `${programName(row)}, run by ${userOf(row)}, ${what}`,
      why: `It sees another part of this host than everybody else, and others see less of it: files, processes or ports in there are not found where one looks. ${startedBy(row)}`,
      next: `ls -l /proc/${row.pid}/ns; lsns -p ${row.pid}; telltale processes pid ${row.pid} --tree`,
      facts: { ...about.facts, kinds: row.kinds, container: row.container },
    };
  },
  samples: [
    { name: 'a container', judgement: { change: { type: 'added', after: container } }, expect: 'info' },
    {
      name: 'a program of no package that put itself apart',
      judgement: { change: { type: 'added', after: { ...container, container: '', packageState: 'unpackaged' } } },
      expect: 'low',
    },
    {
      name: "a service's user made a user namespace: the first step of many exploits",
      judgement: {
        change: {
          type: 'added',
          after: { ...container, container: '', kinds: 'user', user: 'www-data', uid: 33, packageState: 'packaged' },
        },
      },
      expect: 'medium',
    },
    {
      name: 'unshare -r by a person, for a moment',
      judgement: {
        change: {
          type: 'added',
          after: { ...byHand, kinds: 'user', exe: '/usr/bin/true', exeNow: '/usr/bin/true' },
        },
      },
      expect: 'medium',
    },
    {
      name: 'the sandbox of a browser',
      judgement: {
        change: {
          type: 'added',
          after: { ...byHand, kinds: 'pid user', exe: '/usr/lib/chromium/chromium' },
        },
      },
      expect: 'info',
    },
    { name: 'a unit of systemd', judgement: { change: { type: 'added', after: hidden } }, expect: undefined },
    { name: 'known', judgement: { change: { type: 'added', after: container }, known: true }, expect: undefined },
    {
      name: 'told by container-privileged',
      judgement: { change: { type: 'added', after: { ...container, reach: ['CAP_SYS_ADMIN'] } } },
      expect: undefined,
    },
  ],
});

/** Units of systemd with folders or a network of their own, as their packages ship them. */
function isOrdinary(row: NamespaceRow): boolean {
  return row.packageState === 'packaged' && row.from.endsWith('.service') && !row.kinds.includes('user');
}

/** Programs that shut themselves or others in for good reasons, as their packages ship them. */
const SANDBOXES =
  /\/(?:chrom\S*|firefox\S*|brave\S*|opera|vivaldi\S*|msedge|electron|code|slack|signal-desktop|steam\S*|bwrap|flatpak\S*|xdg-dbus-proxy|WebKit\S*Process|podman|buildah|crun|runc|conmon|newuidmap|newgidmap|slirp4netns|pasta\S*|fuse-overlayfs|rootlesskit|dockerd\S*|containerd\S*|snap-confine|systemd\S*|\(sd-\S+|lxc-\S+|firejail|mmdebstrap|sbuild\S*)$/;

function severityOf(row: NamespaceRow): Severity {
  const isSandbox = row.packageState === 'packaged' && SANDBOXES.test(row.exe);
  const isService = row.uid > 0 && row.uid < 1000;
  if (row.kinds.includes('user') && row.container === '' && (isService || (row.uid > 0 && !isSandbox))) return 'medium';
  return row.container === '' && row.packageState === 'unpackaged' ? 'low' : 'info';
}

/** What the kinds of namespaces(7) hold. */
const THINGS: Readonly<Record<string, string>> = {
  mnt: 'mounts',
  net: 'a network',
  pid: 'processes',
  user: 'users',
  uts: 'a host name',
  ipc: 'shared memory',
  cgroup: 'groups of processes',
  time: 'a clock',
};

function ownThings(kinds: string): string {
  return joinWords(
    kinds.split(' ').map((kind) => (Object.hasOwn(THINGS, kind) ? (THINGS[kind] ?? '') : visible(kind))),
  );
}
