/** Where the files of one rotation go. */

/** Names that a rotation of one log uses. */
export interface Names {
  readonly folder: string;
  readonly base: string;
  readonly fileExtension: string;
  readonly compressExtension: string;
  /** Where the log goes, not compressed. */
  readonly final: string;
  /** What is mailed with mailfirst. */
  readonly first: string;
  /** What is beyond the number to be kept. */
  dispose: string | undefined;
}

/** What stands in one folder. */
export type Listing = Set<string>;
