import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { parseRotations, printSteps, type RotationStep } from './rotation-record.ts';

const START = { seq: 0, hash: '0'.repeat(64) };
const name = fc.string({ maxLength: 20 });
const count = fc.nat();
const seal = fc.record({ sizeBytes: count, sha256: fc.constant('ab'.repeat(32)) });
const step: fc.Arbitrary<RotationStep> = fc.oneof(
  fc.record({ step: fc.constant('removed' as const), log: name, path: name, timeMs: count }),
  fc.record({ step: fc.constant('sealed' as const), log: name, path: name, timeMs: count, seal }),
  fc.record({
    step: fc.constant('rotated' as const),
    log: name,
    to: name,
    how: fc.constantFrom('rename' as const, 'copytruncate' as const),
    device: count,
    inode: count,
    sizeBytes: count,
    timeMs: count,
    repeatedBytes: count,
    lostBytes: fc.option(count),
    seal: fc.option(seal),
    shift: fc.option(fc.record({ folder: name, base: name, extension: name, first: count, last: fc.option(count) })),
  }),
);

test('what is printed is read again, and the chain holds over several writings', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6 }), fc.array(step, { maxLength: 6 }), (one, two) => {
      const first = printSteps(one, 'a', START);
      const text = first + printSteps(two, 'b', parseRotations(first, true).head);
      const { rows, rejects, broken } = parseRotations(text, true);
      assert.deepEqual([rejects, broken], [[], undefined]);
      const by = (index: number): string => (index < one.length ? 'a' : 'b');
      const wanted = [...one, ...two].map((step, index) => Object.assign({ seq: index + 1, by: by(index) }, step));
      assert.deepEqual(JSON.parse(JSON.stringify(rows)), JSON.parse(JSON.stringify(wanted)));
    }),
  );
});

test('every line is a row or a reject, whatever it is', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `{"v":2,"seq":1,"x":${json}}`),
        ),
      ),
      (parts) => {
        const text = parts.map((part) => `${part.replaceAll('\n', ' ')}\n`).join('');
        const { rows, rejects } = parseRotations(text, true);
        assert.equal(rows.length + rejects.length, parts.length);
      },
    ),
  );
});

test('any change of a line but the last one breaks the chain', () => {
  const steps = Array.from(
    { length: 4 },
    (_, at) => ({ step: 'removed', log: '/a', path: `/a.${at}`, timeMs: at }) as const,
  );
  const text = printSteps(steps, 'test', START);
  const end = text.lastIndexOf('{');
  fc.assert(
    fc.property(fc.nat({ max: end - 2 }), fc.integer({ min: 33, max: 126 }), (at, code) => {
      const character = String.fromCharCode(code);
      if (text[at] === character || text[at] === '\n') return;
      const { broken, rejects } = parseRotations(text.slice(0, at) + character + text.slice(at + 1), true);
      assert.ok(broken !== undefined || rejects.length > 0);
    }),
  );
});

test('lines of version 1 are rows without a place in the chain, and only before it', () => {
  const old =
    '{"v":1,"by":"daemon","log":"/a","to":"/a.1","how":"rename","device":1,"inode":2,"sizeBytes":3,"timeMs":4,"repeatedBytes":0}\n';
  const head = parseRotations(old, true).head;
  const chained = printSteps([{ step: 'removed', log: '/a', path: '/a.1', timeMs: 5 }], 'x', head);
  assert.deepEqual(
    [parseRotations(old + chained, true).broken, parseRotations(old + chained, true).rows.length],
    [undefined, 2],
  );
  assert.equal(parseRotations(chained + old, true).broken?.line, 1);
});
