/** A captured host made of a few files in a folder of the test's own. */

import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CapturedHost, openCapturedHost } from '#host/captured.ts';
import { makeTemp } from './temp.ts';

/** Content, or a link, or content with a mode; a folder where `folder` is set. */
export type MadeFile =
  | string
  | Buffer
  | { readonly link: string }
  | { readonly content: string | Buffer; readonly mode: number }
  | { readonly folder: true; readonly mode: number };

export interface CapturedFolder extends AsyncDisposable {
  readonly path: string;
  readonly host: CapturedHost;
  /** Writes a file anew (another inode, as an editor does) or makes a link. */
  write(path: string, file: MadeFile): void;
  remove(path: string): void;
}

/** Makes the folder with these files, by absolute path on the host. */
export async function captureFolder(files: Readonly<Record<string, MadeFile>>): Promise<CapturedFolder> {
  const temp = await makeTemp();
  const write = (path: string, file: MadeFile): void => {
    const at = join(temp.path, path);
    mkdirSync(dirname(at), { recursive: true });
    rmSync(at, { recursive: true, force: true });
    if (typeof file === 'string' || Buffer.isBuffer(file)) writeFileSync(at, file);
    else if ('link' in file) symlinkSync(file.link, at);
    else {
      if ('folder' in file) mkdirSync(at);
      else writeFileSync(at, file.content);
      chmodSync(at, file.mode);
    }
  };
  for (const [path, file] of Object.entries(files)) write(path, file);
  return {
    path: temp.path,
    host: openCapturedHost(temp.path),
    write,
    remove: (path) => rmSync(join(temp.path, path), { recursive: true, force: true }),
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}
