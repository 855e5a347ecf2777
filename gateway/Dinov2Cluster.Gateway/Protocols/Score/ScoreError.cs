namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>How the scoring protocol tells of an error.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Reason">Low-cardinality reason, for the metrics.</param>
/// <param name="RunFailed">Value of <c>x-ms-run-function-failed</c>: whether the request had got as far as the model's work.</param>
/// <param name="Message">Text for the client.</param>
internal sealed record ScoreError(int Status, string Reason, bool RunFailed, string Message);
