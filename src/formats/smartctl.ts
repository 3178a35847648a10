/** What smartctl(8) says of a disk: `smartctl --json -H -A`, of smartmontools 7.0 and later. */

/** Health of one disk. */
export interface DiskHealth {
  /** The disk's own verdict; undefined where it gives none. */
  readonly passed: boolean | undefined;
  /** Signs that it wears out or loses data, in words; empty for none. */
  readonly signs: readonly string[];
}

const MAX_SIGNS = 8;
/** ATA attributes that count what was lost or replaced; any is a sign. Names as in smartctl's drivedb. */
const COUNTED: Readonly<Record<number, string>> = {
  5: 'reallocated sectors',
  187: 'errors that could not be corrected',
  197: 'sectors that wait to be reallocated',
  198: 'sectors that cannot be read',
};
/** Some makers pack more into the upper bytes of the raw value. */
const RAW_MASK = 0xffff_ffff;

/** Undefined for what is no answer about health: no JSON, a disk that sleeps or cannot be asked. */
export function parseSmartctl(text: string): DiskHealth | undefined {
  const answer = objectIn(text);
  if (answer === undefined) return undefined;
  const status = field(answer, 'smart_status')?.['passed'];
  const nvme = field(answer, 'nvme_smart_health_information_log');
  const attributes = field(answer, 'ata_smart_attributes')?.['table'];
  if (typeof status !== 'boolean' && nvme === undefined && !Array.isArray(attributes)) return undefined;
  const signs = [...(Array.isArray(attributes) ? attributes.flatMap(ataSigns) : []), ...nvmeSigns(nvme)];
  return { passed: typeof status === 'boolean' ? status : undefined, signs: signs.slice(0, MAX_SIGNS) };
}

type Fields = Readonly<Record<string, unknown>>;

function objectIn(text: string): Fields | undefined {
  try {
    return asFields(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function field(of: Fields, name: string): Fields | undefined {
  return asFields(of[name]);
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function ataSigns(entry: unknown): string[] {
  const attribute = asFields(entry);
  if (attribute === undefined) return [];
  const id = count(attribute['id']);
  const raw = count(field(attribute, 'raw')?.['value']) % (RAW_MASK + 1);
  const what = COUNTED[id];
  if (what !== undefined && raw > 0) return [`${raw} ${what}`];
  return attribute['when_failed'] === 'now' ? [`attribute ${id} is below its threshold`] : [];
}

function nvmeSigns(log: Fields | undefined): string[] {
  if (log === undefined) return [];
  const signs: string[] = [];
  if (count(log['critical_warning']) > 0) signs.push(`critical warning ${count(log['critical_warning'])}`);
  if (count(log['media_errors']) > 0) signs.push(`${count(log['media_errors'])} errors of the medium`);
  if (count(log['percentage_used']) >= 100) signs.push(`${count(log['percentage_used'])} % of its life is used`);
  const [spare, least] = [log['available_spare'], log['available_spare_threshold']];
  if (typeof spare === 'number' && typeof least === 'number' && spare < least) signs.push(`spare is at ${spare} %`);
  return signs;
}
