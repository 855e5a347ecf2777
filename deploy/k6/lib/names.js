// Names of the metrics that the scenarios add to k6's own.

/** Rate: requests that were not answered as they should be, 429 apart. */
export const FAILED = 'dinov2_failed';
/** Rate: requests that the gateway turned away with 429, or RESOURCE_EXHAUSTED over gRPC. */
export const REJECTED = 'dinov2_rejected';
/** Counter: images whose features came. */
export const IMAGES = 'dinov2_images';
/** Trend, ms: from the request to the whole answer, of accepted requests alone. */
export const ACCEPTED_MS = 'dinov2_accepted_duration';
/** Trend, ms: the same of rejected ones. */
export const REJECTED_MS = 'dinov2_rejected_duration';
/** Counter: ready silos that went away. */
export const SILOS_LOST = 'dinov2_silos_lost';

/** Trends, ms: where the gateway says that the time went. The stages overlap. */
export const STAGES_MS = /** @type {const} */ ({
    run: 'dinov2_server_run',
    preprocess: 'dinov2_server_preprocess',
    queue: 'dinov2_server_queue',
    inference: 'dinov2_server_inference',
});

/**
 * A metric's samples of one phase.
 * @param {string} metric
 * @param {string} phase
 */
export function inPhase(metric, phase) {
    return `${metric}{phase:${phase}}`;
}
