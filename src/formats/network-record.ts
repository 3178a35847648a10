/** Records of databases on addresses (MaxMind's format, of several publishers) as the two things that we tell. */

/** Who runs the network, and in which country; "" where the record does not say. */
export interface NetworkRecord {
  readonly operator: string;
  readonly country: string;
}

const MAX_NAME = 80;

type Plain = Readonly<Record<string, unknown>>;

/**
 * Reads a record of GeoLite2 or GeoIP2 (ASN, ISP, Country, City), DB-IP, or of IPinfo, whose fields lie flat. What does
 * not look like one of these says nothing; texts are as long as they were, up to 80 characters.
 */
export function networkOf(record: unknown): NetworkRecord {
  if (!isPlain(record)) return { operator: '', country: '' };
  return { operator: operatorOf(record), country: countryOf(record) };
}

function operatorOf(record: Plain): string {
  const number = record['autonomous_system_number'];
  const text = textOf(record['asn']);
  const asn = typeof number === 'number' ? `AS${number}` : /^AS\d{1,10}$/.test(text) ? text : '';
  const names = ['autonomous_system_organization', 'as_name', 'isp', 'organization', 'name'];
  const name = names.map((key) => textOf(record[key])).find((found) => found !== '') ?? '';
  return [asn, name].filter((part) => part !== '').join(' ');
}

function countryOf(record: Plain): string {
  const nested = [record['country'], record['registered_country']].find(isPlain);
  if (nested !== undefined) {
    const names = nested['names'];
    return together(isPlain(names) ? textOf(names['en']) : '', textOf(nested['iso_code']));
  }
  const flat = textOf(record['country']);
  // IPinfo: "country" is the name where "country_code" is there, else the code.
  return together(flat, textOf(record['country_code']));
}

function together(name: string, code: string): string {
  if (name === '' || code === '' || name === code) return name === '' ? code : name;
  return `${name} (${code})`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_NAME) : '';
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
