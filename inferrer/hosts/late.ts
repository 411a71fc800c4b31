/** After so many milliseconds without an answer it is asked whether the way to a host still is one. */
export const lateMs = 500;
