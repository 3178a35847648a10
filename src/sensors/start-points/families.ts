/** All families of start points, one line each. */

import { at } from './at.ts';
import { cron } from './cron.ts';
import { desktop } from './desktop.ts';
import { environment } from './environment.ts';
import type { Family } from './family.ts';
import { hooks } from './hooks.ts';
import { interfaces } from './interfaces.ts';
import { interpreters } from './interpreters.ts';
import { kernel } from './kernel.ts';
import { scriptFolders } from './script-folders.ts';
import { shell } from './shell.ts';
import { sshClient } from './ssh-client.ts';
import { systemd } from './systemd.ts';
import { sysv } from './sysv.ts';

export const families: readonly Family[] = [
  cron,
  at,
  systemd,
  sysv,
  scriptFolders,
  interfaces,
  kernel,
  shell,
  environment,
  hooks,
  desktop,
  interpreters,
  sshClient,
];
