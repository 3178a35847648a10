import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { networkOf } from './network-record.ts';

test('records of several publishers say the same', () => {
  assert.deepEqual(
    networkOf({ autonomous_system_number: 64_500, autonomous_system_organization: 'Example Net' }).operator,
    'AS64500 Example Net',
  );
  const geo = { country: { iso_code: 'NL', names: { de: 'Niederlande', en: 'Netherlands' } }, city: {} };
  assert.equal(networkOf(geo).country, 'Netherlands (NL)');
  assert.equal(networkOf({ registered_country: { iso_code: 'NL' } }).country, 'NL');
  assert.deepEqual(networkOf({ asn: 'AS64500', as_name: 'Example', country: 'Netherlands', country_code: 'NL' }), {
    operator: 'AS64500 Example',
    country: 'Netherlands (NL)',
  });
  assert.equal(networkOf({ country: 'NL' }).country, 'NL');
});

test('anything else says nothing, and nothing is longer than its bound', () => {
  for (const odd of [undefined, null, 7, 'text', [], { asn: 7, country: ['NL'] }, { asn: 'AS1; rm -rf' }])
    assert.deepEqual(networkOf(odd), { operator: '', country: '' });
  fc.assert(
    fc.property(fc.anything(), (record) => {
      const { operator, country } = networkOf(record);
      return operator.length < 200 && country.length < 200;
    }),
  );
});
