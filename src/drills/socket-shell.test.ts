import { testAlone } from '#test/lab/alone.ts';
import drill from './socket-shell.ts';

testAlone(drill);
