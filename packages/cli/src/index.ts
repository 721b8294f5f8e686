export { run } from './program.ts';
export { Sandbox, type SandboxOptions } from './sandbox/sandbox.ts';
