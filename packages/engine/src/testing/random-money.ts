// Random commands about money and those who have it: transfers, deposits, withdrawals, corrections,
// addresses, and the users themselves.

import { EXTERNAL_STATUSES, type ExternalStatus, formatAmount } from '@picostocks/protocol';
import { fakeKeyHex } from './entry-maker.ts';
import { isFinal, type NaiveWithdrawal } from './naive-state.ts';
import { below56, LARGEST, NOBODY, type RandomWorld, USERS, type Wish } from './random-world.ts';

const TEXTS = ['', 'rent', 'żółć €', 'from "outside" \\'] as const;

function memo({ random }: RandomWorld) {
  return random.chance(30) && { memo: random.pick(TEXTS) };
}

/** The key of the next user; a key that is taken; the operator's. */
export function anyKeyNumber({ random, state }: RandomWorld): number {
  const users = state.users.length - 1;
  return random.weighted([
    [users < USERS + 8 ? 6 : 1, users + 1],
    [2, random.integer(users + 1)],
  ]);
}

export function registerUser(world: RandomWorld): Wish {
  const params = { public_key: fakeKeyHex(anyKeyNumber(world)) };
  return { userId: 0, type: 'register_user', params };
}

export function transfer(world: RandomWorld): Wish {
  const userId = world.anyUser();
  const stock_id = world.anyAsset();
  const quantity = world.spendable({ userId, stockId: stock_id });
  const params = { to_user: world.anyUser(), stock_id, quantity, ...memo(world) };
  return { userId, type: 'transfer', params };
}

export function freezing(world: RandomWorld): Wish {
  const { random, state } = world;
  const frozen = random.pickAny(state.users.filter((user) => user.frozen !== undefined));
  if (random.chance(frozen === undefined ? 20 : 75)) {
    const user_id = world.mostly(frozen?.userId ?? 1);
    return { userId: 0, type: 'unfreeze_user', params: { user_id } };
  }
  const reason = random.pick(['a court asked', 'a "second" reason']);
  return { userId: 0, type: 'freeze_user', params: { user_id: world.anyUser(), reason } };
}

// --- Deposits ----------------------------------------------------------------------------------------

function amountIn(world: RandomWorld, stockId: number): string {
  const { random } = world;
  return formatAmount(
    random.chance(4) ? world.nearlyAll(stockId) : below56(world.quantity() * 10n),
  );
}

export function creditDeposit(world: RandomWorld): Wish {
  const { random } = world;
  const stock_id = world.anyAsset();
  const params = {
    user_id: world.anyUser(),
    stock_id,
    quantity: amountIn(world, stock_id),
    txid: `tx${random.integer(90)}`,
    ...(random.chance(50) && { output: random.integer(3) }),
    ...memo(world),
  };
  return { userId: 0, type: 'credit_deposit', params };
}

const GOOD_ADDRESSES = ['addr0', 'addr1', 'addr2', 'addr3', 'a~!"\\', 'x'.repeat(100)] as const;
const BAD_ADDRESSES = ['', 'a b', 'żółć', 'x'.repeat(101)] as const;

function anyAddress({ random }: RandomWorld): string {
  return random.chance(94) ? random.pick(GOOD_ADDRESSES) : random.pick(BAD_ADDRESSES);
}

export function requestAddress(world: RandomWorld): Wish {
  const params = { stock_id: world.anyAsset() };
  return { userId: world.anyUser(), type: 'request_address', params };
}

export function registerAddress(world: RandomWorld): Wish {
  const wanted = world.random.pickAny(world.state.wanted);
  const params = {
    user_id: world.mostly(wanted?.userId ?? 1),
    stock_id: wanted?.stockId ?? world.anyAsset(),
    address: anyAddress(world),
    ...memo(world),
  };
  return { userId: 0, type: 'register_address', params };
}

export function reportDeposit(world: RandomWorld): Wish {
  const { random, state } = world;
  const known = random.chance(92) ? random.pickAny(state.addresses) : undefined;
  const stock_id = random.chance(95) && known !== undefined ? known.stockId : world.anyAsset();
  const params = {
    stock_id,
    address: known?.address ?? anyAddress(world),
    ...(known === undefined ? memo(world) : known.memo !== '' && { memo: known.memo }),
    quantity: amountIn(world, stock_id),
    txid: `tx${random.integer(200)}`,
    ...(random.chance(50) && { output: random.integer(3) }),
    ...(random.chance(50) && {
      status: random.pick(['init', 'queued', 'accepted', 'confirmed'] as const),
    }),
  };
  return { userId: 0, type: 'report_deposit', params };
}

function reason({ random }: RandomWorld) {
  return random.chance(30) && { reason: random.pick(['checked', 'a "bad" one']) };
}

export function changeDeposit(world: RandomWorld): Wish {
  const { random, state } = world;
  const open = random.pickAny(state.deposits.filter(({ status }) => !isFinal(status)));
  const deposit_id = open === undefined || random.chance(5) ? random.integer(40) : open.depositId;
  const params = { deposit_id, status: random.pick(EXTERNAL_STATUSES), ...reason(world) };
  return { userId: 0, type: 'change_deposit', params };
}

// --- Withdrawals -------------------------------------------------------------------------------------

export function requestWithdrawal(world: RandomWorld): Wish {
  const { random, state } = world;
  const userId = world.anyUser();
  const stock_id = world.anyAsset();
  const minFee = state.assets.find((asset) => asset.stockId === stock_id)?.minFee ?? 0n;
  const free = world.free({ userId, stockId: stock_id });
  // With no fee but the least one, all that is free can be withdrawn to the last atom.
  const quantity = random.chance(15)
    ? formatAmount(below56(free - minFee + BigInt(random.integer(2))))
    : world.spendable({ userId, stockId: stock_id });
  const params = { stock_id, quantity, address: anyAddress(world), ...memo(world) };
  return { userId, type: 'request_withdrawal', params };
}

function anyPending({ random, state }: RandomWorld): NaiveWithdrawal | undefined {
  return random.pickAny(state.withdrawals.filter(({ status }) => !isFinal(status)));
}

export function cancelWithdrawal(world: RandomWorld): Wish {
  const { random } = world;
  const open = anyPending(world);
  const withdrawal_id = open?.withdrawalId ?? random.integer(40);
  const userId = world.mostly(open?.userId ?? 1);
  return { userId, type: 'cancel_withdrawal', params: { withdrawal_id } };
}

/** Where a withdrawal usually goes next, so that some come to the end of each way. */
const NEXT: { readonly [S in ExternalStatus]?: readonly [ExternalStatus, ...ExternalStatus[]] } = {
  init: ['accepted', 'accepted', 'accepted', 'canceled', 'ignore'],
  queued: ['busy', 'busy', 'accepted', 'canceled'],
  accepted: ['busy', 'busy', 'busy', 'canceled'],
  busy: ['confirmed', 'done', 'error'],
  confirmed: ['done', 'done', 'error'],
  error: ['accepted', 'accepted', 'done', 'canceled'],
};

export function changeWithdrawal(world: RandomWorld): Wish {
  const { random } = world;
  const open = anyPending(world);
  const next: ExternalStatus = random.pick(NEXT[open?.status ?? 'init'] ?? ['done']);
  const status = random.chance(80) ? next : random.pick(EXTERNAL_STATUSES);
  const params = {
    withdrawal_id: open === undefined || random.chance(3) ? random.integer(40) : open.withdrawalId,
    status,
    ...(random.chance(60) && { txid: `out${random.integer(9)}` }),
    ...reason(world),
  };
  // A worker claims it, and then mostly goes on with it; sometimes another key tries.
  const worker = random.pick([0, 1, 2, 6, 7]);
  const claimer = random.chance(75) ? open?.claimedBy : undefined;
  const keyId = status === 'busy' && random.chance(80) ? worker : claimer;
  return { userId: 0, keyId, type: 'change_withdrawal', params };
}

export function setWithdrawalLimit(world: RandomWorld): Wish {
  const { random } = world;
  const limit = random.weighted<() => bigint | null>([
    [40, () => null],
    [10, () => 0n],
    [40, () => below56(world.scale.quantity(random) * 4n)],
    [10, () => LARGEST],
  ])();
  const daily_withdrawal = limit === null ? null : formatAmount(limit);
  const params = { user_id: world.anyUser(), stock_id: world.anyAsset(), daily_withdrawal };
  return { userId: 0, type: 'set_withdrawal_limit', params };
}

// --- Corrections -------------------------------------------------------------------------------------

interface Line {
  user_id: number;
  stock_id: number;
  direction: 'credit' | 'debit';
  quantity: string;
}

/** From one side to the other, once or a few times; now and then not quite. */
export function correct(world: RandomWorld): Wish {
  const { random, state } = world;
  const lines: Line[] = [];
  const moves = 1 + random.integer(3);
  for (let move = 0; move < moves; move += 1) {
    const stock_id = random.chance(97) ? 1 + random.integer(3) : world.anyAsset();
    const [from, to] = [anySide(world), anySide(world)];
    const quantity =
      from === 0 && random.chance(15)
        ? formatAmount(world.nearlyAll(stock_id))
        : world.spendable({ userId: from, stockId: stock_id });
    lines.push({ user_id: from, stock_id, direction: 'debit', quantity });
    lines.push({ user_id: to, stock_id, direction: 'credit', quantity });
  }
  if (random.chance(8)) lines.pop();
  if (random.chance(20)) lines.reverse();
  const sequence = random.weighted([
    [90, 1 + random.integer(state.sequence)],
    [5, state.sequence + 1],
    [5, 0],
  ]);
  const params = { sequence, reason: 'a wrong credit', lines };
  return { userId: 0, type: 'correct', params };
}

function anySide(world: RandomWorld): number {
  return world.random.weighted<() => number>([
    [60, () => 1 + world.random.integer(USERS)],
    [38, () => 0],
    [2, () => NOBODY],
  ])();
}
