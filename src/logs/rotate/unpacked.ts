/** The content of a rotated file as it was before it was compressed, in pieces. */

import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

/** What a file begins with, by the format; Node unpacks two of them itself. */
const PROGRAMS: readonly { readonly magic: string; readonly program: string }[] = [
  { magic: 'fd377a585a00', program: '/usr/bin/xz' },
  { magic: '425a68', program: '/usr/bin/bzip2' },
  { magic: '04224d18', program: '/usr/bin/lz4' },
];

/** Rejects with the reason when the file cannot be read or is not whole. */
export async function* unpacked(path: string): AsyncGenerator<Buffer> {
  const magic = await beginning(path);
  const packed = createReadStream(path);
  const program = PROGRAMS.find((one) => magic.startsWith(one.magic))?.program;
  if (magic.startsWith('1f8b')) yield* through(packed, createGunzip());
  else if (magic.startsWith('28b52ffd')) yield* through(packed, createZstdDecompress());
  else if (program === undefined) yield* packed as AsyncIterable<Buffer>;
  else yield* byProgram(program, packed);
}

async function beginning(path: string): Promise<string> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(6), 0, 6, 0);
  return buffer.toString('hex', 0, bytesRead);
}

async function* through(packed: Readable, unpack: NodeJS.ReadWriteStream): AsyncGenerator<Buffer> {
  packed.on('error', (error) => unpack.emit('error', error));
  yield* packed.pipe(unpack) as unknown as AsyncIterable<Buffer>;
}

async function* byProgram(program: string, packed: Readable): AsyncGenerator<Buffer> {
  const child = spawn(program, ['-dc'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
  });
  const ended = new Promise<number | string>((done) => {
    child.once('error', (error) => done(error.message));
    child.once('close', (code, signal) => done(code ?? signal ?? 'it was ended'));
  });
  // A program that gives up closes its input; its exit code tells.
  child.stdin.on('error', () => packed.destroy());
  packed.pipe(child.stdin);
  yield* child.stdout as AsyncIterable<Buffer>;
  const end = await ended;
  if (end !== 0) throw new Error(`${program} ended with ${end}`);
}
