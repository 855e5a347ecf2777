namespace Dinov2Cluster.Client.Settings;

/// <summary>What one call asks for, the client's defaults filled in.</summary>
internal sealed record EmbedCall(string? Model, bool Normalize, EmbedOutput Output, EmbedPriority Priority, TimeSpan Deadline)
{
    /// <summary>Fills in the defaults.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static EmbedCall Create(ClientSettings settings, EmbedOptions? options, EmbedPriority defaultPriority)
    {
        options ??= new EmbedOptions();
        var call = new EmbedCall(
            options.Model ?? settings.Model,
            options.Normalize,
            options.Output,
            options.Priority ?? defaultPriority,
            options.Deadline ?? settings.Deadline);
        Require(call.Model is null || Dinov2ClientOptionsValidator.IsToken(call.Model), "Model must be visible ASCII characters.");
        Require(Enum.IsDefined(call.Output), "Output must be Cls, ClsMean or PatchTokens.");
        Require(Enum.IsDefined(call.Priority), "Priority must be Interactive or Bulk.");
        Require(call.Deadline > TimeSpan.Zero && call.Deadline <= Dinov2ClientOptionsValidator.LongestDeadline, "Deadline must be positive, and a day at most.");
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
