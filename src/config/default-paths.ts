/** Where settings and state are when nobody says. XDG Base Directory Specification 0.8 for all but root. */

import { join } from 'node:path';

interface Surroundings {
  readonly uid: number;
  readonly env: NodeJS.ProcessEnv;
}

/** /etc/telltale/telltale.yaml for root, else below $XDG_CONFIG_HOME (~/.config). */
export function defaultConfigFile({ uid, env }: Surroundings): string {
  return uid === 0
    ? '/etc/telltale/telltale.yaml'
    : join(xdg(env, 'XDG_CONFIG_HOME', '.config'), 'telltale/telltale.yaml');
}

/** /var/lib/telltale for root, else below $XDG_STATE_HOME (~/.local/state). */
export function defaultStateDir({ uid, env }: Surroundings): string {
  return uid === 0 ? '/var/lib/telltale' : join(xdg(env, 'XDG_STATE_HOME', '.local/state'), 'telltale');
}

// The specification says that a relative path is invalid and is to be ignored.
function xdg(env: NodeJS.ProcessEnv, name: string, below: string): string {
  const given = env[name];
  return given?.startsWith('/') === true ? given : join(env['HOME'] ?? '/', below);
}
