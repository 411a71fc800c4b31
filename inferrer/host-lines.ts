/** Lines of the log by which a modelhost, or one of its runners, is not asked any more. */
export const hostLines = {
  leftOut: 'a modelhost is left out for a while',
  silent: 'nothing is heard of a modelhost; its work goes to others',
  gone: 'a modelhost has gone',
} as const;
