/** One line on a terminal that says how far a walk over all files is; nothing at all where nobody looks. */

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Takes words of progress; "" takes the line away. */
export function walkProgress(fd: Output): (words: string) => void {
  return (words) => {
    if (fd.isTTY !== true) return;
    const text = words === '' ? '' : `looking at all files: ${words}`;
    fd.write(`\r\u001b[K${text.slice(0, (fd.columns ?? 80) - 1)}`);
  };
}
