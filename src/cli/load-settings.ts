/** The settings with the channels that there are; a file of its own because it loads every notifier. */

import { type Loaded, loadSettings } from '#config/load.ts';
import { notifiers } from '#notifiers/index.ts';
import { responders } from '#responders/index.ts';
import type { Call } from './command.ts';

/** Reads the settings file for this user. */
export function load(where: Call['where']): Loaded {
  return loadSettings({ ...where, env: process.env, uid: process.getuid?.() ?? 0, notifiers, responders });
}
