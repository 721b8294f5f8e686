// The few functions of sodium-native that the server uses; the package brings no types.
declare module 'sodium-native' {
  const sodium: {
    readonly crypto_sign_BYTES: number;
    crypto_sign_verify_detached(
      signature: Uint8Array,
      message: Uint8Array,
      publicKey: Uint8Array,
    ): boolean;
  };
  // biome-ignore lint/style/noDefaultExport: this is how the package exports itself.
  export default sodium;
}
