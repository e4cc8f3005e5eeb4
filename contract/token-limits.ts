/** Most agents a join token may bring in, and the longest it may live. */
export const TOKEN_USES_MAX = 10_000;
export const TOKEN_HOURS_MAX = 24 * 30;
