/** Sizes as people write them in settings and read them in words: "64 MiB", "10 kB". */

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

const STEPS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Bytes of "64 MiB", "10 kB", "512 B" or "4096"; undefined when it is no size, or beyond exact integers. */
export function parseBytesSize(text: string): number | undefined {
  const [, number, unit] = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const factor = UNITS[(unit ?? '').toLowerCase() || 'b'];
  if (number === undefined || factor === undefined) return undefined;
  const sizeBytes = Math.round(Number(number) * factor);
  return Number.isSafeInteger(sizeBytes) ? sizeBytes : undefined;
}

/** In the greatest unit that leaves at least 1: "64 MiB", "1.5 GiB", "812 B". */
export function formatBytesSize(sizeBytes: number): string {
  let step = 0;
  let left = sizeBytes;
  while (left >= 1024 && step < STEPS.length - 1) {
    left /= 1024;
    step += 1;
  }
  const shown = step === 0 || left >= 100 ? Math.round(left).toString() : left.toFixed(1).replace(/\.0$/, '');
  return `${shown} ${STEPS[step] ?? 'B'}`;
}
