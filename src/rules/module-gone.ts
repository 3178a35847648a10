/** A module that is normal on this host was taken out of the kernel. See docs/rules/module-gone.md. */

import { defineRule } from '#model/sensor.ts';
import { type ModuleRow, modules } from '#sensors/module-table.ts';
import { nfTables } from './module-rows.ts';
import { aboutModule, moduleTitle } from './module-words.ts';

/** Modules that protect or watch: whoever takes one out may want just that. */
const GUARDS =
  /^(?:nf_|nft_|ip_?tables|ip6_?tables|x_tables|xt_|iptable_|ip6table_|ipt_|apparmor|selinux|evm|ima|lockdown|falco|scap|wireguard|dm_crypt|usbguard)/;

export default defineRule<ModuleRow>({
  id: 'module-gone',
  doc: 'A kernel module of the baseline was taken out.',
  on: 'modules',
  table: modules,
  attack: ['T1562.001'],
  types: ['removed'],
  judge({ change, known }) {
    if (change.type !== 'removed' || !known || change.before.seenIn !== '') return undefined;
    const row = change.before;
    const guard = GUARDS.test(row.name);
    return {
      ...aboutModule(row),
      severity: guard ? 'medium' : 'info',
      title: `${moduleTitle(row)} was taken out`,
      why: guard
        ? 'It filters packets or guards this host. Without it nothing does; rules that need it are gone as well.'
        : 'Drivers go with their devices. It is told so that every change of the kernel is known.',
    };
  },
  samples: [
    {
      name: 'the packet filter',
      judgement: { change: { type: 'removed', before: nfTables }, known: true },
      expect: 'medium',
    },
    {
      name: 'a driver',
      judgement: { change: { type: 'removed', before: { ...nfTables, name: 'usb_storage' } }, known: true },
      expect: 'info',
    },
    { name: 'never was normal', judgement: { change: { type: 'removed', before: nfTables } }, expect: undefined },
  ],
});
