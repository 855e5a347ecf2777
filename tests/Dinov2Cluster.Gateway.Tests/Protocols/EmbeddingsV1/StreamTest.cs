using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Protocol.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Dinov2Cluster.Gateway.Tests.Protocols.EmbeddingsV1;

/// <summary>A gateway and one stream to it, whose images are what <see cref="GatedCropReader"/> makes of their text.</summary>
internal sealed class StreamTest : IAsyncDisposable
{
    private readonly CancellationTokenSource _abort = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private StreamTest(GatewayHost host, GatedCropReader crops)
    {
        (Host, Crops, Client) = (host, crops, new EmbeddingsClient(host));
        Call = Client.Stream(_abort.Token);
    }

    public GatewayHost Host { get; }

    public GatedCropReader Crops { get; }

    public EmbeddingsClient Client { get; }

    public AsyncDuplexStreamingCall<EmbedStreamRequest, EmbedStreamResponse> Call { get; }

    public BodyBudget Bodies => Host.Services.GetRequiredService<BodyBudget>();

    public AdmissionControl Admission => Host.Services.GetRequiredService<AdmissionControl>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<StreamTest> StartAsync(
        TimeProvider? time = null, ICaller? caller = null, params (string Key, string Value)[] settings)
    {
        var crops = new GatedCropReader();
        var host = await GatewayHost.StartAsync(
            settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value),
            time,
            crops,
            services: services =>
            {
                if (caller is not null)
                {
                    services.AddSingleton<IStartupFilter>(new CallerFilter(caller));
                }
            });
        return new StreamTest(host, crops);
    }

    /// <summary>Sends an image, and waits until its reading began.</summary>
    public async Task StartAsync(ulong id, string text)
    {
        await SendAsync(id, text);
        await Crops.Started(text).WaitAsync(Cancellation);
    }

    public Task SendAsync(ulong id, string text, EmbedOptions? options = null) =>
        Call.RequestStream.WriteAsync(new EmbedStreamRequest { Id = id, Image = EmbeddingsClient.Encoded(text), Options = options }, Cancellation);

    public async Task<EmbedStreamResponse> NextAsync()
    {
        Assert.True(await Call.ResponseStream.MoveNext(Cancellation));
        return Call.ResponseStream.Current;
    }

    /// <summary>The rest of the answers, by id.</summary>
    public async Task<Dictionary<ulong, EmbedStreamResponse>> RestAsync()
    {
        var rest = new Dictionary<ulong, EmbedStreamResponse>();
        while (await Call.ResponseStream.MoveNext(Cancellation))
        {
            rest.Add(Call.ResponseStream.Current.Id, Call.ResponseStream.Current);
        }

        return rest;
    }

    /// <summary>The error that ends the stream.</summary>
    public async Task<RpcException> EndAsync() => await Assert.ThrowsAsync<RpcException>(() => Call.ResponseStream.MoveNext(Cancellation));

    public Task AbortAsync() => _abort.CancelAsync();

    /// <summary>Nothing of the stream is held any more.</summary>
    public async Task IsReleasedAsync()
    {
        await BecomesAsync(() => Bodies.Used == 0 && Admission.ImagesInFlight == 0);
    }

    /// <summary>Waits for what another thread does next.</summary>
    public static async Task BecomesAsync(Func<bool> condition)
    {
        while (!condition())
        {
            Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Checks that an answer has the features of the image with this text.</summary>
    public void Check(EmbedStreamResponse answer, string text, string model = "tiny")
    {
        var served = Host.Router.Served[model];
        var crop = new byte[served.CropSize * served.CropSize * 3];
        System.Text.Encoding.UTF8.GetBytes(text, crop);
        Assert.Equal((model, 1u, (uint)served.EmbeddingSize), (answer.Model, answer.Vectors, answer.Dimensions));
        Assert.Equal(FakeRouter.Features(served, crop), EmbeddingsClient.Floats(answer.Result));
    }

    public async ValueTask DisposeAsync()
    {
        Call.Dispose();
        Client.Dispose();
        await Host.DisposeAsync();
        _abort.Dispose();
    }
}
