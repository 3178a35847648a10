import { testAlone } from '#test/lab/alone.ts';
import drill from './loader-variable.ts';

testAlone(drill);
