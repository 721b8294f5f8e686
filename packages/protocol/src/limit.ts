// Every collection of the engine has a limit. A limit is part of the protocol: it decides whether a
// command is rejected, so a change here is a change of `rules` (docs/protocol.md §7).

export const USERS_MAX = 10_000_000;
export const ASSETS_MAX = 10_000;
export const MARKETS_MAX = 10_000;
/** The largest value of a market's `max_open_orders`: open orders of one user in that market. */
export const OPEN_ORDERS_MAX = 100_000;
/** Other orders that one command may fill or cancel: it bounds an `apply`, its events and its answer. */
export const ORDERS_PER_COMMAND_MAX = 1_000;
/** The same for all operations of one batch together. */
export const ORDERS_PER_BATCH_MAX = 5_000;
/** Orders that the operations of one batch may look at without taking them. */
export const LOOKS_PER_BATCH_MAX = 100_000;
export const BATCH_OPERATIONS_MAX = 1_000;
/** Orders that time cancels with one entry: the rest goes with the next. */
export const TIMERS_PER_ENTRY_MAX = 1_000;
export const FEE_PPM_MAX = 100_000;
/** Tiers are numbered from 0, which every user begins with. */
export const FEE_TIERS_MAX = 20;
export const DISCOUNT_PPM_MAX = 1_000_000;
/** Keys that one user may ever have, revoked ones included. */
export const KEYS_MAX = 1_000;
/** Withdrawals of one user that are not final, and addresses of one user for one asset. */
export const PENDING_WITHDRAWALS_MAX = 100;
export const ADDRESSES_MAX = 100;
/** Deposits of all users that are not final. */
export const PENDING_DEPOSITS_MAX = 1_000_000;
export const CORRECTION_LINES_MAX = 100;
export const PRICE_BAND_PPM_MAX = 1_000_000_000;
/** Bytes of UTF-8. */
export const MEMO_BYTES_MAX = 64;
/** Bytes of one signed message. */
export const MESSAGE_BYTES_MAX = 262_144;
/** What a recovery adds to every counter for each microsecond since the entry before; none rises so fast by itself. */
export const LEAP_PER_MICRO = 8;
/** Microseconds since the entry before that count for a recovery at least; who appends one waits for them. */
export const RECOVERY_PAUSE = 1_000_000;
/** What all recoveries together may add to a counter, so that none of them passes 2^53. */
export const NONCE_OFFSET_MAX = 2 ** 52;
/** How far ahead of the next nonce a command may wait for its turn. */
export const NONCE_AHEAD_MAX = 100;
