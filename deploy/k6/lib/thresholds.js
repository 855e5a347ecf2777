/** @import { Thresholds } from './types.js' */
import { ACCEPTED_MS, FAILED, REJECTED, inPhase } from './names.js';

/** Every request is answered, rightly, or turned away with 429. @type {Thresholds} */
export const nothingFailed = { [FAILED]: ['rate==0'], checks: ['rate==1'] };

/** No request is turned away. @type {Thresholds} */
export const nothingRejected = { [REJECTED]: ['rate==0'] };

/** k6 itself kept up: else fewer requests arrived than the profile says, and the numbers are too good. @type {Thresholds} */
export const loadWasMade = { dropped_iterations: ['count==0'] };

/**
 * Accepted requests are answered in time.
 * @param {number} ms
 * @param {string} [phase]
 * @returns {Thresholds}
 */
export function acceptedWithin(ms, phase) {
    return { [phase ? inPhase(ACCEPTED_MS, phase) : ACCEPTED_MS]: [`p(99)<${ms}`] };
}
