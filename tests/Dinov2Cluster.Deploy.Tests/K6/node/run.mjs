// Runs a scenario file under Node, with k6's modules stubbed: run.mjs FILE ITERATIONS [EXPORT]. It prints one line of JSON.
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { scenario } from './stubs/k6-execution.mjs';
import { summaryData, validate } from './samples.mjs';

const [file, iterations, name = 'default'] = process.argv.slice(2);

globalThis.__ENV = process.env;
globalThis.open = (path, mode) => {
    const bytes = readFileSync(path.startsWith('file:') ? fileURLToPath(path) : path);
    return mode === 'b' ? bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) : bytes.toString();
};

const script = await import(pathToFileURL(file).href);
// k6 takes options as JSON.
const options = JSON.parse(JSON.stringify(script.options));
validate(options.thresholds);
const begin = performance.now();
for (let i = 0; i < Number(iterations); i++) {
    scenario.iterationInTest = i;
    script[name]();
}

const data = summaryData(options, performance.now() - begin);
console.log(JSON.stringify({ exports: Object.keys(script), options, data, summary: script.handleSummary(data) }));
