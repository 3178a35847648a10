/** How much a closed port says. Half the world tries https by mistake; nobody tries telnet by mistake. */

/** What people and their programs try in good faith: web, mail, names, directories. */
const LIGHT: ReadonlySet<number> = new Set([
  20, 25, 53, 80, 110, 113, 143, 389, 443, 465, 587, 636, 853, 993, 995, 3478, 5222, 8000, 8080, 8443,
]);
/** What is looked for to break in: remote desktops, file shares, databases, telnet, and what botnets ask for. */
const HEAVY: ReadonlySet<number> = new Set([
  23, 111, 135, 137, 139, 445, 512, 513, 514, 1433, 1521, 2323, 2375, 3306, 3389, 4444, 5432, 5555, 5900, 5985, 6379,
  7547, 9200, 11211, 27017, 37215,
]);

/** 0.5, 1 or 2. */
export function portWeight(port: number): number {
  if (LIGHT.has(port)) return 0.5;
  return HEAVY.has(port) ? 2 : 1;
}

/** Sums that make a scan: within minutes, and collected over days. */
export const thresholds = {
  low: { fast: 9, slow: 16 },
  normal: { fast: 4.5, slow: 8 },
  high: { fast: 3, slow: 5 },
} as const;

/** Fewer different places than this are no scan, however heavy they are; one remarkable packet alone may be. */
export const LEAST_PLACES = 3;
