/** "1,652": as the sentences of the watch write numbers. */
export function grouped(number: number): string {
  return number.toLocaleString('en');
}

/** How many rows of a table are not in the baseline. */
export function freshWords({ fresh, total }: { readonly fresh: number; readonly total: number }): string {
  if (fresh > 0)
    return fresh === total && total > 1 ? 'none of them in the baseline' : `${grouped(fresh)} not in the baseline`;
  return total === 1 ? 'known' : 'all of them known';
}
