using Dinov2Cluster.Gateway.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>Says who every request is from.</summary>
internal sealed class CallerFilter(ICaller caller) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, proceed) =>
        {
            context.Features.Set(caller);
            return proceed(context);
        });
        next(app);
    };
}
