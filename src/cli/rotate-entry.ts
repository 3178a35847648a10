/** Starts `rotate` alone. */

import process from 'node:process';
import { rotateCommand } from './rotate.ts';

process.exitCode = rotateCommand(process.argv.slice(2), Date.now());
