/** Watches whom this host trusts to vouch for others, and its own certificates and keys: see docs/sensors/certificates.md. */

import { posix } from 'node:path';
import { type ParsedConfig, parseConfig } from '#formats/config-lines.ts';
import { type CertificateFacts, parsePemFile } from '#formats/pem.ts';
import { isLeftOver } from '#lib/left-over.ts';
import { type FileStat, type Host, isFailure } from '#model/host.ts';
import { defineSensor, type Gap } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { hearFiles } from './file-listener.ts';
import { globFiles } from './glob-files.ts';
import { follow, readBytes, readText, valueOf } from './host-file.ts';
import { shippedBy } from './shipped-by.ts';

export const certificates = defineTable({
  name: 'certificates',
  doc: 'Certificate authorities that are trusted, certificates of this host, and its private keys.',
  slot: ['kind', 'name'],
  file: 'file',
  columns: {
    kind: ['text', 'authority, refused authority, certificate or private key', 'identity'],
    name: ['text', 'Of an authority its SHA-256 fingerprint; of the others the path', 'identity'],
    subject: ['text', 'Common name or organisation that it is for', 'compared'],
    issuer: ['text', 'Who signed it', 'compared'],
    mark: ['text', 'Of a certificate its fingerprint; of a private key a digest of its public part, or "encrypted"'],
    origin: ['text', 'Of an authority: packaged, unpackaged, altered or unknown, as its file is', 'compared'],
    validity: ['text', 'valid, ends soon (within 14 days), expired, or not yet', 'compared'],
    notAfterMs: ['time', 'When it ends; 0 where it does not'],
    trouble: ['text', 'Of a private key: who else may read it', 'compared'],
    file: ['text', 'File that it stands in, links followed'],
  },
});

/** A row of `certificates`. */
export type CertificateRow = NonNullable<(typeof certificates)['row']>;

const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
/** Folders whose certificates are trusted, or become so at the next update-ca-certificates or update-ca-trust. */
const ANCHORS = [
  '/usr/local/share/ca-certificates',
  '/etc/pki/ca-trust/source/anchors',
  '/etc/ca-certificates/trust-source/anchors',
];
const CERTS = '/etc/ssl/certs';
const CONF = '/etc/ca-certificates.conf';
/** Where certificates and keys of the host lie; services keep theirs in many places, these are the usual ones. */
const OWN = [
  '/etc/letsencrypt/live/*/*.pem',
  '/etc/ssl/*.pem',
  '/etc/ssl/*.crt',
  '/etc/ssl/private/*',
  '/etc/pki/tls/*/*',
].concat(
  ['nginx', 'apache2', 'httpd', 'haproxy', 'lighttpd', 'postfix', 'exim4', 'dovecot', 'mysql', 'postgresql'].flatMap(
    (service) => ['ssl', 'certs', 'tls', 'private'].map((folder) => `/etc/${service}/${folder}/*`),
  ),
);
const MAX_ROWS = 2000;
const MAX_FILE_BYTES = 4 << 20;
const SOON_MS = 14 * 86_400_000;

const plain: Omit<CertificateRow, 'kind' | 'name' | 'file'> = {
  subject: '',
  issuer: '',
  mark: '',
  origin: '',
  validity: '',
  notAfterMs: 0,
  trouble: '',
};

export default defineSensor<CertificateRow>({
  name: 'certificates',
  doc: 'Reads the trust store, and certificates and private keys in the usual places.',
  everyMs: 300_000,
  table: certificates,
  look(host) {
    const gaps: Gap[] = [];
    const store = realFiles(host, [`${CERTS}/*`]);
    const rows = [...authorityRows(host, store, gaps), ...refusedRows(host, gaps), ...ownRows(host, store, gaps)];
    if (rows.length > MAX_ROWS) gaps.push({ what: CERTS, why: `only ${MAX_ROWS} of ${rows.length} are watched` });
    return Promise.resolve({ rows: rows.slice(0, MAX_ROWS), gaps, by: CERTS });
  },
});

export const certificatesListener = hearFiles({
  name: 'certificates',
  doc: 'Hears of changes of the trust store and of the folders of certificates.',
  table: 'certificates',
  paths: () => [CERTS, CONF, ...ANCHORS, '/etc/ssl', '/etc/letsencrypt', '/etc/pki'],
});

/** A file, links followed. */
interface Found {
  readonly path: string;
  readonly stat: FileStat;
}

/** Files that links lead to are read once. */
function realFiles(host: Host, patterns: readonly string[]): readonly Found[] {
  const found = new Map<string, FileStat>();
  for (const path of patterns.flatMap((pattern) => globFiles(host, pattern))) {
    if (isLeftOver(posix.basename(path))) continue;
    const at = follow(host, path);
    if (!isFailure(at) && at.stat.type === 'file' && found.size < MAX_ROWS) found.set(at.path, at.stat);
  }
  return [...found].map(([path, stat]) => ({ path, stat }));
}

function authorityRows(host: Host, store: readonly Found[], gaps: Gap[]): CertificateRow[] {
  const rows = new Map<string, CertificateRow>();
  const anchors = ANCHORS.flatMap((folder) => [`${folder}/*`, `${folder}/*/*`]);
  // The bundle comes last: what stands in it and in no file of its own was written into it by hand.
  const files = [...store, ...realFiles(host, anchors)].filter(({ path }) => path !== BUNDLE);
  for (const path of [...files.map((file) => file.path), BUNDLE]) {
    const pem = valueOf(readBytes(host, path, parsePemFile, MAX_FILE_BYTES), gaps);
    for (const facts of pem?.certificates ?? []) {
      if (rows.has(facts.fingerprint) || !isAnchor(facts, path)) continue;
      const origin = shippedBy(host, path).state;
      rows.set(
        facts.fingerprint,
        rowOf(host, { kind: 'authority', name: facts.fingerprint, file: path, origin }, facts),
      );
    }
  }
  return [...rows.values()];
}

/** A certificate of the host’s own may lie among the authorities, as the one of ssl-cert does. */
function isAnchor(facts: CertificateFacts, path: string): boolean {
  return facts.ca || path === BUNDLE || !path.startsWith(`${CERTS}/`);
}

function rowOf(
  host: Host,
  given: Partial<CertificateRow> & Pick<CertificateRow, 'kind' | 'name' | 'file'>,
  facts: CertificateFacts,
): CertificateRow {
  const { subject, issuer, fingerprint, notAfterMs } = facts;
  return {
    ...plain,
    ...given,
    subject,
    issuer,
    mark: fingerprint,
    notAfterMs: Number.isNaN(notAfterMs) ? 0 : notAfterMs,
    validity: validityOf(facts, host.clock.nowMs()),
  };
}

function validityOf({ notBeforeMs, notAfterMs }: CertificateFacts, nowMs: number): string {
  if (nowMs >= notAfterMs) return 'expired';
  if (nowMs < notBeforeMs) return 'not yet';
  return notAfterMs - nowMs <= SOON_MS ? 'ends soon' : 'valid';
}

/** Lines with "!" take an authority of the packages out of the store. */
function refusedRows(host: Host, gaps: Gap[]): CertificateRow[] {
  const lines = valueOf(readText(host, CONF, parseRefused), gaps)?.rows ?? [];
  return lines.slice(0, MAX_ROWS).map((name) => refusedRow(name));
}

function refusedRow(name: string): CertificateRow {
  return { ...plain, kind: 'refused authority', name, file: CONF };
}

function parseRefused(text: string): ParsedConfig<string> {
  return parseConfig(text, (raw) => (raw.startsWith('!') ? { row: raw.slice(1).trim().slice(0, 300) } : {}));
}

function ownRows(host: Host, store: readonly Found[], gaps: Gap[]): CertificateRow[] {
  const rows: CertificateRow[] = [];
  for (const { path, stat } of [...realFiles(host, OWN), ...store]) {
    if (path === BUNDLE) continue;
    const pem = valueOf(readBytes(host, path, parsePemFile, MAX_FILE_BYTES), gaps);
    // The first certificate of a chain is the host's own; authorities were told above.
    const [first] = pem?.certificates ?? [];
    if (first !== undefined && !first.ca)
      rows.push(rowOf(host, { kind: 'certificate', name: path, file: path }, first));
    const mark = pem?.privateKeys[0];
    if (mark !== undefined)
      rows.push({ ...plain, kind: 'private key', name: path, mark, trouble: readers(stat, mark), file: path });
  }
  return rows;
}

function readers(stat: FileStat, mark: string): string {
  if (mark === 'encrypted') return '';
  return (stat.mode & 0o004) === 0 ? '' : 'everyone may read it';
}
