import { testAlone } from '#test/lab/alone.ts';
import drill from './ebpf-program.ts';

testAlone(drill);
