/** @import { Judgement } from './types.js' */
import { check } from 'k6';
import { Counter, Rate, Trend } from 'k6/metrics';
import { ACCEPTED_MS, FAILED, IMAGES, REJECTED, REJECTED_MS, SILOS_LOST, STAGES_MS } from './names.js';

const failed = new Rate(FAILED);
const rejected = new Rate(REJECTED);
const imagesDone = new Counter(IMAGES);
const acceptedMs = new Trend(ACCEPTED_MS, true);
const rejectedMs = new Trend(REJECTED_MS, true);
const stagesMs = {
    run: new Trend(STAGES_MS.run, true),
    preprocess: new Trend(STAGES_MS.preprocess, true),
    queue: new Trend(STAGES_MS.queue, true),
    inference: new Trend(STAGES_MS.inference, true),
};

export const silosLost = new Counter(SILOS_LOST);

// Of this virtual user: its first bad answer is told in the log, not thousands of them.
let told = false;

/**
 * Counts an answer.
 * @param {Judgement} judgement
 * @param {number} images Images of the request.
 * @param {number} ms From the request to the whole answer.
 * @param {Record<string, string>} tags
 */
export function record({ outcome, checks, timings, reason }, images, ms, tags) {
    check(null, Object.fromEntries(Object.entries(checks).map(([name, ok]) => [name, () => ok])), tags);
    failed.add(outcome === 'failed', tags);
    rejected.add(outcome === 'rejected', tags);
    imagesDone.add(outcome === 'accepted' ? images : 0, tags);
    if (outcome === 'accepted') {
        acceptedMs.add(ms, tags);
    } else if (outcome === 'rejected') {
        rejectedMs.add(ms, tags);
    }

    for (const stage of /** @type {(keyof typeof stagesMs)[]} */ (Object.keys(timings))) {
        stagesMs[stage].add(timings[stage] ?? 0, tags);
    }

    if (reason !== '' && !told) {
        told = true;
        console.warn(`${outcome}: ${reason}`);
    }
}
