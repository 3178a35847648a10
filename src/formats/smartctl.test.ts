import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { parseSmartctl } from './smartctl.ts';

const ata = (passed: boolean, table: readonly object[]): string =>
  JSON.stringify({ json_format_version: [1, 0], smart_status: { passed }, ata_smart_attributes: { table } });

test('a sound disk has no signs, a worn one says which', () => {
  const sound = ata(true, [{ id: 5, name: 'Reallocated_Sector_Ct', when_failed: '', raw: { value: 0 } }]);
  assert.deepEqual(parseSmartctl(sound), { passed: true, signs: [] });
  const worn = ata(false, [
    { id: 5, when_failed: '', raw: { value: 12 } },
    { id: 190, when_failed: 'past', raw: { value: 41 } },
    { id: 197, when_failed: '', raw: { value: 3 } },
    { id: 1, when_failed: 'now', raw: { value: 0 } },
    { id: 198, when_failed: '', raw: { value: 2 ** 32 } },
  ]);
  assert.deepEqual(parseSmartctl(worn), {
    passed: false,
    signs: ['12 reallocated sectors', '3 sectors that wait to be reallocated', 'attribute 1 is below its threshold'],
  });
});

test('NVMe says it otherwise', () => {
  const log = {
    critical_warning: 4,
    available_spare: 3,
    available_spare_threshold: 10,
    percentage_used: 104,
    media_errors: 7,
  };
  assert.deepEqual(
    parseSmartctl(JSON.stringify({ smart_status: { passed: false }, nvme_smart_health_information_log: log })),
    {
      passed: false,
      signs: ['critical warning 4', '7 errors of the medium', '104 % of its life is used', 'spare is at 3 %'],
    },
  );
});

test('a disk that sleeps, one without SMART, and what is no JSON are no answer', () => {
  assert.equal(parseSmartctl('{"smartctl":{"exit_status":2},"power_mode":"STANDBY"}'), undefined);
  assert.equal(parseSmartctl('smartctl 7.3\n'), undefined);
  assert.equal(parseSmartctl(''), undefined);
  assert.equal(parseSmartctl('[]'), undefined);
});

test('whatever it says, nothing is thrown and little is kept', () => {
  fc.assert(
    fc.property(fc.json(), fc.array(fc.json(), { maxLength: 30 }), (any, table) => {
      parseSmartctl(any);
      const health = parseSmartctl(`{"ata_smart_attributes":{"table":[${table.join(',')}]}}`);
      assert.ok(health !== undefined && health.signs.length <= 8);
    }),
  );
});
