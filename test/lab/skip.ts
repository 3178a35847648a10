/** Why a test cannot run here, for node:test's `skip`; every skip is counted, and fails CI when root and not listed. */

/** Reason to skip when we are not root, else false. */
export function needsRoot(): string | false {
  return process.getuid?.() === 0 ? false : 'needs root';
}
