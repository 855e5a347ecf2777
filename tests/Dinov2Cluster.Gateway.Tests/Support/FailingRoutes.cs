using Dinov2Cluster.Gateway.Errors;
using Microsoft.AspNetCore.Builder;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>Errors of every kind, before a protocol's route and behind it, to see how the protocol tells of them.</summary>
internal static class FailingRoutes
{
    /// <summary>Header with the kind of error that whoever guards the routes raises.</summary>
    public const string GuardHeader = "x-test-guard";

    /// <summary>Text that only the log may hold.</summary>
    public const string Secret = "10.1.2.3 secret";

    /// <summary>Names of all kinds.</summary>
    public static TheoryData<string> Kinds => [.. Enum.GetNames<EmbeddingErrorKind>()];

    /// <summary>Puts a guard before the routes.</summary>
    public static void UseGuard(WebApplication app) => app.Use((context, next) =>
        context.Request.Headers[GuardHeader].ToString() is { Length: > 0 } kind ? throw Error(kind) : next(context));

    /// <summary>Makes the devices fail.</summary>
    public static void Fail(FakeRouter router, string kind) => router.OnEmbed = (_, _, _) => throw Error(kind);

    private static EmbeddingException Error(string kind) =>
        new(Enum.Parse<EmbeddingErrorKind>(kind), Secret, retryAfter: TimeSpan.FromSeconds(7));
}
