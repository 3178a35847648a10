/**
 * Text from outside made harmless where it is shown. Whatever moves the cursor, hides, reorders or imitates becomes
 * visible as \u{…}: control characters (terminal escapes), bidi overrides ("Trojan Source", CVE-2021-42574), zero-width
 * and other ignorable characters, odd spaces, lone surrogates, private and unassigned code points.
 */

// Zs without the ordinary space; U+2800 looks like a space and is none; what Unicode calls ignorable includes the
// variation selectors, the tag characters and the Hangul fillers.
const RISKY = String.raw`\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800`;
const NOT_PLAIN = new RegExp(String.raw`[${RISKY}]|(?! )\p{Zs}|\\(?=u\{|x[0-9a-f]{2})`, 'gu');
const RISKY_ALONE = new RegExp(String.raw`[${RISKY}]|(?! )\p{Zs}`, 'gu');

/** One line of plain text: every risky character as \u{hex}, and a backslash that would imitate this as \u{5c}. */
export function visible(text: string): string {
  return text.replace(NOT_PLAIN, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}

/** As `visible`, for sentences that hold names which are visible already: what was escaped is not escaped again. */
export function harmless(sentence: string): string {
  return sentence.replace(RISKY_ALONE, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Bytes as one line: UTF-8 where it is, every other byte as \xhh, then as `visible`. Two names never look the same. */
export function visibleBytes(bytes: Uint8Array): string {
  let shown = '';
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      shown += `\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`;
      at += 1;
    } else {
      let end = at + length;
      for (let more = sequenceLength(bytes, end); more > 0; more = sequenceLength(bytes, end)) end += more;
      shown += visible(Buffer.from(bytes.subarray(at, end)).toString('utf8'));
      at = end;
    }
  }
  return shown;
}

/** For element content and quoted attributes of HTML; includes `visible`. */
export function html(text: string): string {
  return markup(visible(text));
}

/** As `html`, for text that is visible already: escaping twice would show the backslashes of the first time. */
export function markup(text: string): string {
  return text.replace(/[&<>"'`]/g, (found) => `&#${found.charCodeAt(0)};`);
}

/** For the value of a mail header: one harmless line of at most `max` characters; the mailer still encodes it (RFC 2047). */
export function headerText(sentence: string, max = 180): string {
  return shorten(harmless(sentence), max);
}

/** JSON text whose strings are unchanged, but in which nothing risky stands as itself: it may be shown in a terminal. */
export function harmlessJson(value: unknown): string {
  return JSON.stringify(value).replace(RISKY_ALONE, (found) => {
    let escaped = '';
    for (let unit = 0; unit < found.length; unit += 1) {
      escaped += `\\u${found.charCodeAt(unit).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}

/** At most `max` characters (code points); what was cut is shown by "…". */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const points = Array.from(text.slice(0, max * 2 + 2));
  return points.length <= max ? points.join('') : `${points.slice(0, max - 1).join('')}…`;
}

/** Length of the well-formed UTF-8 sequence at `at` (RFC 3629 §4), 0 where there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (lead === undefined) return 0;
  if (lead < 0x80) return 1;
  const length = lengthByLead(lead);
  for (let next = 1; next < length; next += 1) {
    const byte = bytes[at + next];
    if (byte === undefined || (byte & 0xc0) !== 0x80) return 0;
    if (next === 1 && !secondByteFits(lead, byte)) return 0;
  }
  return length;
}

function lengthByLead(lead: number): number {
  if (lead >= 0xf0) return lead <= 0xf4 ? 4 : 0;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc2 ? 2 : 0;
}

/** No overlong forms, no surrogates, nothing above U+10FFFF. */
function secondByteFits(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second <= 0x9f;
  if (lead === 0xf0) return second >= 0x90;
  return lead === 0xf4 ? second <= 0x8f : true;
}
