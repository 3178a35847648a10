/**
 * Starts `logrotate` alone: what cron and the timer call, a thousand times more often than it has work, so nothing is
 * loaded here that it does not need.
 */

import process from 'node:process';
import { logrotate } from '#logs/rotate/logrotate.ts';

process.exitCode = await logrotate(process.argv.slice(2), { nowMs: Date.now() });
