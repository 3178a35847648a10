/** Ways in and up that the script of a package makes are told, and what scripts of packages do every day is not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '#model/finding.ts';
import type { Judgement } from '#model/sensor.ts';
import { rules } from './index.ts';

function findingOf(id: string, name: string): Omit<Finding, 'rule'> | undefined {
  const rule = rules.find((each) => each.id === id);
  const sample = rule?.samples.find((each) => each.name === name);
  assert.ok(rule !== undefined && sample !== undefined, `${id}: ${name}`);
  const memory = { get: () => undefined, set: () => undefined };
  const nothing = { replaced: undefined, peers: [], known: false, learning: false, nowMs: 0, memory };
  const judgement: Judgement = { ...nothing, ...sample.judgement };
  return rule.judge(judgement);
}

test('ways in and up, by whose script ever', () => {
  const ways = [
    ['account-new', 'a person'],
    ['account-new', 'a second line'],
    ['account-changed', 'the user of a service got a shell and a password'],
    ['password-changed', 'root'],
    ['group-member-new', 'sudo'],
    ['ssh-setting-changed', 'passwords for root'],
    ['pam-stack-changed', 'a program sees each password'],
    ['hosts-changed', 'an archive leads elsewhere'],
    ['name-order-changed', 'a source that nobody knows'],
    ['ca-new', 'by hand'],
    ['open-permissions', 'a program'],
    ['start-point-changed', 'a line of cron runs something else'],
    ['package-source-new', 'a new repository'],
  ] as const;
  const explained = ways.filter(([rule, sample]) => findingOf(rule, sample)?.onlyAsPackaged !== true);
  assert.deepEqual(explained, []);
});

test('what scripts of packages do', () => {
  const usual = [
    ['account-new', 'the user of a service'],
    ['account-new', 'a service number that can log in'],
    ['account-changed', 'another home'],
    ['group-member-new', 'a group of a package'],
    ['name-order-changed', 'another order for accounts'],
    ['ca-new', 'by a package'],
    ['start-point-changed', 'a packaged service runs as root now'],
    ['start-point-changed', 'the unit that a link starts is gone'],
    ['pam-stack-changed', 'a new service'],
  ] as const;
  const told = usual.filter(([rule, sample]) => findingOf(rule, sample)?.onlyAsPackaged === true);
  assert.deepEqual(told, []);
});
