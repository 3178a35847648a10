/** Watches what sshd is told to do, and its own keys: see docs/sensors/ssh-settings.md. */

import { parseAuthorizedKeys } from '#formats/authorized-keys.ts';
import { publicPartOf } from '#formats/ssh-public-key.ts';
import type { Host } from '#model/host.ts';
import { isFailure } from '#model/host.ts';
import { defineSensor, type Gap } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { hearFiles } from './file-listener.ts';
import { writableBy } from './file-trouble.ts';
import { follow, readText, valueOf } from './host-file.ts';
import { readSshd, SSHD_CONFIG, type SshdBlock, type SshdFiles, settingIn } from './sshd-files.ts';

export const sshSettings = defineTable({
  name: 'ssh-settings',
  doc: 'Settings of sshd, for everybody and under each Match, and the keys by which this host proves who it is.',
  slot: ['kind', 'condition', 'name'],
  file: 'file',
  columns: {
    kind: ['text', 'setting or host key', 'identity'],
    condition: ['text', 'Words after Match; "" for what holds for everybody', 'identity'],
    name: ['text', 'Directive in lower case, or "command line"; of a host key its path', 'identity'],
    value: [
      'text',
      'Value, of directives that add up all of them; of a host key type and SHA256 fingerprint',
      'compared',
    ],
    trouble: ['text', 'Who else may read or write it, or ""', 'compared'],
    set: ['bool', 'False where it is sshd’s own default'],
    file: ['text', 'File that it stands in'],
    line: ['int', 'Line in that file; 0 for a default'],
  },
});

/** A row of `ssh-settings`. */
export type SshSettingRow = NonNullable<(typeof sshSettings)['row']>;

/** What OpenSSH 9 does when nothing is said (sshd_config(5)); rows also when they are not set, so that a change shows. */
const DEFAULTS: Readonly<Record<string, string>> = {
  allowagentforwarding: 'yes',
  allowgroups: '',
  allowtcpforwarding: 'yes',
  allowusers: '',
  authenticationmethods: 'any',
  authorizedkeyscommand: 'none',
  authorizedkeysfile: '.ssh/authorized_keys .ssh/authorized_keys2',
  authorizedprincipalscommand: 'none',
  authorizedprincipalsfile: 'none',
  denygroups: '',
  denyusers: '',
  forcecommand: 'none',
  gatewayports: 'no',
  gssapiauthentication: 'no',
  hostbasedauthentication: 'no',
  ignorerhosts: 'yes',
  kbdinteractiveauthentication: 'yes',
  listenaddress: '',
  loglevel: 'INFO',
  passwordauthentication: 'yes',
  permitemptypasswords: 'no',
  permitrootlogin: 'prohibit-password',
  permittunnel: 'no',
  permituserenvironment: 'no',
  permituserrc: 'yes',
  port: '22',
  pubkeyauthentication: 'yes',
  revokedkeys: 'none',
  strictmodes: 'yes',
  trustedusercakeys: 'none',
  usepam: 'no',
  x11forwarding: 'no',
};
const DEFAULT_HOST_KEYS = ['rsa', 'ecdsa', 'ed25519'].map((type) => `/etc/ssh/ssh_host_${type}_key`);
/** Where distributions keep options for the start of sshd: they come before every line of sshd_config. */
const OPTION_FILES = ['/etc/default/ssh', '/etc/sysconfig/sshd'];
const MAX_ROWS = 1000;

export default defineSensor<SshSettingRow>({
  name: 'ssh-settings',
  doc: 'Reads sshd_config with all that it includes, and the public parts of the host’s keys.',
  everyMs: 60_000,
  table: sshSettings,
  look(host) {
    const gaps: Gap[] = [];
    const files = readSshd(host, gaps);
    // Without sshd there are no settings: a host without it must not look as if it let passwords in.
    if (isFailure(follow(host, SSHD_CONFIG))) return Promise.resolve({ rows: [], gaps, by: 'sshd_config' });
    const rows = [
      ...files.blocks.flatMap((block) => settingRows(host, block)),
      ...commandLineRows(host, gaps),
      ...hostKeyRows(host, files, gaps),
    ];
    if (rows.length > MAX_ROWS)
      gaps.push({ what: SSHD_CONFIG, why: `only ${MAX_ROWS} of ${rows.length} settings are watched` });
    return Promise.resolve({ rows: rows.slice(0, MAX_ROWS), gaps, by: 'sshd_config' });
  },
});

export const sshSettingsListener = hearFiles({
  name: 'ssh-settings',
  doc: 'Hears of changes below /etc/ssh and of all files that sshd_config includes.',
  table: 'ssh-settings',
  paths(host) {
    const files = readSshd(host, []);
    return [...new Set([...files.paths, ...OPTION_FILES, ...hostKeysOf(files).map(({ path }) => path)])];
  },
});

function settingRows(host: Host, block: SshdBlock): readonly SshSettingRow[] {
  const names = new Set([
    ...(block.condition === '' ? Object.keys(DEFAULTS) : []),
    ...block.lines.map(({ keyword }) => keyword),
  ]);
  names.delete('hostkey');
  return [...names].map((name) => {
    const set = settingIn(block, name);
    const file = set?.at.file ?? SSHD_CONFIG;
    return {
      kind: 'setting',
      condition: block.condition,
      name,
      value: set?.value ?? DEFAULTS[name] ?? '',
      trouble: writableBy(host, file, 0),
      set: set !== undefined,
      file,
      line: set?.at.line ?? 0,
    };
  });
}

function commandLineRows(host: Host, gaps: Gap[]): readonly SshSettingRow[] {
  return OPTION_FILES.flatMap((file) => {
    const options = valueOf(readText(host, file, parseOptions), gaps);
    if (options === undefined) return [];
    const { value, line } = options;
    const trouble = writableBy(host, file, 0);
    return [{ kind: 'setting', condition: '', name: 'command line', value, trouble, set: value !== '', file, line }];
  });
}

/** The last assignment counts, as for the shell and for systemd's EnvironmentFile. */
function parseOptions(text: string): { readonly value: string; readonly line: number } {
  const lines = text.split('\n');
  const index = lines.findLastIndex((line) => /^\s*(?:export\s+)?(?:SSHD_OPTS|OPTIONS)=/.test(line));
  const value = lines[index]?.replace(/^[^=]*=/, '').trim() ?? '';
  return { value: value.replace(/^(["'])(.*)\1$/, '$2').slice(0, 500), line: index + 1 };
}

/** Paths of the host's private keys with the line that names them. */
function hostKeysOf(files: SshdFiles): readonly { readonly path: string; readonly line: number }[] {
  const named = files.blocks.flatMap(({ lines }) =>
    lines.flatMap(({ keyword, args: [path = ''], line }) =>
      keyword === 'hostkey' && path.startsWith('/') ? [{ path, line }] : [],
    ),
  );
  return named.length > 0 ? named : DEFAULT_HOST_KEYS.map((path) => ({ path, line: 0 }));
}

function hostKeyRows(host: Host, files: SshdFiles, gaps: Gap[]): readonly SshSettingRow[] {
  return hostKeysOf(files).flatMap(({ path, line }) => {
    const found = follow(host, path);
    if (isFailure(found)) return [];
    // The private file holds the public key as well; of older forms the file beside it must do.
    const own = valueOf(readText(host, path, publicPartOf), gaps);
    const beside =
      own === undefined ? valueOf(readText(host, `${path}.pub`, parseAuthorizedKeys), gaps)?.rows[0] : undefined;
    const key = own ?? beside;
    const readable = (found.stat.mode & 0o044) !== 0 ? 'others may read it' : '';
    return [
      {
        kind: 'host key',
        condition: '',
        name: path,
        value: key === undefined ? 'unreadable' : `${key.type} ${key.fingerprint}`,
        trouble: readable || writableBy(host, path, 0),
        set: line > 0,
        file: path,
        line,
      },
    ];
  });
}
