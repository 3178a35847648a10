/** Something will start a program that was not there before. See docs/rules/start-point-new.md. */

import { gravity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type StartPointRow, startPoints } from '#sensors/start-point-table.ts';
import { cronLine, evilService, packagedTimer, preloadDropIn, serviceLink, startFile } from './start-point-samples.ts';
import { about, capital, sentence, weigh, withExposure } from './start-point-words.ts';

export default defineRule<StartPointRow>({
  id: 'start-point-new',
  doc: 'Something that starts a program without being asked was added.',
  on: 'start-points',
  table: startPoints,
  attack: ['T1053', 'T1543', 'T1546', 'T1037', 'T1547'],
  types: ['added'],
  judge({ change, known, learning, replaced }) {
    if (change.type !== 'added' || known || learning || replaced !== undefined) return undefined;
    const row = change.after;
    // What cannot be read is told by start-point-malformed.
    if (row.problem !== '' && !row.enabled) return undefined;
    const { severity, why } = weigh(row);
    const told = withExposure(row, {
      severity,
      title: `New: ${capital(sentence(row))}`,
      why: `${why} Whoever wants to come back, or to become more than they are, begins with something that is started for them.`,
    });
    // The files that useradd copies into a home are part of the new account.
    const ofAccount = row.kind === 'shell start file' && told.severity === 'low' && !row.path.endsWith('/.ssh/rc');
    // Graver than low is what no package ships.
    const onlyAsPackaged = gravity(told.severity) > gravity('low');
    // A clone whose template has many hooks is one deed.
    const deed = row.kind === 'git hook' && { deed: row.path.slice(0, row.path.lastIndexOf('/') + 1) };
    return { ...about(row), ...told, onlyAsPackaged, ...deed, ...(ofAccount && { folds: [row.path, '/etc/passwd'] }) };
  },
  samples: [
    {
      name: 'a cron line of root with a program below /tmp',
      judgement: { change: { type: 'added', after: cronLine } },
      expect: 'critical',
    },
    {
      name: 'a cron line of root with a packaged program',
      judgement: {
        change: { type: 'added', after: { ...cronLine, command: 'apt-get update', program: '', open: '' } },
      },
      expect: 'medium',
    },
    {
      name: 'a service with an own program, at boot',
      judgement: { change: { type: 'added', after: evilService } },
      expect: 'high',
    },
    {
      name: 'a service that comes with a package',
      judgement: { change: { type: 'added', after: { ...evilService, package: 'nginx', programPackage: 'nginx' } } },
      expect: 'low',
    },
    {
      name: 'a unit that a generator made of a packaged init script',
      judgement: {
        change: {
          type: 'added',
          after: { ...evilService, path: '/run/systemd/generator.late/x.service', programPackage: 'x' },
        },
      },
      expect: 'low',
    },
    {
      name: 'LD_PRELOAD for a packaged service',
      judgement: { change: { type: 'added', after: preloadDropIn } },
      expect: 'critical',
    },
    { name: 'a timer of a package', judgement: { change: { type: 'added', after: packagedTimer } }, expect: 'low' },
    {
      name: 'a packaged service was enabled',
      judgement: { change: { type: 'added', after: serviceLink } },
      expect: 'low',
    },
    { name: "a user's own start file", judgement: { change: { type: 'added', after: startFile } }, expect: 'low' },
    {
      name: "root's start file with an alias of sudo",
      judgement: { change: { type: 'added', after: { ...startFile, user: 'root', tricks: ['alias of sudo'] } } },
      expect: 'high',
    },
    {
      name: 'the usual PATH for a table of cron',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...cronLine,
            kind: 'cron variable',
            program: '',
            open: '',
            environment: ['PATH=/usr/local/bin:/usr/bin:/bin'],
          },
        },
      },
      expect: 'low',
    },
    {
      name: 'a PATH that begins elsewhere',
      judgement: {
        change: {
          type: 'added',
          after: { ...cronLine, kind: 'cron variable', program: '', open: '', environment: ['PATH=/opt/x:/usr/bin'] },
        },
      },
      expect: 'medium',
    },
    {
      name: 'a script that is not executable',
      judgement: { change: { type: 'added', after: { ...cronLine, kind: 'cron script', enabled: false } } },
      expect: 'info',
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: cronLine }, learning: true },
      expect: undefined,
    },
    {
      name: 'a known line came back',
      judgement: { change: { type: 'added', after: cronLine }, known: true },
      expect: undefined,
    },
    {
      name: 'the command of a line was edited',
      judgement: { change: { type: 'added', after: cronLine }, replaced: { ...cronLine, name: 'x', command: 'x' } },
      expect: undefined,
    },
    {
      name: 'a line that cannot be read',
      judgement: {
        change: { type: 'added', after: { ...cronLine, enabled: false, problem: 'cron cannot read this line' } },
      },
      expect: undefined,
    },
  ],
});
