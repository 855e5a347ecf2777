/** @import { Base64, Run } from './types.js' */
import { SharedArray } from 'k6/data';
import encoding from 'k6/encoding';
import exec from 'k6/execution';
import { phaseAt } from './profiles.js';

/**
 * Reads the images, once for all virtual users; for the init stage. A path that isn't absolute is beside this folder's README.
 * @param {Run} run
 * @returns {Base64[]} In base64: a SharedArray holds JSON, and most protocols send base64 anyway.
 */
export function readImages({ settings }) {
    return new SharedArray('images', () =>
        settings.images.map((file) => encoding.b64encode(open(file.startsWith('/') ? file : import.meta.resolve(`../${file}`), 'b'))),
    );
}

/**
 * The images of this iteration: all of them in turn, over all virtual users and machines of the run.
 * @param {Base64[]} images
 * @param {Run} run
 */
export function pick(images, { settings }) {
    const first = exec.scenario.iterationInTest * settings.imagesPerRequest;
    return Array.from({ length: settings.imagesPerRequest }, (_, i) => /** @type {Base64} */ (images[(first + i) % images.length]));
}

/**
 * What this iteration's samples are told apart by.
 * @param {Run} run
 * @param {string} protocol
 * @returns {Record<string, string>}
 */
export function tagsOf({ phases }, protocol) {
    const phase = phaseAt(phases, Date.now() - exec.scenario.startTime);
    return phase === '' ? { protocol } : { protocol, phase };
}
