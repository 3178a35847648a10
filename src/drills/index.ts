/** All drills, one line each. */

import type { Drill } from './drill.ts';
import listener from './listener.ts';

export const drills: readonly Drill[] = [listener];
