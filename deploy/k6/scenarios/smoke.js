// Does it work at all? Ten requests, one after the other, over each HTTP protocol in turn.
import exec from 'k6/execution';
import { embed } from '../lib/http.js';
import { readImages } from '../lib/images.js';
import { start } from '../lib/run.js';
import { acceptedWithin, nothingFailed, nothingRejected } from '../lib/thresholds.js';

const run = start('smoke', ({ p99 }) => ({ ...nothingFailed, ...nothingRejected, ...acceptedWithin(p99) }));
const images = readImages(run);
// The Open Inference Protocol can't do without the model's name.
const protocols = run.settings.model === '' ? /** @type {const} */ (['score', 'openai']) : /** @type {const} */ (['score', 'openai', 'oip']);

export const options = run.options;
export const handleSummary = run.handleSummary;
export default function () {
    embed(run, images, protocols[exec.scenario.iterationInTest % protocols.length]);
}
