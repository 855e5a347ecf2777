/** @import { HttpAnswer, HttpRequest, Protocol, ProtocolName, Settings } from './types.js' */

/** @type {Record<ProtocolName, Protocol>} */
export const protocols = {
    // Azure ML: POST /score.
    score: {
        request: (images, settings) =>
            json(settings, '/score', `{"input_data":{"columns":["image"],"data":[${images.map((image) => `["${image}"]`).join(',')}]}}`),
        rows: (answer) => list(parse(answer.body)).map((row) => numbers(row['image_features'])),
    },
    // OpenAI: POST /v1/embeddings.
    openai: {
        request: (images, settings) => {
            const model = settings.model === '' ? '' : `"model":${JSON.stringify(settings.model)},`;
            return json(settings, '/v1/embeddings', `{${model}"input":[${images.map((image) => `"${image}"`).join(',')}]}`);
        },
        rows: (answer) => list(parse(answer.body)['data']).map((row) => numbers(row['embedding'])),
    },
    // Open Inference Protocol with the binary tensor extension: files and features as they are.
    oip: {
        request: (images, settings, decode) => binary(settings, images.map((image) => new Uint8Array(decode(image)))),
        rows: tensorRows,
    },
};

/**
 * Headers that every request has.
 * @param {Settings} settings
 * @returns {Record<string, string>}
 */
export function commonHeaders(settings) {
    return {
        ...(settings.apiKey === '' ? {} : { Authorization: `Bearer ${settings.apiKey}` }),
        ...(settings.model === '' ? {} : { 'azureml-model-deployment': settings.model }),
    };
}

/**
 * The body comes as text that is already JSON: base64 needs no escapes, and escaping megabytes of it would be most of k6's own work.
 * @param {Settings} settings
 * @param {string} path
 * @param {string} body
 * @returns {HttpRequest}
 */
function json(settings, path, body) {
    return { path, headers: { ...commonHeaders(settings), 'Content-Type': 'application/json' }, body, responseType: 'text' };
}

/**
 * @param {Settings} settings
 * @param {Uint8Array[]} files
 * @returns {HttpRequest}
 */
function binary(settings, files) {
    // Each element of a BYTES tensor has its length before it, in 4 bytes, little-endian.
    const size = files.reduce((sum, file) => sum + 4 + file.length, 0);
    const head = JSON.stringify({
        inputs: [{ name: 'image', shape: [files.length], datatype: 'BYTES', parameters: { binary_data_size: size } }],
        parameters: { binary_data_output: true },
    });
    const body = new Uint8Array(head.length + size);
    const view = new DataView(body.buffer);
    let at = 0;
    for (; at < head.length; at++) {
        body[at] = head.charCodeAt(at);
    }

    for (const file of files) {
        view.setUint32(at, file.length, true);
        body.set(file, at + 4);
        at += 4 + file.length;
    }

    const headers = { 'Content-Type': 'application/octet-stream', 'Inference-Header-Content-Length': String(head.length) };
    return {
        path: `/v2/models/${encodeURIComponent(settings.model)}/infer`,
        headers: { ...commonHeaders(settings), ...headers },
        body: body.buffer,
        responseType: 'binary',
    };
}

/**
 * @param {HttpAnswer} answer
 * @returns {Float32Array[]}
 */
function tensorRows(answer) {
    const body = /** @type {ArrayBuffer} */ (answer.body);
    const head = Number(header(answer.headers, 'Inference-Header-Content-Length'));
    const text = String.fromCharCode(...new Uint8Array(body, 0, head));
    const { shape } = list(JSON.parse(text)['outputs'])[0] ?? {};
    const [count, size] = /** @type {[number, number]} */ (list(shape));
    if (!(size > 0) || body.byteLength !== head + count * size * 4) {
        throw new Error(`the tensor [${count},${size}] has ${body.byteLength - head} bytes`);
    }

    const features = littleEndianFloats(body, head);
    return Array.from({ length: count }, (_, row) => features.subarray(row * size, (row + 1) * size));
}

/**
 * @param {ArrayBuffer} bytes
 * @param {number} [start] The first byte; it need not be aligned.
 */
export function littleEndianFloats(bytes, start = 0) {
    // Every machine that k6 runs on is little-endian.
    return new Float32Array(bytes.slice(start));
}

/**
 * A header, whatever the case of its name.
 * @param {Record<string, string>} headers
 * @param {string} name
 * @returns {string | undefined}
 */
export function header(headers, name) {
    const key = Object.keys(headers).find((key) => key.toLowerCase() === name.toLowerCase());
    return key === undefined ? undefined : headers[key];
}

/**
 * @param {unknown} body
 * @returns {any}
 */
function parse(body) {
    return JSON.parse(String(body));
}

/**
 * @param {unknown} value
 * @returns {any[]}
 */
function list(value) {
    if (!Array.isArray(value)) {
        throw new Error('there is no list of rows');
    }

    return value;
}

/**
 * @param {unknown} value
 * @returns {number[]}
 */
function numbers(value) {
    if (!Array.isArray(value)) {
        throw new Error('a row has no features');
    }

    return value;
}
