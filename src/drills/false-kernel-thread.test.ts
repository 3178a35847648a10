import { testAlone } from '#test/lab/alone.ts';
import drill from './false-kernel-thread.ts';

testAlone(drill);
