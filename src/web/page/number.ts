/** "1,652": as the sentences of the watch write numbers. */
export function grouped(number: number): string {
  return number.toLocaleString('en');
}
