import type { ExternalStatus } from '@picostocks/protocol';

const FINAL: ReadonlySet<ExternalStatus> = new Set(['done', 'canceled', 'ignore']);

/**
 * Is a deposit or a withdrawal with this status still on its way? One in `error` is: its money stays
 * locked until an operator has found out what became of it.
 *
 * @example
 * isPending('error') // true
 */
export function isPending(status: ExternalStatus): boolean {
  return !FINAL.has(status);
}
