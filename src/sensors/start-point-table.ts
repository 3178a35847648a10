/** The declaration of the table `start-points`; docs/sensors/start-points.md lists the kinds. */

import { defineTable } from '#model/table.ts';

/** One row a thing that starts a program, or decides what a program becomes when it starts. */
export const startPoints = defineTable({
  name: 'start-points',
  doc: 'Everything that starts a program without being asked: cron, units, hooks, start files of shells and interpreters.',
  slot: ['kind', 'path', 'place'],
  file: 'path',
  columns: {
    kind: ['text', 'cron, systemd service, udev rule …', 'identity'],
    name: ['text', 'Name within the file: unit, command of the line, hook; "" where the file is one', 'identity'],
    user: ['text', 'As whom it runs; "every user" for what all logins read', 'compared'],
    when: ['text', 'Schedule or trigger in words', 'compared'],
    command: ['text', 'What is run, cut at 400 characters', 'compared'],
    enabled: [
      'bool',
      'False where it is there and nothing runs it: masked, not executable, a name that is passed over',
      'compared',
    ],
    environment: ['list', 'Variables that decide what is run: LD_PRELOAD, PATH …', 'compared'],
    package: ['text', 'Package that ships the file, or ""'],
    shipped: [
      'text',
      'same or differs: held against what the package shipped when it came or changed; "" where not known',
    ],
    problem: ['text', 'Why the line cannot be understood or has no effect, or ""', 'compared'],
    open: ['text', 'Who else may change what is run, or ""', 'compared'],
    tricks: ['list', 'Words in it that intruders like: alias sudo, /dev/tcp, curl | sh …'],
    path: ['text', 'File it stands in', 'identity'],
    program: ['text', 'First program by absolute path, or ""'],
    programPackage: ['text', 'Package that ships that program, or ""'],
    programDigest: [
      'text',
      'Beginning of the SHA-256 of those programs that no package ships, at most four of 1 MiB each, or ""',
      'compared',
    ],
    digest: [
      'text',
      'Beginning of the SHA-256 of what is run, without comments; "" where the command is all',
      'compared',
    ],
    added: ['list', 'Lines that came with the last change; at most 10'],
    link: ['text', 'What the file is a link to, or ""', 'compared'],
    startedBy: ['list', 'Units of systemd that pull this one in; at most 16'],
    place: ['text', 'What stays the same when its command is edited: schedule and user of a cron line'],
  },
});

/** A row of `start-points`. */
export type StartPointRow = NonNullable<(typeof startPoints)['row']>;
