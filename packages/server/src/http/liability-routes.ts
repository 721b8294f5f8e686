// What the exchange owes, as it was published with a head, and the proof of one user's part of it. They
// are for everybody; the reader's thread makes the proofs.

import {
  formatAmount,
  LiabilitiesQuery,
  LiabilitiesReply,
  LiabilityPath,
  LiabilityReply,
} from '@picostocks/protocol';
import { Refused } from '../node/refused.ts';
import { beginUserRead } from './reads.ts';
import { readId, readOptionalId } from './requests.ts';
import type { App, NodeParts } from './routes.ts';

export function liabilityRoutes(app: App, { replica, history, deadline }: NodeParts): void {
  app.get(
    '/audit/liabilities/',
    {
      schema: {
        summary: 'What all users had together, by asset, as it was published with a head',
        tags: ['audit'],
        querystring: LiabilitiesQuery,
        response: { 200: LiabilitiesReply },
      },
    },
    async ({ query }) => {
      const by = { head: readOptionalId(query.head) };
      const question = { by, atLeast: 0, deadline: deadline() };
      const found = await history.ask('publication', question);
      if (found === undefined) throw new Refused('liabilities_not_found');
      const { sequence, text, signature, lines } = found;
      return { head: sequence, text, signature, lines: [...lines] };
    },
  );

  app.get(
    '/audit/proof/:user_id/:asset_id/',
    {
      schema: {
        summary: 'Proves that what a user had of an asset is in what was published',
        description:
          'It shows what one other user has, who is not named, and sums of some users. Proofs are kept for the newest publications.',
        tags: ['audit'],
        params: LiabilityPath,
        querystring: LiabilitiesQuery,
        response: { 200: LiabilityReply },
      },
    },
    async (request) => {
      const { params, query } = request;
      const [userId, assetId] = [readId(params.user_id), readId(params.asset_id)];
      const { deadline: by } = await beginUserRead({ replica, deadline }, request, userId);
      if (!replica.state.assetById.has(assetId)) throw new Refused('stock_not_found');
      const question = { head: readOptionalId(query.head), userId, assetId };
      const found = await history.ask('liability', { by: question, atLeast: 0, deadline: by });
      if (typeof found === 'string') throw new Refused(found);
      return {
        head: found.head,
        asset_id: assetId,
        user_id: userId,
        salt: found.salt,
        amount: formatAmount(found.amount),
        index: found.index,
        size: found.size,
        siblings: found.siblings.map(({ sum, hash }) => ({ sum: formatAmount(sum), hash })),
        sum: formatAmount(found.sum),
        root: found.root,
      };
    },
  );
}
