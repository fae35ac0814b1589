using System.Net;
using System.Text;
using Azure.Core.Serialization;
using FleetChat.LocalRuntime.Invocation;

namespace Microsoft.Azure.Functions.Worker.Http;

public static class HttpRequestDataExtensions
{
    public static async Task<string?> ReadAsStringAsync(this HttpRequestData request, Encoding? encoding = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var reader = ReaderOf(request, encoding);
        return await reader.ReadToEndAsync();
    }

    public static string? ReadAsString(this HttpRequestData request, Encoding? encoding = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var reader = ReaderOf(request, encoding);
        return reader.ReadToEnd();
    }

    private static StreamReader ReaderOf(HttpRequestData request, Encoding? encoding)
        => new(request.Body, encoding ?? Encoding.UTF8, detectEncodingFromByteOrderMarks: true, bufferSize: 1024, leaveOpen: true);

    /// <exception cref="AggregateException">The body is not JSON or does not fit; the JsonException lies inside.</exception>
    public static ValueTask<T?> ReadFromJsonAsync<T>(this HttpRequestData request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.ReadFromJsonAsync<T>(WorkerSerializer.Of(request.FunctionContext), cancellationToken);
    }

    /// <exception cref="AggregateException">The body is not JSON or does not fit; the JsonException lies inside.</exception>
    public static ValueTask<T?> ReadFromJsonAsync<T>(
        this HttpRequestData request,
        ObjectSerializer serializer,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(serializer);
        var reading = serializer.DeserializeAsync(request.Body, typeof(T), cancellationToken);
        if (reading.IsCompletedSuccessfully) return ValueTask.FromResult(As(reading.Result));

        // The real worker reads Task.Result in a continuation; callers have learnt to catch the AggregateException that comes of it.
        return new(reading.AsTask().ContinueWith(
            done => As(done.Result), cancellationToken, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default));

        static T? As(object? value) => value is null ? default : (T)value;
    }

    public static HttpResponseData CreateResponse(this HttpRequestData request, HttpStatusCode statusCode)
    {
        ArgumentNullException.ThrowIfNull(request);
        var response = request.CreateResponse();
        response.StatusCode = statusCode;
        return response;
    }
}
