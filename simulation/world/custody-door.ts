// The part of the door that answers operators and custody workers, as
// packages/server/src/http/custody-routes.ts does.

import type { ExternalStatus } from '@picostocks/protocol';
import { depositRow, withdrawalRow } from '../../packages/server/src/http/history-views.ts';
import { Refused } from '../../packages/server/src/node/refused.ts';
import type { DoorParts } from './door.ts';
import type { Request } from './request.ts';

const PAGE_ROWS = 100;

/** The body of the answer. */
export async function readCustody(parts: DoorParts, { path, query }: Request): Promise<unknown> {
  const { replica, history, deadline } = parts;
  const by = deadline();
  const atLeast = await replica.current(by);
  const when = { atLeast, deadline: by };
  const status = query?.['status'] as ExternalStatus | undefined;
  const page = { after: Number(query?.['after'] ?? 0), limit: PAGE_ROWS };
  const asked = { status, stockId: undefined, page };
  switch (path) {
    case 'custody/withdrawals/': {
      const found = await history.ask('withdrawalsByStatus', { by: asked, ...when });
      return found.map(withdrawalRow);
    }
    case 'custody/deposits/': {
      const found = await history.ask('depositsByStatus', { by: asked, ...when });
      return found.map(depositRow);
    }
    case 'custody/addresses/':
      return replica.state.addressesWanted
        .values()
        .take(PAGE_ROWS)
        .map(({ user, asset }) => ({ user_id: user.id, stock_id: asset.id }))
        .toArray();
    default:
      throw new Refused('not_found');
  }
}
