"use strict";
// What the till asks of the server.

const GUEST = `fragment AtTill on Guest {
  displayName number points
  tier { name colours { background ink accent } }
  vouchers { id rewardName }
}`;
const VISIT = `fragment Opened on Visit { id openedAt expiresAt canRedeem guest { ...AtTill } } ${GUEST}`;
Object.assign(OPERATIONS, {
  scan: `mutation Scan($code: String!) {
    result: scanCard(input: { code: $code }) {
      __typename ... on CardScanned { visit { ...Opened } } ${PROBLEM}
    }
  } ${VISIT}`,
  lookUp: `mutation LookUp($number: String!, $reason: String!) {
    result: lookUpMember(input: { number: $number, reason: $reason }) {
      __typename ... on MemberLookedUp { visit { ...Opened } } ${PROBLEM}
    }
  } ${VISIT}`,
  purchase: `mutation Purchase($input: RecordPurchaseInput!) {
    result: recordPurchase(input: $input) {
      __typename
      ... on PurchaseRecorded { purchaseId pointsEarned facts { kind text } guest { ...AtTill } }
      ${PROBLEM}
    }
  } ${GUEST}`,
  refund: `mutation Refund($input: RefundPurchaseInput!) {
    result: refundPurchase(input: $input) {
      __typename
      ... on PurchaseRefunded { pointsTakenBack facts { kind text } guest { ...AtTill } }
      ${PROBLEM}
    }
  } ${GUEST}`,
  capture: `mutation Capture($input: CaptureVoucherInput!) {
    result: captureVoucher(input: $input) {
      __typename ... on VoucherCaptured { voucher { rewardName } guest { ...AtTill } } ${PROBLEM}
    }
  } ${GUEST}`,
});
