/** @import { Base64, Decode, GrpcAnswer, Run } from './types.js' */
import encoding from 'k6/encoding';
import grpc from 'k6/net/grpc';
import { judgeGrpc } from './answers.js';
import { pick, tagsOf } from './images.js';
import { embedMessage, target } from './messages.js';
import { record } from './metrics.js';

const METHOD = 'dinov2.v1.Embeddings/Embed';

const client = new grpc.Client();
client.load([import.meta.resolve('../../../client/Dinov2Cluster.Client/Protos')], 'dinov2/v1/embeddings.proto');

// Each virtual user has a connection, which it keeps.
let connected = false;

/** @type {Decode} */
const decode = (text) => encoding.b64decode(text);

/**
 * One request over gRPC, and what its answer counts as.
 * @param {Run} run
 * @param {Base64[]} images
 */
export function embedGrpc(run, images) {
    const { settings } = run;
    const message = embedMessage(pick(images, run), settings);
    const tags = tagsOf(run, 'grpc');
    const { answer, ms } = invoke(run, message, tags);
    record(judgeGrpc(answer, settings.imagesPerRequest, settings, decode), settings.imagesPerRequest, ms, tags);
}

/**
 * @param {Run} run
 * @param {object} message
 * @param {Record<string, string>} tags
 * @returns {{ answer: GrpcAnswer, ms: number }}
 */
function invoke({ settings }, message, tags) {
    const timeout = `${settings.timeoutSeconds}s`;
    const metadata = settings.apiKey === '' ? {} : { authorization: `Bearer ${settings.apiKey}` };
    try {
        if (!connected) {
            const { address, plaintext } = target(settings.grpcUrl);
            client.connect(address, { plaintext, timeout });
            connected = true;
        }

        // Without the connection, as k6's own times of HTTP requests.
        const start = Date.now();
        return { answer: client.invoke(METHOD, message, { metadata, tags, timeout }), ms: Date.now() - start };
    } catch (error) {
        // k6 throws where there is no status: above all when nothing listens. It counts as a failed request, not as a broken script.
        return { answer: { status: -1, error: String(error) }, ms: 0 };
    }
}
