using Microsoft.AspNetCore.Http;

namespace FleetChat.LocalRuntime.Http;

internal static class RequestBody
{
    /// <summary>The real host's limit (FUNCTIONS_REQUEST_BODY_SIZE_LIMIT's default); beyond it the caller gets 500.</summary>
    private const long Largest = 104_857_600;

    /// <summary>Memory grows with what arrives, because anybody may announce a hundred megabytes and send nothing.</summary>
    private const int FirstBuffer = 16 * 1024;

    /// <summary>The host passes on only bodies whose length was announced: a chunked request arrives empty.</summary>
    /// <returns>Null if the body is too large.</returns>
    /// <exception cref="BadHttpRequestException">It ended too early or came too slowly.</exception>
    public static async ValueTask<byte[]?> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength is not (> 0 and var length)) return [];
        if (length > Largest)
        {
            await request.Body.CopyToAsync(Stream.Null, request.HttpContext.RequestAborted);
            return null;
        }
        return await ReadAsync(request.Body, (int)length, request.HttpContext.RequestAborted);
    }

    private static async ValueTask<byte[]> ReadAsync(Stream stream, int length, CancellationToken cancellation)
    {
        var body = new byte[Math.Min(length, FirstBuffer)];
        for (var read = 0; read < length;)
        {
            if (read == body.Length) Array.Resize(ref body, (int)Math.Min(length, body.Length * 2L));
            var some = await stream.ReadAsync(body.AsMemory(read), cancellation);
            if (some == 0) throw new BadHttpRequestException("The body is shorter than was announced.");
            read += some;
        }
        return body;
    }
}
