/** What each word of a configuration does to the settings. docs/logs/rotate-directives.md has them in words. */

import { type Cursor, takeLine, takeValue, type Verdict, valueMissing } from '#formats/logrotate-scan.ts';
import { folderOf } from './files.ts';
import type { Criterion, Owner, Policy } from './policy.ts';
import { groupId, homeOf, userId } from './users.ts';

/** Where a word stands, and who is told what. */
export interface Place {
  readonly policy: Policy;
  readonly inside: boolean;
  readonly cursor: Cursor;
  /** Adds "error: FILE:LINE ". */
  mistake(words: string): void;
  warning(words: string): void;
  debug(text: string): void;
  /** A time criterion or size was asked for since the last paragraph ended well. */
  asked: boolean;
  include(path: string): Verdict;
  taboo(kind: 'tabooext' | 'taboopat', value: string): Verdict;
}

type Apply = (place: Place, word: string) => Verdict;

function set(change: (policy: Policy) => void): Apply {
  return ({ policy }) => {
    change(policy);
    return 'go';
  };
}

type Flag = { [K in keyof Policy]: Policy[K] extends boolean ? K : never }[keyof Policy];

/** "NAME" and "noNAME". */
function flag(name: Flag): readonly (readonly [string, Apply])[] {
  return [
    [name, set((policy) => void (policy[name] = true))],
    [`no${name}`, set((policy) => void (policy[name] = false))],
  ];
}

/** A value that must be there; without one the paragraph is left out. */
function withValue(label: string | undefined, apply: (place: Place, value: string) => Verdict): Apply {
  return (place, word) => {
    const value = takeValue(place.cursor);
    if (value !== undefined) return apply(place, value);
    place.mistake(`argument expected after ${label ?? word}`);
    return valueMissing(place.cursor);
  };
}

function criterion(criterion: Criterion): Apply {
  return (place, word) => {
    ask(place, criterion, word);
    return 'go';
  };
}

function ask(place: Place, criterion: Criterion, word: string): void {
  const before = place.policy.criterion;
  if (place.asked && before !== criterion) place.debug(`note: '${word}' overrides previously specified '${before}'\n`);
  place.policy.criterion = criterion;
  place.asked = true;
}

/** strtoul(3) with base 0 on the whole text; undefined when anything is left over, or the number is too great. */
function number(text: string, most = 2 ** 31 - 1): number | undefined {
  const [, digits] = /^[+]?(0[xX][0-9a-fA-F]+|\d+)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = /^0\d/.test(digits)
    ? /^[0-7]+$/.test(digits)
      ? Number.parseInt(digits, 8)
      : Number.NaN
    : Number(digits);
  return value <= most ? value : undefined;
}

function count(label: string, what: string, keep: (policy: Policy, value: number) => void): Apply {
  return withValue(label, (place, value) => {
    const parsed = what === 'rotation count' && value === '-1' ? -1 : number(value);
    if (parsed === undefined) {
      place.mistake(`bad ${what} '${value}'`);
      return 'skip';
    }
    keep(place.policy, parsed);
    return 'go';
  });
}

const UNITS: Readonly<Record<string, number>> = { k: 1024, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** size, minsize, maxsize; without a value the word is told to be wrong, and nothing more. */
const size: Apply = (place, word) => {
  const { policy } = place;
  const value = takeValue(place.cursor);
  if (value === undefined) {
    place.mistake(`argument expected after ${word}`);
    return 'go';
  }
  const unit = value.at(-1) ?? '';
  const digits = /\d/.test(unit) ? value : value.slice(0, -1);
  const factor = /\d/.test(unit) ? 1 : UNITS[unit];
  if (factor === undefined) {
    place.mistake(`unknown unit '${unit}'`);
    return 'skip';
  }
  // A unit alone is zero bytes, as strtoul reads nothing.
  const parsed = digits === '' ? 0 : number(digits, Number.MAX_SAFE_INTEGER / factor);
  if (parsed === undefined) {
    place.mistake(`bad size '${digits}'`);
    return 'skip';
  }
  if (word === 'minsize') policy.minsizeBytes = parsed * factor;
  else if (word === 'maxsize') policy.maxsizeBytes = parsed * factor;
  else {
    policy.thresholdBytes = parsed * factor;
    ask(place, 'size', word);
  }
  return 'go';
};

/** "weekly [0-7]" and "monthly [0-31]": the day is on the same line or left out. */
function dayed(criterion: 'weekly' | 'monthly', most: number): Apply {
  return (place, word) => {
    const given = takeLine(place.cursor);
    const day = given.trim() === '' ? 0 : number(given.trim(), most);
    if (day === undefined || !/^[ \t]|^$/.test(given)) {
      place.mistake(`bad ${word} directive '${given}'`);
      return 'stop';
    }
    ask(place, criterion, word);
    if (criterion === 'weekly') place.policy.weekday = day;
    else place.policy.monthday = day;
    return 'go';
  };
}

/** Mode, owner and group in the forms that create and createolddir take; undefined parts are as the old file's. */
function owner(keep: (policy: Policy, owner: Owner) => void): Apply {
  return (place, word) => {
    const words = takeLine(place.cursor)
      .split(/[ \t]+/)
      .filter((part) => part !== '');
    const made = readOwner(words, word);
    if (typeof made === 'string') {
      place.mistake(made);
      return 'skip';
    }
    keep(place.policy, made);
    return 'go';
  };
}

function readOwner(words: readonly string[], word: string): Owner | string {
  const [first = ''] = words;
  // Two words are an owner and a group; a number alone or before both is a mode.
  const mode = words.length !== 2 && /^[0-7]+$/.test(first) ? Number.parseInt(first, 8) & 0o7777 : undefined;
  if (words.length > 3 || (words.length === 3 && mode === undefined)) return `extra arguments for ${word}`;
  if (words.length < 2) {
    const numeric = mode === undefined && /^\d/.test(first);
    return numeric ? `unknown user '${first}'` : { mode, uid: undefined, gid: undefined };
  }
  const [user = '', group = ''] = words.slice(-2);
  return owned(mode, user, group);
}

function owned(mode: number | undefined, user: string, group: string): Owner | string {
  const uid = userId(user);
  const gid = groupId(group);
  if (uid === undefined) return `unknown user '${user}'`;
  return gid === undefined ? `unknown group '${group}'` : { mode, uid, gid };
}

const su: Apply = (place) => {
  const words = takeLine(place.cursor)
    .split(/[ \t]+/)
    .filter((part) => part !== '')
    .map((part) => part.replace(/^(['"])(.*)\1$/, '$2'));
  const [user, group] = words;
  const uid = user === undefined ? undefined : userId(user);
  const gid = group === undefined ? undefined : groupId(group);
  const wrong =
    words.length > 2
      ? 'extra arguments for su'
      : user === undefined
        ? 'no user for su'
        : group === undefined
          ? 'no group for su'
          : uid === undefined
            ? `unknown user '${user}'`
            : `unknown group '${group}'`;
  if (words.length !== 2 || uid === undefined || gid === undefined) {
    place.mistake(wrong);
    return 'skip';
  }
  place.policy.su = { uid, gid };
  return 'go';
};

/** Extension by the name of the program. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  gzip: '.gz',
  bzip2: '.bz2',
  xz: '.xz',
  zstd: '.zst',
  compress: '.Z',
  zip: '.zip',
};

const compresscmd = withValue('compress', (place, value) => {
  place.policy.compresscmd = value;
  place.debug(`compress_prog is now ${value}\n`);
  const extension = EXTENSIONS[value.slice(value.lastIndexOf('/') + 1)];
  if (extension !== undefined) {
    place.policy.compressext = extension;
    place.debug(`compress_ext was changed to ${extension}\n`);
  }
  return 'go';
});

const compressoptions: Apply = (place) => {
  const options = takeLine(place.cursor);
  if (options.trim() === '') {
    place.mistake('invalid compression options');
    return 'skip';
  }
  place.policy.compressoptions = options.split(/[ \t]+/).filter((part) => part !== '');
  place.debug(`compress_options is now ${options}\n`);
  return 'go';
};

/**
 * The old word for "mail errors to": logrotate ignores it, and reads the address as a word of its own. One with an "@"
 * it cannot read so, and drops the paragraph or the rest of the file; ours takes it, so that nothing stays unrotated.
 */
const errors: Apply = (place) => {
  const { policy, cursor } = place;
  place.warning('the errors directive is deprecated and no longer used.');
  const address = /^[ \t]*([^\s{}]+)[ \t]*(?:\n|$)/.exec(cursor.text.slice(cursor.at, cursor.at + 256))?.[1];
  policy.errorsTo = address ?? policy.errorsTo;
  if (address?.includes('@') === true) takeLine(cursor);
  return 'go';
};

const mail = withValue(undefined, (place, value) => {
  if (/[ \t"']/.test(value)) {
    place.mistake(`bad mail address ${value}`);
    return 'skip';
  }
  place.policy.mail = value;
  return 'go';
});

const olddir = withValue(undefined, (place, value) => {
  let folder = value;
  if (value === '~' || value.startsWith('~/')) {
    const home = process.env['HOME'] ?? homeOf(String(process.getuid?.() ?? 0)) ?? '';
    folder = home + value.slice(1);
    place.debug(`replaced '${value}' with '${folder}'\n`);
  }
  place.policy.olddir = folder;
  place.debug(`olddir is now ${folder}\n`);
  return 'go';
});

function text(label: string, keep: (policy: Policy, value: string) => void, told?: string): Apply {
  return withValue(label, (place, value) => {
    keep(place.policy, value);
    if (told !== undefined) place.debug(`${told} is now ${value}\n`);
    return 'go';
  });
}

function taboo(kind: 'tabooext' | 'taboopat'): Apply {
  return (place) => {
    if (place.inside) {
      place.mistake(`${kind} may not appear inside of log file definition`);
      return 'skip';
    }
    const value = takeValue(place.cursor);
    if (value !== undefined) return place.taboo(kind, value);
    place.mistake(`argument expected after ${kind}`);
    return 'go';
  };
}

/** A missing value is told, and changes nothing. */
const dateformat: Apply = (place) => {
  const value = takeValue(place.cursor);
  if (value === undefined) place.mistake('argument expected after dateformat');
  else place.policy.dateformat = value;
  return 'go';
};

/** Every word with what it does, but the five scripts. */
export const directives: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  ...flag('compress'),
  ...flag('delaycompress'),
  ...flag('shred'),
  ...flag('sharedscripts'),
  ...flag('copy'),
  ...flag('dateext'),
  ...flag('missingok'),
  ...flag('createolddir'),
  ...flag('allowhardlink'),
  ['ifempty', set((policy) => void (policy.ifempty = true))],
  ['notifempty', set((policy) => void (policy.ifempty = false))],
  ['copytruncate', set((policy) => void Object.assign(policy, { copytruncate: true, renamecopy: false }))],
  ['nocopytruncate', set((policy) => void (policy.copytruncate = false))],
  ['renamecopy', set((policy) => void Object.assign(policy, { renamecopy: true, copytruncate: false }))],
  ['norenamecopy', set((policy) => void (policy.renamecopy = false))],
  ['dateyesterday', set((policy) => void (policy.dateyesterday = true))],
  ['datehourago', set((policy) => void (policy.datehourago = true))],
  ['ignoreduplicates', set((policy) => void (policy.ignoreduplicates = true))],
  ['mailfirst', set((policy) => void (policy.mailFirst = true))],
  ['maillast', set((policy) => void (policy.mailFirst = false))],
  ['nomail', set((policy) => void (policy.mail = undefined))],
  ['noolddir', set((policy) => void (policy.olddir = undefined))],
  ['nocreate', set((policy) => void (policy.create = false))],
  ['create', owner((policy, createAs) => void Object.assign(policy, { create: true, createAs }))],
  ['createolddir', owner((policy, olddirAs) => void Object.assign(policy, { createolddir: true, olddirAs }))],
  ['su', su],
  ['hourly', criterion('hourly')],
  ['daily', criterion('daily')],
  ['yearly', criterion('yearly')],
  ['weekly', dayed('weekly', 7)],
  ['monthly', dayed('monthly', 31)],
  [
    'minutes',
    withValue(undefined, (place, value) => {
      const minutes = number(value);
      if (minutes === undefined || minutes === 0) {
        place.mistake(`bad minutes directive '${value}'`);
        return 'skip';
      }
      place.policy.minutes = minutes;
      ask(place, 'minutes', 'minutes');
      return 'go';
    }),
  ],
  ['size', size],
  ['minsize', size],
  ['maxsize', size],
  ['shredcycles', count('shred cycles', 'shred cycles', (policy, value) => void (policy.shredcycles = value))],
  ['rotate', count('rotate count', 'rotation count', (policy, value) => void (policy.rotateCount = value))],
  ['start', count('start count', 'start count', (policy, value) => void (policy.start = value))],
  ['minage', count('minage count', 'minimum age', (policy, value) => void (policy.minAgeDays = value))],
  ['maxage', count('maxage count', 'maximum age', (policy, value) => void (policy.maxAgeDays = value))],
  ['mail', mail],
  ['errors', errors],
  ['olddir', olddir],
  ['dateformat', dateformat],
  ['extension', text('extension name', (policy, value) => void (policy.extension = value), 'extension')],
  ['addextension', text('addextension name', (policy, value) => void (policy.addextension = value), 'addextension')],
  ['compresscmd', compresscmd],
  ['uncompresscmd', text('uncompress', (policy, value) => void (policy.uncompresscmd = value), 'uncompress_prog')],
  ['compressext', text('compress-ext', (policy, value) => void (policy.compressext = value), 'compress_ext')],
  ['compressoptions', compressoptions],
  ['tabooext', taboo('tabooext')],
  ['taboopat', taboo('taboopat')],
  ['include', withValue(undefined, (place, value) => place.include(value))],
]);

/** Where old logs go: `olddir` seen from the folder of the log. */
export function oldFolder(policy: Policy, log: string): string {
  if (policy.olddir === undefined) return folderOf(log);
  return policy.olddir.startsWith('/') ? policy.olddir : `${folderOf(log)}/${policy.olddir}`;
}
