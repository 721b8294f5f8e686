export * from './entry-maker.ts';
export * from './invariants.ts';
export * from './naive-engine.ts';
export * from './random.ts';
export { DEPTHS, type Depth } from './random-depths.ts';
export * from './random-entries.ts';
