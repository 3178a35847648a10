import { testAlone } from '#test/lab/alone.ts';
import drill from './deleted-program.ts';

testAlone(drill);
