/** @import { Base64, Decode, ProtocolName, Run } from './types.js' */
import encoding from 'k6/encoding';
import http from 'k6/http';
import { judgeHttp } from './answers.js';
import { pick, tagsOf } from './images.js';
import { record } from './metrics.js';
import { protocols } from './protocols.js';

// 429 is an answer of its own, and none of k6's failed requests.
const expected = http.expectedStatuses(200, 429);

/** @type {Decode} */
const decode = (text) => encoding.b64decode(text);

/**
 * One request over HTTP, and what its answer counts as.
 * @param {Run} run
 * @param {Base64[]} images
 * @param {ProtocolName} [name]
 */
export function embed(run, images, name = run.settings.protocol) {
    const { settings } = run;
    const protocol = protocols[name];
    const { path, headers, body, responseType } = protocol.request(pick(images, run), settings, decode);
    const tags = tagsOf(run, name);
    const timeout = `${settings.timeoutSeconds}s`;
    const response = http.post(settings.baseUrl + path, body, { headers, tags, timeout, responseType, responseCallback: expected });
    record(judgeHttp(protocol, response, settings.imagesPerRequest, settings), settings.imagesPerRequest, response.timings.duration, tags);
}
