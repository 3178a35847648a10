import { testAlone } from '#test/lab/alone.ts';
import drill from './memory-program.ts';

testAlone(drill);
