/** Names of states (contract/inventory.ts) as Postgres keeps them: the same 64 bits, signed. */
export const toSigned = (state: bigint): bigint => BigInt.asIntN(64, state);
export const fromSigned = (state: bigint | string): bigint => BigInt.asUintN(64, BigInt(state));
