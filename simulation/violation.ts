// Violations: what the auditor may find. A run ends with the first, since what follows it proves nothing.

/** What the auditor found. */
export interface Violation {
  /** A short stable name, such as `acknowledged_before_durable`. */
  readonly kind: ViolationKind;
  readonly what: string;
  readonly step: number;
  readonly micros: number;
}

export type ViolationKind =
  | 'acknowledged_not_in_log'
  | 'acknowledged_before_durable'
  | 'published_before_durable'
  | 'wrong_result'
  | 'durable_entry_lost'
  | 'log_chain_broken'
  | 'counted_twice'
  | 'refused_but_in_log'
  | 'stale_read'
  | 'wrong_read'
  | 'replicas_differ'
  | 'engine_differs_from_oracle'
  | 'invariant_broken'
  | 'history_differs'
  | 'client_view_unexplained'
  | 'not_live'
  | 'component_failed'
  | 'corruption_unnoticed'
  | 'head_before_durable'
  | 'head_wrong'
  | 'head_not_kept'
  | 'proof_wrong'
  | 'history_rewritten'
  | 'dead_order_traded'
  | 'timer_late'
  | 'paid_twice'
  | 'chain_differs';
