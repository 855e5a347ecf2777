declare global {
    /** k6 has it; its types leave it to those of browsers. */
    var console: { warn(message: string): void };
}

/** What a run is told, from the environment. */
export interface Settings {
    /** Of the gateway's HTTP address, without a slash at the end. */
    baseUrl: string;
    /** Of the gateway's gRPC address: `http://` without TLS, or `https://`. */
    grpcUrl: string;
    /** Where `/cluster` is; empty: silos are not watched. */
    clusterUrl: string;
    /** Empty: no key is sent. */
    apiKey: string;
    /** Empty: the gateway's default. */
    model: string;
    protocol: ProtocolName;
    /** Image files. */
    images: string[];
    imagesPerRequest: number;
    /** Requests per second. */
    rate: number;
    /** Requests per second at the highest point of a profile that has one. */
    maxRate: number;
    /** Length of the run. */
    seconds: number;
    /** Rates that a ramp tries. */
    steps: number;
    maxVus: number;
    /** Bound of the 99th percentile of accepted requests, in ms. */
    p99: number;
    /** Features per image that an answer must have; 0: any number. */
    dimensions: number;
    /** Longest time for a request. */
    timeoutSeconds: number;
    /** Where the summary's JSON goes: a file, or `-` for standard output. */
    summary: string;
}

export type ProtocolName = 'score' | 'openai' | 'oip';

/** What a profile sets when the environment doesn't. */
export interface Defaults {
    rate: number;
    /** Of `maxRate` to `rate`. */
    peak: number;
    seconds: number;
    p99: number;
}

/** A part of a run that is told apart in the summary. */
export interface Phase {
    label: string;
    seconds: number;
    /** Requests per second that arrive. */
    rate: number;
}

/** How load is made: k6's scenario, and its parts. */
export interface Plan {
    executor: import('k6/options').Scenario;
    phases: Phase[];
}

export interface Profile {
    defaults: Defaults;
    plan(settings: Settings): Plan;
}

export type Threshold = string | { threshold: string; abortOnFail: boolean; delayAbortEval?: string };
export type Thresholds = Record<string, Threshold[]>;

/** One run of one profile. */
export interface Run {
    name: string;
    settings: Settings;
    phases: Phase[];
    options: import('k6/options').Options;
    handleSummary(data: SummaryData): Record<string, string>;
}

/** An image file in base64. */
export type Base64 = string;

/** Base64 to bytes, as the runtime has it. */
export type Decode = (text: Base64) => ArrayBuffer;

export interface HttpRequest {
    path: string;
    headers: Record<string, string>;
    body: string | ArrayBuffer;
    responseType: 'text' | 'binary';
}

/** An answer over HTTP. */
export interface HttpAnswer {
    status: number;
    headers: Record<string, string>;
    body: unknown;
}

/** A way to ask over HTTP. */
export interface Protocol {
    request(images: Base64[], settings: Settings, decode: Decode): HttpRequest;
    /** Features of each image. Throws when the answer is not what the protocol says. */
    rows(answer: HttpAnswer): ArrayLike<number>[];
}

/** An answer over gRPC, as k6 has it. */
export interface GrpcAnswer {
    status: number;
    message?: unknown;
    trailers?: unknown;
    error?: unknown;
}

/** Milliseconds by stage; those that the answer told. */
export type Timings = Partial<Record<'run' | 'preprocess' | 'queue' | 'inference', number>>;

export interface Judgement {
    outcome: 'accepted' | 'rejected' | 'failed';
    checks: Record<string, boolean>;
    timings: Timings;
    /** What went wrong, for the log; empty when nothing did. */
    reason: string;
}

export interface MetricData {
    type: string;
    values: Record<string, number>;
    thresholds?: Record<string, { ok: boolean }>;
}

/** What k6 gives to handleSummary. */
export interface SummaryData {
    state: { testRunDurationMs: number };
    metrics: Record<string, MetricData>;
}

export interface PhaseDigest {
    phase: string;
    rate: number;
    requests: number;
    rejected: number;
    failed: number;
    ms: Record<string, number> | null;
    /** Whether its thresholds held; null when nothing ran. */
    held: boolean | null;
}

/** The numbers of a run. Times are in ms, rates per second of the whole run. */
export interface Digest {
    scenario: string;
    passed: boolean;
    seconds: number;
    requests: number;
    accepted: number;
    rejected: number;
    failed: number;
    images: number;
    imagesPerSecond: number;
    /** Requests that k6 itself could not begin in time. */
    dropped: number;
    /** Ready silos that went away, where they were watched. */
    silosLost: number | null;
    ms: Record<string, Record<string, number>>;
    phases: PhaseDigest[];
    thresholds: { metric: string; threshold: string; ok: boolean }[];
}
