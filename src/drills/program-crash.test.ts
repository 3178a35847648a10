import { testAlone } from '#test/lab/alone.ts';
import drill from './program-crash.ts';

testAlone(drill);
