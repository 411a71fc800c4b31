/** How many levels of urgency a queue tells apart. */
export const levelCount = 9;

/**
 * The level of a request's priority: 1 is the most urgent and level 0; a larger number is less
 * urgent, from 9 on all are equal; 0, which says nothing, counts as 5.
 */
export function levelOf(priority: number): number {
  return priority === 0 ? 4 : Math.min(priority, levelCount) - 1;
}
