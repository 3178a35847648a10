/** Errors of the operating system, which are expected and become words; anything else is a fault of ours. */

/** Is it one, and the one with this code where one is named ("ENOENT")? */
export function isSystemError(error: unknown, code?: string): error is Error & { readonly code: string } {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return false;
  return typeof error.code === 'string' && (code === undefined || error.code === code);
}
