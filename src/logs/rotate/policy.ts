/** What a configuration asks for: the settings of a paragraph, and the logs that it names. */

export type Criterion = 'size' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly' | 'minutes';

export interface Owner {
  /** undefined: as the old file. */
  mode: number | undefined;
  uid: number | undefined;
  gid: number | undefined;
}

/** Settings that a paragraph may change; a copy of the globals is where each begins. */
export interface Policy {
  criterion: Criterion;
  /** 0 = Sunday … 6; 7 = seven days after the last time. */
  weekday: number;
  /** 1–31; 0 = the first time in a month. */
  monthday: number;
  minutes: number;
  thresholdBytes: number;
  maxsizeBytes: number;
  minsizeBytes: number;
  rotateCount: number;
  minAgeDays: number;
  maxAgeDays: number;
  start: number;
  scripts: Readonly<Partial<Record<ScriptName, string>>>;
  mail: string | undefined;
  /** From the old `errors` directive: who is told of errors. */
  errorsTo: string | undefined;
  mailFirst: boolean;
  olddir: string | undefined;
  extension: string | undefined;
  addextension: string | undefined;
  compress: boolean;
  delaycompress: boolean;
  compresscmd: string;
  uncompresscmd: string;
  compressext: string;
  compressoptions: readonly string[];
  dateext: boolean;
  dateformat: string | undefined;
  dateyesterday: boolean;
  datehourago: boolean;
  ifempty: boolean;
  missingok: boolean;
  create: boolean;
  createAs: Owner;
  createolddir: boolean;
  olddirAs: Owner;
  copy: boolean;
  copytruncate: boolean;
  renamecopy: boolean;
  sharedscripts: boolean;
  ignoreduplicates: boolean;
  shred: boolean;
  shredcycles: number;
  allowhardlink: boolean;
  su: { readonly uid: number; readonly gid: number } | undefined;
}

export type ScriptName = 'prerotate' | 'postrotate' | 'firstaction' | 'lastaction' | 'preremove';

/** A paragraph: its settings and its logs. */
export interface LogSet extends Policy {
  /** The names as written, with their blanks; shared scripts get it as $1. */
  readonly pattern: string;
  /** Absolute or as given, Latin-1, in the order found; those that match nothing stand as their pattern. */
  readonly files: string[];
  readonly from: { readonly file: string; readonly line: number };
}

const MIB = 1024 * 1024;

/** logrotate's own defaults (config.c names them in its page). */
export function defaultPolicy(): Policy {
  const asOld: Owner = { mode: undefined, uid: undefined, gid: undefined };
  return {
    criterion: 'size',
    weekday: 0,
    monthday: 0,
    minutes: 0,
    thresholdBytes: MIB,
    maxsizeBytes: 0,
    minsizeBytes: 0,
    rotateCount: 0,
    minAgeDays: 0,
    maxAgeDays: 0,
    start: 1,
    scripts: {},
    mail: undefined,
    errorsTo: undefined,
    mailFirst: false,
    olddir: undefined,
    extension: undefined,
    addextension: undefined,
    compress: false,
    delaycompress: false,
    compresscmd: '/bin/gzip',
    uncompresscmd: '/bin/gunzip',
    compressext: '.gz',
    compressoptions: [],
    dateext: false,
    dateformat: undefined,
    dateyesterday: false,
    datehourago: false,
    ifempty: true,
    missingok: false,
    create: false,
    createAs: asOld,
    createolddir: false,
    olddirAs: asOld,
    copy: false,
    copytruncate: false,
    renamecopy: false,
    sharedscripts: false,
    ignoreduplicates: false,
    shred: false,
    shredcycles: 0,
    allowhardlink: false,
    su: undefined,
  };
}
