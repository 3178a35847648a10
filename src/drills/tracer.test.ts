import { testAlone } from '#test/lab/alone.ts';
import drill from './tracer.ts';

testAlone(drill);
