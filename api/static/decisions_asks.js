"use strict";
// What is asked of the server to show what waits, and to decide it.

Object.assign(OPERATIONS, {
  waiting: `query Waiting {
    viewer { staff {
      adjustments {
        id displayName memberNumber points reason proposedBy isOwn proposedAt expiresAt
      }
      adjustmentsWaiting
      claims { id kindName isReview attributes { name whole text flag } claimedAt }
      claimsWaiting
    } }
  }`,
  decideAdjustment: `mutation DecideAdjustment($input: DecideAdjustmentInput!) {
    result: decideAdjustment(input: $input) {
      __typename ... on AdjustmentDecided { approved guest { displayName points } } ${PROBLEM}
    }
  }`,
  decideClaim: `mutation DecideClaim($input: DecideClaimInput!) {
    result: decideClaim(input: $input) {
      __typename ... on ClaimDecided { approved pointsEarned facts { kind text } } ${PROBLEM}
    }
  }`,
});
