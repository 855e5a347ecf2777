namespace Dinov2Cluster.Client;

/// <summary>Options of one call, with the client's defaults filled in.</summary>
internal sealed record EmbedCall(string? Model, bool Normalize, EmbedOutput Output, EmbedPriority Priority, TimeSpan Deadline)
{
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static EmbedCall Create(Dinov2ClientOptions defaults, EmbedOptions? options, EmbedPriority defaultPriority)
    {
        options ??= new EmbedOptions();
        var call = new EmbedCall(
            options.Model ?? defaults.Model,
            options.Normalize,
            options.Output,
            options.Priority ?? defaultPriority,
            options.Deadline ?? defaults.Deadline);
        Require(call.Model is null || Dinov2ClientOptionsValidator.IsHeaderValue(call.Model), "Model must be visible ASCII characters.");
        Require(Enum.IsDefined(call.Output), "Output must be Cls, ClsMean or PatchTokens.");
        Require(Enum.IsDefined(call.Priority), "Priority must be Interactive or Bulk.");
        Require(call.Deadline > TimeSpan.Zero && call.Deadline <= Dinov2ClientOptionsValidator.MaxDeadline, "Deadline must be positive, and a day at most.");
        return call;

        static void Require(bool holds, string message)
        {
            if (!holds)
            {
                throw new ArgumentException(message, nameof(options));
            }
        }
    }
}
