/** The door to what is more than a file's bytes, and the memory that checking many files needs. */

import type { Failure, FileStat } from './files.ts';

/** As statx(2) tells it; never follows a link. Times are epoch milliseconds with their fraction. */
export interface DeepStat extends FileStat {
  readonly links: number;
  /** Major and minor number of the file system, as "8:1". */
  readonly device: string;
  /** When the inode was made; 0 where the file system does not know. */
  readonly bornMs: number;
  /** chattr +i and +a: not even root changes it. */
  readonly immutable: boolean;
  readonly appendOnly: boolean;
}

/** One entry of a folder. `name` is text that tells names apart; `bytes` is the name as it is, with a NUL at its end. */
export interface FolderEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly folder: boolean;
}

/** An open folder. Entries of a batch are good until the next one is asked for. */
export interface DeepFolder extends Disposable {
  /** The next entries without "." and ".."; an empty list at the end. */
  next(): readonly FolderEntry[];
  stat(entry: FolderEntry): DeepStat | Failure;
}

/** Files as they lie on the disk, and cheap enough for hundreds of thousands. */
export interface DeepFiles {
  open(folder: string): DeepFolder | Failure;
  stat(path: string): DeepStat | Failure;
  /** Extended attributes, sorted by name; what the file system does not keep is an empty map. */
  attributes(path: string): ReadonlyMap<string, Buffer> | Failure;
  /** The first bytes of a regular file; never waits for a FIFO. */
  head(path: string, bytes: number): Buffer | Failure;
  /** Of the whole content, in hexadecimal; gives way to others between pieces of a large file. */
  digest(path: string, algorithm: 'md5' | 'sha256', rest: () => Promise<void>): Promise<string | Failure>;
  /** Mount points where a walk over this machine's files must not go: other machines' files, the kernel's own. */
  foreign(): ReadonlySet<string>;
}

/** What is remembered of a file that a package ships, or that a walk has checked. */
export interface IndexedFile {
  readonly name: string;
  /** Package list that ships it, as "openssl:amd64"; "" when none does. */
  readonly list: string;
  /** As shipped; "" where the package does not say. */
  readonly md5: string;
  readonly conffile: boolean;
  /** Inode, ctime and size when its content was last read; "" when it never was. */
  readonly stamp: string;
  /** Mode, owner, group and capabilities as they were when it was first found right; "" before. */
  readonly rights: string;
  /** What is wrong with it, joined by commas: altered:DIGEST, missing, mode, owner, unpackaged:DIGEST; "" for nothing. */
  readonly verdict: string;
}

/** A file that a package ships, as its lists say. */
export interface ShippedFile {
  readonly folder: string;
  readonly name: string;
  readonly md5: string;
  readonly conffile: boolean;
}

/** Where a file stands, and what is wrong with it. */
export interface Deviation extends IndexedFile {
  readonly folder: string;
}

/** What checking remembers, on the disk. Writes are gathered; a crash costs work, never truth. */
export interface FileIndex extends Disposable {
  /** Lists that were read in, by name, with the stamp that they had. */
  lists(): ReadonlyMap<string, string>;
  /** Takes in what a package ships now; what it shipped before and no more is forgotten. */
  putList(list: string, stamp: string, files: Iterable<ShippedFile>): void;
  dropList(list: string): void;
  /** Everything remembered of one folder, by name. */
  folder(path: string): ReadonlyMap<string, IndexedFile>;
  file(folder: string, name: string): IndexedFile | undefined;
  put(folder: string, file: IndexedFile): void;
  drop(folder: string, name: string): void;
  /** Whether packages ship anything in this folder or below it. */
  hasBelow(folder: string): boolean;
  /** The folder was walked over in this round. */
  walked(folder: string, round: number): void;
  /** How many files packages ship, as far as their lists were read in. */
  shipped(): number;
  /** Folders with shipped files that were not walked over in this round. */
  unwalked(round: number): readonly string[];
  deviations(): readonly Deviation[];
  /** Files whose rights or place are odd in themselves. */
  odd(): ReadonlySet<string>;
  setOdd(path: string, odd: boolean): void;
  /** sha256 of the content that the kept text was of; "" for none. */
  snapshotOf(path: string): string;
  /** Last known text of a small file: secrets were taken out before. */
  snapshot(path: string): { readonly sha256: string; readonly text: string } | undefined;
  /** False when the room for texts is full. */
  putSnapshot(path: string, sha256: string, text: string): boolean;
  dropSnapshot(path: string): void;
  value(name: string): string;
  setValue(name: string, value: string): void;
  flush(): void;
}

/** The settings `files`. */
export interface FileSettings {
  /** Files and folders watched beside the usual ones. */
  readonly watch: readonly string[];
  /** Files and folders that are not watched; wins over everything. */
  readonly ignore: readonly string[];
  /** How long after a start all files are walked over. */
  readonly walkAfterMs: number;
}

export interface IntegrityDoor {
  readonly settings: FileSettings;
  readonly deep: DeepFiles;
  /** Opened when first asked for. */
  readonly index: FileIndex;
  /**
   * When all files are walked over: beside everything else (a daemon), at each look (somebody asked for it and waits), or
   * not at all: then what the last walk found is what is known.
   */
  readonly walks: 'background' | 'at-look' | 'never';
  /** Who waits for a walk is told how far it is. */
  readonly onProgress?: (words: string) => void;
}
