// A client of the Open Inference Protocol in another language, with nothing but Node's own fetch:
//   node open-inference-client.mjs http://127.0.0.1:8080 MODEL FILE
// Sends the file as base64 in JSON, and as it is with the binary tensor extension; prints what came of both as one line of JSON.
import { readFile } from 'node:fs/promises';

const [base, model, path] = process.argv.slice(2);
const file = await readFile(path);
const url = `${base}/v2/models/${model}/infer`;

async function post(headers, body) {
  const response = await fetch(url, { method: 'POST', headers, body });
  if (!response.ok) {
    throw new Error(`${response.status}: ${(await response.json()).error}`);
  }

  return response;
}

async function asJson() {
  const input = { name: 'image', shape: [1], datatype: 'BYTES', data: [file.toString('base64')] };
  const response = await post({ 'Content-Type': 'application/json' }, JSON.stringify({ id: 'json', inputs: [input] }));
  return response.json();
}

async function asBytes() {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(file.length);
  const head = Buffer.from(JSON.stringify({
    id: 'binary',
    inputs: [{ name: 'image', shape: [1], datatype: 'BYTES', parameters: { binary_data_size: 4 + file.length } }],
    outputs: [{ name: 'image_features', parameters: { binary_data: true } }],
  }));
  const response = await post(
    { 'Content-Type': 'application/octet-stream', 'Inference-Header-Content-Length': String(head.length) },
    Buffer.concat([head, length, file]));
  const body = Buffer.from(await response.arrayBuffer());
  const end = Number(response.headers.get('Inference-Header-Content-Length'));
  const reply = JSON.parse(body.subarray(0, end).toString());
  const output = reply.outputs[0];
  output.data = [];
  for (let at = end; at < end + output.parameters.binary_data_size; at += 4) {
    output.data.push(body.readFloatLE(at));
  }

  return reply;
}

const server = await (await fetch(`${base}/v2`)).json();
const ready = (await fetch(`${base}/v2/models/${model}/ready`)).ok;
console.log(JSON.stringify({ server: server.name, ready, replies: [await asJson(), await asBytes()] }));
