/** What a USB interface is for: usb.org, "Defined Class Codes"; class, subclass and protocol as /sys shows them. */

const CLASSES: Readonly<Record<string, string>> = {
  '01': 'sound',
  '02': 'network',
  '03': 'input',
  '05': 'physical',
  '06': 'camera',
  '07': 'printer',
  '08': 'storage',
  '09': 'hub',
  '0a': 'data',
  '0b': 'smart card',
  '0d': 'content security',
  '0e': 'camera',
  '0f': 'health',
  '10': 'sound and video',
  '11': 'billboard',
  '12': 'USB-C bridge',
  dc: 'diagnostics',
  e0: 'wireless',
  ef: 'various',
  fe: 'application',
  ff: "the maker's own",
};

/** In one word; HID of the boot kind says whether it is a keyboard or a mouse (HID 1.11, section 4.3). */
export function usbFunction(cls: string, subclass: string, protocol: string): string {
  const lower = cls.toLowerCase();
  if (lower === '03' && protocol === '01') return 'keyboard';
  if (lower === '03' && protocol === '02') return 'pointer';
  // RNDIS and its kin hide behind "wireless" and "various": a network card all the same.
  if (lower === 'e0' && subclass === '01' && protocol === '03') return 'network';
  if (lower === 'ef' && subclass === '04') return 'network';
  return CLASSES[lower] ?? `class ${lower}`;
}
