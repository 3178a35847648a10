import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VerbError } from '#model/verbs.ts';
import { hashPassword, LINK_MS, LINKS_MAX, type Login, openLogin, verifyPassword } from './login.ts';

function make(kept = ''): { login: Login; pass(ms: number): void; kept(): string } {
  let nowMs = 1000;
  let hash = kept;
  const login = openLogin({
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    keeper: {
      read: () => hash,
      write: (value) => {
        hash = value;
      },
    },
    address: () => 'http://127.0.0.1:7777',
  });
  return {
    login,
    kept: () => hash,
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

const tokenOf = (url: string): string => url.slice(url.indexOf('#k=') + 3);

test('a link logs in once, and not after ten minutes', async () => {
  const { login, pass } = make();
  const { url, untilMs } = await login.answer('web.link', {});
  assert.match(url, /^http:\/\/127\.0\.0\.1:7777\/#k=[\w-]{32}$/);
  assert.equal(untilMs, 1000 + LINK_MS);
  assert.deepEqual(await login.answer('web.redeem', { token: tokenOf(url) }), { ok: true, passwordSet: false });
  assert.equal((await login.answer('web.redeem', { token: tokenOf(url) })).ok, false);
  const late = await login.answer('web.link', {});
  pass(LINK_MS);
  assert.equal((await login.answer('web.redeem', { token: tokenOf(late.url) })).ok, false);
});

test('links are bounded: the oldest gives way, the newest works', async () => {
  const { login } = make();
  const urls: string[] = [];
  for (let made = 0; made <= LINKS_MAX; made += 1) urls.push((await login.answer('web.link', {})).url);
  const works = await Promise.all(urls.map(async (url) => (await login.answer('web.redeem', { token: tokenOf(url) })).ok));
  assert.deepEqual(works, [false, ...Array.from({ length: LINKS_MAX }, () => true)]);
});

test('a password is kept as a salted argon2id hash and found again, however its letters are composed', async () => {
  const { login, kept } = make();
  await assert.rejects(login.answer('web.password.set', { password: 'elevenchars' }), VerbError);
  assert.equal(kept(), '');
  await login.answer('web.password.set', { password: 'fünf Möwen am Pier' });
  assert.match(kept(), /^\$argon2id\$v=19\$m=65536,t=3,p=4\$/);
  assert.notEqual(kept(), await hashPassword('fünf Möwen am Pier'));
  assert.equal(await verifyPassword('fünf Möwen am Pier'.normalize('NFD'), kept()), true);
  assert.equal(await verifyPassword('fünf Möwen am Pier ', kept()), false);
  await assert.rejects(verifyPassword('x', 'damaged'), /damaged/);
});

test('wrong passwords cost time, the right one within it too, and links do not', async () => {
  const { login, pass } = make(await hashPassword('correct horse battery'));
  const check = async (password: string): Promise<{ ok: boolean; waitMs: number }> =>
    await login.answer('web.password.check', { password });
  for (let tries = 0; tries < 4; tries += 1) assert.deepEqual(await check('wrong'), { ok: false, waitMs: 0 });
  assert.deepEqual(await check('wrong'), { ok: false, waitMs: 1000 });
  assert.deepEqual(await check('correct horse battery'), { ok: false, waitMs: 1000 });
  pass(1000);
  assert.deepEqual(await check('wrong'), { ok: false, waitMs: 2000 });
  const { url } = await login.answer('web.link', {});
  assert.equal((await login.answer('web.redeem', { token: tokenOf(url) })).ok, true);
  pass(2000);
  assert.deepEqual(await check('correct horse battery'), { ok: true, waitMs: 0 });
  assert.deepEqual(await check('wrong'), { ok: false, waitMs: 0 });
});

test('guesses at once are counted one after the other', async () => {
  const { login } = make(await hashPassword('correct horse battery'));
  const tries = await Promise.all(Array.from({ length: 7 }, () => login.answer('web.password.check', { password: 'wrong' })));
  assert.deepEqual(tries.map((one) => one.waitMs), [0, 0, 0, 0, 1000, 1000, 1000]);
});

test('without a password none is right', async () => {
  const { login } = make();
  assert.equal((await login.answer('web.password.check', { password: '' })).ok, false);
});
