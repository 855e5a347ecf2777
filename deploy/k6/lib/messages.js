/** @import { Base64, Settings } from './types.js' */

/**
 * An `EmbedRequest` as JSON, as k6 takes messages: bytes are base64 there.
 * @param {Base64[]} images
 * @param {Settings} settings
 */
export function embedMessage(images, settings) {
    return { images: images.map((encoded) => ({ encoded })), options: { model: settings.model } };
}

/**
 * Where a gRPC client connects to.
 * @param {string} url
 */
export function target(url) {
    const [, scheme, address = ''] = /^(https?):\/\/([^/]+)/.exec(url) ?? [];
    return { address, plaintext: scheme === 'http' };
}
