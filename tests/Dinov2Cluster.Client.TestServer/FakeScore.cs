using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Dinov2Cluster.Client.TestServer;

/// <summary>The scoring protocol.</summary>
internal static class FakeScore
{
    public static async Task HandleAsync(FakeGateway gateway, HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        using var json = JsonDocument.Parse(body);
        var images = json.RootElement.GetProperty("input_data").GetProperty("data").EnumerateArray().Select(row => ToImage(row[0])).ToArray();
        var request = ToRequest(context, body, json.RootElement, images.Length);
        if (await gateway.ReceiveAsync(request) is { } failure)
        {
            await FailAsync(context, failure);
            return;
        }

        var answers = await Task.WhenAll(images.Select(image => gateway.AnswerAsync(image, context.RequestAborted)));
        if (answers.Any(answer => answer is null))
        {
            context.Abort();
        }
        else if (Array.Find(answers, answer => answer!.Code != 0) is { } bad && !request.NullOnError)
        {
            await FailAsync(context, new FakeFailure(400, 3, bad.Message));
        }
        else
        {
            await ReplyAsync(context, answers!);
        }
    }

    private static FakeImage ToImage(JsonElement element)
    {
        var text = element.GetString()!;
        return text.StartsWith("http", StringComparison.Ordinal)
            ? new FakeImage("url", Encoding.UTF8.GetBytes(text))
            : new FakeImage("encoded", Convert.FromBase64String(text));
    }

    private static FakeRequest ToRequest(HttpContext context, string body, JsonElement json, int images)
    {
        var headers = context.Request.Headers;
        var options = json.TryGetProperty("params", out var found) ? found : default;
        return new FakeRequest(
            "score",
            context.Request.Path,
            headers.Authorization.FirstOrDefault(),
            double.Parse(headers["x-dinov2-deadline-ms"].ToString(), CultureInfo.InvariantCulture),
            headers["azureml-model-deployment"].ToString(),
            Option("normalize")?.GetBoolean() ?? false,
            Option("output")?.GetString() ?? "cls",
            Option("on_error")?.GetString() == "null",
            headers["x-dinov2-priority"] == "bulk",
            body,
            images);

        JsonElement? Option(string name) => options.ValueKind == JsonValueKind.Object && options.TryGetProperty(name, out var value) ? value : null;
    }

    private static async Task FailAsync(HttpContext context, FakeFailure failure)
    {
        if (failure.Reset)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = failure.HttpStatus;
        context.Response.ContentType = "application/json";
        if (failure.RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (failure.Location is { } location)
        {
            context.Response.Headers.Location = location;
        }

        await using var json = new Utf8JsonWriter(context.Response.Body);
        json.WriteStartObject();
        json.WriteString("message", failure.Message);
        json.WriteEndObject();
    }

    private static async Task ReplyAsync(HttpContext context, FakeAnswer[] answers)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers["azureml-model-deployment"] = FakeGateway.Model;
        await using var json = new Utf8JsonWriter(context.Response.Body);
        json.WriteStartArray();
        for (var i = 0; i < answers.Length; i++)
        {
            var answer = answers[i];
            json.WriteStartObject();
            if (answer.Code != 0)
            {
                json.WriteNull("image_features");
                json.WriteStartObject("error");
                json.WriteString("reason", answer.Reason);
                json.WriteString("message", answer.Message.Replace("Row 0:", $"Row {i}:", StringComparison.Ordinal));
                json.WriteEndObject();
            }
            else
            {
                json.WritePropertyName("image_features");
                WriteFeatures(json, answer);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteFeatures(Utf8JsonWriter json, FakeAnswer answer)
    {
        if (answer.Vectors > 1)
        {
            json.WriteStartArray();
        }

        foreach (var vector in answer.Features.Chunk(answer.Features.Length / answer.Vectors))
        {
            json.WriteStartArray();
            foreach (var feature in vector)
            {
                json.WriteNumberValue(feature);
            }

            json.WriteEndArray();
        }

        if (answer.Vectors > 1)
        {
            json.WriteEndArray();
        }
    }
}
