namespace Dinov2Cluster.Gateway.Protocols.OpenAi;

/// <summary>How OpenAI's API tells of an error.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Type">Class of the error, in OpenAI's words.</param>
/// <param name="Code">The error itself, in OpenAI's words where they have one; null when the message says all.</param>
internal readonly record struct OpenAiError(int Status, string Type, string? Code);
